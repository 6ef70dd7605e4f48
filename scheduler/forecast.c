/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/forecast.h"

#include <errno.h>

#include "base/frames.h"
#include "scheduler/calendar/wall.h"
#include "scheduler/forecast_int.h"

/* The rest of the year, week by week, and what it adds up to. */

static const int64_t WEEK_S = 7 * 86400;

const char *forecast_cause_name(enum forecast_cause cause)
{
    static const char *const names[] = {NULL, "over", "frozen", "no-slot", "full", "recordings"};
    return names[cause];
}

/* Midnight of the Monday so many weeks from the one that holds an instant. */
static int64_t monday_us(int64_t us, int64_t weeks_on)
{
    static const struct cal_zone zone = {.kind = CAL_ZONE_STATION};
    int64_t wall_s = cal_zone_wall_s(&zone, us);
    struct wall_day day = wall_day_of(wall_s);
    int64_t midnight_s = wall_of_day(day.year, day.month, day.day);
    int64_t since_monday = (day.weekday + 6) % 7;
    return cal_zone_instant_us(&zone, midnight_s - since_monday * WALL_DAY_S + weeks_on * WEEK_S);
}

int64_t week_start_us(int64_t us)
{
    return monday_us(us, 0);
}

/* -- lines ----------------------------------------------------------------------- */

static int outlooks_make(const struct station *station, const struct forecast_question *question,
                         struct arena *arena, struct outlooks *ret_outlooks)
{
    struct outlooks outlooks = {.station = station};
    size_t capacity = 0;
    for (size_t t = 0; t < station->n_topics; t++) {
        for (size_t i = 0; i < station->topics[t].n_quotas; i++) {
            const struct quota_def *quota = &station->topics[t].quotas[i];
            bool meets = quota->from_us < question->until_us && quota->until_us > question->from_us;
            for (enum quota_measure m = MEASURE_TIME; meets && m < N_MEASURES; m++) {
                if (measure_asked(m, quota) <= 0) {
                    continue;
                }
                outlooks.items = arena_grow(arena, outlooks.items, outlooks.n, &capacity,
                                            sizeof *outlooks.items);
                if (!outlooks.items) {
                    return -ENOMEM;
                }
                outlooks.items[outlooks.n++] =
                    (struct outlook){.quota = i,
                                     .line = {.topic = t,
                                              .quota = quota,
                                              .measure = m,
                                              .asked = measure_asked(m, quota),
                                              .first_week_us = INT64_MIN}};
            }
        }
    }
    *ret_outlooks = outlooks;
    return 0;
}

int64_t outlook_total(const struct outlook *outlook, const struct standing *standing)
{
    struct quota_total total = standing_total(standing, outlook->line.topic, outlook->quota);
    return measure_counted(outlook->line.measure, &total);
}

/* -- weeks ------------------------------------------------------------------------- */

/* A forecast at work. */
struct forecasting {
    const struct planner_inputs *inputs;
    const struct slot_source *source;
    const struct forecast_question *question;
    struct outlooks outlooks;
    struct promised promised;
    struct simulation simulation;
};

static int simulate_week(struct forecasting *at, int64_t from_us, int64_t to_us,
                         struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(PLAN_MAX_BYTES);
    struct slots slots = {0};
    if (!arena) {
        return plan_no_memory(reterr);
    }
    int r = at->source->expand(at->source->context, from_us - SLOT_MAX_US, to_us + SLOT_MAX_US,
                               arena, &slots, reterr);
    if (r < 0) {
        return r;
    }
    promised_take_out(&at->promised, &slots);
    return plan_simulate(at->inputs->station, &slots, at->inputs->segments, at->inputs->db,
                         &at->simulation, from_us, to_us, reterr);
}

/* To the end of the last period. */
static int simulate(struct forecasting *at, struct fault *reterr)
{
    int64_t since_us = at->promised.until_us;
    int64_t until_us = since_us;
    int r = 0;
    for (size_t i = 0; i < at->outlooks.n; i++) {
        int64_t end_us = at->outlooks.items[i].line.quota->until_us;
        until_us = end_us > until_us ? end_us : until_us;
    }
    for (int64_t from_us = since_us; r == 0 && from_us < until_us;) {
        int64_t to_us = monday_us(from_us, 1);
        to_us = to_us < until_us ? to_us : until_us;
        r = simulate_week(at, from_us, to_us, reterr);
        from_us = to_us;
        if (r == 0 && at->question->progress) {
            at->question->progress(at->question->context,
                                   (double)(from_us - since_us) / (double)(until_us - since_us));
        }
    }
    return r;
}

/* -- sums ---------------------------------------------------------------------------- */

