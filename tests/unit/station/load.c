/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/zone.h"
#include "station/station.h"
#include "tests/fakes/temp_dir.h"
#include "tests/unit/station/parse.h"

static void a_station_of_one_line_has_the_documented_defaults(void **state)
{
    (void)state;
    struct station *station = good(HEAD "[line fm]\n");
    assert_string_equal(station->dir, "/dai");
    assert_string_equal(station->file, "station.ini");
    assert_string_equal(station->timezone, "Asia/Ho_Chi_Minh");
    assert_int_equal(station->language, LANGUAGE_VI);
    assert_true(fabs(station->loudness_lufs + 18) < 1e-9);
    assert_true(fabs(station->ceiling_dbtp + 1) < 1e-9);
    assert_int_equal(station->separation_us, 20 * 3600000000LL);
    assert_int_equal(station->rotation, ROTATION_QUOTA);
    assert_int_equal(station->freeze_us, 48 * 3600000000LL);
    assert_false(station->two_person);
    assert_int_equal(station->after_emergency, AFTER_REJOIN);
    assert_int_equal(station->keep_months, 24);
    assert_null(station->filler);
    assert_string_equal(station->voice[0], "espeak-ng");
    assert_int_equal(station->voice_line, 0);
    assert_int_equal(station->n_kinds, 12);
    const struct line_def *line = &station->lines[0];
    assert_string_equal(line->title, "fm");
    assert_int_equal(line->n_outputs, 1);
    assert_int_equal(line->outputs[0].kind, OUTPUT_NULL);
    assert_int_equal(line->n_fallback, 0);
    assert_false(hours_hold(line->hours, 4 * 60 + 59));
    assert_true(hours_hold(line->hours, 5 * 60));
    assert_true(hours_hold(line->hours, 20 * 60 + 59));
    assert_false(hours_hold(line->hours, 21 * 60));
    station_destroy(station);
}

static void every_key_of_the_station_is_read(void **state)
{
    (void)state;
    struct station *station = good("\xef\xbb\xbf; comment\r\n[ station ] ; comment\r\n"
                                   "title = Đài Tứ Kỳ; huyện ; comment\r\n"
                                   "timezone = Europe/Berlin\r\n"
                                   "language = en\nloudness = -23.5 LUFS\nceiling=-2dBTP\n"
                                   "hours = 22:00-05:00, 12:00-13:00, 12:30-14:00, 14:00-15:00\n"
                                   "separation = 90 min\nrotation = turn\nfiller = ca-nhac\n"
                                   "freeze = 3 d\n"
                                   "two-person = yes\n"
                                   "silence = 90 s\n"
                                   "after-emergency = resume\n"
                                   "keep-recordings = 3 years\n"
                                   "[line fm]\n");
    assert_string_equal(station->title, "Đài Tứ Kỳ; huyện");
    assert_int_equal(station->language, LANGUAGE_EN);
    assert_true(fabs(station->loudness_lufs + 23.5) < 1e-9);
    assert_true(fabs(station->ceiling_dbtp + 2) < 1e-9);
    assert_int_equal(station->separation_us, 90 * 60000000LL);
    assert_int_equal(station->rotation, ROTATION_TURN);
    assert_int_equal(station->freeze_us, 72 * 3600000000LL);
    assert_true(station->two_person);
    assert_int_equal(station->silence_us, 90000000LL);
    assert_int_equal(station->lines[0].silence_us, 90000000LL);
    assert_int_equal(station->after_emergency, AFTER_RESUME);
    assert_int_equal(station->keep_months, 36);
    assert_string_equal(station->filler, "ca-nhac");
    /* Over midnight: two ranges; overlapping and touching ones are one. */
    assert_int_equal(station->hours.n, 3);
    assert_int_equal(station->hours.ranges[0].from_min, 0);
    assert_int_equal(station->hours.ranges[0].until_min, 5 * 60);
    assert_int_equal(station->hours.ranges[1].from_min, 12 * 60);
    assert_int_equal(station->hours.ranges[1].until_min, 15 * 60);
    assert_int_equal(station->hours.ranges[2].from_min, 22 * 60);
    assert_int_equal(station->hours.ranges[2].until_min, 24 * 60);
    station_destroy(station);
    station = good(HEAD "filler =\nkeep-recordings = for-ever\n");
    assert_null(station->filler);
    assert_int_equal(station->keep_months, 0);
    station_destroy(station);
    station = good(HEAD "keep-recordings = 1 month\n");
    assert_int_equal(station->keep_months, 1);
    station_destroy(station);
}

