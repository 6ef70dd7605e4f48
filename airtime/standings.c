/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/standings.h"

#include <errno.h>
#include <math.h>

#include "airtime/quota.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "station/station.h"

/* A twelfth of 12 items is one, whatever a double makes of a twelfth. */
static const double ROUNDING = 1e-9;

static int64_t due_by(const struct quota_def *quota, int64_t asked, int64_t at_us)
{
    double gone = (double)(at_us - quota->from_us) / (double)(quota->until_us - quota->from_us);
    return (int64_t)floor((double)asked * gone + ROUNDING);
}

static bool is_current(const struct quota_def *quota, int64_t at_us)
{
    return at_us >= quota->from_us && at_us < quota->until_us;
}

static size_t n_current(const struct station *station, int64_t at_us)
{
    size_t n = 0;
    for (size_t t = 0; t < station->n_topics; t++) {
        for (size_t i = 0; i < station->topics[t].n_quotas; i++) {
            n += is_current(&station->topics[t].quotas[i], at_us);
        }
    }
    return n;
}

static void add_measures(struct quota_standings *standings, size_t topic,
                         const struct quota_def *quota, const struct quota_total *total,
                         int64_t at_us)
{
    for (enum quota_measure measure = 0; measure < N_MEASURES; measure++) {
        int64_t asked = measure_asked(measure, quota);
        if (asked > 0) {
            standings->items[standings->n++] =
                (struct quota_standing){.topic = topic,
                                        .quota = quota,
                                        .measure = measure,
                                        .asked = asked,
                                        .due = due_by(quota, asked, at_us),
                                        .reached = measure_counted(measure, total)};
        }
    }
}

int standings_make(struct db *db, const struct station *station, int64_t at_us, struct arena *arena,
                   struct quota_standings *ret_standings, struct fault *reterr)
{
    struct quota_standings standings = {0};
    struct standing *standing = NULL;
    size_t n = n_current(station, at_us) * N_MEASURES;
    standings.items = arena_take(arena, n ? n : 1, sizeof *standings.items);
    if (!standings.items) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    int r = standing_read(db, station, at_us, arena, &standing, reterr);
    if (r < 0) {
        return r;
    }
    for (size_t t = 0; t < station->n_topics; t++) {
        for (size_t i = 0; i < station->topics[t].n_quotas; i++) {
            const struct quota_def *quota = &station->topics[t].quotas[i];
            if (is_current(quota, at_us)) {
                struct quota_total total = standing_total(standing, t, i);
                add_measures(&standings, t, quota, &total, at_us);
            }
        }
    }
    *ret_standings = standings;
    return 0;
}