static int64_t count_waiting(const struct forecasting *at, const struct outlook *outlook,
                             const struct recordings *recordings)
{
    int64_t n = 0;
    for (size_t i = 0; outlook->line.measure != MEASURE_TIME && i < recordings->n; i++) {
        const struct recording *recording = &recordings->items[i];
        n += outlook_wants(at->outlooks.station, outlook, recording, at->promised.until_us) &&
             !standing_is_counted(at->simulation.standing, recording->segment->code);
    }
    return n;
}

static enum forecast_cause cause_of(const struct forecasting *at, const struct outlook *outlook)
{
    int64_t until_us = outlook->line.quota->until_us;
    return until_us <= at->question->now_us           ? FORECAST_OVER
           : until_us <= at->promised.until_us        ? FORECAST_FROZEN
           : outlook->line.first_week_us != INT64_MIN ? FORECAST_RECORDINGS
           : outlook->is_asked                        ? FORECAST_FULL
                                                      : FORECAST_NO_SLOT;
}

static void add_up(const struct forecasting *at, const struct recordings *recordings)
{
    for (size_t i = 0; i < at->outlooks.n; i++) {
        struct outlook *outlook = &at->outlooks.items[i];
        struct forecast_line *line = &outlook->line;
        int64_t total = outlook_total(outlook, at->simulation.standing);
        line->forecast = total - line->aired - line->planned;
        if (total >= line->asked) {
            line->first_week_us = INT64_MIN;
            continue;
        }
        line->shortfall = line->asked - total;
        line->cause = cause_of(at, outlook);
        if (line->quota->until_us > at->promised.until_us) {
            line->waiting = count_waiting(at, outlook, recordings);
        }
    }
}

static int forecast_run(struct forecasting *at, const struct recordings *recordings,
                        struct fault *reterr)
{
    struct outlooks *outlooks = &at->outlooks;
    int r = simulation_init(&at->simulation, at->inputs->station, at->inputs->db,
                            at->question->now_us, at->promised.until_us, reterr);
    for (size_t i = 0; r == 0 && i < outlooks->n; i++) {
        struct outlook *outlook = &outlooks->items[i];
        outlook->line.aired = outlook_total(outlook, at->simulation.standing);
    }
    r = r < 0 ? r : promised_note(&at->promised, at->inputs, at->question, &at->simulation, reterr);
    for (size_t i = 0; r == 0 && i < outlooks->n; i++) {
        struct outlook *outlook = &outlooks->items[i];
        outlook->line.planned =
            outlook_total(outlook, at->simulation.standing) - outlook->line.aired;
    }
    room_measure(outlooks, recordings, at->promised.until_us);
    at->simulation.see = room_see;
    at->simulation.context = outlooks;
    r = r < 0 ? r : simulate(at, reterr);
    if (r == 0) {
        add_up(at, recordings);
    }
    return r;
}

static int lines_take(const struct outlooks *outlooks, struct arena *arena,
                      struct forecast *forecast)
{
    forecast->items = arena_take(arena, outlooks->n, sizeof *forecast->items);
    if (!forecast->items) {
        return -ENOMEM;
    }
    for (; forecast->n < outlooks->n; forecast->n++) {
        forecast->items[forecast->n] = outlooks->items[forecast->n].line;
    }
    return 0;
}

int forecast_from_slots(const struct planner_inputs *inputs, const struct slot_source *source,
                        const struct forecast_question *question, struct arena *arena,
                        struct forecast *ret_forecast, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *scratch = arena_create(PLAN_MAX_BYTES);
    struct forecasting at = {.inputs = inputs, .source = source, .question = question};
    struct recordings recordings = {0};
    if (!scratch || outlooks_make(inputs->station, question, scratch, &at.outlooks) < 0 ||
        recordings_make(inputs->station, inputs->segments, scratch, &recordings) < 0) {
        return plan_no_memory(reterr);
    }
    int r = promised_read(inputs, question, scratch, &at.promised, reterr);
    if (r < 0) {
        return r;
    }
    struct forecast forecast = {.since_us = at.promised.until_us};
    r = forecast_run(&at, &recordings, reterr);
    if (r == 0 && lines_take(&at.outlooks, arena, &forecast) < 0) {
        r = plan_no_memory(reterr);
    }
    simulation_finish(&at.simulation);
    promised_finish(&at.promised);
    if (r == 0) {
        *ret_forecast = forecast;
    }
    return r;
}

static int expand_calendars(void *context, int64_t from_us, int64_t to_us, struct arena *arena,
                            struct slots *ret_slots, struct fault *reterr)
{
    return calendars_expand(context, from_us, to_us, arena, ret_slots, reterr);
}

int forecast_make(const struct planner_inputs *inputs, const struct forecast_question *question,
                  struct arena *arena, struct forecast *ret_forecast, struct fault *reterr)
{
    struct slot_source source = {.expand = expand_calendars, .context = inputs->calendars};
    return forecast_from_slots(inputs, &source, question, arena, ret_forecast, reterr);
}
