/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "airtime/quota.h"
#include "base/zone.h"

/* Topics: cchc over tthc over mot-cua; khac stands alone. */
enum topic { CCHC, TTHC, MOT_CUA, KHAC };

static int64_t instant(const char *text)
{
    int64_t us = 0;
    assert_int_equal(zone_parse_instant(text, &us, NULL), 0);
    return us;
}

static int setup_lines(void **state, size_t n_lines)
{
    on_air_setup(state, n_lines);
    struct on_air *air = *state;
    airtime_station_topic(air->made, "cchc", "Cải cách hành chính", SIZE_MAX);
    airtime_station_topic(air->made, "tthc", "Thủ tục hành chính", CCHC);
    airtime_station_topic(air->made, "mot-cua", "Một cửa", TTHC);
    airtime_station_topic(air->made, "khac", "Khác", SIZE_MAX);
    return 0;
}

static int setup(void **state)
{
    return setup_lines(state, 6);
}

static int setup_hundred_lines(void **state)
{
    return setup_lines(state, 100);
}

static void quota(struct on_air *air, enum topic topic, const char *from, const char *until,
                  struct quota_def amounts)
{
    amounts.from_us = instant(from);
    amounts.until_us = instant(until);
    airtime_station_quota(air->made, topic, amounts);
}

static int64_t last_aired(struct standing *standing, const char *code, struct line_set lines)
{
    return past_last_aired(standing_past(standing, code), standing_listeners(standing, lines));
}

static struct standing *standing_at(struct on_air *air, int64_t at_us)
{
    struct standing *standing = NULL;
    on_air_settle(air, at_us);
    if (standing_read(air->db, &air->made->station, at_us, air->arena, &standing, &air->fault) <
        0) {
        fail_msg("%s", air->fault.text);
    }
    return standing;
}

/* What has been reached of the only quota of a topic, at the end of its period, when all of
 * the period is gone: 1 - reached / asked. */
static void assert_reached(struct on_air *air, struct standing *standing, enum topic topic,
                           enum counts_as counts, double reached)
{
    const struct quota_def *def = &air->made->station.topics[topic].quotas[0];
    double asked = (double)(def->seconds + def->features + def->items);
    double gone =
        (double)(def->until_us - 1 - def->from_us) / (double)(def->until_us - def->from_us);
    double behind = quota_behind(standing, topic, counts, def->until_us - 1);
    double found = (gone - behind) * asked;
    if (fabs(found - reached) > 1e-6) {
        fail_msg("reached %.6f, not %.6f", found, reached);
    }
}

static void ten_lines_do_not_make_ten_minutes_of_one(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600});
    on_air_play(air, (struct play){.topic = "cchc", .until = 60, .n_lines = 6});
    /* Another slot on other lines at the same time, half of it beside the first. */
    on_air_play(air, (struct play){.topic = "cchc", .from = 30, .until = 90, .slot = "khac"});
    struct standing *standing = standing_at(air, FIVE_PM_US + 3600 * US);
    assert_reached(air, standing, CCHC, COUNTS_NOTHING, 90);
}

static void pieces_of_an_item_on_several_line_sets_count_once(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.features = 12});
    quota(air, KHAC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600});
    struct play play = {.topic = "cchc", .kind = "chuyen-muc", .code = "cm-1", .whole = 300};
    play.until = 100; /* three lines; then another slot takes one of them … */
    play.n_lines = 3;
    play.cause = END_PREEMPTED;
    on_air_play(air, play);
    play.from = 100; /* … and the others hear it to its end, in two pieces */
    play.until = 300;
    play.offset = 100;
    play.cause = END_COMPLETE;
    play.n_lines = 1;
    play.piece = 1;
    on_air_play(air, play);
    play.line = 1;
    play.piece = 2;
    on_air_play(air, play);
    struct standing *standing = standing_at(air, FIVE_PM_US + 3600 * US);
    assert_reached(air, standing, CCHC, COUNTS_FEATURE, 1);
    assert_true(past_aired_on_all(standing_past(standing, "cm-1"), on_air_lines(air, 0, 2)));
    assert_false(past_aired_on_all(standing_past(standing, "cm-1"), on_air_lines(air, 0, 3)));
    assert_true(past_ever_aired(standing_past(standing, "cm-1")));
}

