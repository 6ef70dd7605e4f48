/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SEGMENT_H
#define MEDIA_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/hash.h"

struct arena;

/*
 * A recording of the library, as other rooms see it: plain data. A code names a
 * line of versions; what airs under a code is its newest approved version.
 *
 * Units   frames: of 48 kHz. _us: instants, UTC.
 * Cues    A person may say where in its copy a version begins and ends. The copy is never
 *         cut, and everybody but who opens it counts from the cue in: frame 0 of a segment
 *         is frame cue_in_frames of its copy.
 */
enum segment_state { SEGMENT_DRAFT, SEGMENT_APPROVED, SEGMENT_WITHDRAWN };

struct segment {
    int64_t id; /* row of this version */
    const char *code;
    int version;
    const char *title;
    const char *kind;  /* id */
    const char *topic; /* id; NULL: counts to none */
    const char *tags;  /* ids, sorted, one space between; "" if none */
    enum segment_state state;
    int64_t valid_from_us;         /* INT64_MIN: always */
    int64_t valid_until_us;        /* exclusive; INT64_MAX: for ever */
    char air_sha256[HASH_HEX_MAX]; /* names the prepared copy */
    int channels;                  /* 1 or 2 */
    int64_t frames;                /* that air: from the cue in to the cue out */
    int64_t cue_in_frames;         /* where they begin in the prepared copy */
    int64_t copy_frames;           /* the whole prepared copy */
    double lufs;                   /* NAN: too quiet or too short to measure */
    double true_peak_dbtp;         /* -INFINITY: digital silence */
    double gain_db;                /* brings it to the station's loudness under its ceiling */
    int64_t decided_us;            /* when it was last approved or withdrawn; INT64_MIN: never */
    const char *decided_by;        /* and by whom; NULL: never */
    const char *decided_reason;    /* why it was withdrawn; NULL or "": none was given */
};

/* A list sorted by code (bytewise), then version, oldest first. */
struct segments {
    const struct segment *items;
    size_t n;
};

/*
 * The code of a text that is spoken for the slots that have it: "noi-" and the first 16 hex digits
 * of the SHA-256 of kind, topic (NULL: none) and the text in NFC without blanks at its ends, a
 * zero byte between them. So another text is another recording, and calendars need no code.
 * -ENOMEM, also for a text that is not UTF-8.
 */
enum { SPOKEN_CODE_MAX = 21 };
MUST_CHECK int spoken_code(const char *kind, const char *topic, const char *text,
                           char out[static SPOKEN_CODE_MAX]);
/* Has a code that form? What has it is heard where it is named, and never by rotation. */
bool is_spoken_code(const char *code);

/*
 * The code by which a file of the inbox is known: its name, without folder and ending, as
 * media/import.h makes codes of names ("inbox/Tin sáng.mp3" is "tin-sang"). A name that gives no
 * code is returned as it is, and no recording has it. In the arena; NULL: out of memory.
 */
MUST_CHECK const char *code_of_file(struct arena *arena, const char *path);

/* The segment that airs under a code: the newest approved version, or NULL. */
const struct segment *segments_find_airable(const struct segments *segments, const char *code);
/* The newest version of a code in any state, or NULL. */
const struct segment *segments_find_newest(const struct segments *segments, const char *code);

/* A copy whose texts lie in the arena; NULL: out of memory. */
const struct segment *segment_copy(struct arena *arena, const struct segment *segment);

/* "draft", "approved", "withdrawn" */
const char *segment_state_name(enum segment_state state);
/* Its reverse; what is none of them is a draft, and so is never heard. */
enum segment_state segment_state_from_name(const char *name);

#endif
