/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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

/* A recording that may be chosen, and what it is chosen by among those of topics equally
 * far behind. */
struct candidate {
    struct recording *recording;
    bool is_new;     /* has never aired */
    int64_t last_us; /* heard on the slot's lines; INT64_MIN: never */
};

struct choice {
    const struct planner *planner;
    const struct job *job;
    const struct ask *ask;
    int64_t at_us;
    int64_t room_frames;
    struct wanted *wanted; /* those furthest behind first */
    size_t n_wanted;
    const struct wanted *level; /* among them: as far behind as what is chosen */
    size_t n_level;
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

static bool slot_wants_kind(const struct slot *slot, const struct recording_group *group)
{
    for (size_t i = 0; i < slot->n_kinds; i++) {
        if (slot->kinds[i] == group->kind) {
            return true;
        }
    }
    return slot->n_kinds == 0 && group->counts != COUNTS_NOTHING;
}

/* A tune or a notice has no topic to be chosen by. */
static bool ask_matches(const struct choice *choice, const struct recording_group *group)
{
    const struct slot *slot = choice->job->slot;
    return (choice->ask->kind == SIZE_MAX ? slot_wants_kind(slot, group)
                                          : choice->ask->kind == group->kind) &&
           (group->counts == COUNTS_NOTHING ||
            slot_wants_topic(choice->planner->station, slot, group->topic));
}

static bool recording_is_valid(const struct recording *recording, int64_t at_us)
{
    return at_us >= recording->segment->valid_from_us && at_us < recording->segment->valid_until_us;
}

static bool recording_is_in_hours(const struct planner *planner, const struct recording *recording,
                                  int64_t frame)
{
    struct kind_time time = daily_kind_time(&planner->daily, recording->kind, frame);
    return time.from_frame == frame && recording->segment->frames <= time.until_frame - frame;
}

/* True if no line of the slot may hear all of it. */
static bool recording_is_withheld(const struct planner *planner, const struct recording *recording,
                                  const struct job *job, int64_t frame)
{
    return holds_spoil(&planner->holds, recording->kind, job->slot->lines, frame,
                       frame + recording->segment->frames);
}

bool rotation_may_begin(const struct planner *planner, const struct job *job,
                        const struct recording *recording, int64_t frame)
{
    return recording_is_valid(recording, frames_to_us(frame)) &&
           recording_is_in_hours(planner, recording, frame) &&
           !recording_is_withheld(planner, recording, job, frame);
}

/* Was it on too short a time ago? */
static bool choice_is_near(const struct choice *choice, int64_t last_us)
{
    return last_us != INT64_MIN &&
           choice->at_us - last_us < choice->planner->station->separation_us;
}

/* The hurdle of a recording that matches; HURDLE_LENGTH: its length alone can be one. */
static enum hurdle choice_hurdle(const struct choice *choice, const struct recording *recording,
                                 int64_t last_us)
{
    if (!recording_is_valid(recording, choice->at_us)) {
        return HURDLE_DATES;
    }
    int64_t at_frame = frames_from_us(choice->at_us);
    if (!recording_is_in_hours(choice->planner, recording, at_frame)) {
        return HURDLE_HOURS;
    }
    if (recording_is_withheld(choice->planner, recording, choice->job, at_frame)) {
        return HURDLE_WITHHELD;
    }
    if (recording->chosen_by == choice->planner->n_fillings) {
        return HURDLE_CHOSEN;
    }
    return choice_is_near(choice, last_us) ? HURDLE_SEPARATION : HURDLE_LENGTH;
}

/* -- candidates ---------------------------------------------------------------- */

/* Before these lines are asked: what it can be at best, because it has not been heard any
 * earlier than is known. */
static struct candidate candidate_at_best(const struct choice *choice, struct recording *recording)
{
    return (struct candidate){.recording = recording,
                              .is_new = choice->planner->station->rotation == ROTATION_QUOTA &&
                                        !past_ever_aired(recording->past),
                              .last_us = past_last_known(recording->past, choice->job->listeners)};
}

/* Ask these lines. False: it may not be chosen now. */
static bool candidate_settle(const struct choice *choice, struct candidate *candidate)
{
    const struct recording *recording = candidate->recording;
    if (recording->segment->frames > choice->room_frames ||
        choice_is_near(choice, candidate->last_us)) {
        return false;
    }
    candidate->last_us = past_last_aired(recording->past, choice->job->listeners);
    return choice_hurdle(choice, recording, candidate->last_us) == HURDLE_LENGTH;
}

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Of topics equally far behind; recordings lie in the order of their codes. */
static bool candidate_beats(const struct candidate *a, const struct candidate *b)
{
    if (a->is_new != b->is_new) {
        return a->is_new;
    }
    int order = compare_i64(a->last_us, b->last_us);
    return order ? order < 0 : a->recording < b->recording;
}

static int wanted_compare(const void *a, const void *b)
{
    const struct wanted *x = a;
    const struct wanted *y = b;
    return (x->behind < y->behind) - (x->behind > y->behind);
}

/* The groups that match and have something short enough. */
static void choice_collect(struct choice *choice)
{
    const struct planner *planner = choice->planner;
    const struct recordings *all = &planner->recordings;
    size_t kind = choice->ask->kind;
    size_t end = kind == SIZE_MAX ? all->n_groups : all->kind_first[kind + 1];
    for (size_t i = kind == SIZE_MAX ? 0 : all->kind_first[kind]; i < end; i++) {
        struct recording_group *group = &all->groups[i];
        if (group->by_length[group->n - 1]->segment->frames > choice->room_frames ||
            !ask_matches(choice, group)) {
            continue;
        }
        bool has_quota = group->topic != SIZE_MAX && planner->station->rotation == ROTATION_QUOTA;
        double behind =
            has_quota ? quota_behind(planner->standing, group->topic, group->counts, choice->at_us)
                      : -INFINITY;
        choice->wanted[choice->n_wanted++] = (struct wanted){.group = group, .behind = behind};
    }
    if (choice->n_wanted > 1) {
        qsort(choice->wanted, choice->n_wanted, sizeof *choice->wanted, wanted_compare);
    }
}

/* No two candidates fit one after the other: whichever is chosen is the last. */
static bool choice_is_last(const struct choice *choice)
{
    int64_t shortest = INT64_MAX;
    int64_t second = INT64_MAX;
    for (size_t g = 0; g < choice->n_wanted; g++) {
        const struct recording_group *group = choice->wanted[g].group;
        for (size_t i = group->n; i > 0 && group->by_length[i - 1]->segment->frames < second; i--) {
            int64_t frames = group->by_length[i - 1]->segment->frames;
            struct candidate candidate = candidate_at_best(choice, group->by_length[i - 1]);
            if (!candidate_settle(choice, &candidate)) {
                continue;
            }
            second = frames < shortest ? shortest : frames;
            shortest = frames < shortest ? frames : shortest;
            if (second <= choice->room_frames - shortest) {
                return false;
            }
        }
    }
    return true;
}

/* -- the first ----------------------------------------------------------------- */

static bool group_has_new(struct recording_group *group)
{
    while (group->n_aired < group->n && past_ever_aired(group->by_code[group->n_aired]->past)) {
        group->n_aired++;
    }
    return group->n_aired < group->n;
}

/* The best of a group's recordings from one on, if it beats *first (none: NULL). In the order in
 * which equals are preferred, so what cannot be beaten ends the search. */
static void choice_search_from(const struct choice *choice, const struct recording_group *group,
                               size_t i, bool only_new, struct candidate *first)
{
    for (; i < group->n; i++) {
        struct candidate candidate = candidate_at_best(choice, group->by_code[i]);
        if ((only_new && !candidate.is_new) ||
            (first->recording && !candidate_beats(&candidate, first)) ||
            !candidate_settle(choice, &candidate)) {
            continue;
        }
        if (!first->recording || candidate_beats(&candidate, first)) {
            *first = candidate;
        }
        if (candidate.last_us == INT64_MIN && candidate.is_new == only_new) {
            break;
        }
    }
}

/* What has never aired beats all that has, and most of the time there is some. */
static void choice_search(const struct choice *choice, struct recording_group *group,
                          struct candidate *first)
{
    if (choice->planner->station->rotation == ROTATION_QUOTA && group_has_new(group)) {
        choice_search_from(choice, group, group->n_aired, true, first);
    }
    if (!first->recording || !first->is_new) {
        choice_search_from(choice, group, 0, false, first);
    }
}

/* What is furthest behind and has a candidate at all decides; that is choice->level then. */
static struct candidate choice_first(struct choice *choice)
{
    struct candidate first = {0};
    for (size_t g = 0, end; g < choice->n_wanted && !first.recording; g = end) {
        for (end = g;
             end < choice->n_wanted && choice->wanted[end].behind == choice->wanted[g].behind;
             end++) {
            choice_search(choice, choice->wanted[end].group, &first);
        }
        choice->level = &choice->wanted[g];
        choice->n_level = end - g;
    }
    return first;
}

/* -- the fullest --------------------------------------------------------------- */

/* Has it been left alone at least half as long as the longest unaired? So what is short
 * still has its turn: at the latest when it has waited twice as long as the others. */
static bool is_due(const struct choice *choice, int64_t last_us, int64_t longest_us)
{
    return last_us == INT64_MIN ||
           (longest_us != INT64_MIN && (choice->at_us - last_us) * 2 >= choice->at_us - longest_us);
}

static bool is_fuller(const struct candidate *a, const struct candidate *b)
{
    int64_t more = a->recording->segment->frames - b->recording->segment->frames;
    return more ? more > 0 : candidate_beats(a, b);
}

/* What fills the slot's end best, of all that are due and as much needed as the first. */
static struct candidate choice_fullest(const struct choice *choice, const struct candidate *first)
{
    struct candidate best = *first;
    for (size_t g = 0; g < choice->n_level; g++) {
        const struct recording_group *group = choice->level[g].group;
        for (size_t i = 0; i < group->n; i++) {
            struct candidate other = candidate_at_best(choice, group->by_length[i]);
            if (other.recording->segment->frames < best.recording->segment->frames) {
                break;
            }
            if (other.is_new == first->is_new && is_due(choice, other.last_us, first->last_us) &&
                candidate_settle(choice, &other) && is_due(choice, other.last_us, first->last_us) &&
                is_fuller(&other, &best)) {
                best = other;
            }
        }
    }
    return best;
}

/* -- why ----------------------------------------------------------------------- */

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
    for (size_t g = 0; g < choice->n_level; g++) {
        const struct recording_group *group = choice->level[g].group;
        for (size_t i = 0; i < group->n; i++) {
            struct candidate other = candidate_at_best(choice, group->by_code[i]);
            if (other.is_new == best->is_new && candidate_settle(choice, &other) &&
                other.last_us > best->last_us) {
                return true;
            }
        }
    }
    return false;
}

