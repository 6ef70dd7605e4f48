/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/fakes/plan_world.h"

/* What a slot is filled with: attachments, clocks, rotation, repeats, filler. */

static void expect_days(struct world *world, const char *from, const char *to, const char *expected)
{
    AUTO(plan_destroy) struct plan *plan = world_plan(world, from, to);
    plan_assert_sound(plan);
    AUTO_FREE char *text = plan_text(plan);
    assert_string_equal(text, expected);
}

static void expect_plan(struct world *world, const char *expected)
{
    expect_days(world, "2023-05-10", "2023-05-11", expected);
}

static struct slot *rotated(struct world *world, const char *uid, const char *start, double minutes,
                            const char *wants)
{
    struct slot *slot = world_slot(world, uid, start, minutes);
    slot_wants(world, slot, wants);
    return slot;
}

static void items_follow_one_another_to_the_frame(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "a", "nhac-hieu", NULL, 1)->frames = 48001;
    world_segment(world, "b", "tin", NULL, 1)->frames = 1234567;
    world_segment(world, "c", "tin", NULL, 1)->frames = 99999;
    world_attached(world, "programme", "2023-05-10T17:00", 10, "a b c");
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-11");
    assert_int_equal(plan->n_items, 3);
    int64_t start = at_frame("2023-05-10T17:00");
    assert_int_equal(plan->items[0].start_frame, start);
    assert_int_equal(plan->items[1].start_frame, start + 48001);
    assert_int_equal(plan->items[2].start_frame, start + 48001 + 1234567);
    assert_int_equal(plan->items[2].n_frames, 99999);
    assert_int_equal(plan->items[2].position, 2);
    assert_int_equal(plan->items[2].fade_in_frames + plan->items[2].fade_out_frames, 0);
}

static void music_flows_into_what_follows(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_crossfade(world, "ca-nhac", 2);
    world_segment(world, "song-a", "ca-nhac", NULL, 180);
    world_segment(world, "song-b", "ca-nhac", NULL, 60);
    world_segment(world, "jingle", "ca-nhac", NULL, 7); /* too short to overlap */
    world_segment(world, "news", "tin", NULL, 100);
    world_attached(world, "programme", "2023-05-10T17:00", 10, "song-a song-b news song-b jingle");
    expect_plan(world, "17:00:00 178s song-a l0 complete tail2\n"
                       "17:02:58 58s song-b l0 complete in2 tail2\n"
                       "17:03:56 100s news l0 complete\n"
                       "17:05:36 58s song-b l0 complete tail2 repeat\n"
                       "17:06:34 7s jingle l0 complete\n"
                       "17:06:41 178s song-a l0 complete tail2 repeat filler\n"
                       "17:09:39 21s song-b l0 cut in2 out2 repeat filler\n");
}

static void the_end_that_flows_lies_within_the_slot(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_crossfade(world, "ca-nhac", 2);
    world_segment(world, "song", "ca-nhac", NULL, 180);
    world_attached(world, "fits", "2023-05-10T17:00", 3, "song");
    world_attached(world, "does-not", "2023-05-10T18:00", 179.0 / 60, "song");
    expect_plan(world, "17:00:00 178s song l0 complete tail2\n"
                       "18:00:00 179s song l0 cut out2 repeat\n");
}

static void what_is_left_over_is_filled_and_cut_with_a_fade_at_the_end(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "song-a", "ca-nhac", NULL, 180);
    world_segment(world, "song-b", "ca-nhac", NULL, 60);
    world_segment(world, "feature", "chuyen-muc", NULL, 300);
    world_attached(world, "programme", "2023-05-10T17:00", 10, "feature");
    expect_plan(world, "17:00:00 300s feature l0 complete\n"
                       "17:05:00 180s song-a l0 complete filler\n"
                       "17:08:00 60s song-b l0 complete filler\n"
                       "17:09:00 60s song-a l0 cut out2 repeat filler\n");
}

