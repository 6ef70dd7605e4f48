/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/wav_head.h"

#include <string.h>

enum { CHUNK_HEAD = 8, RIFF_HEAD = 12, ENDLESS = 0x7fff0000 };

static uint32_t read_u32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void write_u32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (unsigned char)(value >> (8 * i));
    }
}

/* Where the sound's chunk begins; n_head: it does not begin in the head. */
static size_t find_data(const unsigned char *head, size_t n_head)
{
    size_t at = RIFF_HEAD;
    while (n_head - at >= CHUNK_HEAD && memcmp(head + at, "data", 4) != 0) {
        size_t size = read_u32(head + at + 4);
        size += size % 2;
        if (size > n_head - at - CHUNK_HEAD) {
            return n_head;
        }
        at += CHUNK_HEAD + size;
    }
    return n_head - at >= CHUNK_HEAD ? at : n_head;
}

bool wav_head_complete(unsigned char *head, size_t n_head, int64_t file_bytes)
{
    if (n_head < RIFF_HEAD || file_bytes < (int64_t)n_head || file_bytes >= ENDLESS ||
        memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0) {
        return false;
    }
    size_t at = find_data(head, n_head);
    if (at == n_head || read_u32(head + at + 4) < ENDLESS) {
        return false;
    }
    write_u32(head + 4, (uint32_t)(file_bytes - CHUNK_HEAD));
    write_u32(head + at + 4, (uint32_t)(file_bytes - (int64_t)at - CHUNK_HEAD));
    return true;
}