static void a_line_has_its_own_hours_and_levels(void **state)
{
    (void)state;
    struct station *station = good("[line fm]\nhours = 00:00-24:00\n"
                                   "gain = -1.5 dB, 05:00-06:00 -9 dB, 21:00-02:00 -6dB\n"
                                   "fallback = segment:nhac-hieu, silence\n"
                                   "silence = never\n"
                                   "[line xa]\n" HEAD "hours = 06:00-07:00\n");
    const struct line_def *fm = &station->lines[0];
    assert_true(hours_hold(fm->hours, 0) && hours_hold(fm->hours, 1439));
    assert_true(fabs(level_at(fm->level, 12 * 60) + 1.5) < 1e-9);
    assert_true(fabs(level_at(fm->level, 5 * 60) + 9) < 1e-9);
    assert_true(fabs(level_at(fm->level, 6 * 60) + 1.5) < 1e-9);
    assert_true(fabs(level_at(fm->level, 23 * 60) + 6) < 1e-9);
    assert_true(fabs(level_at(fm->level, 119) + 6) < 1e-9);
    assert_int_equal(fm->n_fallback, 2);
    assert_string_equal(fm->fallback[0].segment_code, "nhac-hieu");
    assert_null(fm->fallback[1].segment_code);
    assert_int_equal(fm->silence_us, 0);
    assert_int_equal(station->lines[1].silence_us, 30000000LL);
    /* The station's, though [station] comes later in the file. */
    assert_true(hours_hold(station->lines[1].hours, 6 * 60));
    assert_false(hours_hold(station->lines[1].hours, 7 * 60));
    station_destroy(station);
}

static void assert_lines(const struct station *station, const char *id, const char *when,
                         const char *expected)
{
    struct arena *arena = arena_create(1 << 16);
    struct line_set set = line_set_make(arena, station->n_lines);
    int64_t at_us = 0;
    char found[64] = "";
    assert_int_equal(zone_parse_instant(when, &at_us, NULL), 0);
    assert_int_equal(station_resolve_lines(station, id, at_us, set), 0);
    for (size_t l = line_set_next(set, 0); l != SIZE_MAX; l = line_set_next(set, l + 1)) {
        strcat(found, station->lines[l].id);
    }
    assert_string_equal(found, expected);
    arena_destroy(arena);
}

static void zones_resolve_to_lines_while_they_are_valid(void **state)
{
    (void)state;
    struct station *station = good(HEAD "[zone ngoai]\nlines = trong, c\n"
                                        "[zone trong]\nlines = a,\n   b ; comment\n\n"
                                        "[line a]\n[line b]\n[line c]\n[line d]\n"
                                        "[zone cu]\nlines = d, trong\n"
                                        "from = 2023-06-01\nuntil = 2023-07-01\n"
                                        "[zone moi]\nlines = cu\n"
                                        "from = 2023-06-02\nuntil = 2023-06-03\n"
                                        "[zone het]\nlines = all\n");
    assert_lines(station, "b", "2023-01-01", "b");
    assert_lines(station, "trong", "2023-01-01", "ab");
    assert_lines(station, "ngoai", "2023-01-01", "abc");
    assert_lines(station, "cu", "2023-05-31T23:59:59", "");
    assert_lines(station, "cu", "2023-06-01", "abd");
    assert_lines(station, "cu", "2023-06-30T23:59:59", "abd");
    assert_lines(station, "cu", "2023-07-01", "");
    assert_lines(station, "moi", "2023-06-02", "abd");
    assert_lines(station, "all", "2023-01-01", "abcd");
    assert_lines(station, "het", "2023-01-01", "abcd");
    struct arena *arena = arena_create(1 << 16);
    struct line_set set = line_set_make(arena, station->n_lines);
    assert_int_equal(station_resolve_lines(station, "nowhere", 0, set), -ENOENT);
    arena_destroy(arena);
    station_destroy(station);
}

static void a_zone_that_contains_itself_is_refused(void **state)
{
    (void)state;
    assert_mistake(HEAD "[line x]\n[zone a]\nlines = x, b\n[zone b]\nlines = c\n"
                        "[zone c]\nlines = x, a\n",
                   9, "zone-loop", "a > b > c > a");
    assert_mistake(HEAD "[line x]\n[zone a]\nlines = a\n", 5, "zone-loop", "a > a");
}

