/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_SEGMENT_LIST_H
#define LOA_SEGMENT_LIST_H

#include "base/attr.h"

struct app;
struct args;

/* `loa segment list`: the exit status. */
MUST_CHECK int segment_list(struct app *app, const struct args *args);

#endif
