/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/fakes/plan_world.h"

/* Slots with a text to be spoken, whose recording is known by that text. */

static const char TEXT[] = "Họp thôn lúc bảy giờ tối.";

static void expect_plan(struct world *world, const char *expected)
{
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-11");
    plan_assert_sound(plan);
    AUTO_FREE char *text = plan_text(plan);
    assert_string_equal(text, expected);
}

static struct slot *spoken(struct world *world, const char *start, const char *wants,
                           const char *text)
{
    struct slot *slot = world_slot(world, "notice", start, 10);
    slot_wants(world, slot, wants);
    slot->title = "Họp thôn";
    slot->text = text;
    return slot;
}

/* What speaking a text leaves in the library: 20 seconds, approved. */
static struct segment *speak(struct world *world, const char *kind, const char *topic,
                             const char *text)
{
    static char codes[8][SPOKEN_CODE_MAX];
    static size_t n;
    char *code = codes[n++ % ARRAY_LEN(codes)];
    assert_int_equal(spoken_code(kind, topic, text, code), 0);
    return world_segment(world, code, kind, topic, 20);
}

static void a_slots_text_airs_and_its_lines_are_given_back(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "feature", "chuyen-muc", NULL, 600);
    slot_attach(world, world_slot(world, "programme", "2023-05-10T17:00", 10), "feature");
    spoken(world, "2023-05-10T17:05", "thong-bao", TEXT)->priority = 3;
    assert_string_equal(speak(world, "thong-bao", NULL, TEXT)->code, "noi-09706a481536ac18");
    expect_plan(world, "17:00:00 300s feature l0 preempted out0.2\n"
                       "17:05:00 20s noi-09706a481536ac18 l0 complete\n"
                       "17:05:20 280s@320 feature l0 complete in0.2\n");
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-11");
    assert_string_equal(plan->items[1].reason, "speaks the slot's text");
}

static void a_text_that_nobody_has_spoken_takes_no_time_and_says_so(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "feature", "chuyen-muc", NULL, 600);
    slot_attach(world, world_slot(world, "programme", "2023-05-10T17:00", 10), "feature");
    spoken(world, "2023-05-10T17:05", "khan-cap", TEXT)->priority = 1;
    /* The same words in another kind, and of another topic, are other recordings. */
    size_t topic = world_topic(world, "cchc", SIZE_MAX);
    speak(world, "thong-bao", NULL, TEXT);
    speak(world, "khan-cap", world->topics[topic].id, TEXT);
    expect_plan(world, "17:00:00 600s feature l0 complete\n"
                       "17:05:00 unfilled (Họp thôn) l0: its text has not been spoken yet; write "
                       "loa say --slots\n");
}

static void another_text_is_another_recording(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    struct slot *slot = spoken(world, "2023-05-10T17:05", "thong-bao", TEXT);
    speak(world, "thong-bao", NULL, TEXT);
    slot->text = "Họp thôn lúc tám giờ tối.";
    expect_plan(world, "17:05:00 unfilled (Họp thôn) l0: its text has not been spoken yet; write "
                       "loa say --slots\n");
}

static void a_spoken_text_needs_approval_like_any_recording(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    spoken(world, "2023-05-10T17:05", "thong-bao", TEXT);
    struct segment *segment = speak(world, "thong-bao", NULL, TEXT);
    segment->state = SEGMENT_DRAFT;
    expect_plan(world, "17:05:00 unfilled (Họp thôn) l0: recording noi-09706a481536ac18 has not "
                       "been approved\n");
}

static void what_was_spoken_for_one_slot_is_chosen_for_no_other(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world->station.filler = "thong-bao";
    speak(world, "thong-bao", NULL, TEXT);
    slot_wants(world, world_slot(world, "rotation", "2023-05-10T17:00", 10), "thong-bao");
    world_slot(world, "clock", "2023-05-10T18:00", 10)->clock =
        world_clock(world, "notices", "1 thong-bao");
    expect_plan(world, "17:00:00 unfilled (rotation) l0: no approved recording matches\n"
                       "18:00:00 unfilled (clock) l0: no approved recording matches\n");
}

static void a_text_is_only_spoken_where_a_notice_is_all_that_is_asked_for(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "tune", "nhac-hieu", NULL, 10);
    world_segment(world, "news", "tin", NULL, 60);
    struct slot_speech speech;
    struct slot *slot = spoken(world, "2023-05-10T17:00", "thong-bao tin", TEXT);
    assert_false(slot_speech(&world->station, slot, &speech));
    slot = spoken(world, "2023-05-10T17:00", "", TEXT);
    assert_false(slot_speech(&world->station, slot, &speech));
    slot = spoken(world, "2023-05-10T17:00", "thong-bao", " \n\t");
    assert_false(slot_speech(&world->station, slot, &speech));
    slot = spoken(world, "2023-05-10T17:00", "thong-bao", TEXT);
    slot->repeat_of = "rotation";
    assert_false(slot_speech(&world->station, slot, &speech));
    slot->repeat_of = NULL;
    slot_attach(world, slot, "tune");
    assert_false(slot_speech(&world->station, slot, &speech));
    slot = spoken(world, "2023-05-10T17:00", "thong-bao khan-cap", TEXT);
    assert_true(slot_speech(&world->station, slot, &speech));
    assert_string_equal(speech.kind, "khan-cap");
}

static void the_code_is_of_the_words_however_they_were_typed(void **state)
{
    (void)state;
    char code[SPOKEN_CODE_MAX];
    char other[SPOKEN_CODE_MAX];
    assert_int_equal(spoken_code("thong-bao", NULL, "Họp tối", code), 0);
    assert_true(is_spoken_code(code));
    assert_int_equal(spoken_code("thong-bao", "", "\n Ho\xcc\xa3p to\xcc\x82\xcc\x81i\t\n", other),
                     0);
    assert_string_equal(code, other);
    /* Where one part ends and the next begins is a part of it. */
    assert_int_equal(spoken_code("thong-baoH", NULL, "ọp tối", other), 0);
    assert_string_not_equal(code, other);
    assert_false(is_spoken_code("noi-1234"));
    assert_false(is_spoken_code("noi-09706a481536ac180"));
    assert_false(is_spoken_code("noi-quyet-cua-thon-1"));
    assert_true(spoken_code("thong-bao", NULL, "\xff", other) < 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_slots_text_airs_and_its_lines_are_given_back),
    cmocka_unit_test(a_text_that_nobody_has_spoken_takes_no_time_and_says_so),
    cmocka_unit_test(another_text_is_another_recording),
    cmocka_unit_test(a_spoken_text_needs_approval_like_any_recording),
    cmocka_unit_test(what_was_spoken_for_one_slot_is_chosen_for_no_other),
    cmocka_unit_test(a_text_is_only_spoken_where_a_notice_is_all_that_is_asked_for),
    cmocka_unit_test(the_code_is_of_the_words_however_they_were_typed),
};
TEST_MAIN(tests)
