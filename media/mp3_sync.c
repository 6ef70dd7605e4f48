/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/mp3_sync.h"

#include <stdbool.h>

static const uint32_t SYNC = 0xffe00000;
static const uint32_t FORM = 0xfffe0c00; /* with version, layer and rate */
static const uint32_t LAYER = 0x00060000;
static const uint32_t BIT_RATE = 0x0000f000;
static const uint32_t RATE = 0x00000c00;

static bool is_head(uint32_t x, uint32_t like)
{
    return (x & SYNC) == SYNC && (x & LAYER) != 0 && (x & BIT_RATE) != BIT_RATE &&
           (x & RATE) != RATE && (like == 0 || (x & FORM) == (like & FORM));
}

ptrdiff_t mp3_sync_find(const unsigned char *bytes, size_t n, uint32_t *head)
{
    uint32_t x = 0;
    for (size_t i = 0; i < n; i++) {
        x = x << 8 | bytes[i];
        if (i + 1 >= MP3_HEAD_BYTES && is_head(x, *head)) {
            *head = x;
            return (ptrdiff_t)(i + 1 - MP3_HEAD_BYTES);
        }
    }
    return -1;
}
