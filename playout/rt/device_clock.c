/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/device_clock.h"

#include <math.h>

enum { RATE = 48000 };

static const double NS = 1e9;
static const double RESTART_NS = 50e6;
static const double NARROW_HZ = 0.02;
static const double DRIFT_CREDIBLE = 2e-3;
static const double NEW_ORIGIN_NS = 1e12;

void device_clock_init(struct device_clock *clock)
{
    *clock = (struct device_clock){.frame_ns = NS / RATE};
}

static void begin(struct device_clock *clock, int64_t now_ns, size_t n_frames)
{
    clock->begun = true;
    clock->origin_ns = now_ns;
    clock->next_ns = (double)n_frames * clock->frame_ns;
    clock->n_frames = n_frames;
}

int64_t device_clock_tick(struct device_clock *clock, int64_t now_ns, size_t n_frames)
{
    if (!clock->begun) {
        begin(clock, now_ns, n_frames);
        return now_ns;
    }
    double expected_ns = clock->next_ns;
    double error_ns = (double)(now_ns - clock->origin_ns) - expected_ns;
    if (fabs(error_ns) > RESTART_NS) {
        clock->n_restarts++;
        clock->known_drift = device_clock_drift(clock);
        begin(clock, now_ns, n_frames);
        return now_ns;
    }
    double elapsed_s = (double)clock->n_frames / RATE;
    double bandwidth = 1 / (0.25 + elapsed_s);
    bandwidth = bandwidth > NARROW_HZ ? bandwidth : NARROW_HZ;
    double w = 2 * M_PI * bandwidth * (double)n_frames / RATE;
    w = w < 0.5 ? w : 0.5;
    double heard_ns = expected_ns + M_SQRT2 * w * error_ns;
    clock->frame_ns += w * w * error_ns / (double)n_frames;
    double slowest = NS / RATE * (1 + DRIFT_CREDIBLE);
    double fastest = NS / RATE * (1 - DRIFT_CREDIBLE);
    clock->frame_ns = fmin(fmax(clock->frame_ns, fastest), slowest);
    clock->next_ns = heard_ns + (double)n_frames * clock->frame_ns;
    clock->n_frames += n_frames;
    int64_t when_ns = clock->origin_ns + (int64_t)expected_ns;
    if (clock->next_ns > NEW_ORIGIN_NS) {
        clock->next_ns -= NEW_ORIGIN_NS;
        clock->origin_ns += (int64_t)NEW_ORIGIN_NS;
    }
    return when_ns;
}

double device_clock_drift(const struct device_clock *clock)
{
    return clock->n_frames >= 5 * (uint64_t)RATE ? NS / RATE / clock->frame_ns - 1
                                                 : clock->known_drift;
}

bool device_clock_is_settled(const struct device_clock *clock)
{
    return clock->n_frames >= (uint64_t)RATE / 5 || clock->n_restarts > 0;
}

/* ---- the servo */

static const double SMOOTH_S = 2;
static const double CATCH_UP_S = 60;
static const double SLEW_A_SECOND = 20e-6;
static const double DONE_FRAMES = 24;
static const double DONE_CHANGE = 3e-6;

double drift_servo_run(struct drift_servo *servo, double behind_frames, double drift,
                       size_t n_frames)
{
    double s = (double)n_frames / RATE;
    servo->behind_frames +=
        (behind_frames - servo->behind_frames) * (s < SMOOTH_S ? s / SMOOTH_S : 1);
    double off = fabs(servo->behind_frames);
    if (off > DRIFT_BAND_FRAMES) {
        servo->engaged = true;
    } else if (off < DONE_FRAMES && fabs(servo->change) < DONE_CHANGE &&
               fabs(drift) < DONE_CHANGE) {
        servo->engaged = false;
    }
    double wanted = servo->engaged ? -drift + servo->behind_frames / (CATCH_UP_S * RATE) : 0;
    wanted = fmin(fmax(wanted, -DRIFT_MAX), DRIFT_MAX);
    double most = SLEW_A_SECOND * s;
    servo->change += fmin(fmax(wanted - servo->change, -most), most);
    return servo->change;
}
