/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_PLAN_SOURCES_H
#define LOA_PLAN_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "scheduler/revision.h"

struct app;
struct arena;
struct fault;

/*
 * What plans are made of, as it is at one moment: the station file, the calendars' files and
 * the decisions on recordings. Files are looked at and not read. Each has a stamp that
 * changes when it does; the plan that is frozen keeps those it was made of, so what changed
 * while no radio ran is noticed, and by whom.
 */
struct plan_sources;

/* Needs station and db. The station file is read once at a program's start: with `before`,
 * which is borrowed for the call, it is taken to be as it was then. NULL: out of memory. */
MUST_CHECK struct plan_sources *plan_sources_look(const struct app *app,
                                                  const struct plan_sources *before);
struct plan_sources *plan_sources_destroy(struct plan_sources *sources); /* NULL is a no-op */
DEFINE_AUTO(struct plan_sources, plan_sources_destroy)

bool plan_sources_equal(const struct plan_sources *a, const struct plan_sources *b);

/* Until when what is frozen from now on, without a gap, is what will be played: it was made of
 * these sources as they are. now_us: it was not, and is planned anew at the radio's next look. */
MUST_CHECK int plan_sources_frozen_until(const struct app *app, const struct plan_sources *sources,
                                         int64_t now_us, int64_t *ret_until_us,
                                         struct fault *reterr);

/* An origin of a plan that is made of these now: its causes are what has changed since the
 * plan that is frozen, and who did it: the owner of a file, or who decided on a recording.
 * In the arena, and of the sources. */
MUST_CHECK int plan_sources_origin(const struct app *app, const struct plan_sources *sources,
                                   int64_t now_us, struct arena *arena,
                                   struct plan_origin *ret_origin, struct fault *reterr);

/* A number that changes when the calendars or the decisions do. */
uint64_t plan_sources_number(const struct app *app);

#endif
