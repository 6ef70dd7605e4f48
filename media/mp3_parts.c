/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/mp3_parts.h"

#include <string.h>
#include <unistd.h>

#include "media/mp3_sync.h"

enum {
    WINDOW_BYTES = 65536,
    LOOK_BYTES = 256,    /* of a frame: its header and what Xing wrote behind it */
    RESYNC_BYTES = 1024, /* as far as the decoder looks for the next header */
    FRAME_MAX_BYTES = 4096,
    REST_MAX_BYTES = 8192, /* less than this behind a part's end is no part */
    ID3V2_HEAD_BYTES = 10,
    ID3V1_BYTES = 128,
    APE_HEAD_BYTES = 32,
};

struct walk {
    int fd;
    int64_t size;
    int64_t at;
    int64_t window_at;
    size_t window_n;
    unsigned char window[WINDOW_BYTES];
};

/* What stands at a place; past the end, zeros. Valid until the next look. */
static const unsigned char *look(struct walk *walk, int64_t at)
{
    if (walk->window_n == 0 || at < walk->window_at ||
        at + LOOK_BYTES > walk->window_at + WINDOW_BYTES) {
        ssize_t n = pread(walk->fd, walk->window, WINDOW_BYTES, at);
        size_t got = n > 0 ? (size_t)n : 0;
        memset(walk->window + got, 0, WINDOW_BYTES - got);
        walk->window_at = at;
        walk->window_n = WINDOW_BYTES;
    }
    return walk->window + (at - walk->window_at);
}

/* --- one frame -------------------------------------------------------------------------- */

struct head {
    uint32_t form; /* version, layer and rate */
    int rate;
    int channels;
    int samples;
    int64_t bytes; /* 0: of free format, whose length nothing tells */
    size_t xing_at;
};

