/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/log.h"
#include "base/paths.h"
#include "playout/aside/driver.h"
#include "playout/radio.h"
#include "playout/render.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/studio.h"
#include "tests/system/jack_capture.h"
#include "tests/test.h"

/* Six seconds of radio: what is heard at the device's end of a real driver is the render,
 * sample by sample, once both are laid on their first sound. */
enum { SECONDS = 6, MAX_FRAMES = 12 * AIR_RATE };

static void find_default(void *context, const struct device_info *device)
{
    char *name = context;
    if (device->is_default) {
        snprintf(name, 256, "%s", device->name);
    }
}

static struct sound rendered(struct stage *stage, size_t line, int64_t start)
{
    char path[PATHS_MAX];
    struct fault fault = {0};
    snprintf(path, sizeof path, "%s/render-%zu.wav", stage->dir, line);
    struct render_options options = {.station = &stage->station,
                                     .plans = stage_plans(stage),
                                     .n_plans = 1,
                                     .log = &LOG_SILENT,
                                     .line = line,
                                     .from_us = frames_to_us(start),
                                     .to_us = frames_to_us(start + SECONDS * AIR_RATE),
                                     .path = path};
    if (render_line(&options, &fault) < 0) {
        fail_msg("%s: %s", fault.file, fault.text);
    }
    return sound_read_file(path);
}

static int64_t onset_of(const float *heard, size_t n)
{
    size_t i = 0;
    while (i < n && heard[i] == 0) {
        i++;
    }
    return (int64_t)i;
}

/* What a channel should carry of a render: one side, or (-1) both, halved. */
static float wanted_at(const struct sound *render, int64_t frame, int side)
{
    const float *both = render->samples + 2 * frame;
    return side < 0 ? 0.5f * (both[0] + both[1]) : both[side];
}

static bool is_heard(struct jack_capture *capture, size_t channel, const struct sound *render,
                     int side)
{
    size_t n = 0;
    const float *heard = jack_capture_heard(capture, channel, &n);
    int64_t onset = onset_of(heard, n);
    int64_t first = 0;
    while (first < render->frames && wanted_at(render, first, side) == 0) {
        first++;
    }
    int64_t frames = render->frames - first;
    assert_true(frames > AIR_RATE);
    if (onset + frames > (int64_t)n) {
        print_message("channel %zu: heard %lld frames, of which %lld are silence\n", channel,
                      (long long)n, (long long)onset);
        return false;
    }
    for (int64_t i = 0; i < frames; i++) {
        float wanted = wanted_at(render, first + i, side);
        if (fabsf(heard[onset + i] - wanted) > 1e-7f) {
            print_message("channel %zu, frame %lld: %.8f instead of %.8f\n", channel, (long long)i,
                          (double)heard[onset + i], (double)wanted);
            return false;
        }
    }
    return true;
}

static struct stage *two_lines(const char *device)
{
    static struct output_spec specs[2];
    struct stage *stage = stage_create(2);
    specs[0] = (struct output_spec){.kind = OUTPUT_DEVICE,
                                    .target = device,
                                    .channels = {1, 2},
                                    .n_channels = 2};
    specs[1] = (struct output_spec){.kind = OUTPUT_DEVICE,
                                    .target = device,
                                    .channels = {5},
                                    .n_channels = 1};
    for (size_t line = 0; line < 2; line++) {
        stage->lines[line].outputs = &specs[line];
        stage->lines[line].n_outputs = 1;
    }
    stage_copy(stage, 2, 100000);
    stage_copy(stage, 1, 70000);
    return stage;
}

static void plan_six_seconds(struct stage *stage, int64_t start)
{
    struct plan_item *item = stage_item(stage, 0, start, 3);
    item->fade_out_frames = 4800;
    stage_item(stage, 1, start + 1, 2)->state = PLAN_REFUSED;
    item = stage_item(stage, 1, start + 100000, 3);
    item->gain_db = -4.5;
    item->fade_in_frames = 3000;
    stage_item(stage, 0, start + 171003, 1)->n_frames = 99997;
    stage_level(stage, 1, start + 120321, true, -9);
}

static bool lines_are_well(struct radio *radio)
{
    bool well = true;
    for (size_t line = 0; line < 2; line++) {
        struct radio_line now;
        radio_line(radio, line, &now);
        assert_int_not_equal(now.state, RADIO_LINE_FAILED);
        well = well && now.n_underruns == 0 && now.frames_lost == 0;
    }
    return well;
}

static bool play_once(void)
{
    struct jack_capture *capture = jack_capture_start(MAX_FRAMES);
    char device[256] = "";
    assert_int_equal(devices_visit(find_default, device, NULL), 0);
    assert_true(*device);
    struct stage *stage = two_lines("default");
    struct studio *studio = studio_open(stage, clock_system(), RADIO_OUTPUTS);
    jack_capture_listen(capture);
    int64_t start = frames_from_us(clock_now_us(&studio->clock)) + AIR_RATE / 2 + 123;
    plan_six_seconds(stage, start);
    studio_give(studio);
    int64_t until = start + (SECONDS + 1) * (int64_t)AIR_RATE;
    assert_int_equal(radio_run_until(studio->radio, frames_to_us(until), NULL, NULL), 0);
    bool well = lines_are_well(studio->radio);
    struct sound renders[2] = {rendered(stage, 0, start), rendered(stage, 1, start)};
    well = well && is_heard(capture, 0, &renders[0], 0) && is_heard(capture, 1, &renders[0], 1) &&
           is_heard(capture, 4, &renders[1], -1);
    size_t n = 0;
    const float *unused = jack_capture_heard(capture, 2, &n);
    assert_int_equal(onset_of(unused, n), n);
    sound_free(&renders[0]);
    sound_free(&renders[1]);
    studio_close(studio);
    stage_destroy(stage);
    jack_capture_end(capture);
    return well;
}

/* A machine that is too busy for a real driver makes holes of its own: it may begin anew. */
static void a_live_device_plays_what_a_render_holds(void **state)
{
    (void)state;
    int n_left = 3;
    child_use_program(LOA_PROGRAM);
    while (!play_once()) {
        assert_int_not_equal(--n_left, 0);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_live_device_plays_what_a_render_holds),
};
TEST_MAIN(tests)