static void less_than_a_second_left_over_is_silence(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "song", "ca-nhac", NULL, 180);
    world_segment(world, "feature", "chuyen-muc", NULL, 599.5);
    world_attached(world, "programme", "2023-05-10T17:00", 10, "feature");
    expect_plan(world, "17:00:00 599.5s feature l0 complete\n");
}

static void what_runs_over_fades_out_at_the_slots_end(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "feature", "chuyen-muc", NULL, 700);
    world_segment(world, "tune", "nhac-hieu", NULL, 10);
    world_attached(world, "programme", "2023-05-10T17:00", 10, "feature tune");
    expect_plan(world, "17:00:00 600s feature l0 cut out2\n"
                       "17:10:00 unfilled (tune) l0: no time was left for it in the slot\n");
}

static void what_may_finish_finishes_and_nothing_else_begins(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "feature", "chuyen-muc", NULL, 700);
    world_segment(world, "tune", "nhac-hieu", NULL, 10);
    world_attached(world, "programme", "2023-05-10T17:00", 10, "feature tune")->overrun_rule =
        OVERRUN_FINISH;
    expect_plan(world, "17:00:00 700s feature l0 complete\n"
                       "17:11:40 unfilled (tune) l0: no time was left for it in the slot\n");
}

static void what_cannot_air_says_why_and_its_time_is_filled(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "draft", "tin", NULL, 60)->state = SEGMENT_DRAFT;
    world_segment(world, "gone", "tin", NULL, 60)->state = SEGMENT_WITHDRAWN;
    world_segment(world, "early", "tin", NULL, 60)->valid_from_us = at_us("2023-06-01");
    world_segment(world, "late", "tin", NULL, 60)->valid_until_us = at_us("2023-05-01");
    world_segment(world, "song", "ca-nhac", NULL, 600);
    struct slot *slot = world_attached(world, "programme", "2023-05-10T17:00", 1,
                                       "draft gone early late nothing vtv1");
    struct attachment *list = (struct attachment *)(uintptr_t)slot->attachments;
    list[5].kind = ATTACH_RELAY;
    expect_plan(
        world, "17:00:00 unfilled (draft) l0: recording draft has not been approved\n"
               "17:00:00 refused (gone) l0: recording gone was withdrawn\n"
               "17:00:00 unfilled (early) l0: recording early may not air before 2023-06-01\n"
               "17:00:00 unfilled (late) l0: recording late may not air from 2023-05-01 on\n"
               "17:00:00 unfilled (nothing) l0: the library has no recording nothing; import it or "
               "correct the code\n"
               "17:00:00 unfilled (relay:vtv1) l0: the station file no longer names it\n"
               "17:00:00 60s song l0 cut out2 filler\n");
}

static void what_was_withdrawn_says_by_whom_when_and_why(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    struct segment *gone = world_segment(world, "gone", "tin", NULL, 60);
    gone->state = SEGMENT_WITHDRAWN;
    gone->decided_by = "Hoa";
    gone->decided_us = at_us("2023-05-09T08:15");
    world_attached(world, "programme", "2023-05-10T17:00", 1, "gone");
    expect_plan(world, "17:00:00 refused (gone) l0: recording gone was withdrawn by Hoa on "
                       "2023-05-09 at 08:15:00\n");
    gone->decided_reason = "sai số liệu";
    expect_plan(world, "17:00:00 refused (gone) l0: recording gone was withdrawn by Hoa on "
                       "2023-05-09 at 08:15:00: sai số liệu\n");
    /* A newer version that nobody has judged yet waits for somebody, and undoes nothing. */
    struct segment *draft = world_segment(world, "gone", "tin", NULL, 60);
    draft->version = 2;
    draft->state = SEGMENT_DRAFT;
    expect_plan(world,
                "17:00:00 unfilled (gone) l0: recording gone was withdrawn by Hoa on "
                "2023-05-09 at 08:15:00: sai số liệu; its version 2 has not been approved\n");
}

