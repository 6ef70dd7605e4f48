/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_METADATA_H
#define MEDIA_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/paths.h"
#include "media/import.h"

struct arena;
struct findings;
struct recording_tags;
struct station;

/*
 * What is to be known of a recording besides its sound, gathered from the options, the
 * sidecar, the folders it was dropped in, the tags in the file and its name, in this order, and
 * checked against the station. Private to media.
 */
struct metadata {
    char code[IMPORT_CODE_MAX];
    bool code_is_given;      /* by option or sidecar, not made from the file's name */
    const char *title;       /* of one line, at most CHECKED_TITLE_MAX_BYTES, NFC */
    const char *given_title; /* what of it a person said: by option or sidecar; NULL: nothing */
    const char *kind;
    const char *given_kind; /* by option, sidecar or folder; NULL: it is the tag's */
    const char *topic;      /* NULL: none */
    const char *given_topic;
    const char *tags; /* sorted, one space between; "" if none */
    int64_t valid_from_us;
    int64_t valid_until_us;
    const char *script;
    const char *original_name; /* without its folder; UTF-8 of one line */
};

/* Every mistake becomes a finding, about the sidecar's line where it stands there; with
 * one, -EINVAL. -ENOMEM. options and tags may be NULL. The texts are the arena's. What is said
 * outside the file must be right; what stands in its tags is taken where it can be. */
MUST_CHECK int metadata_gather(const struct station *station, const char *path,
                               const struct import_options *options,
                               const struct recording_tags *tags, struct arena *arena,
                               struct metadata *ret_metadata, struct findings *findings);

/* The sidecar that lies beside a recording: its stem in any Unicode form, with ".txt". False:
 * none does. A note of the inbox (media/inbox_note.h) is none. */
bool metadata_find_sidecar(const char *path, char out[static PATHS_MAX]);

#endif
