/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/live_pace.h"

#include <math.h>
#include <stdint.h>

enum { RATE = 48000 };

static const double SHARE_A_WINDOW = 0.05; /* of what is off: 20 windows are 10 minutes */
static const double SLEW_A_SECOND = 20e-6;
static const double DONE_FRAMES = PACE_BAND_FRAMES / 8.0;
static const double DONE_CHANGE = 3e-6;

static void window_begin(struct live_pace *pace)
{
    pace->low = SIZE_MAX;
    pace->high = 0;
    pace->n_frames = 0;
}

void live_pace_begin(struct live_pace *pace, size_t capacity)
{
    *pace = (struct live_pace){.capacity = capacity};
    window_begin(pace);
}

static double clamp(double change)
{
    return fmin(fmax(change, -PACE_MAX), PACE_MAX);
}

static void control(struct live_pace *pace, double off)
{
    const double proportional = SHARE_A_WINDOW / PACE_WINDOW_FRAMES;
    const double integral = SHARE_A_WINDOW * SHARE_A_WINDOW / 4 / PACE_WINDOW_FRAMES;
    if (!pace->engaged && fabs(off) <= PACE_BAND_FRAMES) {
        return;
    }
    pace->engaged = true;
    double wanted = pace->held + off * proportional;
    if (fabs(wanted) < PACE_MAX) { /* at its limit it would learn what is no drift */
        pace->held += off * integral;
    }
    pace->wanted = clamp(wanted);
    if (fabs(off) < DONE_FRAMES && fabs(pace->wanted) < DONE_CHANGE) {
        pace->engaged = false;
        pace->wanted = pace->held = 0;
    }
}

static void window_end(struct live_pace *pace)
{
    size_t low = pace->low;
    if (pace->high + PACE_FULL_FRAMES > pace->capacity) {
        double change = pace->change;
        live_pace_begin(pace, pace->capacity);
        pace->change = change; /* from where it goes back to 0 */
        return;
    }
    size_t better = pace->n_windows > 0 && pace->low_before > low ? pace->low_before : low;
    bool is_first = pace->n_windows++ == 0;
    if (is_first || better > pace->target + PACE_BURST_FRAMES) {
        pace->target = better > PACE_TARGET_MIN_FRAMES ? better : PACE_TARGET_MIN_FRAMES;
    }
    control(pace, (double)better - (double)pace->target);
    pace->low_before = low;
    window_begin(pace);
}

double live_pace_run(struct live_pace *pace, size_t reserve, size_t n_frames)
{
    pace->low = reserve < pace->low ? reserve : pace->low;
    pace->high = reserve > pace->high ? reserve : pace->high;
    pace->n_frames += n_frames;
    if (pace->n_frames >= PACE_WINDOW_FRAMES) {
        window_end(pace);
    }
    double most = SLEW_A_SECOND * (double)n_frames / RATE;
    pace->change += fmin(fmax(pace->wanted - pace->change, -most), most);
    return pace->change;
}