static void what_nobody_heard_whole_is_no_feature(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.features = 12});
    struct play play = {.topic = "cchc", .kind = "chuyen-muc", .code = "cm-1", .whole = 300};
    play.until = 100; /* the power fails and comes back ten seconds later */
    play.cause = END_CRASHED;
    on_air_play(air, play);
    play.from = 110;
    play.until = 300;
    play.offset = 110;
    play.cause = END_COMPLETE;
    on_air_play(air, play);
    play.from = 100; /* another line hears the missing part, and nothing else */
    play.until = 300;
    play.offset = 100;
    play.line = 1;
    on_air_play(air, play);
    play = (struct play){.topic = "cchc",
                         .kind = "chuyen-muc",
                         .code = "cm-2",
                         .until = 299,
                         .whole = 300,
                         .cause = END_CUT,
                         .position = 1};
    on_air_play(air, play);
    struct standing *standing = standing_at(air, FIVE_PM_US + 3600 * US);
    assert_reached(air, standing, CCHC, COUNTS_FEATURE, 0);
    assert_false(past_ever_aired(standing_past(standing, "cm-1")));
    assert_true(last_aired(standing, "cm-1", on_air_lines(air, 0, 1)) == FIVE_PM_US + 300 * US);
}

static void a_repeat_counts_time_and_nothing_else(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.items = 120});
    quota(air, TTHC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600});
    on_air_play(air, (struct play){.topic = "tthc", .until = 60});
    on_air_play(air, (struct play){.topic = "tthc",
                                   .from = 3600,
                                   .until = 3660,
                                   .line = 3,
                                   .recurrence = 3600,
                                   .repeat = true});
    struct standing *standing = standing_at(air, FIVE_PM_US + 7200 * US);
    assert_reached(air, standing, CCHC, COUNTS_ITEM, 1);
    assert_reached(air, standing, TTHC, COUNTS_NOTHING, 120);
}

static void what_was_carried_live_counts_its_time_and_is_no_item(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600});
    quota(air, KHAC, "2023-01-01", "2024-01-01", (struct quota_def){.items = 10});
    on_air_play(air, (struct play){.topic = "cchc", .until = 60, .code = ""});
    on_air_play(air, (struct play){.topic = "khac", .until = 60, .code = "", .position = 1});
    struct standing *standing = standing_at(air, FIVE_PM_US + 60 * US);
    assert_reached(air, standing, CCHC, COUNTS_ITEM, 60);
    assert_reached(air, standing, KHAC, COUNTS_ITEM, 0);
}

static void fillers_and_fallbacks_count_nothing_but_were_heard(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600});
    quota(air, KHAC, "2023-01-01", "2024-01-01", (struct quota_def){.items = 10});
    on_air_play(air, (struct play){.topic = "cchc", .until = 60, .role = AIRING_FILLER});
    on_air_play(air, (struct play){.topic = "khac",
                                   .until = 60,
                                   .role = AIRING_FALLBACK,
                                   .code = "tin-02",
                                   .position = 1});
    struct standing *standing = standing_at(air, FIVE_PM_US + 60 * US);
    assert_reached(air, standing, CCHC, COUNTS_ITEM, 0);
    assert_reached(air, standing, KHAC, COUNTS_ITEM, 0);
    assert_true(last_aired(standing, "tin-01", on_air_lines(air, 0, 1)) == FIVE_PM_US + 60 * US);
    /* Its first time as programme counts all the same. */
    on_air_play(
        air,
        (struct play){.topic = "khac", .from = 100, .until = 160, .code = "tin-02", .position = 2});
    assert_reached(air, standing_at(air, FIVE_PM_US + 200 * US), KHAC, COUNTS_ITEM, 1);
}

