/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_ASK_RADIO_H
#define LOA_ASK_RADIO_H

#include <stdint.h>

#include "base/attr.h"
#include "playout/control/vocabulary.h"

struct app;
struct args;
struct json;
struct strbuf;

/* What commands ask of a radio that runs, and how `loa alert` and `loa tone` tell its answer. */
enum { ASK_MAX_BYTES = CONTROL_LINE_MAX };

/* Ask; with a descriptor unless fd is negative. Prints the answer, as JSON with --json; returns the
 * exit status. */
MUST_CHECK int ask_radio(struct app *app, const struct args *args, const struct strbuf *request,
                         int fd);

/* "lines":[…] of --line and --zone. */
void ask_put_lines(struct json *json, const struct args *args);

/* "90min", "2h", "1d", up to 31 days. -EINVAL. */
MUST_CHECK int ask_duration(const char *text, int64_t *ret_us);

#endif