static const char *heard_sentence(const struct choice *choice, const struct candidate *best,
                                  bool is_fullest)
{
    if (!past_ever_aired(best->recording->past)) {
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
    const struct planner *planner = choice->planner;
    const char *quota = isinf(choice->level->behind)
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
                            .wanted = planner->wanted};
    choice_collect(&choice);
    struct candidate first = choice_first(&choice);
    *ret = first.recording;
    *ret_reason = NULL;
    if (!first.recording) {
        return 0;
    }
    struct candidate best = choice_is_last(&choice) ? choice_fullest(&choice, &first) : first;
    const char *reason = choice_sentence(&choice, &best, best.last_us > first.last_us);
    if (!reason) {
        return -ENOMEM;
    }
    best.recording->chosen_by = planner->n_fillings;
    *ret = best.recording;
    *ret_reason = reason;
    return 0;
}

const char *rotation_obstacle(const struct planner *planner, const struct job *job,
                              const struct ask *ask, int64_t at_us)
{
    struct choice choice = {.planner = planner, .job = job, .ask = ask, .at_us = at_us};
    enum hurdle furthest = HURDLE_NO_MATCH;
    for (size_t g = 0; g < planner->recordings.n_groups; g++) {
        const struct recording_group *group = &planner->recordings.groups[g];
        for (size_t i = 0; furthest < HURDLE_LENGTH && i < group->n && ask_matches(&choice, group);
             i++) {
            const struct recording *recording = group->by_code[i];
            enum hurdle hurdle =
                choice_hurdle(&choice, recording, past_last_aired(recording->past, job->listeners));
            furthest = hurdle > furthest ? hurdle : furthest;
        }
    }
    return hurdle_sentence(furthest);
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
    for (size_t g = all->kind_first[kind]; g < all->kind_first[kind + 1]; g++) {
        const struct recording_group *group = &all->groups[g];
        for (size_t i = 0; i < group->n; i++) {
            struct recording *recording = group->by_code[i];
            /* What is shorter than a filler may be would make a plan without end. */
            if (!recording_is_valid(recording, at_us) ||
                recording->segment->frames < SOUND_MIN_FRAMES ||
                (best && past_last_known(recording->past, job->listeners) > best_us)) {
                continue;
            }
            int64_t last_us = past_last_aired(recording->past, job->listeners);
            if (!best || last_us < best_us || (last_us == best_us && recording < best)) {
                best = recording;
                best_us = last_us;
            }
            if (last_us == INT64_MIN) {
                break; /* those that follow are no better */
            }
        }
    }
    return best;
}
