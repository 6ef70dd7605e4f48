/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/report_quota.h"

#include <math.h>

#include "airtime/count.h"
#include "airtime/report.h"
#include "base/frames.h"
#include "base/i18n.h"

enum measure { MEASURE_SECONDS, MEASURE_FEATURES, MEASURE_ITEMS, N_MEASURES };

static int64_t asked(const struct quota_def *quota, enum measure measure)
{
    return measure == MEASURE_SECONDS    ? quota->seconds
           : measure == MEASURE_FEATURES ? quota->features
                                         : quota->items;
}

/* In units of asked(), but finer for time. */
static int64_t reached(const struct count_window *window, enum measure measure)
{
    return measure == MEASURE_SECONDS    ? window->frames
           : measure == MEASURE_FEATURES ? window->features
                                         : window->items;
}

static int64_t length(const struct count_window *window)
{
    return window->until_frame - window->from_frame;
}

/* Is a quota taken before another? The longer, then the earlier, then the first written. */
static bool goes_before(const struct count_window *windows, size_t a, size_t b)
{
    if (length(&windows[a]) != length(&windows[b])) {
        return length(&windows[a]) > length(&windows[b]);
    }
    if (windows[a].from_frame != windows[b].from_frame) {
        return windows[a].from_frame < windows[b].from_frame;
    }
    return a < b;
}

static bool takes_part(const struct topic_def *topic, const struct count_window *windows, size_t i,
                       enum measure measure)
{
    return length(&windows[i]) > 0 && asked(&topic->quotas[i], measure) > 0;
}

/* The quota to be taken after `previous` (SIZE_MAX: the first); SIZE_MAX: there is none. */
static size_t next_quota(const struct topic_def *topic, const struct count_window *windows,
                         enum measure measure, size_t previous)
{
    size_t next = SIZE_MAX;
    for (size_t i = 0; i < topic->n_quotas; i++) {
        if (takes_part(topic, windows, i, measure) && i != previous &&
            (previous == SIZE_MAX || goes_before(windows, previous, i)) &&
            (next == SIZE_MAX || goes_before(windows, i, next))) {
            next = i;
        }
    }
    return next;
}

struct sums {
    int64_t asked;
    int64_t reached;
};

static int add_up(const struct topic_def *topic, const struct count_window *windows,
                  enum measure measure, struct arena *arena, struct sums *sums)
{
    struct cover taken = {0};
    int r = 0;
    size_t i = next_quota(topic, windows, measure, SIZE_MAX);
    for (; i != SIZE_MAX && r == 0; i = next_quota(topic, windows, measure, i)) {
        const struct count_window *window = &windows[i];
        if (cover_missing(&taken, window->from_frame, window->until_frame) == length(window)) {
            sums->asked += asked(&topic->quotas[i], measure);
            sums->reached += reached(window, measure);
            r = cover_add(&taken, arena, window->from_frame, window->until_frame);
        }
    }
    return r;
}

int report_hold_against_quotas(struct report_row *row, const struct topic_def *topic,
                               const struct count_window *windows, struct arena *arena)
{
    static const char *const names[N_MEASURES] = {N_("time"), N_("features"), N_("items")};
    int64_t *const amounts[N_MEASURES] = {&row->quota_seconds, &row->quota_features,
                                          &row->quota_items};
    double highest = NAN;
    row->percent = NAN;
    row->lagging = NULL;
    for (enum measure measure = MEASURE_SECONDS; measure < N_MEASURES; measure++) {
        struct sums sums = {0};
        int r = add_up(topic, windows, measure, arena, &sums);
        if (r < 0) {
            return r;
        }
        *amounts[measure] = sums.asked;
        int64_t whole = sums.asked * (measure == MEASURE_SECONDS ? AIR_RATE : 1);
        if (whole > 0) {
            /* Never rounded up: 100 % is all of it. */
            double percent = (double)(sums.reached * 1000 / whole) / 10;
            row->lagging = percent >= row->percent ? row->lagging : names[measure];
            row->percent = fmin(row->percent, percent);
            highest = fmax(highest, percent);
        }
    }
    if (row->percent == highest) {
        row->lagging = NULL;
    }
    return 0;
}
