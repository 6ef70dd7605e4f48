/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <string.h>
#include <time.h>

#include "airtime/reconcile.h"

static int setup(void **state)
{
    return on_air_setup(state, 4);
}

/* The piece of the plan that a play without more words belongs to. */
static struct reconcile_planned planned(struct on_air *air, int position, int64_t from,
                                        int64_t until, size_t n_lines)
{
    return (struct reconcile_planned){.slot_uid = "chieu",
                                      .slot_recurrence_us = FIVE_PM_US,
                                      .position = position,
                                      .start_frame = frames_from_us(FIVE_PM_US) + from * SECOND,
                                      .n_frames = (until - from) * SECOND,
                                      .lines = on_air_lines(air, 0, n_lines)};
}

static struct reconcile settle(struct on_air *air, const struct reconcile_planned *pieces, size_t n)
{
    struct reconcile reconcile;
    on_air_settle(air, FIVE_PM_US + 4000 * US);
    if (reconcile_make(air->db, &air->made->station, pieces, n, air->arena, &reconcile,
                       &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
    return reconcile;
}

static void assert_row(const struct reconcile *reconcile, size_t i, struct line_set lines,
                       int64_t aired, int64_t cut, int64_t missed, const char *reason)
{
    assert_true(i < reconcile->n_rows);
    const struct reconcile_row *row = &reconcile->rows[i];
    assert_true(line_set_equal(row->lines, lines));
    assert_int_equal(row->aired_frames, aired * SECOND);
    assert_int_equal(row->cut_frames, cut * SECOND);
    assert_int_equal(row->missed_frames, missed * SECOND);
    assert_int_equal(row->planned_frames, (aired + cut + missed) * SECOND);
    assert_string_equal(row->reason, reason);
}

static void what_aired_as_planned_needs_no_reason(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 0, 300, 3)};
    on_air_play(air, (struct play){.until = 300, .n_lines = 3});
    on_air_play(air, (struct play){.until = 300, .n_lines = 1, .slot = "other"});
    struct reconcile reconcile = settle(air, pieces, 1);
    assert_int_equal(reconcile.n_rows, 1);
    assert_row(&reconcile, 0, on_air_lines(air, 0, 3), 300, 0, 0, "");
    assert_int_equal(reconcile.planned_frames, 900LL * SECOND);
    assert_int_equal(reconcile.aired_frames, 900LL * SECOND);
}

static void each_line_gets_its_own_account(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 0, 300, 4)};
    /* Lines 0 and 1 as planned; a person stopped line 2; nothing on line 3. */
    on_air_play(air, (struct play){.until = 300, .n_lines = 2});
    on_air_play(air, (struct play){.until = 100, .line = 2, .whole = 300, .cause = END_STOPPED});
    struct reconcile reconcile = settle(air, pieces, 1);
    assert_int_equal(reconcile.n_rows, 3);
    assert_row(&reconcile, 0, on_air_lines(air, 0, 2), 300, 0, 0, "");
    assert_row(&reconcile, 1, on_air_lines(air, 2, 1), 100, 200, 0, "a person stopped it");
    assert_row(&reconcile, 2, on_air_lines(air, 3, 1), 0, 0, 300,
               "the radio was not running, or not on this line");
    assert_int_equal(reconcile.planned_frames, 1200LL * SECOND);
    assert_int_equal(reconcile.aired_frames, 700LL * SECOND);
    assert_int_equal(reconcile.cut_frames, 200LL * SECOND);
    assert_int_equal(reconcile.missed_frames, 300LL * SECOND);
}

static void a_crash_is_missed_and_what_follows_it_aired(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 0, 300, 1), planned(air, 1, 300, 400, 1),
                                         planned(air, 2, 400, 500, 1),
                                         planned(air, 3, 500, 600, 1)};
    on_air_play(air, (struct play){.until = 100, .whole = 300, .cause = END_CRASHED});
    on_air_play(air, (struct play){.from = 120, .until = 300, .offset = 120});
    on_air_play(air, (struct play){.from = 310, .until = 400, .offset = 10, .position = 1});
    on_air_play(
        air,
        (struct play){.from = 400, .until = 450, .whole = 90, .position = 2, .cause = END_FAILED});
    on_air_play(air,
                (struct play){
                    .from = 500, .until = 560, .whole = 90, .position = 3, .cause = END_PREEMPTED});
    struct reconcile reconcile = settle(air, pieces, 4);
    struct line_set line = on_air_lines(air, 0, 1);
    assert_int_equal(reconcile.n_rows, 4);
    assert_row(&reconcile, 0, line, 280, 0, 20, "the radio stopped");
    assert_row(&reconcile, 1, line, 90, 0, 10, "it began late");
    assert_row(&reconcile, 2, line, 50, 0, 50,
               "the recording could not be played on, or the clock was set back");
    assert_row(&reconcile, 3, line, 60, 40, 0, "another programme took the line");
}

