/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/alerts/alert.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fault.h"
#include "base/frames.h"
#include "playout/engine.h"
#include "tests/fakes/stage.h"
#include "tests/test.h"

/* An emergency is heard at once, over anything, to the frame; and what it interrupts goes on as
 * the station's rule says. */

enum { T0 = 960000, SAID = 9600, CHIME = AIR_RATE * 5 / 2 };

static const int64_t MINUTE = 60 * AIR_RATE;

/* What is said is this sample and its negative. */
static const float VOICE = 0.125F;

struct said {
    float frames[SAID * 2];
    uint64_t words[1];
};

static struct alert *alert_of(const char *id, uint64_t lines, int64_t every_frames, float sample)
{
    static struct said said[4];
    static size_t n;
    struct said *own = &said[n++ % ARRAY_LEN(said)];
    for (size_t i = 0; i < SAID; i++) {
        own->frames[2 * i] = sample;
        own->frames[2 * i + 1] = -sample;
    }
    own->words[0] = lines;
    struct alert_spec spec = {.id = id,
                              .title = "Lũ khẩn cấp",
                              .given_us = frames_to_us(T0 + 4800),
                              .every_us = frames_to_us(every_frames),
                              .expires_us = INT64_MAX,
                              .heard_us = INT64_MIN,
                              .lines = {own->words, 1},
                              .frames = own->frames,
                              .n_frames = SAID};
    struct alert *alert = NULL;
    struct fault fault;
    if (alert_create(&spec, 2, &alert, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    return alert;
}

static struct engine *engine_of(struct stage *stage, enum engine_mode mode)
{
    struct engine_options options = stage_options(stage, mode);
    struct engine *engine = NULL;
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    assert_int_equal(engine_lend_plan(engine, &stage->plan, NULL, NULL), 0);
    return engine;
}

static void play(struct engine *engine, int64_t frame)
{
    assert_int_equal(engine_advance_to(engine, T0 + frame, NULL), 0);
}

static void assert_said(const struct stage *stage, size_t line, float sample, int64_t from,
                        int64_t until)
{
    for (int64_t k = from; k < until; k++) {
        if (stage_caught(stage, line, T0 + k, 0) != sample ||
            stage_caught(stage, line, T0 + k, 1) != -sample) {
            fail_msg("line %zu, frame %lld: %f instead of %f", line, (long long)k,
                     stage_caught(stage, line, T0 + k, 0), sample);
        }
    }
}

static void assert_copy(const struct stage *stage, size_t line, size_t copy, int64_t k,
                        int64_t from, int64_t until)
{
    for (int64_t frame = from; frame < until; frame++) {
        if (stage_caught(stage, line, T0 + frame, 0) != stage_sample(copy, k + frame - from)) {
            fail_msg("line %zu, frame %lld is not frame %lld of copy %zu", line, (long long)frame,
                     (long long)(k + frame - from), copy);
        }
    }
}

static void assert_silence(const struct stage *stage, size_t line, int64_t from, int64_t until)
{
    for (int64_t k = from; k < until; k++) {
        assert_true(stage_caught(stage, line, T0 + k, 0) == 0);
    }
}

static void assert_event(const struct stage *stage, size_t i, const char *text)
{
    assert_string_equal(stage_event(stage, i), text);
}

/* The alerts of a test are destroyed when the engine is done with them. */
static void finish(struct engine *engine, struct stage *stage, struct alert *a, struct alert *b)
{
    engine_stop(engine, 0, END_STOPPED);
    engine_destroy(engine);
    assert_true(!a || alert_progress(a).dropped);
    assert_true(!b || alert_progress(b).dropped);
    alert_destroy(a);
    alert_destroy(b);
    stage_destroy(stage);
}

/* Line 0 has copy a from 0 to 48000, line 1 nothing. */
static struct stage *stage_with_item(enum after_emergency rule)
{
    struct stage *stage = stage_create(2);
    stage->station.after_emergency = rule;
    stage_copy(stage, 1, 48000);
    stage_copy(stage, 1, 12000);
    stage_item(stage, 0, T0, 1);
    stage_catch(stage, T0, 4 * AIR_RATE);
    return stage;
}

static void it_is_said_from_the_next_frame_on_from_idle_and_over_an_item(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_REJOIN);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *alert = alert_of("lu", 3, 0, VOICE);
    engine_interject(engine, alert);
    play(engine, 60000);
    assert_copy(stage, 0, 0, 0, 0, 4800);
    assert_silence(stage, 1, 0, 4800);
    assert_said(stage, 0, VOICE, 4800, 14400);
    assert_said(stage, 1, VOICE, 4800, 14400);
    assert_copy(stage, 0, 0, 14400, 14400, 48000);
    assert_silence(stage, 1, 14400, 60000);
    assert_event(stage, 0, "0 start a #1 lines=0 offset=0 programme");
    assert_event(stage, 1, "4800 end #1 frames=4800 preempted");
    assert_event(stage, 2, "4800 start alert:lu #2 lines=0,1 offset=0 programme");
    assert_event(stage, 3, "14400 end #2 frames=9600 complete");
    assert_event(stage, 4, "14400 start a #3 lines=0 offset=14400 programme");
    assert_event(stage, 5, "48000 end #3 frames=33600 complete");
    assert_true(alert_progress(alert).begun_frame == T0 + 4800);
    assert_true(alert_progress(alert).ended && alert_progress(alert).dropped);
    finish(engine, stage, alert, NULL);
}

static void a_chime_comes_before_it(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_REJOIN);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    struct alert *plain = alert_of("lu", 2, 0, VOICE);
    struct alert_spec spec = *alert_spec(plain);
    struct alert *alert = NULL;
    spec.chime = true;
    assert_int_equal(alert_create(&spec, 2, &alert, NULL), 0);
    alert_destroy(plain);
    engine_interject(engine, alert);
    play(engine, 3 * AIR_RATE);
    float peak = 0;
    size_t n_loud = 0;
    for (int64_t k = 0; k < CHIME; k++) {
        float sample = fabsf(stage_caught(stage, 1, T0 + k, 0));
        peak = fmaxf(peak, sample);
        n_loud += sample > 0.02F;
    }
    assert_true(peak > 0.45F && peak <= 0.5F);
    assert_true(n_loud > CHIME / 2);
    assert_silence(stage, 1, CHIME - AIR_RATE / 5, CHIME);
    assert_said(stage, 1, VOICE, CHIME, CHIME + SAID);
    assert_silence(stage, 1, CHIME + SAID, 3 * AIR_RATE);
    assert_event(stage, 3, "129600 end #1 frames=129600 complete");
    finish(engine, stage, alert, NULL);
}

