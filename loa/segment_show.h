/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_SEGMENT_SHOW_H
#define LOA_SEGMENT_SHOW_H

#include <stdint.h>

#include "base/attr.h"

struct app;
struct args;
struct json;
struct segment;

/* The keys of a version that every listing of the library has. */
void segment_keys(struct json *json, const struct segment *segment);

/* What a list adds to the state for people: ", expired", ", not yet valid" or "". */
const char *segment_mark(const struct segment *segment, int64_t now_us);

/* `loa segment show CODE`: all that is known of a code. The exit status. */
MUST_CHECK int segment_show(struct app *app, const struct args *args);

#endif
