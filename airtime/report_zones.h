/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_REPORT_ZONES_H
#define AIRTIME_REPORT_ZONES_H

#include "airtime/report_tally.h"
#include "base/attr.h"

struct report_zone;
struct station;

/*
 * What each zone heard: the time in which one of its lines carried anything, of all and of each
 * topic. A dated zone hears nothing outside its dates. Zones may overlap, and each stands for
 * itself.
 */
struct zone_tallies {
    struct zone_tally *items; /* by the station's index */
    size_t n;
    struct tally_shape part_shape; /* parts are not divided by month */
    struct line_set scratch;       /* empty between calls */
    struct line_set clipped;
    struct arena *cover_arena; /* of one airing */
};

/* In the shape's arena, but for what zone_tallies_finish() frees. -ENOMEM. */
MUST_CHECK int zone_tallies_init(struct zone_tallies *zones, const struct station *station,
                                 const struct tally_shape *shape);
void zone_tallies_finish(struct zone_tallies *zones);
/* lines: who heard any of it within the report's period. topics: those it counts for. -ENOMEM. */
MUST_CHECK int zone_tallies_hear(struct zone_tallies *zones, const struct tally_shape *shape,
                                 const struct count_heard *heard, struct line_set lines,
                                 struct tally *const *topics, size_t n_topics);
const struct tally *zone_tallies_of(const struct zone_tallies *zones, size_t zone);
size_t zone_tallies_n_lines(const struct zone_tallies *zones, size_t zone);

#endif
