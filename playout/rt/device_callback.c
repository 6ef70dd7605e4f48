/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/device_callback.h"

#include <string.h>

enum { CHUNK_FRAMES = VARISPEED_CHUNK, FIRST_BURST_FRAMES = 7200 };

static const double FRAME_NS = 125000.0 / 6;

void device_deck_init(struct device_deck *deck, struct device_lane *lanes,
                      struct device_feed *feeds, size_t n_lanes, size_t n_channels,
                      const struct varispeed_table *table)
{
    *deck = (struct device_deck){.lanes = lanes,
                                 .n_lanes = n_lanes,
                                 .n_channels = n_channels,
                                 .table = table};
    device_clock_init(&deck->clock);
    for (size_t i = 0; i < n_lanes; i++) {
        lanes[i] =
            (struct device_lane){.feed = &feeds[i], .begun = feed_count(&feeds[i].n_read) > 0};
    }
}

/* ---- in and out */

/* Take n frames; those that are missing are silence. Returns how many there were. */
static size_t lane_take(const struct device_lane *lane, float *frames, size_t n)
{
    struct device_feed *feed = lane->feed;
    int64_t index = (int64_t)feed_count(&feed->n_read);
    int64_t frame = index + atomic_load_explicit(&feed->frame_zero, memory_order_relaxed);
    size_t taken = feed_read(feed, frames, n);
    memset(frames + 2 * taken, 0, (n - taken) * 2 * sizeof *frames);
    if (hush_meets(&feed->hush, frame, taken)) {
        hush_apply(&feed->hush, frame, frames, taken);
    }
    return taken;
}

static void lane_put(const struct device_lane *lane, const float *frames, float *out,
                     size_t n_channels, size_t n)
{
    uint32_t left = lane->feed->left;
    uint32_t right = lane->feed->right;
    if (left >= n_channels || right >= n_channels) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (left == right) {
            out[i * n_channels + left] = 0.5f * (frames[2 * i] + frames[2 * i + 1]);
        } else {
            out[i * n_channels + left] = frames[2 * i];
            out[i * n_channels + right] = frames[2 * i + 1];
        }
    }
}

/* ---- where in the sound */

/* Too late to be played. */
static void lane_skip(struct device_lane *lane, size_t n)
{
    size_t n_dropped = feed_drop(lane->feed, n);
    if (!lane->begun) {
        size_t free = FIRST_BURST_FRAMES - lane->n_uncounted;
        size_t n_free = n_dropped < free ? n_dropped : free;
        lane->n_uncounted += n_free;
        n_dropped -= n_free;
    }
    feed_add(&lane->feed->frames_skipped, n_dropped);
}

/* By how many frames what the ring gives next is late; less than 0: it is early. */
static double ring_behind(const struct device_feed *feed, int64_t heard_ns)
{
    int64_t due_zero_ns = atomic_load_explicit(&feed->due_zero_ns, memory_order_relaxed);
    int64_t index = (int64_t)feed_count(&feed->n_read);
    /* The whole milliseconds as integers: times are more than a double holds. */
    int64_t since_ns = heard_ns - due_zero_ns;
    int64_t ms = since_ns / 1000000;
    return (double)(ms * 48 - index) + (double)(since_ns - ms * 1000000) / FRAME_NS;
}

/* What was left out lies before what is fresh, and is out of date. */
static void lane_drop_stale(struct device_lane *lane)
{
    uint64_t fresh_from = feed_count(&lane->feed->fresh_from);
    uint64_t index = feed_count(&lane->feed->n_read);
    if (fresh_from > index) {
        uint64_t n = fresh_from - index;
        lane_skip(lane, n < FEED_FRAMES ? (size_t)n : FEED_FRAMES);
        lane->sounding = false;
    }
}