static void a_relay_has_what_the_recordings_beside_it_leave_of_the_slot(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "tune", "nhac-hieu", NULL, 10);
    world_segment(world, "song", "ca-nhac", NULL, 600);
    struct slot *slot = world_attached(world, "relay", "2023-05-10T06:00", 1, "tune vov1 tune");
    struct attachment *list = (struct attachment *)(uintptr_t)slot->attachments;
    list[1].kind = ATTACH_RELAY;
    struct source_def vov1 = {.id = "vov1",
                              .title = "VOV1",
                              .target = "https://vov.example/1",
                              .kind = station_find_kind(&world->station, "tiep-song"),
                              .topic = SIZE_MAX};
    world->station.relays = &vov1;
    world->station.n_relays = 1;
    expect_plan(world, "06:00:00 10s tune l0 complete\n"
                       "06:00:10 40s https://vov.example/1 l0 complete in0.2 out0.2\n"
                       "06:00:50 10s tune l0 complete repeat\n");
}

static void a_file_of_the_inbox_is_known_by_its_name(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "ban-tin", "tin", NULL, 60);
    struct slot *slot = world_attached(world, "programme", "2023-05-10T17:00", 1, "x");
    struct attachment *list = (struct attachment *)(uintptr_t)slot->attachments;
    static const char *const paths[] = {"2023/05/ban-tin.wav", "inbox/Bản tin.mp3", "ban-tin",
                                        "/srv/BAN TIN .Ogg"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        list[0] = (struct attachment){.kind = ATTACH_FILE, .text = paths[i]};
        expect_plan(world, "17:00:00 60s ban-tin l0 complete\n");
    }
}

static void an_urgent_slot_is_not_filled(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "song", "ca-nhac", NULL, 600);
    world_segment(world, "speech", "bai", NULL, 60);
    world_attached(world, "a", "2023-05-10T17:00", 5, "speech")->priority = 4;
    expect_plan(world, "17:00:00 60s speech l0 complete\n");
}

static void a_clock_is_followed_and_what_comes_after_a_star_keeps_its_room(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "close", "nhac-hieu", NULL, 10);
    world_segment(world, "feature", "chuyen-muc", NULL, 240);
    world_segment(world, "open", "nhac-hieu", NULL, 10);
    for (int i = 0; i < 9; i++) {
        static const char *const codes[] = {"t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"};
        world_segment(world, codes[i], "tin", NULL, 60);
    }
    struct slot *slot = world_slot(world, "programme", "2023-05-10T17:00", 10);
    slot->clock = world_clock(world, "17h", "segment:open, * tin, 1 chuyen-muc, segment:close");
    expect_plan(world, "17:00:00 10s open l0 complete\n"
                       "17:00:10 60s t1 l0 complete\n"
                       "17:01:10 60s t2 l0 complete\n"
                       "17:02:10 60s t3 l0 complete\n"
                       "17:03:10 60s t4 l0 complete\n"
                       "17:04:10 60s t5 l0 complete\n"
                       "17:05:10 240s feature l0 complete\n"
                       "17:09:10 10s close l0 complete\n");
}

static void a_clock_names_what_it_could_not_find(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "t1", "tin", NULL, 60);
    world_segment(world, "long", "chuyen-muc", NULL, 700);
    struct slot *slot = world_slot(world, "programme", "2023-05-10T17:00", 10);
    slot->clock = world_clock(world, "17h", "2 tin, 1 chuyen-muc, 1 bai, * thong-bao");
    expect_plan(world, "17:00:00 60s t1 l0 complete\n"
                       "17:01:00 unfilled (programme) l0: no other recording matches\n"
                       "17:01:00 unfilled (programme) l0: every recording that matches is longer "
                       "than the time left\n"
                       "17:01:00 unfilled (programme) l0: no approved recording matches\n");
}

