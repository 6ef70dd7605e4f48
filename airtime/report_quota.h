/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_REPORT_QUOTA_H
#define AIRTIME_REPORT_QUOTA_H

#include "base/attr.h"

struct arena;
struct count_window;
struct report_row;
struct topic_def;

/* Fill in a row's quota_* and percent. windows[i] is what counted within the topic's
 * i-th quota; empty where that quota does not lie within the report's period. Quotas
 * that lie within it and not over each other are added up, the longest first: the one
 * of the very period, if there is one, stands alone. -ENOMEM. */
MUST_CHECK int report_hold_against_quotas(struct report_row *row, const struct topic_def *topic,
                                          const struct count_window *windows, struct arena *arena);

#endif
