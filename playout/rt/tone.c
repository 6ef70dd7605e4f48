/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/tone.h"

#include <math.h>
#include <string.h>

static const float TURN = 6.2831853F;

/* How far a tone has risen at a frame: 0..1. Frame k of an edge has the share (k + 0.5) / n. */
static float tone_edge(const struct tone *tone, int64_t frame)
{
    int64_t risen = frame - tone->from_frame;
    int64_t left = tone->until_frame - 1 - frame;
    int64_t nearest = risen < left ? risen : left;
    return nearest >= TONE_EDGE_FRAMES ? 1 : ((float)nearest + 0.5F) / TONE_EDGE_FRAMES;
}

/* By the phase of the frame alone, which is exact: a tone of whole hertz repeats every second. */
static float tone_sample(const struct tone *tone, int64_t frame)
{
    if (frame < tone->from_frame || frame >= tone->until_frame) {
        return 0;
    }
    int64_t second = frames_floor_div(frame, AIR_RATE) * AIR_RATE;
    int64_t phase = (frame - second) * tone->hz % AIR_RATE;
    return tone->amplitude * tone_edge(tone, frame) * sinf(TURN * (float)phase / AIR_RATE);
}

void tone_make(const struct tone *tone, int64_t frame, float *frames, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float sample = tone_sample(tone, frame + (int64_t)i);
        frames[2 * i] = sample;
        frames[2 * i + 1] = sample;
    }
}

int64_t pips_hour(int64_t frame)
{
    const int64_t hour = INT64_C(3600) * AIR_RATE;
    return (frames_floor_div(frame - PIPS_LONG_FRAMES, hour) + 1) * hour;
}

void pips_make(int64_t hour_frame, float amplitude, int64_t frame, float *frames, size_t n)
{
    int64_t end = frame + (int64_t)n;
    memset(frames, 0, n * AIR_CHANNELS * sizeof *frames);
    for (int pip = 0; pip < PIPS_N; pip++) {
        int64_t from = hour_frame - PIPS_BEFORE_FRAMES + (int64_t)pip * AIR_RATE;
        int64_t until = from + (pip == PIPS_N - 1 ? PIPS_LONG_FRAMES : PIPS_SHORT_FRAMES);
        struct tone tone = {PIPS_HZ, amplitude, from, until};
        int64_t first = from > frame ? from : frame;
        int64_t last = until < end ? until : end;
        if (first < last) {
            tone_make(&tone, first, frames + AIR_CHANNELS * (first - frame),
                      (size_t)(last - first));
        }
    }
}
