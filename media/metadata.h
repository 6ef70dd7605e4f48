/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_METADATA_H
#define MEDIA_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "media/import.h"

struct arena;
struct findings;
struct station;

/*
 * What is to be known of a recording besides its sound, gathered from the options, the
 * sidecar and the file's name, and checked against the station. Private to media.
 */
struct metadata {
    char code[IMPORT_CODE_MAX];
    bool code_is_given; /* by option or sidecar, not made from the file's name */
    const char *title;  /* NULL: take the tag in the file, else name_title */
    const char *name_title;
    const char *kind;
    const char *topic; /* NULL: none */
    const char *tags;  /* sorted, one space between; "" if none */
    int64_t valid_from_us;
    int64_t valid_until_us;
    const char *script;
    const char *original_name; /* without its folder; UTF-8 */
};

/* Every mistake becomes a finding, about the sidecar's line where it stands there; with
 * one, -EINVAL. -ENOMEM. options may be NULL. The texts are the arena's. */
MUST_CHECK int metadata_gather(const struct station *station, const char *path,
                               const struct import_options *options, struct arena *arena,
                               struct metadata *ret_metadata, struct findings *findings);

/* The title to keep, once the tag in the file is known ("": none). NULL: out of memory. */
MUST_CHECK const char *metadata_title(const struct metadata *metadata, const char *tag,
                                      struct arena *arena);

#endif