static void it_is_said_outside_hours_and_over_every_priority_and_mode(void **state)
{
    (void)state;
    static uint64_t all[] = {3};
    static const struct plan_withheld mourning = {0, INT64_MAX, {all, 1}, "khan-cap"};
    struct stage *stage = stage_with_item(AFTER_REJOIN);
    stage->items[0].priority = 1;
    stage->items[0].kind = "khan-cap";
    stage->levels[1].open = false;
    stage->plan.withheld = &mourning;
    stage->plan.n_withheld = 1;
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *alert = alert_of("lu", 3, 0, VOICE);
    engine_interject(engine, alert);
    play(engine, 20000);
    assert_said(stage, 0, VOICE, 4800, 14400);
    assert_said(stage, 1, VOICE, 4800, 14400);
    finish(engine, stage, alert, NULL);
}

static void what_it_interrupted_goes_on_there_until_the_next_item(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_RESUME);
    stage_item(stage, 1, T0 + 54000, 1)->priority = 9;
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *alert = alert_of("lu", 3, 0, VOICE);
    engine_interject(engine, alert);
    play(engine, 96000);
    assert_said(stage, 0, VOICE, 4800, 14400);
    assert_copy(stage, 0, 0, 4800, 14400, 54000);
    assert_copy(stage, 0, 1, 0, 54000, 66000);
    assert_silence(stage, 0, 66000, 96000);
    assert_event(stage, 4, "14400 start a #3 lines=0 offset=4800 programme");
    assert_event(stage, 5, "54000 end #3 frames=39600 preempted");
    assert_event(stage, 6, "54000 start b #4 lines=0 offset=0 programme");
    assert_event(stage, 7, "66000 end #4 frames=12000 complete");
    assert_event(stage, 8, "");
    finish(engine, stage, alert, NULL);
}

static void what_it_interrupted_is_heard_to_its_end_where_nothing_follows(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_RESUME);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *alert = alert_of("lu", 1, 0, VOICE);
    engine_interject(engine, alert);
    play(engine, 96000);
    assert_copy(stage, 0, 0, 4800, 14400, 57600);
    assert_silence(stage, 0, 57600, 96000);
    assert_event(stage, 5, "57600 end #3 frames=43200 complete");
    finish(engine, stage, alert, NULL);
}

