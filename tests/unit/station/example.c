/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/paths.h"
#include "base/zone.h"
#include "station/station.h"

#define EXAMPLE_DIR LOA_SOURCE_DIR "/schedules/tu-ky-2023"

static struct station *load_example(void)
{
    struct findings findings = {0};
    struct station *station = NULL;
    int r = station_load(EXAMPLE_DIR, &station, &findings);
    for (size_t i = 0; i < findings.n; i++) {
        print_message("%u: %s\n", findings.items[i].fault.line, findings.items[i].fault.text);
    }
    assert_int_equal(r, 0);
    assert_int_equal(findings.n, 0);
    findings_finish(&findings);
    return station;
}

static void the_example_station_has_nothing_to_complain_of(void **state)
{
    (void)state;
    struct station *station = load_example();
    assert_int_equal(station->n_lines, 24);
    assert_string_equal(station->lines[0].id, "fm");
    assert_string_equal(station->filler, "ca-nhac");
    assert_true(hours_hold(station->hours, 4 * 60 + 50));
    assert_false(hours_hold(station->hours, 21 * 60 + 30));
    for (size_t l = 0; l < station->n_lines; l++) {
        assert_true(level_at(station->lines[l].level, 5 * 60 + 30) < -8.9);
        assert_true(level_at(station->lines[l].level, 6 * 60) > -0.1);
        assert_int_equal(station->lines[l].n_fallback, 2);
    }
    station_destroy(station);
}

static void the_communes_are_every_line_but_the_transmitter(void **state)
{
    (void)state;
    struct station *station = load_example();
    struct arena *arena = arena_create(1 << 16);
    struct line_set communes = line_set_make(arena, station->n_lines);
    int64_t at_us = 0;
    assert_int_equal(zone_parse_instant("2023-05-10", &at_us, NULL), 0);
    assert_int_equal(station_resolve_lines(station, "xa", at_us, communes), 0);
    assert_int_equal(line_set_count(communes), 23);
    assert_false(line_set_has(communes, station_find_line(station, "fm")));
    struct line_set river = line_set_make(arena, station->n_lines);
    assert_int_equal(station_resolve_lines(station, "ven-song", at_us, river), 0);
    assert_int_equal(line_set_count(river), 6);
    arena_destroy(arena);
    station_destroy(station);
}

/* Each content group has a minimum, and together they fit into what the year asks for. */
static void the_quotas_of_the_groups_add_up_to_no_more_than_the_whole(void **state)
{
    (void)state;
    struct station *station = load_example();
    size_t cchc = station_find_topic(station, "cchc");
    const struct quota_def *whole = &station->topics[cchc].quotas[0];
    assert_int_equal(whole->seconds, 3600);
    assert_int_equal(whole->features, 12);
    assert_int_equal(whole->items, 120);
    struct quota_def sum = {0};
    size_t n_groups = 0;
    for (size_t t = 0; t < station->n_topics; t++) {
        const struct topic_def *topic = &station->topics[t];
        if (topic->parent == cchc) {
            n_groups++;
            assert_int_equal(topic->n_quotas, 1);
            assert_int_equal(topic->quotas[0].from_us, whole->from_us);
            assert_int_equal(topic->quotas[0].until_us, whole->until_us);
            assert_true(topic->quotas[0].features > 0 && topic->quotas[0].items > 0);
            sum.seconds += topic->quotas[0].seconds;
            sum.features += topic->quotas[0].features;
            sum.items += topic->quotas[0].items;
        }
    }
    assert_int_equal(n_groups, 8);
    assert_true(sum.seconds <= whole->seconds);
    assert_true(sum.features <= whole->features);
    assert_true(sum.items <= whole->items);
    station_destroy(station);
}

/* RFC 5545: lines end in CRLF and are at most 75 bytes long. */
static void the_calendars_have_the_form_of_the_standard(void **state)
{
    (void)state;
    struct station *station = load_example();
    assert_int_equal(station->n_layers, 3);
    for (size_t l = 0; l < station->n_layers; l++) {
        char path[PATHS_MAX];
        char *text = NULL;
        size_t n = 0;
        assert_int_equal(path_join(path, EXAMPLE_DIR, station->layers[l].calendar, NULL), 0);
        assert_int_equal(path_read_file(path, 1 << 20, &text, &n, NULL), 0);
        assert_int_equal(strncmp(text, "BEGIN:VCALENDAR\r\n", 17), 0);
        for (const char *line = text; *line;) {
            const char *end = strchr(line, '\n');
            assert_true(end && end > line && end[-1] == '\r');
            assert_true(end - line - 1 <= 75);
            line = end + 1;
        }
        free(text);
    }
    station_destroy(station);
}

static void the_example_in_the_manual_is_a_station(void **state)
{
    (void)state;
    char *page = NULL;
    size_t n = 0;
    assert_int_equal(path_read_file(LOA_SOURCE_DIR "/docs/man/loa-station.5", 1 << 20, &page, &n,
                                    NULL),
                     0);
    char *examples = strstr(page, ".Sh EXAMPLES");
    assert_non_null(examples);
    char *begin = strstr(examples, "[station]");
    char *end = begin ? strstr(begin, ".Ed") : NULL;
    assert_non_null(end);
    struct findings findings = {0};
    struct station *station = NULL;
    assert_int_equal(station_parse(".", "manual", begin, (size_t)(end - begin), &station,
                                   &findings),
                     0);
    assert_int_equal(findings.n, 0);
    assert_int_equal(station->n_lines, 3);
    station_destroy(station);
    free(page);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_example_station_has_nothing_to_complain_of),
    cmocka_unit_test(the_communes_are_every_line_but_the_transmitter),
    cmocka_unit_test(the_quotas_of_the_groups_add_up_to_no_more_than_the_whole),
    cmocka_unit_test(the_calendars_have_the_form_of_the_standard),
    cmocka_unit_test(the_example_in_the_manual_is_a_station),
};

TEST_MAIN(tests)
