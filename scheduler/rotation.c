/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/i18n.h"
#include "base/zone.h"
#include "scheduler/planner_int.h"

/* Which recording airs where the calendar leaves it open? The topic furthest behind its
 * quota; then what has never aired; then what these lines have not heard for longest, and
 * where only one more fits, the longest of those that are due; then by code, so that it is
 * never chance. By turns, the first two have no say. docs/decisions/rotation.md says why. */

/* What kept a recording out, in the order it is asked. */
enum hurdle {
    HURDLE_NO_MATCH,
    HURDLE_DATES,
    HURDLE_HOURS,
    HURDLE_WITHHELD,
    HURDLE_CHOSEN,
    HURDLE_SEPARATION,
    HURDLE_LENGTH,
};

struct choice {
    struct planner *planner;
    const struct job *job;
    const struct ask *ask;
    int64_t at_us;
    int64_t room_frames;
    double *behind; /* of topic and counts_as; NAN: not asked yet */
    struct candidate *candidates;
    size_t n;
    enum hurdle hurdle; /* the furthest that any recording got */
};

bool topic_is_under(const struct station *station, size_t topic, size_t above)
{
    for (size_t depth = 0; topic != SIZE_MAX && depth <= station->n_topics; depth++) {
        if (topic == above) {
            return true;
        }
        topic = station->topics[topic].parent;
    }
    return false;
}

static bool slot_wants_topic(const struct station *station, const struct slot *slot, size_t topic)
{
    for (size_t i = 0; i < slot->n_topics; i++) {
        if (topic_is_under(station, topic, slot->topics[i])) {
            return true;
        }
    }
    return slot->n_topics == 0;
}

static bool slot_wants_kind(const struct slot *slot, const struct recording *recording)
{
    for (size_t i = 0; i < slot->n_kinds; i++) {
        if (slot->kinds[i] == recording->kind) {
            return true;
        }
    }
    return slot->n_kinds == 0 && recording->counts != COUNTS_NOTHING;
}

/* A tune or a notice has no topic to be chosen by; what was spoken for a slot is that slot's. */
static bool ask_matches(const struct choice *choice, const struct recording *recording)
{
    const struct slot *slot = choice->job->slot;
    return !recording->is_spoken &&
           (choice->ask->kind == SIZE_MAX ? slot_wants_kind(slot, recording)
                                          : choice->ask->kind == recording->kind) &&
           (recording->counts == COUNTS_NOTHING ||
            slot_wants_topic(choice->planner->station, slot, recording->topic));
}

static bool recording_is_valid(const struct recording *recording, int64_t at_us)
{
    return at_us >= recording->segment->valid_from_us && at_us < recording->segment->valid_until_us;
}

bool recording_is_in_hours(const struct planner *planner, const struct recording *recording,
                           int64_t frame)
{
    struct kind_time time = daily_kind_time(&planner->daily, recording->kind, frame);
    return time.from_frame == frame && recording->segment->frames <= time.until_frame - frame;
}

static enum hurdle choice_hurdle(const struct choice *choice, const struct recording *recording,
                                 int64_t *ret_last_us)
{
    if (!ask_matches(choice, recording)) {
        return HURDLE_NO_MATCH;
    }
    if (!recording_is_valid(recording, choice->at_us)) {
        return HURDLE_DATES;
    }
    if (!recording_is_in_hours(choice->planner, recording, frames_from_us(choice->at_us))) {
        return HURDLE_HOURS;
    }
    int64_t at_frame = frames_from_us(choice->at_us);
    if (holds_spoil(&choice->planner->holds, recording->kind, choice->job->slot->lines, at_frame,
                    at_frame + recording->segment->frames)) {
        return HURDLE_WITHHELD;
    }
    if (recording->chosen_by == choice->job->index + 1) {
        return HURDLE_CHOSEN;
    }
    int64_t last_us = standing_last_aired(choice->planner->standing, recording->segment->code,
                                          choice->job->slot->lines);
    *ret_last_us = last_us;
    if (last_us != INT64_MIN && choice->at_us - last_us < choice->planner->station->separation_us) {
        return HURDLE_SEPARATION;
    }
    return HURDLE_LENGTH;
}

static double choice_behind(struct choice *choice, const struct recording *recording)
{
    if (recording->topic == SIZE_MAX) {
        return -INFINITY;
    }
    double *behind = &choice->behind[recording->topic * COUNTS_N + recording->counts];
    if (isnan(*behind)) {
        *behind = quota_behind(choice->planner->standing, recording->topic, recording->counts,
                               choice->at_us);
    }
    return *behind;
}

