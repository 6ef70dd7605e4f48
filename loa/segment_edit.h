/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_SEGMENT_EDIT_H
#define LOA_SEGMENT_EDIT_H

#include "base/attr.h"

struct app;
struct args;

/* `loa segment edit CODE…`: new versions with what the options change. The exit status. */
MUST_CHECK int segment_edit(struct app *app, const struct args *args);

#endif
