/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SIDECAR_H
#define MEDIA_SIDECAR_H

#include <stddef.h>

#include "base/attr.h"

struct arena;
struct findings;

/*
 * The sidecar of a recording: a UTF-8 text with header lines `key: value`, an empty
 * line, and the words that are read. Here its form is read; what the values mean to
 * the station is for media/metadata.c. Private to media.
 */
enum sidecar_key {
    SIDECAR_TITLE,
    SIDECAR_KIND,
    SIDECAR_TOPIC,
    SIDECAR_TAGS,
    SIDECAR_CODE,
    SIDECAR_VALID_FROM,
    SIDECAR_VALID_UNTIL,
    SIDECAR_N_KEYS,
};

struct sidecar_value {
    const char *text; /* without blanks at its ends; NULL: the key is missing or has no value */
    unsigned line;    /* 1-based */
};

struct sidecar {
    struct sidecar_value values[SIDECAR_N_KEYS];
    const char *script; /* "" if there are no words */
};

enum { SIDECAR_MAX_BYTES = 1 << 20 };

/* Every mistake becomes a finding about `file`; with one, -EINVAL. -ENOMEM.
 * The texts are the arena's. A byte order mark and CRLF are as good as none. */
MUST_CHECK int sidecar_parse(const char *file, const char *text, size_t n_bytes,
                             struct arena *arena, struct sidecar *ret_sidecar,
                             struct findings *findings);

#endif
