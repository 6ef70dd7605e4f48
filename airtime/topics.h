/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_TOPICS_H
#define AIRTIME_TOPICS_H

#include <stddef.h>

#include "airtime/table.h"
#include "base/attr.h"
#include "station/station.h"

/* A station's topics and kinds by id, for a walk that asks once an airing. */
struct topics {
    const struct station *station;
    struct table topics;
    struct table kinds;
};

MUST_CHECK int topics_init(struct topics *topics, const struct station *station,
                           struct arena *arena);
/* Index, or SIZE_MAX for NULL and for a topic that the station does not have (any more). */
size_t topics_find(const struct topics *topics, const char *id);
/* What a kind counts as; one that the station does not have counts as nothing. */
enum counts_as topics_counts(const struct topics *topics, const char *kind);

#endif