static void what_crosses_new_year_is_shared_by_time_and_counts_where_it_ended(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600});
    quota(air, TTHC, "2024-01-01", "2025-01-01", (struct quota_def){.seconds = 3600});
    quota(air, MOT_CUA, "2024-01-01", "2025-01-01", (struct quota_def){.items = 10});
    quota(air, KHAC, "2023-01-01", "2024-01-01", (struct quota_def){.items = 10});
    int64_t midnight = instant("2024-01-01");
    on_air_play(air,
                (struct play){.at_us = midnight, .topic = "mot-cua", .from = -20, .until = 40});
    /* This one's last frame is the old year's last. */
    on_air_play(air, (struct play){.at_us = midnight,
                                   .topic = "khac",
                                   .from = -60,
                                   .until = 0,
                                   .code = "tin-02",
                                   .position = 1,
                                   .line = 1});
    struct standing *standing = standing_at(air, midnight + 3600 * US);
    assert_reached(air, standing, CCHC, COUNTS_NOTHING, 20);
    assert_reached(air, standing, TTHC, COUNTS_NOTHING, 40);
    assert_reached(air, standing, MOT_CUA, COUNTS_ITEM, 1);
    assert_reached(air, standing, KHAC, COUNTS_ITEM, 1);
}

static void the_first_time_is_the_one_that_ended_first(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.items = 10});
    quota(air, KHAC, "2024-01-01", "2025-01-01", (struct quota_def){.items = 10});
    int64_t midnight = instant("2024-01-01");
    /* Began first, stalled in the middle, ended in the new year. */
    struct play slow = {.at_us = midnight,
                        .topic = "khac",
                        .from = -200,
                        .until = -150,
                        .whole = 100,
                        .cause = END_STOPPED};
    on_air_play(air, slow);
    slow = (struct play){
        .at_us = midnight, .topic = "khac", .from = -40, .until = 10, .offset = 50, .piece = 1};
    on_air_play(air, slow);
    on_air_play(air, (struct play){.at_us = midnight,
                                   .topic = "cchc",
                                   .from = -110,
                                   .until = -10,
                                   .line = 2,
                                   .slot = "other"});
    struct standing *standing = standing_at(air, midnight + 3600 * US);
    assert_reached(air, standing, CCHC, COUNTS_ITEM, 1);
    assert_reached(air, standing, KHAC, COUNTS_ITEM, 0);
}

static void what_is_on_air_counts_as_far_as_the_playhead(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600});
    on_air_play(air, (struct play){.topic = "cchc", .until = 600, .is_open = true});
    struct standing *standing = standing_at(air, FIVE_PM_US + 90 * US);
    assert_reached(air, standing, CCHC, COUNTS_NOTHING, 90);
    assert_false(past_ever_aired(standing_past(standing, "tin-01")));
    assert_true(last_aired(standing, "tin-01", on_air_lines(air, 0, 1)) == FIVE_PM_US + 600 * US);
    assert_true(last_aired(standing, "tin-01", on_air_lines(air, 1, 5)) == INT64_MIN);
}

static void a_topic_that_moves_takes_its_airtime_along(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600});
    quota(air, KHAC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600});
    on_air_play(air, (struct play){.topic = "mot-cua", .until = 60});
    on_air_play(air, (struct play){.topic = "gone", .from = 60, .until = 90, .position = 1});
    assert_reached(air, standing_at(air, FIVE_PM_US + 90 * US), CCHC, COUNTS_NOTHING, 60);
    air->made->topics[MOT_CUA].parent = KHAC;
    struct standing *standing = standing_at(air, FIVE_PM_US + 90 * US);
    assert_reached(air, standing, CCHC, COUNTS_NOTHING, 0);
    assert_reached(air, standing, KHAC, COUNTS_NOTHING, 60);
}

