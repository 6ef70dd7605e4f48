/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/mic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/frames.h"
#include "playout/alerts/alert.h"
#include "playout/engine.h"
#include "tests/fakes/stage.h"
#include "tests/test.h"

/* A person speaks live: the programme is ducked under the voice for as long as the microphone is
 * open, to the frame, and never is the sum louder than the louder of the two. */

enum { T0 = 960000, SECOND = AIR_RATE };

static const float VOICE = 0.5F;
static const float BED = 0.178F; /* about -15 dB */

/* A device that gives a steady voltage, or nothing: what the engine asks for it gets. */
struct device {
    float sample;
    bool dead;
};

static size_t device_read(void *context, float *frames, size_t n) RT_SAFE
{
    const struct device *device = context;
    for (size_t i = 0; i < 2 * n; i++) {
        frames[i] = device->sample;
    }
    return device->dead ? 0 : n;
}

static size_t device_readable(const void *context) RT_SAFE
{
    return ((const struct device *)context)->dead ? 0 : 3000;
}

static void device_keep_newest(void *context, size_t n) RT_SAFE
{
    (void)context;
    (void)n;
}

struct case_ {
    struct stage *stage;
    struct engine *engine;
    struct device device;
    struct mic *mic;
};

/* Line 0 has copy a from 0 to 2 s and b from there on, line 1 the same, line 2 nothing. */
static void set_up(struct case_ *c, enum engine_mode mode)
{
    *c = (struct case_){.device = {.sample = VOICE}};
    c->stage = stage_create(3);
    stage_copy(c->stage, 1, 2 * SECOND);
    stage_copy(c->stage, 1, 2 * SECOND);
    stage_item(c->stage, 0, T0, 3);
    stage_item(c->stage, 1, T0 + 2 * SECOND, 3);
    stage_catch(c->stage, T0, 5 * SECOND);
    struct engine_options options = stage_options(c->stage, mode);
    assert_int_equal(engine_create(&options, &c->engine, NULL), 0);
    assert_int_equal(engine_lend_plan(c->engine, &c->stage->plan, NULL, NULL), 0);
}

static void tear_down(struct case_ *c)
{
    engine_stop(c->engine, 0, END_STOPPED);
    engine_destroy(c->engine);
    assert_true(!c->mic || mic_progress(c->mic).dropped);
    mic_destroy(c->mic);
    stage_destroy(c->stage);
}

static void play(struct case_ *c, int64_t frame)
{
    assert_int_equal(engine_advance_to(c->engine, T0 + frame, NULL), 0);
}

