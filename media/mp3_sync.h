/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_MP3_SYNC_H
#define MEDIA_MP3_SYNC_H

#include <stddef.h>
#include <stdint.h>

/* Where the frames of an MP3 begin (ISO/IEC 11172-3, 2.4.2.3). Private to media. */
enum { MP3_HEAD_BYTES = 4 };

/* The place of the first header among n bytes, or -1. It has the version, layer and rate
 * of *head; 0: any, and *head becomes what was found. */
ptrdiff_t mp3_sync_find(const unsigned char *bytes, size_t n, uint32_t *head);

#endif