static void being_behind_is_the_worst_measure_of_the_nearest_quota(void **state)
{
    struct on_air *air = *state;
    int64_t at = instant("2023-07-02T12:00"); /* half of the year is gone */
    quota(air, CCHC, "2023-01-01", "2024-01-01",
          (struct quota_def){.seconds = 36000, .features = 10});
    quota(air, TTHC, "2024-01-01", "2025-01-01", (struct quota_def){.seconds = 1});
    on_air_play(air, (struct play){.topic = "mot-cua", .until = 9000}); /* a quarter of it */
    struct standing *standing = standing_at(air, at);
    /* mot-cua has no quota and tthc's is not this year's: cchc's counts. */
    assert_true(fabs(quota_behind(standing, MOT_CUA, COUNTS_NOTHING, at) - 0.25) < 1e-12);
    assert_true(fabs(quota_behind(standing, MOT_CUA, COUNTS_FEATURE, at) - 0.5) < 1e-12);
    assert_true(isinf(quota_behind(standing, KHAC, COUNTS_FEATURE, at)));
    assert_string_equal(quota_explain(standing, CCHC, COUNTS_NOTHING, at),
                        "Cải cách hành chính is 150 min behind its quota");
    assert_string_equal(quota_explain(standing, MOT_CUA, COUNTS_FEATURE, at),
                        "Một cửa counts for Cải cách hành chính, and Cải cách hành chính is 5.0 "
                        "features behind its quota");
    assert_string_equal(quota_explain(standing, CCHC, COUNTS_ITEM, instant("2023-01-01")),
                        "Cải cách hành chính is 150 min ahead of its quota");
    assert_string_equal(quota_explain(standing, CCHC, COUNTS_FEATURE, instant("2023-01-01")),
                        "Cải cách hành chính keeps to its quota");
    assert_string_equal(quota_explain(standing, KHAC, COUNTS_ITEM, at), "");
}

static void a_plan_counts_what_it_has_just_planned(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.items = 120});
    quota(air, TTHC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600});
    struct standing *standing = NULL;
    assert_int_equal(standing_read(NULL, &air->made->station, FIVE_PM_US, air->arena, &standing,
                                   &air->fault),
                     0);
    struct planned_airing planned = {.segment_code = "tin-01",
                                     .topic = MOT_CUA,
                                     .counts = COUNTS_ITEM,
                                     .lines = on_air_lines(air, 0, 2),
                                     .start_us = FIVE_PM_US,
                                     .end_us = FIVE_PM_US + 60 * US,
                                     .complete = true,
                                     .counts_airtime = true};
    assert_int_equal(quota_note(standing, &planned), 0);
    planned.lines = on_air_lines(air, 2, 1);
    assert_int_equal(quota_note(standing, &planned), 0); /* the same minute, another line */
    planned.start_us += 600 * US;
    planned.end_us += 600 * US;
    planned.counts_airtime = false; /* as a filler */
    planned.segment_code = "tin-02";
    assert_int_equal(quota_note(standing, &planned), 0);
    planned.topic = SIZE_MAX;
    planned.counts_airtime = true;
    assert_int_equal(quota_note(standing, &planned), 0);
    assert_reached(air, standing, CCHC, COUNTS_ITEM, 1);
    assert_reached(air, standing, TTHC, COUNTS_NOTHING, 60);
    assert_true(past_aired_on_all(standing_past(standing, "tin-01"), on_air_lines(air, 0, 3)));
    assert_false(past_aired_on_all(standing_past(standing, "tin-01"), on_air_lines(air, 0, 4)));
    assert_true(last_aired(standing, "tin-01", on_air_lines(air, 0, 6)) == FIVE_PM_US + 60 * US);
    assert_true(last_aired(standing, "tin-02", on_air_lines(air, 0, 6)) == FIVE_PM_US + 660 * US);
}

