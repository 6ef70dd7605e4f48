/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_SEGMENT_PROBE_H
#define LOA_SEGMENT_PROBE_H

#include "base/attr.h"

struct app;
struct fault;
struct json;
struct library_version;

/* `loa segment show`: what the import of a version found in it (media/probe.h), as keys of an open
 * object; json NULL: as lines for people. Negative errno of the database. */
MUST_CHECK int segment_probe_show(struct app *app, const struct library_version *version,
                                  struct json *json, struct fault *reterr);

#endif
