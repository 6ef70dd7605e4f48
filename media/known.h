/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_KNOWN_H
#define MEDIA_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "media/import.h"

struct db;
struct fault;

/* What the library has already. Private to media; the db's functions on its thread. */

/* Has an original of the library that many bytes? 1: yes; 0: no. */
MUST_CHECK int known_size(struct db *db, int64_t n_bytes, struct fault *reterr);

/* Does a row have that original or that copy, as a file? 1: yes; 0: no. */
MUST_CHECK int known_files(struct db *db, const char *original_sha256, const char *air_sha256,
                           struct fault *reterr);

/*
 * The code of a recording that was given none: `code` is made of its file's name. Another name that
 * makes the same code ("Thôn Đông" and "Thôn Dòng") is another recording: code-2, code-3 … A code
 * that somebody gave to a file of any name is meant by a file that is named like the code.
 */
MUST_CHECK int known_code_of_name(struct db *db, const char *code, const char *original_name,
                                  char out[static IMPORT_CODE_MAX], struct fault *reterr);

/* The version that the next recording of a code will be, from 1. */
MUST_CHECK int known_next_version(struct db *db, const char *code, int *ret_version,
                                  struct fault *reterr);

/* The files of a row were removed to make room, and are there again: take that into the row and
 * its record, inside a transaction. */
MUST_CHECK int known_restore(struct db *db, int64_t segment_id, int64_t now_us, const char *who,
                             struct fault *reterr);

/* What a row says of its files. */
struct known {
    const char *original_sha256;
    const char *original_name;
    int64_t original_bytes;
    const char *air_sha256;
    int channels;
    int64_t frames;
};

/* Are they there, at their full length? As much as playing them would notice. by_bytes: and have
 * they the right hashes? */
bool known_files_are_whole(const char *station_dir, const struct known *known, bool by_bytes);

#endif