static void a_copy_says_the_same_and_then_goes_its_own_way(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.seconds = 3600, .items = 9});
    on_air_play(air, (struct play){.topic = "tthc", .until = 60, .n_lines = 2});
    for (int64_t i = 0; i < 100; i++) { /* a set of lines each, so that a list is given up */
        on_air_play(air, (struct play){.code = "tin-02",
                                       .from = 60 * (i + 1),
                                       .until = 60 * (i + 2),
                                       .line = (size_t)i,
                                       .recurrence = 60 * i,
                                       .role = AIRING_FILLER});
    }
    struct standing *standing = standing_at(air, FIVE_PM_US + 20000 * US);
    AUTO(arena_destroy) struct arena *arena = arena_create(1 << 20);
    struct standing *copy = NULL;
    assert_int_equal(standing_copy(standing, arena, &copy), 0);
    assert_int_equal(standing_total(copy, CCHC, 0).frames, 60 * SECOND);
    assert_int_equal(standing_total(copy, CCHC, 0).items, 1);
    assert_int_equal(standing_total(copy, CCHC, 0).features, 0);
    for (size_t line = 0; line < 100; line++) {
        struct line_set lines = on_air_lines(air, line, 1);
        assert_true(last_aired(copy, "tin-02", lines) == last_aired(standing, "tin-02", lines));
        assert_true(past_aired_on_all(standing_past(copy, "tin-01"), lines) == (line < 2));
    }
    assert_true(standing_is_counted(copy, "tin-01"));
    assert_true(past_ever_aired(standing_past(copy, "tin-02")));
    assert_false(standing_is_counted(copy, "tin-02")); /* a filler has had no first run */
    struct planned_airing again = {.segment_code = "tin-02",
                                   .topic = CCHC,
                                   .counts = COUNTS_ITEM,
                                   .lines = on_air_lines(air, 0, 100),
                                   .start_us = FIVE_PM_US + 30 * US, /* half of it is new time */
                                   .end_us = FIVE_PM_US + 90 * US,
                                   .complete = true,
                                   .counts_airtime = true};
    assert_int_equal(quota_note(copy, &again), 0);
    assert_int_equal(standing_total(copy, CCHC, 0).frames, 90 * SECOND);
    assert_int_equal(standing_total(copy, CCHC, 0).items, 2);
    assert_true(standing_is_counted(copy, "tin-02"));
    assert_int_equal(standing_total(standing, CCHC, 0).frames, 60 * SECOND);
    assert_int_equal(standing_total(standing, CCHC, 0).items, 1);
    assert_false(standing_is_counted(standing, "tin-02"));
}

static void note_some(struct on_air *air, struct standing *standing, size_t n, int64_t at_us)
{
    static const char *const codes[] = {"tin-01", "tin-02", "tin-03"};
    for (size_t i = 0; i < n; i++, at_us += 40 * US) { /* each on the heels of the one before */
        struct planned_airing planned = {.segment_code = codes[i % 3],
                                         .topic = i % 5 ? MOT_CUA : CCHC,
                                         .counts = i % 2 ? COUNTS_ITEM : COUNTS_FEATURE,
                                         .lines = on_air_lines(air, i * 7 % 90, 1 + i % 10),
                                         .start_us = at_us,
                                         .end_us = at_us + 40 * US,
                                         .complete = i % 3 != 0,
                                         .counts_airtime = i % 4 != 0};
        assert_int_equal(quota_note(standing, &planned), 0);
    }
}

static void assert_same_standing(struct on_air *air, struct standing *a, struct standing *b)
{
    static const char *const codes[] = {"tin-01", "tin-02", "tin-03"};
    assert_memory_equal(&(struct quota_total[]){standing_total(a, CCHC, 0)},
                        &(struct quota_total[]){standing_total(b, CCHC, 0)},
                        sizeof(struct quota_total));
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        struct past *x = standing_past(a, codes[i]);
        struct past *y = standing_past(b, codes[i]);
        assert_int_equal(past_ever_aired(x), past_ever_aired(y));
        assert_int_equal(past_is_counted(x), past_is_counted(y));
        for (size_t line = 0; line < 100; line++) {
            struct line_set lines = on_air_lines(air, line, 1);
            struct listeners *here = standing_listeners(a, lines);
            assert_int_equal(past_aired_on_all(x, lines), past_aired_on_all(y, lines));
            assert_true(past_last_known(x, here) <= last_aired(b, codes[i], lines));
            assert_true(past_last_aired(x, here) == last_aired(b, codes[i], lines));
        }
    }
}

