/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_SLOT_CHANGES_H
#define LOA_SLOT_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct app;
struct edit;

/*
 * Show what an edit makes of its event's slots in a window: for people the first few, each
 * as it was and as it is now; as JSON every one, an object a line. The exit status; what
 * went wrong has been said.
 */
MUST_CHECK int slot_changes_show(struct app *app, const struct edit *edit, int64_t from_us,
                                 int64_t to_us, bool as_json);

#endif
