/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/forecast_int.h"

/* What could a week's slots still take? forecast.h says what room is. */

enum { NEEDED_AT_LEAST_FRAMES = 60 * AIR_RATE }; /* where no recording tells */

bool measure_takes(enum quota_measure measure, enum counts_as counts)
{
    return measure == MEASURE_FEATURES ? counts == COUNTS_FEATURE
           : measure == MEASURE_ITEMS  ? counts == COUNTS_ITEM
                                       : counts != COUNTS_NOTHING;
}

/* -- how long one more recording is ---------------------------------------------- */

static bool is_valid_between(const struct recording *recording, int64_t from_us, int64_t until_us)
{
    return recording->segment->valid_from_us < until_us &&
           recording->segment->valid_until_us > from_us;
}

/* The topic aside. */
static bool outlook_wants_kind(const struct outlook *outlook, const struct recording *recording,
                               int64_t since_us)
{
    const struct quota_def *quota = outlook->line.quota;
    return !recording->is_spoken && measure_takes(outlook->line.measure, recording->counts) &&
           is_valid_between(recording, since_us > quota->from_us ? since_us : quota->from_us,
                            quota->until_us);
}

bool outlook_wants(const struct station *station, const struct outlook *outlook,
                   const struct recording *recording, int64_t since_us)
{
    return outlook_wants_kind(outlook, recording, since_us) &&
           topic_is_under(station, recording->topic, outlook->line.topic);
}

void room_measure(struct outlooks *outlooks, const struct recordings *recordings, int64_t since_us)
{
    for (size_t i = 0; i < outlooks->n; i++) {
        struct outlook *outlook = &outlooks->items[i];
        int64_t own = INT64_MAX;
        int64_t any = INT64_MAX;
        for (size_t k = 0; k < recordings->n; k++) {
            const struct recording *recording = &recordings->items[k];
            int64_t frames = recording->segment->frames;
            if (frames < any && outlook_wants_kind(outlook, recording, since_us)) {
                any = frames;
            }
            if (frames < own && outlook_wants(outlooks->station, outlook, recording, since_us)) {
                own = frames;
            }
        }
        outlook->needed_frames = own < INT64_MAX   ? own
                                 : any < INT64_MAX ? any
                                                   : NEEDED_AT_LEAST_FRAMES;
    }
}

/* -- whom a slot lets in ---------------------------------------------------------- */

/* Does it take recordings of the topic, or of any below it? */
static bool slot_takes_topic(const struct station *station, const struct slot *slot, size_t topic)
{
    for (size_t i = 0; i < slot->n_topics; i++) {
        if (topic_is_under(station, topic, slot->topics[i]) ||
            topic_is_under(station, slot->topics[i], topic)) {
            return true;
        }
    }
    return slot->n_topics == 0;
}

static bool ask_takes_kind(const struct station *station, const struct slot *slot,
                           const struct ask *ask, size_t kind)
{
    if (ask->kind != SIZE_MAX) {
        return ask->kind == kind;
    }
    for (size_t i = 0; i < slot->n_kinds; i++) {
        if (slot->kinds[i] == kind) {
            return true;
        }
    }
    return slot->n_kinds == 0 && station->kinds[kind].counts != COUNTS_NOTHING;
}

/* A week that is looked at, as simulated. */
struct week {
    const struct station *station;
    const struct planner *planner;
    const struct standing *before; /* when it began */
};

/* May something of a kind be chosen at a frame that is so long? */
static bool kind_fits(const struct week *week, const struct job *job, size_t kind,
                      int64_t from_frame, int64_t n_frames)
{
    struct kind_time time = daily_kind_time(&week->planner->daily, kind, from_frame);
    return time.from_frame == from_frame && n_frames <= time.until_frame - from_frame &&
           !holds_spoil(&week->planner->holds, kind, job->slot->lines, from_frame,
                        from_frame + n_frames);
}

/* Is there a time of the slot in which the kind may be chosen? */
static bool kind_is_ever_chosen(const struct week *week, const struct job *job, size_t kind)
{
    struct kind_time time = daily_kind_time(&week->planner->daily, kind, job->start_frame);
    if (time.from_frame >= job->room_frame) {
        return false;
    }
    int64_t free_frame =
        holds_free_frame(&week->planner->holds, kind, job->slot->lines, time.from_frame);
    return free_frame < job->room_frame && free_frame < time.until_frame;
}

/* Would the ask take what counts: at a frame, so long; or at all, where that is 0? */
static bool ask_takes(const struct week *week, const struct job *job, const struct ask *ask,
                      enum quota_measure measure, int64_t from_frame, int64_t n_frames)
{
    const struct station *station = week->station;
    for (size_t kind = 0; ask->ask == ASK_ROTATION && kind < station->n_kinds; kind++) {
        if (measure_takes(measure, station->kinds[kind].counts) &&
            ask_takes_kind(station, job->slot, ask, kind) &&
            (n_frames ? kind_fits(week, job, kind, from_frame, n_frames)
                      : kind_is_ever_chosen(week, job, kind))) {
            return true;
        }
    }
    return false;
}

static bool pick_is_of(const struct pick *pick, const struct ask *ask)
{
    return pick->state == PLAN_PLANNED && !pick->named && pick->n_pieces > 0 &&
           (ask->kind == SIZE_MAX || ask->kind == pick->recording->kind);
}

/* -- what is left over -------------------------------------------------------------- */