static void what_was_tried_is_taken_back_as_if_it_had_not_been(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.features = 9, .items = 9});
    AUTO(arena_destroy) struct arena *arena = arena_create(1 << 22);
    struct standing *standing = NULL;
    assert_int_equal(standing_read(NULL, &air->made->station, 0, air->arena, &standing, NULL), 0);
    int64_t at_us = FIVE_PM_US;
    static const size_t before[] = {0, 2, 9, 300}; /* in a list, and where that is given up */
    for (size_t i = 0; i < ARRAY_LEN(before); i++, at_us += 86400 * US) {
        struct standing *as_it_was = NULL;
        note_some(air, standing, before[i], at_us);
        at_us += (int64_t)before[i] * 40 * US;
        assert_int_equal(standing_copy(standing, air->arena, &as_it_was), 0);
        assert_int_equal(standing_mark(standing, at_us, arena), 0);
        for (size_t again = 1; again < 3; again++) {
            note_some(air, standing, 70 * again, at_us);
            standing_undo(standing);
            assert_same_standing(air, standing, as_it_was);
        }
        note_some(air, standing, 5, at_us);
        standing_settle(standing);
        arena_clear(arena);
        note_some(air, as_it_was, 5, at_us);
        assert_same_standing(air, standing, as_it_was);
    }
}

static void a_line_that_was_removed_from_the_station_still_heard_it(void **state)
{
    struct on_air *air = *state;
    quota(air, CCHC, "2023-01-01", "2024-01-01", (struct quota_def){.items = 120});
    on_air_play(air, (struct play){.topic = "cchc", .until = 60, .line = 5});
    on_air_settle(air, FIVE_PM_US + 60 * US);
    air->made->station.n_lines = 3;
    struct standing *standing = NULL;
    assert_int_equal(standing_read(air->db, &air->made->station, FIVE_PM_US + 60 * US, air->arena,
                                   &standing, &air->fault),
                     0);
    assert_reached(air, standing, CCHC, COUNTS_ITEM, 1);
    assert_true(past_ever_aired(standing_past(standing, "tin-01")));
    assert_false(past_aired_on_all(standing_past(standing, "tin-01"), on_air_lines(air, 0, 3)));
}

static void listeners_remember_what_they_were_told_and_ask_again(void **state)
{
    struct on_air *air = *state;
    struct standing *standing = NULL;
    assert_int_equal(standing_read(NULL, &air->made->station, 0, air->arena, &standing, NULL), 0);
    struct past *past = standing_past(standing, "tin-01");
    struct listeners *here = standing_listeners(standing, on_air_lines(air, 0, 2));
    struct listeners *there = standing_listeners(standing, on_air_lines(air, 2, 1));
    assert_ptr_equal(here, standing_listeners(standing, on_air_lines(air, 0, 2)));
    assert_true(past_last_known(past, here) == INT64_MIN);
    struct planned_airing planned = {.segment_code = "tin-01", .topic = SIZE_MAX};
    static const struct {
        size_t first;
        size_t n;
        int64_t end_s;
        int64_t here_s; /* by then */
    } steps[] = {{1, 2, 60, 60}, {0, 1, 300, 300}, {0, 1, 120, 300}, {1, 1, 360, 360}};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        planned.lines = on_air_lines(air, steps[i].first, steps[i].n);
        planned.start_us = (steps[i].end_s - 60) * US;
        planned.end_us = steps[i].end_s * US;
        assert_int_equal(quota_note(standing, &planned), 0);
        assert_true(past_last_known(past, here) <= steps[i].here_s * US);
        assert_true(past_last_aired(past, here) == steps[i].here_s * US);
        assert_true(past_last_known(past, here) == steps[i].here_s * US);
    }
    assert_true(past_last_aired(past, there) == 60 * US);
    struct past *later = standing_past(standing, "tin-02"); /* not there when they first asked */
    assert_true(past_last_known(later, here) == INT64_MIN);
    assert_true(past_last_aired(later, here) == INT64_MIN);
}

