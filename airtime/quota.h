/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_QUOTA_H
#define AIRTIME_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "station/station.h"

struct arena;
struct db;
struct fault;

/*
 * What rotation needs to know of the past: where every quota stands, and when each
 * recording was last heard on each line. Read from the ledger up to an instant, then
 * kept up by the planner as it plans on: quota_note() counts what it has just planned.
 *
 * Counting (docs/counting.md holds the rules, this room the only code of them):
 * - seconds  of a topic: time in which at least one line carried it; ten lines do
 *            not make ten minutes of one. Fillers and fallbacks count nothing.
 * - features / items: recordings of a kind that counts so, once each, at the first
 *            complete airing on any line. Repeats count seconds only. Complete is: one
 *            line heard it from its first frame to its last, in pieces without a gap.
 * - What airs under a topic counts for it and for every topic above it.
 */
struct standing;

/* The standing at an instant, from airings that started before it. Lives in the
 * arena, and keeps the station borrowed. db may be NULL: nothing has aired yet. What a
 * frozen plan holds between the ledger's end and at_us is the caller's to quota_note(). */
MUST_CHECK int standing_read(struct db *db, const struct station *station, int64_t at_us,
                             struct arena *arena, struct standing **ret_standing,
                             struct fault *reterr);

/* The same standing once more, in another arena: what is noted in one does not change the
 * other, which may go. -ENOMEM. */
MUST_CHECK int standing_copy(const struct standing *standing, struct arena *arena,
                             struct standing **ret_copy);

/* Try something out: what is noted from here on, all of which begins at from_us or later, is
 * taken back by standing_undo(), as often as wanted, until the next mark or standing_settle().
 * The arena is the mark's until then. -ENOMEM. */
MUST_CHECK int standing_mark(struct standing *standing, int64_t from_us, struct arena *arena);
void standing_undo(struct standing *standing);
void standing_settle(struct standing *standing);

/* What has counted for a topic within the period of one of its quotas. */
struct quota_total {
    int64_t frames;
    int64_t features;
    int64_t items;
};
struct quota_total standing_total(const struct standing *standing, size_t topic, size_t quota);

/* How far a topic is behind its quota at an instant, as a share of the quota:
 * (share of the period gone) - (share of the quota reached), the largest over the
 * measures that a recording of this kind would add to. The topic's own quotas,
 * else its nearest ancestor's. -INFINITY: no quota. quota_behind() > 0 is behind. */
double quota_behind(const struct standing *standing, size_t topic, enum counts_as counts,
                    int64_t at_us);

/* The same as a sentence for --explain, with titles: "One-stop shop is 34 min behind its
 * quota", or of the ancestor's: "One-stop shop counts for Reform, and Reform is 34 min
 * behind its quota". In the arena of the standing; "" without a quota, NULL without memory. */
const char *quota_explain(struct standing *standing, size_t topic, enum counts_as counts,
                          int64_t at_us);

/* The past of one recording, which is found by its code once and then asked often. It
 * follows what quota_note() counts, and lives as long as the standing. NULL: out of memory. */
struct past;
MUST_CHECK struct past *standing_past(struct standing *standing, const char *segment_code);

/* Lines that ask for the past of many recordings, time and again: equal sets are the same
 * listeners, and live as long as the standing. NULL: out of memory. */
struct listeners;
MUST_CHECK struct listeners *standing_listeners(struct standing *standing, struct line_set lines);

/* When it last ended on any of the lines, in whatever role and however much of it was heard;
 * what is on air ends when it is planned to. INT64_MIN: never. */
int64_t past_last_aired(const struct past *past, struct listeners *listeners);
/* The same as it was when these listeners last asked; since then it may have grown. Takes next
 * to no time, and spares asking where it is too late already. */
int64_t past_last_known(const struct past *past, const struct listeners *listeners);
/* Has it ever been aired complete on every one of the lines / on any line at all? */
bool past_aired_on_all(const struct past *past, struct line_set lines);
bool past_ever_aired(const struct past *past);
/* Has its first run been counted? Heard whole as programme, which a filler is not. */
bool past_is_counted(const struct past *past);
/* The same of a recording that need not have been heard of. */
bool standing_is_counted(const struct standing *standing, const char *segment_code);

/* Count what has just been planned. topic: SIZE_MAX for none. complete: with this piece
 * these lines will have heard the recording whole. In any order of time. -ENOMEM. */
struct planned_airing {
    const char *segment_code;
    struct past *past; /* of that code; NULL: it is looked up */
    size_t topic;
    enum counts_as counts;
    struct line_set lines;
    int64_t start_us;
    int64_t end_us;
    bool complete;
    bool counts_airtime; /* false: filler */
};
MUST_CHECK int quota_note(struct standing *standing, const struct planned_airing *airing);

#endif