static void choice_consider(struct choice *choice, struct recording *recording)
{
    struct planner *planner = choice->planner;
    struct candidate candidate = {.recording = recording, .behind = -INFINITY};
    enum hurdle hurdle = choice_hurdle(choice, recording, &candidate.last_us);
    if (hurdle > choice->hurdle) {
        choice->hurdle = hurdle;
    }
    if (hurdle != HURDLE_LENGTH || recording->segment->frames > choice->room_frames) {
        return;
    }
    if (planner->station->rotation == ROTATION_QUOTA) {
        candidate.behind = choice_behind(choice, recording);
        candidate.is_new = !standing_ever_aired(planner->standing, recording->segment->code);
    }
    choice->candidates[choice->n++] = candidate;
}

static void choice_collect(struct choice *choice)
{
    const struct recordings *all = &choice->planner->recordings;
    if (choice->ask->kind == SIZE_MAX) {
        for (size_t i = 0; i < all->n; i++) {
            choice_consider(choice, &all->items[i]);
        }
        return;
    }
    for (size_t i = all->kind_first[choice->ask->kind]; i < all->kind_first[choice->ask->kind + 1];
         i++) {
        choice_consider(choice, all->by_kind[i]);
    }
}

/* Candidates are met by code, so that an equal one leaves the smaller code in place. */
static bool candidate_beats(const struct candidate *a, const struct candidate *b)
{
    if (a->behind != b->behind) {
        return a->behind > b->behind;
    }
    if (a->is_new != b->is_new) {
        return a->is_new;
    }
    return a->last_us < b->last_us;
}

static bool equally_needed(const struct candidate *a, const struct candidate *b)
{
    return a->behind == b->behind && a->is_new == b->is_new;
}

/* No two candidates fit one after the other: whichever is chosen is the last. */
static bool choice_is_last(const struct choice *choice)
{
    int64_t shortest = INT64_MAX;
    int64_t second = INT64_MAX;
    for (size_t i = 0; i < choice->n; i++) {
        int64_t frames = choice->candidates[i].recording->segment->frames;
        if (frames < shortest) {
            second = shortest;
            shortest = frames;
        } else if (frames < second) {
            second = frames;
        }
    }
    return second > choice->room_frames - shortest;
}

/* Has it been left alone at least half as long as the longest unaired? So what is short
 * still has its turn: at the latest when it has waited twice as long as the others. */
static bool is_due(const struct choice *choice, const struct candidate *candidate,
                   const struct candidate *longest)
{
    return longest->last_us == INT64_MIN
               ? candidate->last_us == INT64_MIN
               : (choice->at_us - candidate->last_us) * 2 >= choice->at_us - longest->last_us;
}

/* What fills the slot's end best, of all that are due and as much needed as the first. */
static const struct candidate *choice_fullest(const struct choice *choice,
                                              const struct candidate *first)
{
    const struct candidate *best = first;
    for (size_t i = 0; i < choice->n; i++) {
        const struct candidate *other = &choice->candidates[i];
        int64_t more = other->recording->segment->frames - best->recording->segment->frames;
        if (equally_needed(other, first) && is_due(choice, other, first) &&
            (more > 0 || (more == 0 && candidate_beats(other, best)))) {
            best = other;
        }
    }
    return best;
}

static const struct candidate *choice_first(const struct choice *choice)
{
    const struct candidate *first = &choice->candidates[0];
    for (size_t i = 1; i < choice->n; i++) {
        if (candidate_beats(&choice->candidates[i], first)) {
            first = &choice->candidates[i];
        }
    }
    return first;
}

static const char *hurdle_sentence(enum hurdle hurdle)
{
    static const char *const sentences[] = {
        [HURDLE_NO_MATCH] = N_("no approved recording matches"),
        [HURDLE_DATES] = N_("every recording that matches is outside its dates"),
        [HURDLE_HOURS] = N_("every recording that matches is of a kind for other hours of the day"),
        [HURDLE_WITHHELD] =
            N_("every recording that matches is of a kind that a station mode withholds"),
        [HURDLE_CHOSEN] = N_("no other recording matches"),
        [HURDLE_SEPARATION] =
            N_("every recording that matches was heard on these lines a short time ago"),
        [HURDLE_LENGTH] = N_("every recording that matches is longer than the time left"),
    };
    return _(sentences[hurdle]);
}

/* Did others that are needed as much come later only because they were heard later? */
static bool is_longest_unaired(const struct choice *choice, const struct candidate *best)
{
    for (size_t i = 0; i < choice->n; i++) {
        if (equally_needed(&choice->candidates[i], best) &&
            choice->candidates[i].last_us > best->last_us) {
            return true;
        }
    }
    return false;
}