/* Many lines, each with its own programme and rotation over the same recordings. */
static int setup_many_lines(void **state)
{
    return on_air_setup(state, 10000);
}

static void ten_thousand_lines_and_a_thousand_recordings_are_asked_fast(void **state)
{
    struct on_air *air = *state;
    struct standing *standing = NULL;
    size_t topic = airtime_station_topic(air->made, "t", "T", SIZE_MAX);
    airtime_station_quota(air->made, topic,
                          (struct quota_def){.from_us = 0,
                                             .until_us = 4 * FIVE_PM_US,
                                             .seconds = 1});
    assert_int_equal(standing_read(NULL, &air->made->station, 0, air->arena, &standing, NULL), 0);
    struct line_set lines = on_air_lines(air, 0, 0);
    struct planned_airing planned = {.topic = topic,
                                     .counts = COUNTS_ITEM,
                                     .lines = lines,
                                     .complete = true,
                                     .counts_airtime = true};
    char code[16];
    planned.segment_code = code;
    for (size_t i = 0; i < 20000; i++) {
        snprintf(code, sizeof code, "c%zu", i % 1000);
        line_set_clear(lines);
        for (size_t line = i / 7 % 100 * 100; line < i / 7 % 100 * 100 + 100; line++) {
            line_set_add(lines, line);
        }
        planned.start_us = (int64_t)i * US;
        planned.end_us = planned.start_us + 10 * US;
        assert_int_equal(quota_note(standing, &planned), 0);
    }
    line_set_fill(lines, 10000);
    clock_t began = clock();
    for (size_t i = 0; i < 20000; i++) {
        snprintf(code, sizeof code, "c%zu", i % 1000);
        assert_true(last_aired(standing, code, lines) ==
                    (int64_t)(19000 + i % 1000) * US + 10 * US);
    }
    assert_true(clock() - began < 2 * CLOCKS_PER_SEC);
}

#define AIR_TEST(f) cmocka_unit_test_setup_teardown(f, setup, on_air_teardown)
static const struct CMUnitTest tests[] = {
    AIR_TEST(ten_lines_do_not_make_ten_minutes_of_one),
    AIR_TEST(pieces_of_an_item_on_several_line_sets_count_once),
    AIR_TEST(what_nobody_heard_whole_is_no_feature),
    AIR_TEST(a_repeat_counts_time_and_nothing_else),
    AIR_TEST(what_was_carried_live_counts_its_time_and_is_no_item),
    AIR_TEST(fillers_and_fallbacks_count_nothing_but_were_heard),
    AIR_TEST(what_crosses_new_year_is_shared_by_time_and_counts_where_it_ended),
    AIR_TEST(the_first_time_is_the_one_that_ended_first),
    AIR_TEST(what_is_on_air_counts_as_far_as_the_playhead),
    AIR_TEST(a_topic_that_moves_takes_its_airtime_along),
    AIR_TEST(being_behind_is_the_worst_measure_of_the_nearest_quota),
    AIR_TEST(a_plan_counts_what_it_has_just_planned),
    AIR_TEST(listeners_remember_what_they_were_told_and_ask_again),
    cmocka_unit_test_setup_teardown(a_copy_says_the_same_and_then_goes_its_own_way,
                                    setup_hundred_lines, on_air_teardown),
    cmocka_unit_test_setup_teardown(what_was_tried_is_taken_back_as_if_it_had_not_been,
                                    setup_hundred_lines, on_air_teardown),
    AIR_TEST(a_line_that_was_removed_from_the_station_still_heard_it),
    cmocka_unit_test_setup_teardown(ten_thousand_lines_and_a_thousand_recordings_are_asked_fast,
                                    setup_many_lines, on_air_teardown),
};
TEST_MAIN(tests)