static void what_it_interrupted_ends_with_the_hours(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_RESUME);
    stage_level(stage, 0, T0 + 50000, false, 0);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *alert = alert_of("lu", 1, 0, VOICE);
    engine_interject(engine, alert);
    play(engine, 96000);
    assert_copy(stage, 0, 0, 4800, 14400, 50000);
    assert_silence(stage, 0, 50000, 96000);
    assert_event(stage, 5, "50000 end #3 frames=35600 cut");
    finish(engine, stage, alert, NULL);
}

static void what_would_start_meanwhile_is_resumed_from_its_start(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_RESUME);
    stage_item(stage, 1, T0 + 48000, 1);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 43200);
    struct alert *alert = alert_of("lu", 1, 0, VOICE);
    engine_interject(engine, alert);
    play(engine, 96000);
    assert_said(stage, 0, VOICE, 43200, 52800);
    assert_copy(stage, 0, 1, 0, 52800, 64800);
    assert_silence(stage, 0, 64800, 96000);
    finish(engine, stage, alert, NULL);
}

static void lines_without_the_alert_hear_the_item_go_on(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_RESUME);
    stage->item_lines[0] = 3;
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *alert = alert_of("lu", 1, 0, VOICE);
    engine_interject(engine, alert);
    play(engine, 96000);
    assert_copy(stage, 1, 0, 0, 0, 48000);
    assert_silence(stage, 1, 48000, 96000);
    assert_copy(stage, 0, 0, 4800, 14400, 57600);
    finish(engine, stage, alert, NULL);
}

static void what_it_interrupted_is_cut_where_the_station_says_so(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_CUT);
    stage->item_lines[0] = 3;
    stage_item(stage, 1, T0 + 48000, 3);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *alert = alert_of("lu", 1, 0, VOICE);
    engine_interject(engine, alert);
    play(engine, 96000);
    assert_said(stage, 0, VOICE, 4800, 14400);
    assert_silence(stage, 0, 14400, 48000);
    assert_copy(stage, 0, 1, 0, 48000, 60000);
    assert_copy(stage, 1, 0, 0, 0, 48000);
    finish(engine, stage, alert, NULL);
}

static void an_ended_alert_fades_out_and_lets_the_item_go_on_at_once(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_RESUME);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *alert = alert_of("lu", 1, MINUTE, VOICE);
    engine_interject(engine, alert);
    play(engine, 6000);
    assert_false(engine_end_alert(engine, "bao"));
    assert_true(engine_end_alert(engine, "lu"));
    assert_false(engine_end_alert(engine, "lu"));
    play(engine, 96000);
    assert_said(stage, 0, VOICE, 4800, 6000);
    assert_true(fabsf(stage_caught(stage, 0, T0 + 8400, 0)) < 0.6F * VOICE);
    assert_copy(stage, 0, 0, 4800, 10800, 54000);
    assert_event(stage, 3, "10800 end #2 frames=6000 stopped");
    assert_true(alert_progress(alert).ended);
    finish(engine, stage, alert, NULL);
}

static void the_later_of_two_has_the_lines_and_the_earlier_is_said_once_more(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_catch(stage, T0, AIR_RATE);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *first = alert_of("lu", 3, 0, VOICE);
    struct alert *second = alert_of("bao", 1, 0, 2 * VOICE);
    engine_interject(engine, first);
    play(engine, 9600);
    engine_interject(engine, second);
    play(engine, 48000);
    assert_said(stage, 0, VOICE, 4800, 9600);
    assert_said(stage, 0, 2 * VOICE, 9600, 19200);
    assert_said(stage, 0, VOICE, 19200, 28800); /* whole, where it was interrupted */
    assert_silence(stage, 0, 28800, 48000);
    assert_said(stage, 1, VOICE, 4800, 14400);
    assert_silence(stage, 1, 14400, 48000);
    finish(engine, stage, first, second);
}

static void an_interrupted_alert_that_repeats_waits_for_its_next_repeat(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_catch(stage, T0, 2 * MINUTE);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *first = alert_of("lu", 1, MINUTE, VOICE);
    struct alert *second = alert_of("bao", 1, 0, 2 * VOICE);
    engine_interject(engine, first);
    play(engine, 9600);
    engine_interject(engine, second);
    play(engine, 2 * MINUTE);
    assert_said(stage, 0, 2 * VOICE, 9600, 19200);
    assert_silence(stage, 0, 19200, MINUTE + 4800);
    assert_said(stage, 0, VOICE, MINUTE + 4800, MINUTE + 14400);
    finish(engine, stage, first, second);
}

