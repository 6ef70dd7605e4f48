/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_CASE_PLAN_H
#define TESTS_FAKES_CASE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/segment.h"

struct arena;
struct calendars;
struct plan;
struct station;
struct strbuf;

/* The recordings of a case, and its plan as text; tests/cases/README is the manual of both.
 * Everything aborts on failure. */
struct case_library {
    struct arena *arena; /* borrowed; texts are copied into it */
    struct segment *items;
    size_t n;
    size_t capacity;
};

/* "CODE KIND LENGTH [topic=ID] [draft|withdrawn] [from=DATE] [until=DATE]"; false: it is not
 * that. */
bool case_recording(struct case_library *library, const char *text);
/* Sorted as the planner wants them. */
struct segments case_segments(struct case_library *library);

/* One line an item, in the plan's order, as `plan:` has them; "none" for none. */
void case_plan_text(const struct station *station, const struct plan *plan, struct strbuf *into);

/* Makes the plan of a window and adds its text, or "no plan: REASON". */
void case_plan(const struct station *station, struct calendars *calendars,
               struct case_library *library, int64_t from_us, int64_t to_us, struct strbuf *into);

#endif