static void zones_nested_without_end_are_refused_without_a_crash(void **state)
{
    (void)state;
    enum { N = 20000 };
    char *text = malloc(64 * (N + 2));
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, HEAD "[line x]\n");
    for (int i = 0; i < N; i++) {
        n += (size_t)sprintf(text + n, "[zone z%d]\nlines = z%d\n", i, i + 1);
    }
    n += (size_t)sprintf(text + n, "[zone z%d]\nlines = x\n", N);
    struct findings findings;
    struct station *station = NULL;
    assert_int_equal(parse_in("/dai", text, n, &station, &findings), -EINVAL);
    assert_string_equal(findings.items[0].rule, "zone-depth");
    findings_finish(&findings);
    free(text);
}

static void a_zone_outliving_one_within_it_is_refused(void **state)
{
    (void)state;
    assert_mistake(HEAD "[line x]\n[zone a]\nlines = b\n[zone b]\nlines = x\nuntil = 2025-07-01\n",
                   5, "zone-dates", "\"b\" is not valid as long as \"a\"");
}

static void topics_know_parents_and_quotas(void **state)
{
    (void)state;
    struct station *station =
        good(HEAD "[topic tthc]\nparent = cchc\ntitle = Thủ tục\n"
                  "quota = 2023: 60 min, 12 features, 120 items\n"
                  "quota = cchc-2023-q1: 1 h\n"
                  "[topic cchc]\n[tag so]\ntitle = Số\n"
                  "[kind tin]\ncounts = nothing\nhours = 05:00-08:00, 16:00-20:00\n"
                  "[kind toa-dam]\ntitle = Tọa đàm\ncounts = feature\n");
    size_t tthc = station_find_topic(station, "tthc");
    const struct topic_def *topic = &station->topics[tthc];
    assert_int_equal(topic->parent, station_find_topic(station, "cchc"));
    assert_int_equal(station->topics[topic->parent].parent, SIZE_MAX);
    assert_int_equal(topic->n_quotas, 2);
    assert_string_equal(topic->quotas[0].period, "2023");
    assert_int_equal(topic->quotas[0].seconds, 3600);
    assert_int_equal(topic->quotas[0].features, 12);
    assert_int_equal(topic->quotas[0].items, 120);
    assert_int_equal(topic->quotas[0].file_line, 6);
    assert_int_equal(topic->quotas[0].from_us, 1672506000000000); /* 2022-12-31T17:00Z */
    assert_int_equal(topic->quotas[0].until_us, 1704042000000000);
    assert_int_equal(topic->quotas[1].seconds, 3600);
    assert_int_equal(topic->quotas[1].items, 0);
    assert_string_equal(station->tags[station_find_tag(station, "so")].title, "Số");
    assert_int_equal(station->kinds[station_find_kind(station, "tin")].counts, COUNTS_NOTHING);
    assert_int_equal(station->kinds[station_find_kind(station, "tin")].hours.n, 2);
    assert_true(hours_hold(station->kinds[station_find_kind(station, "tin")].hours, 16 * 60));
    assert_int_equal(station->kinds[station_find_kind(station, "bai")].hours.n, 0);
    assert_int_equal(station->kinds[station_find_kind(station, "bai")].counts, COUNTS_ITEM);
    assert_int_equal(station->kinds[station_find_kind(station, "toa-dam")].counts, COUNTS_FEATURE);
    assert_int_equal(station->n_kinds, 13);
    assert_int_equal(station_find_topic(station, "tin"), SIZE_MAX);
    station_destroy(station);
}

static void a_topic_that_is_its_own_ancestor_is_refused(void **state)
{
    (void)state;
    assert_mistake(
        HEAD "[line x]\n[topic a]\nparent = b\n[topic b]\nparent = c\n[topic c]\nparent = b\n", 6,
        "topic-loop", "b > c > b");
}

