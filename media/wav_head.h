/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_WAV_HEAD_H
#define MEDIA_WAV_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A program that writes a WAV file into a pipe cannot go back to say how long it became,
 * and leaves a number there that means "until the end". Private to media.
 *
 * Shape   RIFF, little-endian, as in the "Multimedia Programming Interface and Data
 *         Specifications 1.0" (IBM, Microsoft, 1991): chunks of a name, a size and as many
 *         bytes, rounded up to two.
 */
enum { WAV_HEAD_MAX = 4096 };

/*
 * head: the first n_head bytes of a file of file_bytes. Where its sound claims to be
 * endless (2^31 - 64 KiB bytes or more, and more than the file has), write the true sizes into
 * head. True if head has changed.
 */
bool wav_head_complete(unsigned char *head, size_t n_head, int64_t file_bytes);

#endif
