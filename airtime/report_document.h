/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_REPORT_DOCUMENT_H
#define AIRTIME_REPORT_DOCUMENT_H

#include "airtime/document/document.h"
#include "airtime/report.h"
#include "airtime/report_airings.h"
#include "base/attr.h"

struct arena;
struct fault;
struct seal_mark;
struct station;

/*
 * A report as a document in the language of the locale: what aired, against its quotas, by month,
 * by kind, and whom it reached; in the annex every airing, as evidence. What has nothing to say is
 * left out.
 */
struct report_letter {
    const char *number;           /* NULL: left open */
    int64_t dated_us;             /* INT64_MIN: left open */
    const struct seal_mark *seal; /* the period's last (seal.h), for the foot; NULL: none */
};

/* In the arena; borrows from all it is given. -ENOMEM. */
MUST_CHECK int report_compose(const struct report *report, const struct report_airings *airings,
                              const struct station *station, const struct report_letter *letter,
                              struct arena *arena, struct document *ret_document,
                              struct fault *reterr);

#endif
