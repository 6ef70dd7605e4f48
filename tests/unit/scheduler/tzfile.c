/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/paths.h"
#include "base/zone.h"
#include "scheduler/calendar/tzfile.h"

#define ZONEINFO "/usr/share/zoneinfo/"

enum { FILE_MAX_BYTES = 1 << 20 };

static const int64_t FROM_S = -2208988800; /* 1900 */
static const int64_t UNTIL_S = 4102444800; /* 2100 */

/* libc's answer, for the zone of the process. */
static int64_t libc_offset_s(int64_t utc_s)
{
    time_t t = (time_t)utc_s;
    struct tm tm;
    localtime_r(&t, &tm);
    return tm.tm_gmtoff;
}

static struct tzfile *read_zone(struct arena *arena, const char *name)
{
    char path[PATHS_MAX];
    AUTO_FREE char *bytes = NULL;
    size_t n = 0;
    struct tzfile *zone = NULL;
    assert_int_equal(path_join(path, ZONEINFO, name, NULL), 0);
    assert_int_equal(path_read_file(path, FILE_MAX_BYTES, &bytes, &n, NULL), 0);
    assert_int_equal(tzfile_parse(arena, (const unsigned char *)bytes, n, &zone), 0);
    return zone;
}

static void compare_with_libc(struct arena *arena, const char *name)
{
    const struct tzfile *zone = read_zone(arena, name);
    assert_int_equal(zone_use(name, NULL), 0);
    int64_t step_s = 12 * 86400 + 12345;
    for (int64_t t = FROM_S; t < UNTIL_S; t += step_s) {
        if (tzfile_offset_s(zone, t) != libc_offset_s(t)) {
            print_message("%s at %lld\n", name, (long long)t);
        }
        assert_int_equal(tzfile_offset_s(zone, t), libc_offset_s(t));
    }
}

static void every_zone_of_the_system_is_as_libc_has_it(void **state)
{
    (void)state;
    AUTO(arena_destroy) struct arena *arena = arena_create((size_t)64 << 20);
    AUTO_FILE FILE *list = fopen(ZONEINFO "zone1970.tab", "r");
    assert_non_null(list);
    char line[256];
    unsigned n = 0;
    while (fgets(line, sizeof line, list)) {
        char name[128];
        if (line[0] != '#' && sscanf(line, "%*s %*s %127s", name) == 1) {
            compare_with_libc(arena, name);
            n++;
        }
    }
    print_message("%u zones\n", n);
    assert_true(n > 200);
}

/* A file without changes: one type of UTC+1, and this footer. */
static size_t file_with(const char *footer, unsigned char *out, size_t max)
{
    static const unsigned char header[44] = {'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4};
    static const unsigned char type[10] = {0, 0, 0x0e, 0x10, 0, 0, 'S', 'T', 'D', 0};
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        memcpy(out + n, header, sizeof header);
        memcpy(out + n + sizeof header, type, sizeof type);
        n += sizeof header + sizeof type;
    }
    int written = snprintf((char *)out + n, max - n, "\n%s\n", footer);
    return n + (size_t)written;
}

static int parse(struct arena *arena, const char *footer, struct tzfile **ret_zone)
{
    unsigned char bytes[512];
    size_t n = file_with(footer, bytes, sizeof bytes);
    return tzfile_parse(arena, bytes, n, ret_zone);
}

/* libc reads the same words from TZ. */
static void the_rules_behind_the_last_change_are_as_libc_reads_them(void **state)
{
    (void)state;
    static const char *const footers[] = {"CET-1CEST,M3.5.0,M10.5.0/3",
                                          "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
                                          "IST-2IDT,M3.4.4/26,M10.5.0",
                                          "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
                                          "IST-1GMT0,M10.5.0,M3.5.0/1",
                                          "AAA3BBB,J60/0,J300",
                                          "AAA3BBB2:30,59/0,299/23:59:59",
                                          "EST5",
                                          "<-03>3"};
    AUTO(arena_destroy) struct arena *arena = arena_create((size_t)16 << 20);
    for (size_t i = 0; i < ARRAY_LEN(footers); i++) {
        struct tzfile *zone = NULL;
        assert_int_equal(parse(arena, footers[i], &zone), 0);
        setenv("TZ", footers[i], 1);
        tzset();
        for (int64_t t = 0; t < UNTIL_S; t += 4321 * 7) {
            if (tzfile_offset_s(zone, t) != libc_offset_s(t)) {
                print_message("%s at %lld\n", footers[i], (long long)t);
            }
            assert_int_equal(tzfile_offset_s(zone, t), libc_offset_s(t));
        }
    }
}

static void a_footer_that_is_no_rule_is_refused(void **state)
{
    (void)state;
    static const char *const footers[] = {"C",
                                          "CET",
                                          "CET-1CEST",
                                          "CET-1CEST,M3.5.0",
                                          "CET-25",
                                          "CET-1X,",
                                          "CET-1CEST,M13.1.0,",
                                          "CET-1CEST,M3.6.0,M10.5.0",
                                          "<CET-1",
                                          "CET-1:60",
                                          "AAA3BBB,J0,J300",
                                          "AAA3BBB,J60/200,J300",
                                          "AAA3BBB,366,J300",
                                          "AAA3BBB,J60,J300x"};
    AUTO(arena_destroy) struct arena *arena = arena_create((size_t)1 << 20);
    struct tzfile *zone = NULL;
    for (size_t i = 0; i < ARRAY_LEN(footers); i++) {
        assert_int_equal(parse(arena, footers[i], &zone), -EINVAL);
    }
    assert_int_equal(parse(arena, "", &zone), 0);
    assert_int_equal(tzfile_offset_s(zone, 0), 3600);
}

static void a_file_that_is_cut_anywhere_is_refused(void **state)
{
    (void)state;
    AUTO(arena_destroy) struct arena *arena = arena_create((size_t)16 << 20);
    AUTO_FREE char *bytes = NULL;
    size_t n = 0;
    struct tzfile *zone = NULL;
    assert_int_equal(path_read_file(ZONEINFO "Europe/Berlin", FILE_MAX_BYTES, &bytes, &n, NULL), 0);
    for (size_t cut = 0; cut < n; cut++) {
        AUTO_FREE unsigned char *part =
            malloc(cut ? cut : 1); /* as long as it is: no byte behind */
        assert_non_null(part);
        memcpy(part, bytes, cut);
        assert_int_equal(tzfile_parse(arena, part, cut, &zone), -EINVAL);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_zone_of_the_system_is_as_libc_has_it),
    cmocka_unit_test(the_rules_behind_the_last_change_are_as_libc_reads_them),
    cmocka_unit_test(a_footer_that_is_no_rule_is_refused),
    cmocka_unit_test(a_file_that_is_cut_anywhere_is_refused),
};

TEST_MAIN(tests)