/* Begin on the frame that is due: *ret_at is its place among the n_frames of this call. */
static bool lane_join(struct device_lane *lane, int64_t heard_ns, size_t n_frames, size_t *ret_at)
{
    float ahead[2 * VARISPEED_AHEAD];
    double behind = feed_readable(lane->feed) > 0 ? ring_behind(lane->feed, heard_ns) : 0;
    if (behind > 0) {
        lane_skip(lane, behind < FEED_FRAMES ? (size_t)behind : FEED_FRAMES);
    }
    *ret_at = behind >= 0 ? 0 : behind > -(double)n_frames ? (size_t)-behind : n_frames;
    size_t wanted = n_frames - *ret_at + VARISPEED_AHEAD;
    if (*ret_at == n_frames || feed_readable(lane->feed) < wanted ||
        lane_take(lane, ahead, VARISPEED_AHEAD) < VARISPEED_AHEAD) {
        *ret_at = n_frames;
        return false;
    }
    lane->begun = true;
    lane->sounding = true;
    lane->servo = (struct drift_servo){0};
    varispeed_begin(&lane->speed, ahead);
    return true;
}

/* The change of speed that keeps a sounding lane in its place; if that is too far, it stops. */
static double lane_keep_place(struct device_lane *lane, const struct device_deck *deck,
                              int64_t heard_ns, size_t n_frames)
{
    double behind = ring_behind(lane->feed, heard_ns) + VARISPEED_AHEAD -
                    (double)lane->speed.phase / 4294967296.0;
    lane->sounding = behind < DRIFT_LIMIT_FRAMES && behind > -DRIFT_LIMIT_FRAMES;
    return drift_servo_run(&lane->servo, behind, device_clock_drift(&deck->clock), n_frames);
}

/* ---- playing */

static size_t lane_play_chunk(struct device_lane *lane, const struct device_deck *deck,
                              double change, float *out, size_t n)
{
    float in[2 * VARISPEED_NEED_MAX];
    float made[2 * CHUNK_FRAMES];
    bool lands = false;
    uint64_t step = varispeed_choose(&lane->speed, change, n, &lands);
    size_t need = varispeed_need(&lane->speed, step, n);
    size_t taken = lane_take(lane, in, need);
    varispeed_run(&lane->speed, deck->table, step, in, made, n);
    if (lands) {
        varispeed_land(&lane->speed);
    }
    lane_put(lane, made, out, deck->n_channels, n);
    return need - taken;
}

/* The ring ran dry. What had been taken ahead has gone out as far as silence followed it. */
static void lane_end(struct device_lane *lane, size_t n_missing)
{
    size_t n_ahead = VARISPEED_AHEAD;
    feed_add(&lane->feed->n_underruns, 1);
    feed_add(&lane->feed->frames_padded, n_missing > n_ahead ? n_missing - n_ahead : 0);
    feed_add(&lane->feed->frames_skipped, n_missing < n_ahead ? n_ahead - n_missing : 0);
    lane->sounding = false;
}

static void lane_run(struct device_lane *lane, const struct device_deck *deck, float *out,
                     size_t n_frames, int64_t heard_ns)
{
    double change = 0;
    size_t at = 0;
    lane_drop_stale(lane);
    if (lane->sounding) {
        change = lane_keep_place(lane, deck, heard_ns, n_frames);
    }
    if (!lane->sounding) {
        change = 0;
        bool has_begun = lane->begun;
        bool joins = lane_join(lane, heard_ns, n_frames, &at);
        feed_add(&lane->feed->frames_padded, has_begun ? at : 0);
        if (!joins) {
            return;
        }
    }
    size_t n_missing = 0;
    while (at < n_frames) {
        size_t n = n_frames - at < CHUNK_FRAMES ? n_frames - at : CHUNK_FRAMES;
        n_missing += lane_play_chunk(lane, deck, change, out + at * deck->n_channels, n);
        at += n;
    }
    if (n_missing > 0) {
        lane_end(lane, n_missing);
    }
}

void device_callback(struct device_deck *deck, float *out, size_t n_frames, int64_t now_ns)
{
    memset(out, 0, n_frames * deck->n_channels * sizeof *out);
    int64_t heard_ns = device_clock_tick(&deck->clock, now_ns, n_frames) + deck->latency_ns;
    if (!device_clock_is_settled(&deck->clock)) {
        return;
    }
    for (size_t i = 0; i < deck->n_lanes; i++) {
        lane_run(&deck->lanes[i], deck, out, n_frames, heard_ns);
    }
}
