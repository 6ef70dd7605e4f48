/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_PLAN_ICS_H
#define LOA_PLAN_ICS_H

#include <stddef.h>

#include "base/attr.h"

struct app;
struct plan_item;

/*
 * Print items of a plan as an iCalendar, one event a slot, from its first item's start to the
 * end of its last, with the items in its description. A slot of which nothing sounds is
 * CANCELLED. line: the one that the items were chosen for; SIZE_MAX: all.
 * `items` are put in another order. The exit status.
 */
MUST_CHECK int plan_ics_print(struct app *app, const struct plan_item **items, size_t n,
                              size_t line);

#endif
