/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_FILE_H
#define PLAYOUT_OUTPUTS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;

/*
 * A stereo sound file being written: 48 kHz, 24 bit, WAV (RF64 past 4 GiB) or FLAC. A
 * sample is rounded to the nearest 24-bit value and clipped to full scale; what came
 * from 24 bits unchanged is written unchanged.
 *
 * Errors  Negative errno and a sentence that names the file: -ENOSPC, -EROFS …
 * Threads One at a time.
 */
struct sound_file;

/* "wav" or "flac"? */
bool sound_file_knows(const char *format);

/* Begin a new file; an existing one is refused (-EEXIST). Given to the caller: finish or
 * drop it. -ENOTSUP: no such format. */
MUST_CHECK int sound_file_create(const char *path, const char *format, struct sound_file **ret_file,
                                 struct fault *reterr);
MUST_CHECK int sound_file_write(struct sound_file *file, const float *frames, size_t n,
                                struct fault *reterr);
/* Has anything of it been written? What is given to sound_file_write() is gathered first. */
bool sound_file_has_begun(const struct sound_file *file);
/* Complete the file and free; on failure it is freed too. */
MUST_CHECK int sound_file_finish(struct sound_file *file, struct fault *reterr);
/* Free without completing; the file stays as it is on disk, and is removed if nothing of it
 * could be written. NULL is a no-op; returns NULL. */
struct sound_file *sound_file_drop(struct sound_file *file);
DEFINE_AUTO(struct sound_file, sound_file_drop)

#endif