static void repeats_of_two_alerts_never_cut_each_other(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_catch(stage, T0, 2 * MINUTE);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *first = alert_of("lu", 1, MINUTE, VOICE);
    struct alert *second = alert_of("bao", 3, MINUTE, 2 * VOICE);
    engine_interject(engine, first);
    play(engine, 9600);
    engine_interject(engine, second);
    play(engine, 2 * MINUTE);
    assert_said(stage, 0, 2 * VOICE, MINUTE + 4800, MINUTE + 14400);
    assert_said(stage, 0, VOICE, MINUTE + 14400, MINUTE + 24000);
    assert_silence(stage, 0, MINUTE + 24000, 2 * MINUTE);
    finish(engine, stage, first, second);
}

static void it_is_repeated_every_so_many_hours_to_the_frame_until_it_expires(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_catch(stage, T0, AIR_RATE);
    struct engine *engine = engine_of(stage, ENGINE_LEDGER);
    play(engine, 4800);
    struct alert *plain = alert_of("lu", 3, 120 * MINUTE, VOICE);
    struct alert_spec spec = *alert_spec(plain);
    struct alert *alert = NULL;
    spec.expires_us = frames_to_us(T0 + 4800 + 240 * MINUTE + 1);
    assert_int_equal(alert_create(&spec, 2, &alert, NULL), 0);
    alert_destroy(plain);
    engine_interject(engine, alert);
    play(engine, 24 * 60 * MINUTE);
    assert_event(stage, 0, "4800 start alert:lu #1 lines=0,1 offset=0 programme");
    assert_event(stage, 1, "14400 end #1 frames=9600 complete");
    assert_event(stage, 2, "345604800 start alert:lu #2 lines=0,1 offset=0 programme");
    assert_event(stage, 4, "691204800 start alert:lu #3 lines=0,1 offset=0 programme");
    assert_event(stage, 6, "");
    assert_true(alert_progress(alert).ended);
    finish(engine, stage, alert, NULL);
}

static void an_alert_of_the_same_id_takes_the_place_of_the_earlier(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_catch(stage, T0, 2 * MINUTE);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    play(engine, 4800);
    struct alert *first = alert_of("lu", 3, MINUTE, VOICE);
    struct alert *second = alert_of("lu", 1, MINUTE, 2 * VOICE);
    engine_interject(engine, first);
    play(engine, 6000);
    engine_interject(engine, second);
    play(engine, 2 * MINUTE);
    assert_said(stage, 0, 2 * VOICE, 6000, 15600);
    assert_silence(stage, 1, 10800, 2 * MINUTE);
    assert_said(stage, 0, 2 * VOICE, MINUTE + 4800, MINUTE + 14400);
    assert_true(alert_progress(first).ended);
    assert_false(alert_progress(second).ended);
    finish(engine, stage, first, second);
}

static void one_that_was_missed_while_the_radio_was_off_is_said_at_once(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_catch(stage, T0, 2 * MINUTE);
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    struct alert *plain = alert_of("lu", 1, MINUTE, VOICE);
    struct alert_spec spec = *alert_spec(plain);
    struct alert *missed = NULL;
    struct alert *heard = NULL;
    spec.restored = true;
    spec.given_us = frames_to_us(T0 + 4800 - 10 * MINUTE);
    spec.heard_us = frames_to_us(T0 + 4800 - 2 * MINUTE);
    assert_int_equal(alert_create(&spec, 2, &missed, NULL), 0);
    spec.heard_us = frames_to_us(T0 + 4800 - MINUTE);
    spec.id = "bao";
    assert_int_equal(alert_create(&spec, 2, &heard, NULL), 0);
    alert_destroy(plain);
    engine_interject(engine, missed);
    engine_interject(engine, heard);
    play(engine, MINUTE);
    assert_event(stage, 0, "0 start alert:lu #1 lines=0 offset=0 programme");
    assert_event(stage, 1, "9600 end #1 frames=9600 complete");
    assert_event(stage, 2, "9600 start alert:bao #2 lines=0 offset=0 programme");
    assert_event(stage, 4, "");
    finish(engine, stage, missed, heard);
}