static int bit_rate_of(unsigned version, unsigned layer, unsigned index)
{
    static const short V1[3][15] = {
        {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
        {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}};
    static const short V2[2][15] = {{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224,
                                     256},
                                    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};
    return 1000 * (version == 3 ? V1[layer - 1][index] : V2[layer > 1][index]);
}

static bool read_head(const unsigned char *bytes, struct head *head)
{
    static const int RATES[3] = {44100, 48000, 32000};
    uint32_t found = 0;
    if (mp3_sync_find(bytes, MP3_HEAD_BYTES, &found) != 0) {
        return false;
    }
    unsigned version = found >> 19 & 3; /* 3: 1, 2: 2, 0: 2.5 */
    unsigned layer = 4 - (found >> 17 & 3);
    unsigned padding = found >> 9 & 1;
    if (version == 1) {
        return false;
    }
    int bit_rate = bit_rate_of(version, layer, found >> 12 & 15);
    head->form = found & 0xfffe0c00;
    head->rate = RATES[found >> 10 & 3] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    head->channels = (found >> 6 & 3) == 3 ? 1 : 2;
    head->samples = layer == 1 ? 384 : layer == 3 && version != 3 ? 576 : 1152;
    head->bytes = layer == 1 ? ((int64_t)12 * bit_rate / head->rate + padding) * 4
                             : (int64_t)head->samples / 8 * bit_rate / head->rate + padding;
    if (bit_rate == 0) {
        head->bytes = 0;
    }
    size_t side = version == 3 ? (head->channels == 2 ? 32 : 17) : head->channels == 2 ? 17 : 9;
    head->xing_at = MP3_HEAD_BYTES + side;
    return true;
}

/* Frames that a header within the frame promises behind it; -1: it has none; 0: it does not say. */
static int64_t promised_frames(const unsigned char *frame, const struct head *head)
{
    const unsigned char *xing = frame + head->xing_at;
    const unsigned char *vbri = frame + MP3_HEAD_BYTES + 32;
    const unsigned char *count = NULL;
    if (memcmp(xing, "Xing", 4) == 0 || memcmp(xing, "Info", 4) == 0) {
        count = xing[7] & 1 ? xing + 8 : NULL;
    } else if (memcmp(vbri, "VBRI", 4) == 0) {
        count = vbri + 14;
    } else {
        return -1;
    }
    return count ? (int64_t)count[0] << 24 | count[1] << 16 | count[2] << 8 | count[3] : 0;
}

/* --- tags ------------------------------------------------------------------------------- */

/* Bytes of the tag that stands here; 0: none does. */
static int64_t tag_bytes(const unsigned char *bytes)
{
    if (memcmp(bytes, "ID3", 3) == 0) {
        return ID3V2_HEAD_BYTES + ((bytes[6] & 0x7f) << 21 | (bytes[7] & 0x7f) << 14 |
                                   (bytes[8] & 0x7f) << 7 | (bytes[9] & 0x7f));
    }
    if (memcmp(bytes, "TAG", 3) == 0) {
        return ID3V1_BYTES;
    }
    if (memcmp(bytes, "APETAGEX", 8) == 0) {
        int64_t rest = (int64_t)bytes[15] << 24 | bytes[14] << 16 | bytes[13] << 8 | bytes[12];
        bool is_head = bytes[23] & 0x20;
        return is_head ? APE_HEAD_BYTES + rest : APE_HEAD_BYTES;
    }
    return 0;
}

/* A frame whose end is that of the file, or the beginning of another. */
static bool is_frame(struct walk *walk, int64_t at, uint32_t form, struct head *head)
{
    struct head next;
    return read_head(look(walk, at), head) && (form == 0 || head->form == form) &&
           head->bytes > 0 &&
           (at + head->bytes >= walk->size ||
            (read_head(look(walk, at + head->bytes), &next) && next.form == head->form));
}

/* The next frame or tag behind `from` and as near as the decoder would look; false: none is. */
static bool find_again(struct walk *walk, int64_t from, uint32_t form)
{
    int64_t until = walk->at + RESYNC_BYTES;
    for (int64_t at = from + 1; at <= until && at < walk->size; at++) {
        struct head head;
        if (is_frame(walk, at, form, &head) || memcmp(look(walk, at), "ID3", 3) == 0) {
            walk->at = at;
            return true;
        }
    }
    return false;
}

/* --- the file --------------------------------------------------------------------------- */

struct state {
    struct mp3_part *parts;
    size_t n;
    size_t capacity;
    int64_t from;
    uint32_t form;
    int64_t tag_from;   /* of the tags right before; -1: none */
    int64_t last_found; /* the last frame, or what was found when lost; only grows */
    int64_t promised;   /* frames that are still to come; -1: nobody says */
};

static bool begins_part(const struct state *s, const struct walk *walk, const struct head *head,
                        int64_t promised)
{
    if (s->n == 0 || promised >= 0) {
        return true;
    }
    const struct mp3_part *part = &s->parts[s->n - 1];
    bool is_other = head->form != s->form || head->channels != part->channels;
    return (is_other || s->promised == 0) && walk->size - walk->at > REST_MAX_BYTES;
}

/* False: there is no place for one more. */
static bool begin_part(struct state *s, const struct walk *walk, const struct head *head,
                       int64_t promised)
{
    if (s->n == s->capacity) {
        return false;
    }
    int64_t from = s->n == 0 ? s->from : s->tag_from >= 0 ? s->tag_from : walk->at;
    if (s->n > 0) {
        s->parts[s->n - 1].until = from;
    }
    s->parts[s->n++] = (struct mp3_part){.from = from,
                                         .until = walk->size,
                                         .rate = head->rate,
                                         .channels = head->channels};
    s->form = head->form;
    s->promised = promised > 0 ? promised : -1;
    return true;
}

/* A frame that stands whole or in part at the place; false: the walk is over. */
static bool take_frame(struct state *s, struct walk *walk, const struct head *head,
                       int64_t promised)
{
    if (begins_part(s, walk, head, promised)) {
        if (!begin_part(s, walk, head, promised)) {
            return false;
        }
    } else {
        s->promised -= s->promised > 0;
    }
    struct mp3_part *part = &s->parts[s->n - 1];
    s->tag_from = -1;
    s->last_found = walk->at;
    if (walk->at + head->bytes > walk->size) {
        part->is_cut = true;
        return false;
    }
    part->frames += promised < 0 ? head->samples : 0; /* a header's own frame is silence */
    walk->at += head->bytes;
    return head->bytes > 0;
}

/* Neither tag nor frame stands here; false: nor anywhere near. A frame that was cut reaches
 * into what was put behind it, so the look begins within the last one. */
static bool go_on_behind(struct state *s, struct walk *walk)
{
    int64_t lost_at = walk->at;
    bool within = s->n > 0 && lost_at - s->last_found <= FRAME_MAX_BYTES;
    if (!find_again(walk, within ? s->last_found : lost_at, s->form)) {
        return false;
    }
    if (within && walk->at < lost_at) {
        s->parts[s->n - 1].is_cut = true;
    }
    s->last_found = walk->at;
    s->tag_from = -1;
    return true;
}

size_t mp3_parts_find(int fd, int64_t from, int64_t size, struct mp3_part *parts, size_t n_parts)
{
    struct walk walk = {.fd = fd, .size = size, .at = from};
    struct state s = {
        .parts = parts, .capacity = n_parts, .from = from, .tag_from = -1, .promised = -1};
    while (walk.at < size) {
        const unsigned char *bytes = look(&walk, walk.at);
        struct head head;
        int64_t tag = tag_bytes(bytes);
        if (tag > 0) {
            s.tag_from = s.tag_from >= 0 ? s.tag_from : walk.at;
            walk.at += tag;
        } else if (read_head(bytes, &head)) {
            if (!take_frame(&s, &walk, &head, promised_frames(bytes, &head))) {
                break;
            }
        } else if (!go_on_behind(&s, &walk)) {
            break;
        }
    }
    return s.n;
}

int64_t mp3_parts_begin(int fd, int64_t size)
{
    struct walk walk = {.fd = fd, .size = size};
    for (int64_t at = 0; at < WINDOW_BYTES && at < size; at++) {
        struct head first;
        struct head second;
        if (is_frame(&walk, at, 0, &first) && at + first.bytes < size &&
            is_frame(&walk, at + first.bytes, first.form, &second)) {
            return at;
        }
    }
    return -1;
}
