/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_REVISION_TEXT_H
#define LOA_REVISION_TEXT_H

#include <stddef.h>

struct plan_cause;
struct plan_change;
struct strbuf;

/* Revisions of the frozen plan (scheduler/revision.h) in a person's words. */

/* "schedules/regular.ics was edited by lan on 2023-05-10 at 10:31:02; …" */
void revision_causes_text(struct strbuf *text, const struct plan_cause *causes, size_t n_causes);

/* "Evening: moved from 17:00 to 17:30"; the lines as people call them. */
void revision_change_text(struct strbuf *text, const struct plan_change *change,
                          const char *lines_before, const char *lines_after);

#endif