static void rotation_serves_the_topic_that_is_furthest_behind(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    size_t cchc = world_topic(world, "cchc", SIZE_MAX);
    size_t tthc = world_topic(world, "tthc", cchc);
    size_t khac = world_topic(world, "khac", SIZE_MAX);
    world_quota(world, tthc, 360000);
    world_quota(world, khac, 3600);
    world_segment(world, "a-khac", "tin", "khac", 60);
    world_segment(world, "b-khac", "tin", "khac", 60);
    world_segment(world, "c-tthc", "tin", "tthc", 60);
    world_segment(world, "d-none", "tin", NULL, 60);
    world_segment(world, "e-tthc", "tin", "tthc", 60);
    rotated(world, "one", "2023-05-10T17:00", 1, "cchc");
    rotated(world, "two", "2023-05-10T18:00", 4, "tin");
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-11");
    AUTO_FREE char *text = plan_text(plan);
    /* A minute is much of khac's quota and little of tthc's: they take turns. */
    assert_string_equal(text, "17:00:00 60s c-tthc l0 complete\n"
                              "18:00:00 60s a-khac l0 complete\n"
                              "18:01:00 60s e-tthc l0 complete\n"
                              "18:02:00 60s b-khac l0 complete\n"
                              "18:03:00 60s d-none l0 complete\n");
    assert_non_null(strstr(plan->items[0].reason, "tthc is"));
    assert_non_null(strstr(plan->items[0].reason, "it has never aired"));
}

static void rotation_by_turns_asks_for_no_quota(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    size_t behind = world_topic(world, "behind", SIZE_MAX);
    world_quota(world, behind, 360000);
    world_segment(world, "a-other", "tin", NULL, 60);
    world_segment(world, "b-behind", "tin", "behind", 60);
    world_segment(world, "c-elsewhere", "tin", "behind", 60);
    slot_on(world, world_attached(world, "one", "2023-05-09T17:00", 1, "c-elsewhere"), "1");
    slot_on(world, rotated(world, "two", "2023-05-10T17:00", 2, "tin"), "0");
    slot_on(world, rotated(world, "three", "2023-05-12T17:00", 2, "tin"), "0");
    expect_days(world, "2023-05-09", "2023-05-13",
                "17:00:00 60s c-elsewhere l1 complete\n"
                "17:00:00 60s b-behind l0 complete\n"
                "17:01:00 60s c-elsewhere l0 complete\n"
                "17:00:00 60s b-behind l0 complete repeat\n"
                "17:01:00 60s c-elsewhere l0 complete repeat\n");
    world->station.rotation = ROTATION_TURN;
    expect_days(world, "2023-05-09", "2023-05-13",
                "17:00:00 60s c-elsewhere l1 complete\n"
                "17:00:00 60s a-other l0 complete\n"
                "17:01:00 60s b-behind l0 complete\n"
                "17:00:00 60s c-elsewhere l0 complete\n"
                "17:01:00 60s a-other l0 complete repeat\n");
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-09", "2023-05-13");
    assert_null(strstr(plan->items[1].reason, "quota"));
}

static void rotation_does_not_repeat_within_the_separation_time(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "t1", "tin", NULL, 60);
    world_segment(world, "t2", "tin", NULL, 60);
    rotated(world, "a", "2023-05-10T06:00", 1, "tin");
    slot_on(world, rotated(world, "b", "2023-05-10T07:00", 2, "tin"), "1");
    rotated(world, "c", "2023-05-11T06:00", 2, "tin");
    expect_days(world, "2023-05-10", "2023-05-12",
                "06:00:00 60s t1 l0-1 complete\n"
                "07:00:00 60s t2 l1 complete\n"
                "06:00:00 60s t1 l0-1 complete repeat\n"
                "06:01:00 60s t2 l0-1 complete\n");
    world->station.separation_us *= 2;
    expect_days(world, "2023-05-10", "2023-05-12",
                "06:00:00 60s t1 l0-1 complete\n"
                "07:00:00 60s t2 l1 complete\n"
                "06:00:00 unfilled (c) l0-1: every recording that matches was heard on these "
                "lines a short time ago\n");
}