static void a_test_tone_gives_way_to_programmes_and_hours_unless_forced(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_REJOIN);
    stage->items[0].start_frame = T0 + 9600;
    stage->levels[1].open = false;
    struct engine *engine = engine_of(stage, ENGINE_OFFLINE);
    struct alert *plain = alert_of("tone", 3, 0, VOICE);
    struct alert_spec spec = *alert_spec(plain);
    struct alert *gentle = NULL;
    struct alert *forced = NULL;
    spec.kind = ALERT_TEST;
    assert_int_equal(alert_create(&spec, 2, &gentle, NULL), 0);
    spec.id = "tone-2";
    spec.kind = ALERT_TEST_FORCED;
    assert_int_equal(alert_create(&spec, 2, &forced, NULL), 0);
    alert_destroy(plain);
    play(engine, 4800);
    engine_interject(engine, gentle);
    play(engine, 19200);
    assert_said(stage, 0, VOICE, 4800, 9600);
    assert_copy(stage, 0, 0, 0, 9600, 19200);
    assert_silence(stage, 1, 0, 19200);
    engine_interject(engine, forced);
    play(engine, 48000);
    assert_said(stage, 0, VOICE, 19200, 28800);
    assert_said(stage, 1, VOICE, 19200, 28800);
    assert_copy(stage, 0, 0, 19200, 28800, 48000);
    assert_event(stage, 0, "4800 start tone:tone #1 lines=0 offset=0 filler");
    finish(engine, stage, gentle, forced);
}

static void live_it_needs_no_disk_and_what_it_interrupts_is_there_again(void **state)
{
    (void)state;
    struct stage *stage = stage_with_item(AFTER_RESUME);
    struct engine *engine = engine_of(stage, ENGINE_LIVE);
    struct alert *alert = alert_of("lu", 3, 0, VOICE);
    engine_interject(engine, alert);
    play(engine, 960); /* nothing was opened yet */
    assert_said(stage, 1, VOICE, 0, 960);
    while (!engine_is_ready(engine, T0 + 48000)) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    play(engine, 96000);
    assert_said(stage, 0, VOICE, 0, 9600);
    assert_copy(stage, 0, 0, 0, 9600, 57600);
    finish(engine, stage, alert, NULL);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    struct alert *good = alert_of("lu", 1, 0, VOICE);
    struct alert *alert = NULL;
    struct fault fault;
    struct alert_spec spec = *alert_spec(good);
    spec.id = "../lu";
    assert_int_equal(alert_create(&spec, 2, &alert, &fault), -EINVAL);
    spec = *alert_spec(good);
    spec.expires_us = spec.given_us;
    assert_int_equal(alert_create(&spec, 2, &alert, &fault), -EINVAL);
    spec = *alert_spec(good);
    spec.every_us = 1000000;
    assert_int_equal(alert_create(&spec, 2, &alert, &fault), -EINVAL);
    spec = *alert_spec(good);
    spec.n_frames = INT64_MAX;
    assert_int_equal(alert_create(&spec, 2, &alert, &fault), -EINVAL);
    uint64_t none = 0;
    spec = *alert_spec(good);
    spec.lines = (struct line_set){&none, 1};
    assert_int_equal(alert_create(&spec, 2, &alert, &fault), -EINVAL);
    float noise[] = {0, 1, -1, NAN};
    assert_int_equal(alert_check_sound(noise, 1, &fault), 0);
    assert_int_equal(alert_check_sound(noise, 2, &fault), -EINVAL);
    alert_destroy(good);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_is_said_from_the_next_frame_on_from_idle_and_over_an_item),
    cmocka_unit_test(a_chime_comes_before_it),
    cmocka_unit_test(it_is_said_outside_hours_and_over_every_priority_and_mode),
    cmocka_unit_test(what_it_interrupted_goes_on_there_until_the_next_item),
    cmocka_unit_test(what_it_interrupted_is_heard_to_its_end_where_nothing_follows),
    cmocka_unit_test(what_it_interrupted_ends_with_the_hours),
    cmocka_unit_test(what_would_start_meanwhile_is_resumed_from_its_start),
    cmocka_unit_test(lines_without_the_alert_hear_the_item_go_on),
    cmocka_unit_test(what_it_interrupted_is_cut_where_the_station_says_so),
    cmocka_unit_test(an_ended_alert_fades_out_and_lets_the_item_go_on_at_once),
    cmocka_unit_test(the_later_of_two_has_the_lines_and_the_earlier_is_said_once_more),
    cmocka_unit_test(an_interrupted_alert_that_repeats_waits_for_its_next_repeat),
    cmocka_unit_test(repeats_of_two_alerts_never_cut_each_other),
    cmocka_unit_test(it_is_repeated_every_so_many_hours_to_the_frame_until_it_expires),
    cmocka_unit_test(an_alert_of_the_same_id_takes_the_place_of_the_earlier),
    cmocka_unit_test(one_that_was_missed_while_the_radio_was_off_is_said_at_once),
    cmocka_unit_test(a_test_tone_gives_way_to_programmes_and_hours_unless_forced),
    cmocka_unit_test(live_it_needs_no_disk_and_what_it_interrupts_is_there_again),
    cmocka_unit_test(what_cannot_be_is_refused),
};
TEST_MAIN(tests)
