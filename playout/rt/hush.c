/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/hush.h"

void hush_init(struct hush *hush)
{
    atomic_init(&hush->from_frame, INT64_MIN);
    atomic_init(&hush->until_frame, INT64_MIN);
}

void hush_set(struct hush *hush, int64_t from_frame, int64_t until_frame)
{
    atomic_store_explicit(&hush->from_frame, from_frame, memory_order_relaxed);
    atomic_store_explicit(&hush->until_frame, until_frame, memory_order_release);
}

bool hush_meets(const struct hush *hush, int64_t frame, size_t n)
{
    int64_t until = atomic_load_explicit(&hush->until_frame, memory_order_acquire);
    int64_t from = atomic_load_explicit(&hush->from_frame, memory_order_relaxed);
    return frame < until && frame + (int64_t)n > from;
}

void hush_apply(const struct hush *hush, int64_t frame, float *frames, size_t n)
{
    int64_t until = atomic_load_explicit(&hush->until_frame, memory_order_acquire);
    int64_t from = atomic_load_explicit(&hush->from_frame, memory_order_relaxed);
    for (size_t i = 0; i < n; i++) {
        int64_t at = frame + (int64_t)i;
        if (at < from || at >= until) {
            continue;
        }
        int64_t into = at - from;
        float gain =
            into < HUSH_FADE_FRAMES ? 1.0f - ((float)into + 0.5f) / (float)HUSH_FADE_FRAMES : 0.0f;
        frames[2 * i] *= gain;
        frames[2 * i + 1] *= gain;
    }
}