static void the_last_of_a_slot_is_the_longest_that_fits(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "a", "bai", NULL, 100);
    world_segment(world, "b", "bai", NULL, 170);
    world_segment(world, "c", "bai", NULL, 180);
    world_segment(world, "d", "bai", NULL, 300);
    rotated(world, "slot", "2023-05-10T17:00", 4, "bai");
    world->station.filler = NULL;
    expect_plan(world, "17:00:00 180s c l0 complete\n");
}

static void nothing_is_begun_that_cannot_finish_before_the_lines_close(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "a-long", "bai", NULL, 900);
    world_segment(world, "b-short", "bai", NULL, 300);
    rotated(world, "slot", "2023-05-10T20:50", 30, "bai");
    expect_plan(world, "20:50:00 300s b-short l0 complete\n");
}

static void tunes_and_notices_are_chosen_whatever_the_topic(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_topic(world, "cchc", SIZE_MAX);
    world_topic(world, "khac", SIZE_MAX);
    world_segment(world, "notice", "thong-bao", NULL, 30);
    world_segment(world, "other", "tin", "khac", 30);
    world_segment(world, "reform", "tin", "cchc", 30);
    struct slot *slot = rotated(world, "slot", "2023-05-10T17:00", 2, "cchc");
    slot->clock = world_clock(world, "c", "1 thong-bao, 1 tin");
    expect_plan(world, "17:00:00 30s notice l0 complete\n"
                       "17:00:30 30s reform l0 complete\n");
}

static void what_all_its_lines_have_heard_whole_is_a_repeat(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "a", "bai", NULL, 90);
    slot_on(world, world_attached(world, "1", "2023-05-10T06:00", 1.5, "a"), "0");
    world_attached(world, "2", "2023-05-10T07:00", 1, "a");
    world_attached(world, "3", "2023-05-10T08:00", 1.5, "a");
    slot_on(world, world_attached(world, "4", "2023-05-10T09:00", 1.5, "a"), "0");
    world_attached(world, "5", "2023-05-10T10:00", 1.5, "a");
    expect_plan(world, "06:00:00 90s a l0 complete\n"
                       "07:00:00 60s a l0-1 cut out2\n"
                       "08:00:00 90s a l0-1 complete\n"
                       "09:00:00 90s a l0 complete repeat\n"
                       "10:00:00 90s a l0-1 complete repeat\n");
}

static void a_repeat_plays_what_rotation_chose_for_the_original(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "a", "bai", NULL, 60);
    world_segment(world, "b", "bai", NULL, 60);
    world_segment(world, "song", "ca-nhac", NULL, 600);
    rotated(world, "evening", "2023-05-10T17:00", 3, "bai");
    world_slot(world, "morning", "2023-05-11T05:00", 2)->repeat_of = "evening";
    world_slot(world, "orphan", "2023-05-10T05:00", 1)->repeat_of = "evening";
    expect_days(world, "2023-05-10", "2023-05-12",
                "05:00:00 unfilled (orphan) l0: no earlier occurrence of what it repeats has "
                "aired or is planned\n"
                "05:00:00 60s song l0 cut out2 filler\n"
                "17:00:00 60s a l0 complete\n"
                "17:01:00 60s b l0 complete\n"
                "17:02:00 60s song l0 cut out2 filler\n"
                "05:00:00 60s a l0 complete repeat\n"
                "05:01:00 60s b l0 complete repeat\n");
}

