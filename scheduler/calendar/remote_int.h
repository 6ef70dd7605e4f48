/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_REMOTE_INT_H
#define SCHEDULER_CALENDAR_REMOTE_INT_H

#include <stdint.h>

#include "base/attr.h"
#include "base/hash.h"
#include "base/paths.h"
#include "scheduler/calendar/http.h"

struct fault;
struct layer_def;
struct station;

/* What is known of a copy, kept between two processes; see remote.h. */
enum remote_kind { REMOTE_UNKNOWN, REMOTE_FILE, REMOTE_COLLECTION };
enum { REMOTE_URL_MAX = 2048, REMOTE_TOKEN_MAX = 1024 };

struct remote_state {
    char url[REMOTE_URL_MAX];
    enum remote_kind kind;
    char etag[HTTP_FIELD_MAX]; /* of a file, or "" */
    char last_modified[HTTP_FIELD_MAX];
    char token[REMOTE_TOKEN_MAX]; /* of a collection, or "" */
    char sha256[HASH_HEX_MAX];    /* of the copy */
    int64_t fetched_us;           /* INT64_MIN: never */
};

enum remote_file { REMOTE_COPY, REMOTE_STATE, REMOTE_REJECTED };

/* calendars/ID.ics, .state or .rejected.ics in the station folder. */
MUST_CHECK int remote_path(const struct station *station, const struct layer_def *layer,
                           enum remote_file file, char out[static PATHS_MAX], struct fault *reterr);

/* An empty state if there is none, or one that cannot be understood. */
void remote_state_read(const struct station *station, const struct layer_def *layer,
                       struct remote_state *ret_state);
MUST_CHECK int remote_state_write(const struct station *station, const struct layer_def *layer,
                                  const struct remote_state *state, struct fault *reterr);

#endif
