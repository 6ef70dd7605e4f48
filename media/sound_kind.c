/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/sound_kind.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/attr.h"

enum {
    HEAD_BYTES = 16,
    ID3_HEAD_BYTES = 10,
    GSM_FRAME_BYTES = 33,
    ATOMS_MAX = 1000, /* looked through */
};

/* Their magic numbers, at a place in the file. */
static const struct magic {
    size_t at;
    const char *bytes;
    size_t n;
    const char *demuxer;
    bool sndfile_first;
} MAGICS[] = {
    {4, "ftyp", 4, "mov", false},
    {4, "moov", 4, "mov", false},
    {4, "mdat", 4, "mov", false},
    {4, "wide", 4, "mov", false},
    {4, "free", 4, "mov", false},
    {4, "skip", 4, "mov", false},
    {0, "\x1a\x45\xdf\xa3", 4, "matroska", false},
    {0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", 8, "asf", false},
    {0, "#!AMR", 5, "amr", false},
    {0, "caff", 4, "caf", true},
    {0, "FORM", 4, "aiff", true},
    {0, "RIFF", 4, "wav", true},
    {0, "OggS", 4, "ogg", true},
};

static int64_t read_at(int fd, void *into, size_t n, int64_t at)
{
    ssize_t got = pread(fd, into, n, at);
    return got < 0 ? 0 : got;
}

static bool ends_in(const char *name, const char *ending)
{
    size_t n = strlen(name);
    size_t k = strlen(ending);
    return n >= k && strcasecmp(name + n - k, ending) == 0;
}

/* An ID3 tag may stand before AAC as before MP3: its size, 7 bits a byte. */
static int64_t id3_bytes(const unsigned char head[static HEAD_BYTES])
{
    if (memcmp(head, "ID3", 3) != 0) {
        return 0;
    }
    int64_t size =
        (head[6] & 0x7f) << 21 | (head[7] & 0x7f) << 14 | (head[8] & 0x7f) << 7 | (head[9] & 0x7f);
    return size + ID3_HEAD_BYTES;
}

/* Sync, and layer 0, which no MPEG audio has (ISO/IEC 13818-7, 6.2). */
static bool is_adts(const unsigned char *head)
{
    return head[0] == 0xff && (head[1] & 0xf6) == 0xf0;
}

struct sound_kind sound_kind_of(int fd, int64_t size, const char *name)
{
    unsigned char head[HEAD_BYTES] = {0};
    read_at(fd, head, sizeof head, 0);
    for (size_t i = 0; i < ARRAY_LEN(MAGICS); i++) {
        const struct magic *magic = &MAGICS[i];
        if (memcmp(head + magic->at, magic->bytes, magic->n) == 0) {
            return (struct sound_kind){magic->demuxer, magic->sndfile_first};
        }
    }
    if (ends_in(name, ".g722")) {
        return (struct sound_kind){"g722", false};
    }
    if (ends_in(name, ".gsm") && size >= GSM_FRAME_BYTES && head[0] >> 4 == 0xd) {
        return (struct sound_kind){"gsm", false};
    }
    int64_t tag = id3_bytes(head);
    if (tag > 0) {
        read_at(fd, head, sizeof head, tag);
    }
    return is_adts(head) ? (struct sound_kind){"aac", false} : (struct sound_kind){NULL, true};
}

static int64_t big_endian(const unsigned char *bytes, size_t n)
{
    uint64_t x = 0;
    for (size_t i = 0; i < n; i++) {
        x = x << 8 | bytes[i];
    }
    return x > INT64_MAX ? INT64_MAX : (int64_t)x;
}

bool sound_kind_has_atom(int fd, int64_t size, const char *name)
{
    int64_t at = 0;
    for (int i = 0; i < ATOMS_MAX && at < size; i++) {
        unsigned char head[HEAD_BYTES] = {0};
        read_at(fd, head, sizeof head, at);
        int64_t bytes = big_endian(head, 4);
        bytes = bytes == 1 ? big_endian(head + 8, 8) : bytes == 0 ? size - at : bytes;
        if (bytes < 8 || bytes > size - at) {
            return false;
        }
        if (memcmp(head + 4, name, 4) == 0) {
            return true;
        }
        at += bytes;
    }
    return false;
}