static void open_mic(struct case_ *c, uint64_t lines, int64_t until, float bed_gain, bool emergency)
{
    struct mic_spec spec = {.id = "m",
                            .name = "input:micro",
                            .title = "Micrô",
                            .given_us = frames_to_us(engine_position(c->engine)),
                            .until_us = frames_to_us(T0 + until),
                            .bed_gain = (double)bed_gain,
                            .voice_gain = 1,
                            .emergency = emergency,
                            .lines = {&lines, 1},
                            .source = {&c->device, device_read, device_readable,
                                       device_keep_newest}};
    struct fault fault;
    if (mic_create(&spec, 3, &c->mic, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    engine_open_mic(c->engine, c->mic);
}

static float heard(const struct case_ *c, size_t line, int64_t frame)
{
    return stage_caught(c->stage, line, T0 + frame, 0);
}

static float copy_at(int64_t frame)
{
    return frame < 2 * SECOND ? stage_sample(0, frame) : stage_sample(1, frame - 2 * SECOND);
}

/* Between two frames a line hears a * programme + b * voice. */
static void assert_mix(const struct case_ *c, size_t line, int64_t from, int64_t until, float a,
                       float b)
{
    for (int64_t k = from; k < until; k++) {
        float wanted = a * copy_at(k) + b * VOICE;
        if (fabsf(heard(c, line, k) - wanted) > 2e-6F) {
            fail_msg("line %zu, frame %lld: %f instead of %f", line, (long long)k,
                     (double)heard(c, line, k), (double)wanted);
        }
    }
}

static void assert_events(const struct case_ *c, const char *const *wanted)
{
    size_t i = 0;
    for (; wanted[i]; i++) {
        assert_string_equal(stage_event(c->stage, i), wanted[i]);
    }
    assert_string_equal(stage_event(c->stage, i), "");
}

static void the_programme_is_ducked_from_the_opening_to_the_closing(void **state)
{
    struct case_ c;
    (void)state;
    set_up(&c, ENGINE_OFFLINE);
    play(&c, SECOND / 2);
    open_mic(&c, 1, 60 * SECOND, BED, false);
    play(&c, SECOND + SECOND / 2);
    assert_int_equal(mic_progress(c.mic).n_lines, 1);
    engine_close_mic(c.engine, c.mic);
    play(&c, 4 * SECOND);
    int64_t closed = SECOND + SECOND / 2 + MIC_OUT_FRAMES;
    assert_mix(&c, 0, 0, SECOND / 2, 1, 0);
    assert_mix(&c, 0, SECOND / 2 + MIC_ATTACK_FRAMES, SECOND + SECOND / 2, BED, 1 - BED);
    assert_mix(&c, 0, closed + MIC_RELEASE_FRAMES, 4 * SECOND, 1, 0);
    assert_mix(&c, 1, 0, 4 * SECOND, 1, 0);
    assert_int_equal(mic_progress(c.mic).end, MIC_CLOSED);
    tear_down(&c);
}

static void the_sum_is_never_louder_than_its_louder_part_and_never_jumps(void **state)
{
    struct case_ c;
    (void)state;
    set_up(&c, ENGINE_OFFLINE);
    play(&c, SECOND / 2 + 7);
    open_mic(&c, 4, 60 * SECOND, BED, false); /* where nothing else sounds: its own ramps */
    play(&c, SECOND);
    engine_close_mic(c.engine, c.mic);
    play(&c, 2 * SECOND);
    float before = 0;
    for (int64_t k = 0; k < 2 * SECOND; k++) {
        float now = heard(&c, 2, k);
        assert_true(now <= VOICE);
        assert_true(fabsf(now - before) < VOICE / MIC_OUT_FRAMES * 1.01F);
        before = now;
    }
    assert_true(heard(&c, 2, SECOND - 1) > 0.8F * VOICE);
    tear_down(&c);
    set_up(&c, ENGINE_OFFLINE);
    c.device.sample = 1;
    play(&c, SECOND / 2);
    open_mic(&c, 1, SECOND + 99, BED, false);
    play(&c, 3 * SECOND);
    for (int64_t k = 0; k < 3 * SECOND; k++) {
        float bed = fabsf(copy_at(k));
        assert_true(fabsf(heard(&c, 0, k)) <= (bed > 1 ? bed : 1) * 1.000001F);
    }
    tear_down(&c);
}

static void when_asked_the_voice_takes_the_place_of_the_programme(void **state)
{
    struct case_ c;
    (void)state;
    set_up(&c, ENGINE_OFFLINE);
    play(&c, SECOND);
    open_mic(&c, 3, 60 * SECOND, 0, false);
    play(&c, 3 * SECOND);
    assert_mix(&c, 0, SECOND + MIC_ATTACK_FRAMES, 3 * SECOND, 0, 1);
    assert_mix(&c, 1, SECOND + MIC_ATTACK_FRAMES, 3 * SECOND, 0, 1);
    tear_down(&c);
}

static void it_has_an_airing_and_what_lies_beneath_has_none(void **state)
{
    static const char *const wanted[] = {
        "0 start a #1 lines=0,1 offset=0 programme", "48000 end #1 frames=48000 preempted",
        "48000 start  #2 lines=0 offset=0 programme",
        "48000 start a #3 lines=1 offset=48000 programme", "96000 end #3 frames=48000 complete",
        /* What begins beneath the voice: the ledger knows why it was not heard. */
        "96000 start b #4 lines=0 offset=0 programme", "96000 end #4 frames=0 preempted",
        "96000 start b #5 lines=1 offset=0 programme", "144000 end #2 frames=96000 complete",
        "144000 end #5 frames=48000 cut", "144000 start b #6 lines=0,1 offset=48000 programme",
        NULL};
    (void)state;
    for (enum engine_mode mode = ENGINE_LEDGER; mode <= ENGINE_OFFLINE; mode++) {
        struct case_ c;
        set_up(&c, mode);
        play(&c, SECOND);
        open_mic(&c, 1, 3 * SECOND, BED, false);
        play(&c, 3 * SECOND + 960);
        assert_events(&c, wanted);
        assert_int_equal(mic_progress(c.mic).end, MIC_TIME);
        tear_down(&c);
    }
}

static struct alert *alert_of(uint64_t *lines)
{
    static float frames[2 * 4800];
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        frames[i] = -0.25F;
    }
    struct alert_spec spec = {.id = "lu",
                              .title = "Lũ",
                              .given_us = frames_to_us(T0),
                              .expires_us = INT64_MAX,
                              .heard_us = INT64_MIN,
                              .lines = {lines, 1},
                              .frames = frames,
                              .n_frames = 4800};
    struct alert *alert = NULL;
    assert_int_equal(alert_create(&spec, 3, &alert, NULL), 0);
    return alert;
}

static void an_emergency_is_over_the_voice_undimmed_and_then_the_voice_goes_on(void **state)
{
    static const char *const wanted[] = {"0 start a #1 lines=0,1 offset=0 programme",
                                         "24000 end #1 frames=24000 preempted",
                                         "24000 start  #2 lines=0,1 offset=0 programme",
                                         "48000 end #2 frames=24000 preempted",
                                         "48000 start alert:lu #3 lines=0 offset=0 programme",
                                         "48000 start  #4 lines=1 offset=24000 programme",
                                         "52800 end #3 frames=4800 complete",
                                         "52800 end #4 frames=4800 cut",
                                         "52800 start  #5 lines=0,1 offset=28800 programme",
                                         NULL};
    static uint64_t lines = 1;
    struct case_ c;
    (void)state;
    set_up(&c, ENGINE_OFFLINE);
    struct alert *alert = alert_of(&lines);
    play(&c, SECOND / 2);
    open_mic(&c, 3, 60 * SECOND, BED, false);
    play(&c, SECOND);
    engine_interject(c.engine, alert);
    play(&c, SECOND + SECOND / 2);
    for (int64_t k = SECOND; k < SECOND + 4800; k++) {
        assert_true(heard(&c, 0, k) == -0.25F);
    }
    assert_mix(&c, 1, SECOND, SECOND + SECOND / 2, BED, 1 - BED);
    assert_mix(&c, 0, SECOND + 4800 + MIC_ATTACK_FRAMES, SECOND + SECOND / 2, BED, 1 - BED);
    assert_events(&c, wanted);
    tear_down(&c);
    alert_destroy(alert);
}

static void a_stop_silences_it_for_good(void **state)
{
    uint64_t one = 1;
    uint64_t two = 2;
    struct case_ c;
    (void)state;
    set_up(&c, ENGINE_OFFLINE);
    play(&c, SECOND / 2);
    open_mic(&c, 3, 60 * SECOND, BED, false);
    play(&c, SECOND);
    engine_hold(c.engine, (struct line_set){&one, 1}, T0 + SECOND - 960, frames_to_us(T0 + SECOND));
    play(&c, 2 * SECOND);
    assert_int_equal(mic_progress(c.mic).n_lines, 1);
    engine_release(c.engine, (struct line_set){&one, 1});
    play(&c, 2 * SECOND + 960 + MIC_RELEASE_FRAMES);
    engine_hold(c.engine, (struct line_set){&two, 1}, T0 + 3 * SECOND,
                frames_to_us(T0 + 3 * SECOND));
    play(&c, 3 * SECOND);
    assert_int_equal(mic_progress(c.mic).end, MIC_STOPPED);
    for (int64_t k = SECOND; k < 2 * SECOND; k++) {
        assert_true(heard(&c, 0, k) == 0);
    }
    assert_mix(&c, 1, SECOND, 2 * SECOND, BED, 1 - BED);
    int64_t resumed = 2 * SECOND + MIC_RELEASE_FRAMES;
    assert_mix(&c, 0, resumed, resumed + 960, 1, 0); /* without the voice */
    tear_down(&c);
}

static void what_is_asked_for_after_a_stop_is_heard_over_silence(void **state)
{
    uint64_t all = 7;
    struct case_ c;
    (void)state;
    set_up(&c, ENGINE_OFFLINE);
    play(&c, 960);
    engine_hold(c.engine, (struct line_set){&all, 1}, T0 + 960, frames_to_us(T0 + 480));
    play(&c, SECOND / 2);
    open_mic(&c, 1, 60 * SECOND, BED, false);
    play(&c, SECOND);
    assert_mix(&c, 0, SECOND / 2 + MIC_ATTACK_FRAMES, SECOND, 0, 1 - BED);
    tear_down(&c);
}

static void outside_the_hours_it_is_heard_in_an_emergency_only(void **state)
{
    (void)state;
    for (int emergency = 0; emergency <= 1; emergency++) {
        struct case_ c;
        set_up(&c, ENGINE_OFFLINE);
        engine_destroy(c.engine);
        stage_level(c.stage, 0, T0 + SECOND, false, 0);
        struct engine_options options = stage_options(c.stage, ENGINE_OFFLINE);
        assert_int_equal(engine_create(&options, &c.engine, NULL), 0);
        assert_int_equal(engine_lend_plan(c.engine, &c.stage->plan, NULL, NULL), 0);
        play(&c, SECOND / 2);
        open_mic(&c, 1, 60 * SECOND, BED, emergency != 0);
        play(&c, 2 * SECOND);
        for (int64_t k = SECOND; k < 2 * SECOND && !emergency; k++) {
            assert_true(heard(&c, 0, k) == 0);
        }
        if (emergency) {
            assert_mix(&c, 0, SECOND, 2 * SECOND, 0, 1 - BED);
        }
        assert_int_equal(mic_progress(c.mic).end, emergency ? MIC_OPEN : MIC_HOURS);
        tear_down(&c);
    }
}

static void a_device_that_dies_gives_the_programme_back_and_is_told(void **state)
{
    struct case_ c;
    (void)state;
    set_up(&c, ENGINE_OFFLINE);
    play(&c, SECOND / 2);
    open_mic(&c, 1, 60 * SECOND, BED, false);
    play(&c, SECOND);
    c.device.dead = true;
    play(&c, 3 * SECOND);
    assert_int_equal(mic_progress(c.mic).end, MIC_SILENT);
    assert_int_equal(c.stage->n_unplayable, 1);
    int64_t back = SECOND + MIC_PATIENCE_FRAMES + 2 * 960 + MIC_RELEASE_FRAMES;
    assert_mix(&c, 0, back, 3 * SECOND, 1, 0);
    tear_down(&c);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_programme_is_ducked_from_the_opening_to_the_closing),
    cmocka_unit_test(the_sum_is_never_louder_than_its_louder_part_and_never_jumps),
    cmocka_unit_test(when_asked_the_voice_takes_the_place_of_the_programme),
    cmocka_unit_test(it_has_an_airing_and_what_lies_beneath_has_none),
    cmocka_unit_test(an_emergency_is_over_the_voice_undimmed_and_then_the_voice_goes_on),
    cmocka_unit_test(a_stop_silences_it_for_good),
    cmocka_unit_test(what_is_asked_for_after_a_stop_is_heard_over_silence),
    cmocka_unit_test(outside_the_hours_it_is_heard_in_an_emergency_only),
    cmocka_unit_test(a_device_that_dies_gives_the_programme_back_and_is_told),
};
TEST_MAIN(tests)
