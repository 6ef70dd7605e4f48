/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_SEGMENT_PROBE_H
#define LOA_SEGMENT_PROBE_H

#include <stdint.h>

#include "base/attr.h"

struct app;
struct fault;
struct json;
struct library_edit;
struct library_version;

/* `loa segment show`: what the import of a version found in it (media/probe.h), as keys of an open
 * object; json NULL: as lines for people. Negative errno of the database. */
MUST_CHECK int segment_probe_show(struct app *app, const struct library_version *version,
                                  struct json *json, struct fault *reterr);

struct segment_cues {
    int64_t in_frames;
    int64_t out_frames;
};

/* `loa segment edit --trim`: let the edit set the cues that were proposed for the newest version of
 * a code; an end at which there is nothing to leave out stays as it is. cues is borrowed by the
 * edit. -ENOENT: nothing has that code. -ENODATA: an older loa imported it and did not listen. */
MUST_CHECK int segment_probe_trim(struct app *app, const char *code, struct library_edit *edit,
                                  struct segment_cues *cues, struct fault *reterr);

#endif