static const char *heard_sentence(const struct choice *choice, const struct candidate *best,
                                  bool is_fullest)
{
    if (!standing_ever_aired(choice->planner->standing, best->recording->segment->code)) {
        return _("it has never aired");
    }
    if (best->last_us == INT64_MIN) {
        return _("these lines have never heard it");
    }
    char date[ZONE_INSTANT_MAX];
    zone_format_date(best->last_us, date);
    return arena_printf(choice->planner->scratch,
                        !is_fullest && is_longest_unaired(choice, best)
                            ? _("longest unaired here, since %s")
                            : _("unheard here since %s"),
                        date);
}

enum { LENGTH_MAX = 32 };

/* "4:10", "1:04:10" */
static const char *length_text(int64_t frames, char out[static LENGTH_MAX])
{
    int64_t seconds = frames / AIR_RATE;
    if (seconds >= 3600) {
        snprintf(out, LENGTH_MAX, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
                 (int)(seconds % 60));
    } else {
        snprintf(out, LENGTH_MAX, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
    }
    return out;
}

static const char *fit_sentence(const struct choice *choice, const struct candidate *best,
                                bool is_fullest)
{
    char length[LENGTH_MAX];
    char room[LENGTH_MAX];
    return arena_printf(choice->planner->scratch,
                        is_fullest ? _("fits %s of %s, more than what was unheard for longer")
                                   : _("fits %s of %s"),
                        length_text(best->recording->segment->frames, length),
                        length_text(choice->room_frames, room));
}

/* Why it was chosen: where its topic stands, when it was heard last, how it fits. */
static const char *choice_sentence(const struct choice *choice, const struct candidate *best,
                                   bool is_fullest)
{
    struct planner *planner = choice->planner;
    const char *quota = isinf(best->behind)
                            ? ""
                            : quota_explain(planner->standing, best->recording->topic,
                                            best->recording->counts, choice->at_us);
    const char *heard = heard_sentence(choice, best, is_fullest);
    const char *fit = fit_sentence(choice, best, is_fullest);
    if (!quota || !heard || !fit) {
        return NULL;
    }
    return arena_printf(planner->arena, "%s%s%s; %s", quota, *quota ? "; " : "", heard, fit);
}

int rotation_choose(struct planner *planner, const struct job *job, const struct ask *ask,
                    int64_t at_us, int64_t room_frames, struct recording **ret,
                    const char **ret_reason)
{
    struct choice choice = {.planner = planner,
                            .job = job,
                            .ask = ask,
                            .at_us = at_us,
                            .room_frames = room_frames,
                            .behind = planner->behind,
                            .candidates = planner->candidates};
    for (size_t i = 0; i < planner->station->n_topics * COUNTS_N; i++) {
        choice.behind[i] = NAN;
    }
    choice_collect(&choice);
    if (choice.n == 0) {
        *ret = NULL;
        *ret_reason = hurdle_sentence(choice.hurdle);
        return 0;
    }
    const struct candidate *first = choice_first(&choice);
    const struct candidate *best = choice_is_last(&choice) ? choice_fullest(&choice, first) : first;
    const char *reason = choice_sentence(&choice, best, best->last_us > first->last_us);
    if (!reason) {
        return -ENOMEM;
    }
    best->recording->chosen_by = job->index + 1;
    *ret = best->recording;
    *ret_reason = reason;
    return 0;
}

struct recording *rotation_filler(const struct planner *planner, const struct job *job,
                                  int64_t frame, struct kind_time *ret_time)
{
    const struct recordings *all = &planner->recordings;
    size_t kind = planner->station->filler
                      ? station_find_kind(planner->station, planner->station->filler)
                      : SIZE_MAX;
    struct recording *best = NULL;
    int64_t best_us = 0;
    if (kind == SIZE_MAX) {
        return NULL;
    }
    *ret_time = daily_kind_time(&planner->daily, kind, frame);
    if (ret_time->from_frame == INT64_MAX) {
        return NULL;
    }
    int64_t at_us = frames_to_us(ret_time->from_frame);
    for (size_t i = all->kind_first[kind]; i < all->kind_first[kind + 1]; i++) {
        struct recording *recording = all->by_kind[i];
        /* What is shorter than a filler may be would make a plan without end. */
        if (recording->is_spoken || !recording_is_valid(recording, at_us) ||
            recording->segment->frames < SOUND_MIN_FRAMES) {
            continue;
        }
        int64_t last_us =
            standing_last_aired(planner->standing, recording->segment->code, job->slot->lines);
        if (!best || last_us < best_us) {
            best = recording;
            best_us = last_us;
        }
    }
    return best;
}