static void relays_and_inputs_are_read(void **state)
{
    (void)state;
    struct station *station =
        good(HEAD "[line a]\noutput = null:\n[topic tthc]\n"
                  "[relay vov1]\ntitle = VOV1\nurl = https://vov.example/vov1?x=1#y\n"
                  "[relay vov2]\nurl = rtp://239.1.2.3:5004\nkind = ca-nhac\ntopic = tthc\n"
                  "[relay vov3]\nurl = HTTP://[fd00::1]:8000/live\n"
                  "[input vov1]\ndevice = USB Audio: - (hw:1,0)#2\n"
                  "[input ban]\ndevice = default\npre-roll = 7.5 s\nduck = -20 dB\n");
    assert_int_equal(station->n_relays, 3);
    assert_int_equal(station->n_inputs, 2);
    const struct source_def *relay = &station->relays[0];
    assert_string_equal(relay->title, "VOV1");
    assert_string_equal(relay->target, "https://vov.example/vov1?x=1#y");
    assert_int_equal(relay->kind, station_find_kind(station, "tiep-song"));
    assert_int_equal(relay->topic, SIZE_MAX);
    relay = &station->relays[station_find_relay(station, "vov2")];
    assert_string_equal(relay->title, "vov2");
    assert_int_equal(relay->kind, station_find_kind(station, "ca-nhac"));
    assert_int_equal(relay->topic, station_find_topic(station, "tthc"));
    const struct source_def *input = &station->inputs[0];
    assert_string_equal(input->target, "USB Audio: - (hw:1,0)");
    assert_int_equal(input->n_channels, 1);
    assert_int_equal(input->channels[0], 2);
    input = &station->inputs[station_find_input(station, "ban")];
    assert_int_equal(input->n_channels, 2);
    assert_int_equal(input->channels[1], 2);
    assert_int_equal(station_find_relay(station, "ban"), SIZE_MAX);
    assert_int_equal(station_find_source(station, "relay:vov1")->preroll_us, SOURCE_PREROLL_US);
    assert_int_equal(station_find_source(station, "input:ban")->preroll_us, 7500000);
    assert_true(station_find_source(station, "input:ban")->duck_db == -20);
    assert_true(station_find_source(station, "input:vov1")->duck_db == -15);
    assert_null(station_find_source(station, "relay:ban"));
    assert_null(station_find_source(station, "https://vov.example/"));
    station_destroy(station);
}

static void modes_withhold_kinds_each_once(void **state)
{
    (void)state;
    struct station *station = good(HEAD "[line a]\noutput = null:\n"
                                        "[mode quoc-tang]\ntitle = Quốc tang\n"
                                        "withholds = nhac-hieu, quang-cao, ca-nhac, nhac-hieu\n"
                                        "[kind quang-cao]\n[mode cam]\nwithholds = tin\n");
    assert_int_equal(station->n_modes, 2);
    assert_int_equal(station_find_mode(station, "cam"), 1);
    assert_int_equal(station_find_mode(station, "quang-cao"), SIZE_MAX);
    const struct mode_def *mode = &station->modes[0];
    assert_string_equal(mode->title, "Quốc tang");
    assert_int_equal(mode->n_withholds, 3);
    assert_int_equal(mode->withholds[0], station_find_kind(station, "nhac-hieu"));
    assert_int_equal(mode->withholds[1], station_find_kind(station, "ca-nhac"));
    assert_int_equal(mode->withholds[2], station_find_kind(station, "quang-cao"));
    station_destroy(station);
}

static void clocks_and_layers_are_read(void **state)
{
    (void)state;
    struct station *station = good(HEAD "[clock chieu]\n"
                                        "items = segment:nhac-hieu, 3 tin, bai, * thong-bao\n"
                                        "[layer regular]\ncalendar = schedules/regular.ics\n"
                                        "[layer dai-hoi]\ncalendar = dai-hoi.ics\n"
                                        "replaces = regular\nfrom = 2023-10-01\n"
                                        "until = 2023-10-20\n");
    const struct clock_def *clock = &station->clocks[station_find_clock(station, "chieu")];
    assert_int_equal(clock->n_steps, 4);
    assert_string_equal(clock->steps[0].segment_code, "nhac-hieu");
    assert_int_equal(clock->steps[0].kind, SIZE_MAX);
    assert_int_equal(clock->steps[1].count, 3);
    assert_int_equal(clock->steps[1].kind, station_find_kind(station, "tin"));
    assert_int_equal(clock->steps[2].count, 1);
    assert_int_equal(clock->steps[3].count, 0);
    assert_int_equal(station->n_layers, 2);
    assert_int_equal(station->layers[0].replaces, SIZE_MAX);
    assert_int_equal(station->layers[0].from_us, INT64_MIN);
    assert_int_equal(station->layers[1].replaces, 0);
    assert_string_equal(station->layers[1].calendar, "dai-hoi.ics");
    station_destroy(station);
}