static void a_repeat_finishes_what_it_may_finish(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "a", "bai", NULL, 60);
    world_segment(world, "b", "bai", NULL, 90);
    world_segment(world, "long", "ca-nhac", NULL, 900);
    world_attached(world, "evening", "2023-05-10T17:00", 3, "a b");
    world_attached(world, "under", "2023-05-11T05:55", 15, "long");
    struct slot *repeat = world_slot(world, "morning", "2023-05-11T06:00", 2);
    repeat->repeat_of = "evening";
    slot_on(world, repeat, "0");
    struct slot *again = world_slot(world, "noon", "2023-05-11T12:00", 2);
    again->repeat_of = "morning";
    world_attached(world, "waits", "2023-05-11T12:02", 3, "a")->start_rule = START_NEXT;
    world->station.filler = NULL;
    expect_days(world, "2023-05-10", "2023-05-12",
                "17:00:00 60s a l0-1 complete\n"
                "17:01:00 90s b l0-1 complete\n"
                "05:55:00 300s long l0 preempted out0.2\n"
                "05:55:00 900s long l1 complete\n"
                "06:00:00 60s a l0 complete repeat\n"
                "06:01:00 60s b l0 cut out2 repeat\n"
                "06:02:00 480s@420 long l0 complete in0.2\n"
                "12:00:00 60s a l0-1 complete repeat\n"
                "12:01:00 60s b l0-1 cut out2 repeat\n"
                "12:02:00 60s a l0-1 complete repeat\n");
    repeat->overrun_rule = OVERRUN_FINISH;
    again->overrun_rule = OVERRUN_PUSH;
    expect_days(world, "2023-05-10", "2023-05-12",
                "17:00:00 60s a l0-1 complete\n"
                "17:01:00 90s b l0-1 complete\n"
                "05:55:00 300s long l0 preempted out0.2\n"
                "05:55:00 900s long l1 complete\n"
                "06:00:00 60s a l0 complete repeat\n"
                "06:01:00 90s b l0 complete repeat\n"
                "06:02:30 450s@450 long l0 complete in0.2\n"
                "12:00:00 60s a l0-1 complete repeat\n"
                "12:01:00 90s b l0-1 complete repeat\n"
                "12:02:30 60s a l0-1 complete repeat\n");
}

static void a_slots_gain_is_added_to_the_recordings(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "a", "bai", NULL, 60)->gain_db = -2.5;
    world_attached(world, "slot", "2023-05-10T17:00", 1, "a")->gain_db = 6;
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-11");
    assert_true(plan->items[0].gain_db == 3.5);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(items_follow_one_another_to_the_frame),
    cmocka_unit_test(music_flows_into_what_follows),
    cmocka_unit_test(the_end_that_flows_lies_within_the_slot),
    cmocka_unit_test(what_is_left_over_is_filled_and_cut_with_a_fade_at_the_end),
    cmocka_unit_test(less_than_a_second_left_over_is_silence),
    cmocka_unit_test(what_runs_over_fades_out_at_the_slots_end),
    cmocka_unit_test(what_may_finish_finishes_and_nothing_else_begins),
    cmocka_unit_test(what_cannot_air_says_why_and_its_time_is_filled),
    cmocka_unit_test(what_was_withdrawn_says_by_whom_when_and_why),
    cmocka_unit_test(a_relay_has_what_the_recordings_beside_it_leave_of_the_slot),
    cmocka_unit_test(a_file_of_the_inbox_is_known_by_its_name),
    cmocka_unit_test(an_urgent_slot_is_not_filled),
    cmocka_unit_test(a_clock_is_followed_and_what_comes_after_a_star_keeps_its_room),
    cmocka_unit_test(a_clock_names_what_it_could_not_find),
    cmocka_unit_test(rotation_serves_the_topic_that_is_furthest_behind),
    cmocka_unit_test(rotation_by_turns_asks_for_no_quota),
    cmocka_unit_test(rotation_does_not_repeat_within_the_separation_time),
    cmocka_unit_test(the_last_of_a_slot_is_the_longest_that_fits),
    cmocka_unit_test(nothing_is_begun_that_cannot_finish_before_the_lines_close),
    cmocka_unit_test(tunes_and_notices_are_chosen_whatever_the_topic),
    cmocka_unit_test(what_all_its_lines_have_heard_whole_is_a_repeat),
    cmocka_unit_test(a_repeat_plays_what_rotation_chose_for_the_original),
    cmocka_unit_test(a_repeat_finishes_what_it_may_finish),
    cmocka_unit_test(a_slots_gain_is_added_to_the_recordings),
};
TEST_MAIN(tests)