/* Beneath the voice the programme has no airing, and what begins there has one of nothing. */
static void what_somebody_spoke_over_is_cut_and_says_so(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 0, 300, 2), planned(air, 1, 300, 400, 1)};
    on_air_play(air,
                (struct play){.until = 100, .n_lines = 2, .whole = 300, .cause = END_PREEMPTED});
    on_air_play(air,
                (struct play){.from = 100, .until = 350, .slot = "mic:m", .kind = "truc-tiep"});
    on_air_play(air, (struct play){.from = 100, .until = 300, .offset = 100, .line = 1});
    on_air_play(air, (struct play){.from = 300,
                                   .until = 300,
                                   .whole = 100,
                                   .position = 1,
                                   .cause = END_PREEMPTED});
    on_air_play(air, (struct play){.from = 350, .until = 400, .offset = 50, .position = 1});
    struct reconcile reconcile = settle(air, pieces, 2);
    assert_int_equal(reconcile.n_rows, 3);
    assert_row(&reconcile, 0, on_air_lines(air, 0, 1), 100, 200, 0, "somebody spoke over it live");
    assert_row(&reconcile, 1, on_air_lines(air, 1, 1), 300, 0, 0, "");
    assert_row(&reconcile, 2, on_air_lines(air, 0, 1), 50, 50, 0, "somebody spoke over it live");
}

static void what_began_late_but_was_heard_to_its_end_was_heard(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 0, 300, 1)};
    on_air_play(air, (struct play){.from = 1, .until = 301});
    struct reconcile reconcile = settle(air, pieces, 1);
    assert_row(&reconcile, 0, on_air_lines(air, 0, 1), 300, 0, 0, "");
}

static void what_replaced_a_failed_recording_is_not_that_recording(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 0, 300, 1)};
    on_air_play(air, (struct play){.until = 20, .whole = 300, .cause = END_FAILED});
    on_air_play(air, (struct play){.from = 20,
                                   .until = 300,
                                   .code = "nhac-nen",
                                   .role = AIRING_FALLBACK,
                                   .cause = END_CUT});
    struct reconcile reconcile = settle(air, pieces, 1);
    assert_row(&reconcile, 0, on_air_lines(air, 0, 1), 20, 0, 280,
               "the recording could not be played on, or the clock was set back");
}

static void what_the_plan_refused_keeps_its_reason(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 0, 0, 2)};
    pieces[0].reason = "outside the line's hours";
    struct reconcile reconcile = settle(air, pieces, 1);
    assert_int_equal(reconcile.n_rows, 1);
    assert_row(&reconcile, 0, on_air_lines(air, 0, 2), 0, 0, 0, "outside the line's hours");
}

static void what_is_on_air_has_aired_up_to_the_playhead(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 3900, 4100, 1)};
    on_air_play(air, (struct play){.from = 3900, .until = 4100, .is_open = true});
    struct reconcile reconcile = settle(air, pieces, 1); /* the playhead is at 4000 */
    assert_row(&reconcile, 0, on_air_lines(air, 0, 1), 100, 0, 100, "it is still on air");
}

static void nothing_planned_is_nothing_to_reconcile(void **state)
{
    struct on_air *air = *state;
    struct reconcile reconcile = settle(air, NULL, 0);
    assert_int_equal(reconcile.n_rows, 0);
    assert_int_equal(reconcile.planned_frames, 0);
}

static void what_was_skipped_is_missed_and_says_so(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 0, 300, 1)};
    on_air_play(air, (struct play){.until = 100, .whole = 300, .cause = END_FAILED});
    on_air_play(air, (struct play){.from = 160, .until = 300, .offset = 160});
    struct reconcile reconcile = settle(air, pieces, 1);
    assert_row(&reconcile, 0, on_air_lines(air, 0, 1), 240, 0, 60,
               "the sound broke off and was joined again: its source gave none, the machine was "
               "too slow, or its clock was set");
}

/* A radio that was started in the middle of a recording whose copy was damaged. */
static void what_went_wrong_twice_has_both_reasons(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 0, 60, 1)};
    on_air_play(air, (struct play){
                         .from = 48, .until = 48, .offset = 48, .whole = 60, .cause = END_FAILED});
    on_air_play(air, (struct play){.from = 48, .until = 60, .role = AIRING_FALLBACK});
    struct reconcile reconcile = settle(air, pieces, 1);
    assert_row(&reconcile, 0, on_air_lines(air, 0, 1), 0, 0, 60,
               "it began late; the recording could not be played on, or the clock was set back");
}