static void a_layer_at_an_address_is_read_from_its_copy(void **state)
{
    (void)state;
    struct station *station =
        good(HEAD "[layer a]\ncalendar = webcal://cal.example/a.ics\n"
                  "[layer b-1]\ncalendar = HTTPS://cal.example/dav/?export\n"
                  "login = bi-mat/caldav\nevery = 2 h\n[layer c]\ncalendar = c.ics\n");
    assert_string_equal(station->layers[0].url, "https://cal.example/a.ics");
    assert_string_equal(station->layers[0].calendar, "calendars/a.ics");
    assert_null(station->layers[0].login);
    assert_int_equal(station->layers[0].every_us, 15LL * 60 * 1000000);
    assert_string_equal(station->layers[1].url, "https://cal.example/dav/?export");
    assert_string_equal(station->layers[1].calendar, "calendars/b-1.ics");
    assert_string_equal(station->layers[1].login, "bi-mat/caldav");
    assert_int_equal(station->layers[1].login_line, 7);
    assert_int_equal(station->layers[1].every_us, 2LL * 3600 * 1000000);
    assert_null(station->layers[2].url);
    station_destroy(station);
}

static void the_voices_command_is_split_into_words(void **state)
{
    (void)state;
    struct station *station = good(
        HEAD "voice = \t/opt/giọng đọc  --model=\"mô hình/vi 1.onnx\" \"\" \"{wav} \"x ; comment\n"
             "[line fm]\n");
    static const char *const words[] = {"/opt/giọng", "đọc", "--model=mô hình/vi 1.onnx", "",
                                        "{wav} x"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        assert_string_equal(station->voice[i], words[i]);
    }
    assert_null(station->voice[ARRAY_LEN(words)]);
    assert_int_equal(station->voice_line, 3);
    station_destroy(station);
}

static void a_long_value_goes_on_in_indented_lines(void **state)
{
    (void)state;
    enum { N = 3000 };
    char *text = malloc(40 * N + 200);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "%s", HEAD);
    for (int i = 0; i < N; i++) {
        n += (size_t)sprintf(text + n, "[line l%d]\n", i);
    }
    n += (size_t)sprintf(text + n, "[zone z]\n  title = Indented\n  lines = l0");
    for (int i = 1; i < N; i++) {
        n += (size_t)sprintf(text + n, "%s l%d", i % 10 ? "," : ", ; ten\n\t", i);
    }
    sprintf(text + n, "\n");
    struct station *station = good(text);
    assert_int_equal(line_set_count(station->zones[0].lines), N);
    assert_string_equal(station->zones[0].title, "Indented");
    station_destroy(station);
    free(text);
}

static void ten_thousand_lines_are_the_most(void **state)
{
    (void)state;
    char *text = malloc(20 * (STATION_LINES_MAX + 10));
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, HEAD);
    for (int i = 0; i < STATION_LINES_MAX; i++) {
        n += (size_t)sprintf(text + n, "[line l%d]\n", i);
    }
    station_destroy(good(text));
    sprintf(text + n, "[line more]\n");
    assert_mistake(text, STATION_LINES_MAX + 3, "too-many-lines", "at most 10000");
    free(text);
}

static void a_file_that_describes_too_much_is_refused_in_bounded_memory(void **state)
{
    (void)state;
    enum { ZONES = 300000 };
    char *text = malloc(STATION_FILE_MAX_BYTES);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, HEAD);
    for (int i = 0; i < STATION_LINES_MAX; i++) {
        n += (size_t)sprintf(text + n, "[line l%d]\n", i);
    }
    for (int i = 0; i < ZONES; i++) {
        n += (size_t)sprintf(text + n, "[zone z%d]\nlines=l1\n", i);
    }
    struct findings findings;
    struct station *station = NULL;
    assert_int_equal(parse_in("/dai", text, n, &station, &findings), -ENOMEM);
    assert_null(station);
    assert_int_equal(findings.n, 1);
    assert_int_equal(findings.items[0].fault.err, ENOMEM);
    findings_finish(&findings);
    assert_int_equal(parse_in("/dai", text, STATION_FILE_MAX_BYTES + 1, &station, &findings),
                     -E2BIG);
    assert_int_equal(findings.n, 1);
    findings_finish(&findings);
    free(text);
}