/* From the last programme to where rotation must have ended. */
static int64_t job_left_frames(const struct job *job)
{
    int64_t end_frame = job->start_frame;
    bool has_filler = false;
    bool filler_sounds = false;
    for (size_t i = 0; i < job->n_picks; i++) {
        const struct pick *pick = &job->picks[i];
        if (pick->state == PLAN_FILLER) {
            has_filler = true;
            filler_sounds |= pick->n_pieces > 0;
        } else {
            end_frame = pick->start_frame + pick->n_frames;
        }
    }
    return has_filler && !filler_sounds ? 0 : job->room_frame - end_frame;
}

/* Would it take one more than it got? */
static bool ask_is_open(const struct job *job, const struct ask *ask)
{
    size_t wanted = 0;
    size_t got = 0;
    if (ask->count == 0) {
        return true;
    }
    for (size_t i = 0; i < job->asks.n; i++) {
        const struct ask *other = &job->asks.items[i];
        wanted += other->ask == ASK_ROTATION && other->kind == ask->kind ? (size_t)other->count : 0;
    }
    for (size_t i = 0; i < job->n_picks; i++) {
        got += pick_is_of(&job->picks[i], ask);
    }
    return got < wanted;
}

/* -- what goes to others -------------------------------------------------------------- */

static bool quota_is_reached(const struct standing *standing, size_t topic, size_t i,
                             const struct quota_def *quota, enum counts_as counts)
{
    struct quota_total total = standing_total(standing, topic, i);
    return total.frames >= quota->seconds * AIR_RATE &&
           (counts != COUNTS_FEATURE || total.features >= quota->features) &&
           (counts != COUNTS_ITEM || total.items >= quota->items);
}

/* Has a recording's topic, up to what it shares with another (SIZE_MAX: it shares nothing), all
 * that is asked at an instant? */
static bool topic_is_past(const struct standing *standing, const struct station *station,
                          const struct recording *recording, size_t other, int64_t at_us)
{
    size_t topic = recording->topic;
    for (; topic != SIZE_MAX && !topic_is_under(station, other, topic);
         topic = station->topics[topic].parent) {
        const struct topic_def *def = &station->topics[topic];
        for (size_t i = 0; i < def->n_quotas; i++) {
            const struct quota_def *quota = &def->quotas[i];
            if (at_us >= quota->from_us && at_us < quota->until_us &&
                !quota_is_reached(standing, topic, i, quota, recording->counts)) {
                return false;
            }
        }
    }
    return true;
}

/* Could another recording have its time, and nothing that is asked for would be lost? */
static bool pick_is_spare(const struct week *week, const struct outlook *outlook,
                          const struct pick *pick)
{
    const struct recording *recording = pick->recording;
    const struct forecast_line *line = &outlook->line;
    bool is_alike = measure_takes(line->measure, recording->counts);
    if (line->measure != MEASURE_TIME && !pick->counts) {
        return true;
    }
    if (is_alike && topic_is_under(week->station, recording->topic, line->topic)) {
        return false; /* it counts here */
    }
    /* What counts alike goes on counting for the topics that both are below. */
    return topic_is_past(week->before, week->station, recording, is_alike ? line->topic : SIZE_MAX,
                         frames_to_us(pick->start_frame));
}

/* -- the week ---------------------------------------------------------------------------- */

static bool ask_has_room(const struct week *week, const struct outlook *outlook,
                         const struct job *job, const struct ask *ask)
{
    enum quota_measure measure = outlook->line.measure;
    int64_t needed = outlook->needed_frames;
    int64_t left = job_left_frames(job);
    if (left >= needed && ask_is_open(job, ask) &&
        ask_takes(week, job, ask, measure, job->room_frame - left, needed)) {
        return true;
    }
    for (size_t i = 0; i < job->n_picks; i++) {
        const struct pick *pick = &job->picks[i];
        if (pick_is_of(pick, ask) && left + pick->n_frames >= needed &&
            pick_is_spare(week, outlook, pick) &&
            ask_takes(week, job, ask, measure, pick->start_frame, needed)) {
            return true;
        }
    }
    return false;
}

static void see_job(const struct week *week, struct outlook *outlook, const struct job *job)
{
    struct forecast_line *line = &outlook->line;
    int64_t start_us = job->slot->start_us;
    if (line->first_week_us != INT64_MIN || start_us < line->quota->from_us ||
        start_us >= line->quota->until_us ||
        !slot_takes_topic(week->station, job->slot, line->topic)) {
        return;
    }
    for (size_t i = 0; i < job->asks.n && line->first_week_us == INT64_MIN; i++) {
        const struct ask *ask = &job->asks.items[i];
        if (ask_takes(week, job, ask, line->measure, 0, 0)) {
            outlook->is_asked = true;
            if (ask_has_room(week, outlook, job, ask)) {
                line->first_week_us = week_start_us(start_us);
            }
        }
    }
}

int room_see(void *context, const struct simulation *simulation, const struct planner *planner)
{
    const struct outlooks *outlooks = context;
    struct week week = {.station = outlooks->station,
                        .planner = planner,
                        .before = simulation->standing};
    for (size_t i = 0; i < planner->n_jobs; i++) {
        const struct job *job = &planner->jobs[i];
        if (!job->airs || !job->in_window || job->room_frame == 0) {
            continue;
        }
        for (size_t k = 0; k < outlooks->n; k++) {
            see_job(&week, &outlooks->items[k], job);
        }
    }
    return 0;
}