static void what_the_way_out_lost_is_missed_on_that_line_only(void **state)
{
    struct on_air *air = *state;
    struct reconcile_planned pieces[] = {planned(air, 0, 0, 300, 3), planned(air, 1, 300, 400, 1)};
    on_air_play(air, (struct play){.until = 300, .n_lines = 3});
    on_air_play(air,
                (struct play){
                    .from = 300, .until = 330, .whole = 100, .position = 1, .cause = END_STOPPED});
    on_air_outage(air, 1, 290, 500);
    on_air_outage(air, 1, 10, 30);
    on_air_outage(air, 1, 20, 40);
    on_air_outage(air, 2, 250, -1);
    on_air_outage(air, 0, 310, 320);
    struct reconcile reconcile = settle(air, pieces, 2);
    assert_int_equal(reconcile.n_rows, 4);
    assert_row(&reconcile, 0, on_air_lines(air, 0, 1), 300, 0, 0, "");
    assert_row(&reconcile, 1, on_air_lines(air, 1, 1), 260, 0, 40,
               "the way out of the line failed");
    assert_row(&reconcile, 2, on_air_lines(air, 2, 1), 250, 0, 50,
               "the way out of the line failed"); /* its outage has not ended */
    assert_row(&reconcile, 3, on_air_lines(air, 0, 1), 20, 70, 10,
               "a person stopped it; the way out of the line failed");
}

/* Whatever happens to a plan, no frame of it goes unaccounted for. */
static void planned_is_aired_and_cut_and_missed_to_the_frame(void **state)
{
    struct on_air *air = *state;
    enum { PIECES = 300 };
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    struct reconcile_planned pieces[PIECES];
    int64_t planned_frames = 0;
    int64_t heard_frames = 0;
    static bool out[4][PIECES * 10];
    memset(out, 0, sizeof out);
    for (int i = 0; i < 40; i++) {
        int line = rand_r(&seed) % 4;
        int from = rand_r(&seed) % (PIECES * 10);
        int until = from + rand_r(&seed) % 60;
        on_air_outage(air, (size_t)line, from, until);
        for (int t = from; t < until && t < PIECES * 10; t++) {
            out[line][t] = true;
        }
    }
    for (int i = 0; i < PIECES; i++) {
        pieces[i] = planned(air, i, i * 10, i * 10 + 10, 4);
        planned_frames += 40LL * SECOND;
        for (size_t line = 0; line < 4; line++) {
            for (int64_t at = 0; at < 10;) {
                int64_t from = at + rand_r(&seed) % 4;
                int64_t until = from + 1 + rand_r(&seed) % 10;
                until = until > 10 ? 10 : until;
                if (from < until && rand_r(&seed) % 4) {
                    on_air_play(air, (struct play){.from = i * 10 + from,
                                                   .until = i * 10 + until,
                                                   .offset = from,
                                                   .whole = 10,
                                                   .line = line,
                                                   .position = i,
                                                   .cause = (enum end_cause)(rand_r(&seed) % 6)});
                    for (int64_t t = i * 10 + from; t < i * 10 + until; t++) {
                        heard_frames += out[line][t] ? 0 : SECOND;
                    }
                }
                at = until;
            }
        }
    }
    struct reconcile reconcile = settle(air, pieces, PIECES);
    assert_int_equal(reconcile.planned_frames, planned_frames);
    assert_int_equal(reconcile.aired_frames, heard_frames);
    assert_int_equal(reconcile.aired_frames + reconcile.cut_frames + reconcile.missed_frames,
                     planned_frames);
    for (size_t i = 0; i < reconcile.n_rows; i++) {
        const struct reconcile_row *row = &reconcile.rows[i];
        assert_int_equal(row->planned_frames,
                         row->aired_frames + row->cut_frames + row->missed_frames);
        assert_int_equal(row->reason[0] == '\0', row->aired_frames == row->planned_frames);
    }
}

#define AIR_TEST(f) cmocka_unit_test_setup_teardown(f, setup, on_air_teardown)
static const struct CMUnitTest tests[] = {
    AIR_TEST(what_aired_as_planned_needs_no_reason),
    AIR_TEST(each_line_gets_its_own_account),
    AIR_TEST(a_crash_is_missed_and_what_follows_it_aired),
    AIR_TEST(what_somebody_spoke_over_is_cut_and_says_so),
    AIR_TEST(what_began_late_but_was_heard_to_its_end_was_heard),
    AIR_TEST(what_replaced_a_failed_recording_is_not_that_recording),
    AIR_TEST(what_the_plan_refused_keeps_its_reason),
    AIR_TEST(what_is_on_air_has_aired_up_to_the_playhead),
    AIR_TEST(nothing_planned_is_nothing_to_reconcile),
    AIR_TEST(what_was_skipped_is_missed_and_says_so),
    AIR_TEST(what_went_wrong_twice_has_both_reasons),
    AIR_TEST(what_the_way_out_lost_is_missed_on_that_line_only),
    AIR_TEST(planned_is_aired_and_cut_and_missed_to_the_frame),
};
TEST_MAIN(tests)