static void a_station_without_lines_is_warned_of(void **state)
{
    (void)state;
    struct findings findings;
    struct station *station = NULL;
    assert_int_equal(parse_in("/dai", HEAD, strlen(HEAD), &station, &findings), 0);
    assert_int_equal(findings.n, 1);
    assert_int_equal(findings.items[0].severity, SEVERITY_WARNING);
    findings_finish(&findings);
    station_destroy(station);
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    temp_dir_make(dir);
    struct findings findings = {0};
    struct station *station = NULL;
    assert_int_equal(station_load(dir, &station, &findings), -ENOENT);
    assert_int_equal(findings.n, 1);
    assert_non_null(strstr(findings.items[0].fault.file, "/station.ini"));
    findings_finish(&findings);
    temp_dir_write(dir, "station.ini", HEAD "[line a]\nx = 1\n");
    assert_int_equal(station_load(dir, &station, &findings), -EINVAL);
    assert_int_equal(findings.items[0].fault.line, 4);
    findings_finish(&findings);
    temp_dir_write(dir, "station.ini", HEAD "[line a]\n");
    assert_int_equal(station_load(dir, &station, &findings), 0);
    assert_string_equal(station->dir, dir);
    station_destroy(station);
    temp_dir_remove(dir);
}

static void the_nearest_name_is_near(void **state)
{
    (void)state;
    static const char *const ids[] = {"fm", "an-thanh", "ha-thanh", "tien-dong"};
    assert_string_equal(station_nearest_id("ha-tanh", ids, ARRAY_LEN(ids), sizeof *ids),
                        "ha-thanh");
    assert_string_equal(station_nearest_id("mf", ids, ARRAY_LEN(ids), sizeof *ids), "fm");
    assert_null(station_nearest_id("quang-phuc", ids, ARRAY_LEN(ids), sizeof *ids));
    assert_null(station_nearest_id("x", ids, ARRAY_LEN(ids), sizeof *ids));
    assert_null(station_nearest_id("", ids, ARRAY_LEN(ids), sizeof *ids));
}

static void a_report_has_a_letterhead(void **state)
{
    (void)state;
    AUTO(station_destroy)
    struct station *station = good(HEAD "[report]\n"
                                        "superior = UBND HUYỆN TỨ KỲ\n"
                                        "symbol = BC-ĐPT\n"
                                        "place = Tứ Kỳ\n"
                                        "position = TRƯỞNG ĐÀI\n"
                                        "signer = Nguyễn Văn A\n"
                                        "recipient = Phòng Nội vụ huyện;\n"
                                        "recipient = Lưu: VT.\n"
                                        "[line a]\noutput = null:\n");
    assert_string_equal(station->letterhead.superior, "UBND HUYỆN TỨ KỲ");
    assert_null(station->letterhead.issuer);
    assert_null(station->letterhead.authority);
    assert_string_equal(station->letterhead.signer, "Nguyễn Văn A");
    assert_int_equal(station->letterhead.n_recipients, 2);
    assert_string_equal(station->letterhead.recipients[1], "Lưu: VT.");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_report_has_a_letterhead),
    cmocka_unit_test(a_station_of_one_line_has_the_documented_defaults),
    cmocka_unit_test(every_key_of_the_station_is_read),
    cmocka_unit_test(a_line_has_its_own_hours_and_levels),
    cmocka_unit_test(zones_resolve_to_lines_while_they_are_valid),
    cmocka_unit_test(a_zone_that_contains_itself_is_refused),
    cmocka_unit_test(zones_nested_without_end_are_refused_without_a_crash),
    cmocka_unit_test(a_zone_outliving_one_within_it_is_refused),
    cmocka_unit_test(topics_know_parents_and_quotas),
    cmocka_unit_test(a_topic_that_is_its_own_ancestor_is_refused),
    cmocka_unit_test(clocks_and_layers_are_read),
    cmocka_unit_test(a_layer_at_an_address_is_read_from_its_copy),
    cmocka_unit_test(relays_and_inputs_are_read),
    cmocka_unit_test(modes_withhold_kinds_each_once),
    cmocka_unit_test(the_voices_command_is_split_into_words),
    cmocka_unit_test(a_long_value_goes_on_in_indented_lines),
    cmocka_unit_test(ten_thousand_lines_are_the_most),
    cmocka_unit_test(a_file_that_describes_too_much_is_refused_in_bounded_memory),
    cmocka_unit_test(a_station_without_lines_is_warned_of),
    cmocka_unit_test(a_file_that_cannot_be_read_is_named),
    cmocka_unit_test(the_nearest_name_is_near),
};

TEST_MAIN(tests)
