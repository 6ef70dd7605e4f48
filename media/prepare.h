/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_PREPARE_H
#define MEDIA_PREPARE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/hash.h"
#include "base/paths.h"
#include "media/probe.h"
#include "media/soundfile.h"

struct fault;
struct import_progress;
struct store;

enum { PREPARED_HOURS_MAX = 24 };

/* What a recording turned out to be, and its copy for the air. */
struct prepared {
    char temporary[PATHS_MAX]; /* the copy, on disk; "": none */
    char peaks[PATHS_MAX];     /* of its waveform, likewise */
    char sha256[HASH_HEX_MAX];
    int channels;
    int64_t frames; /* 48 kHz */
    double lufs;
    double true_peak_dbtp;
    struct sound_damage damage; /* of the original */
    struct probe probe;
};

/*
 * Decode the file `original` to its end, measure it, and write its prepared copy and the
 * peaks of its waveform into incoming/: one pass in constant memory. Faults name `name`, the file
 * as its owner knows it. On failure nothing is left. Private to media; any thread.
 */
MUST_CHECK int prepare(const struct store *store, const char *original, const char *name,
                       const struct import_progress *progress, struct prepared *ret_prepared,
                       struct fault *reterr);

#endif
