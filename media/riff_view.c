/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/riff_view.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { ID_BYTES = 4, HEAD_BYTES = 8, FORM_BYTES = 12, ID3_HEAD_BYTES = 10, ID3_MAX = 8 };

struct chunk {
    unsigned char head[HEAD_BYTES];
    int64_t at;
    int64_t size;
};

struct walk {
    int fd;
    int64_t n_bytes;
    bool is_big_endian;
    bool is_closed;         /* the file's length is as its header says */
    int64_t wide_data_size; /* of RF64, whose data chunk cannot say it; -1: none */
};

static bool read_at(int fd, void *into, size_t n, int64_t at)
{
    return pread(fd, into, n, at) == (ssize_t)n;
}

static uint32_t number(const struct walk *walk, const unsigned char *bytes)
{
    return walk->is_big_endian ? (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                                     (uint32_t)bytes[2] << 8 | bytes[3]
                               : (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 |
                                     (uint32_t)bytes[1] << 8 | bytes[0];
}

static bool is_id(const unsigned char *bytes, const char *id)
{
    return memcmp(bytes, id, ID_BYTES) == 0;
}

/* libsndfile looks behind ID3 tags too. */
static int64_t after_id3(int fd)
{
    unsigned char head[ID3_HEAD_BYTES];
    int64_t at = 0;
    for (int i = 0; i < ID3_MAX && read_at(fd, head, sizeof head, at); i++) {
        if (memcmp(head, "ID3", 3) != 0) {
            break;
        }
        at += ID3_HEAD_BYTES + ((int64_t)(head[6] & 0x7f) << 21 | (head[7] & 0x7f) << 14 |
                                (head[8] & 0x7f) << 7 | (head[9] & 0x7f));
    }
    return at;
}

static bool read_chunk(const struct walk *walk, int64_t at, struct chunk *chunk)
{
    if (!read_at(walk->fd, chunk->head, sizeof chunk->head, at)) {
        return false;
    }
    chunk->at = at;
    chunk->size = number(walk, chunk->head + ID_BYTES);
    return true;
}

static int64_t end_of(const struct chunk *chunk)
{
    return chunk->at + HEAD_BYTES + chunk->size;
}

/* Tags, each within the list. */
static bool is_list_of_tags(const struct walk *walk, const struct chunk *list)
{
    unsigned char kind[ID_BYTES];
    int64_t end = end_of(list);
    int64_t at = list->at + HEAD_BYTES + ID_BYTES;
    if (!is_id(list->head, "LIST") || end > walk->n_bytes || at > end ||
        !read_at(walk->fd, kind, sizeof kind, list->at + HEAD_BYTES) || !is_id(kind, "INFO")) {
        return false;
    }
    struct chunk tag;
    while (at < end - 1) { /* but for a byte that fills it up */
        if (!read_chunk(walk, at, &tag) || end_of(&tag) > end) {
            return false;
        }
        at = end_of(&tag) + (tag.size & 1);
    }
    return true;
}

static int hide(struct riff_view *view, const struct walk *walk, const struct chunk *chunk)
{
    if (view->n == RIFF_HIDDEN_MAX) {
        return -EBADMSG;
    }
    int64_t left = walk->n_bytes - chunk->at - HEAD_BYTES;
    int64_t size = chunk->size < left ? chunk->size : left;
    unsigned char *head = view->hidden[view->n].head;
    memcpy(head, "JUNK", ID_BYTES);
    for (int i = 0; i < ID_BYTES; i++) {
        head[ID_BYTES + i] = (unsigned char)(size >> 8 * (walk->is_big_endian ? 3 - i : i));
    }
    view->hidden[view->n++].at = chunk->at;
    return 0;
}

static int64_t read_wide_size(const struct walk *walk, const struct chunk *ds64)
{
    enum { DATA_SIZE_AT = HEAD_BYTES + 8 };
    unsigned char bytes[8];
    if (!read_at(walk->fd, bytes, sizeof bytes, ds64->at + DATA_SIZE_AT)) {
        return -1;
    }
    uint64_t size = (uint64_t)number(walk, bytes + 4) << 32 | number(walk, bytes);
    return size < INT64_MAX / 2 ? (int64_t)size : -1;
}

/* Is the data chunk's length what a writer leaves that did not know it, or not yet? Then sound
 * goes on behind it, and what looks like a chunk there is none. */
static bool has_unknown_length(const struct walk *walk, const struct chunk *data)
{
    return (data->size == 0 && !walk->is_closed) ||
           (data->size >= 0x7fff0000 && data->size <= 0x80000000) ||
           (data->size >= 0xffff0000 && data->size <= UINT32_MAX);
}

/* How the chunk is shown; 1: the walk ends here. */
static int look_at(struct walk *walk, struct chunk *chunk, struct riff_view *view)
{
    if (is_id(chunk->head, "data")) {
        if (chunk->size == UINT32_MAX && walk->wide_data_size >= 0) {
            chunk->size = walk->wide_data_size;
        }
        return has_unknown_length(walk, chunk) || end_of(chunk) > walk->n_bytes;
    }
    bool is_needed = is_id(chunk->head, "fmt ") || is_id(chunk->head, "ds64");
    if (is_needed && end_of(chunk) > walk->n_bytes) {
        return -EBADMSG;
    }
    if (is_id(chunk->head, "ds64")) {
        walk->wide_data_size = read_wide_size(walk, chunk);
    }
    bool is_fact = is_id(chunk->head, "fact") && end_of(chunk) <= walk->n_bytes;
    return is_needed || is_fact || is_list_of_tags(walk, chunk) ? 0 : hide(view, walk, chunk);
}

int riff_view_make(int fd, int64_t n_bytes, struct riff_view *ret_view)
{
    unsigned char form[FORM_BYTES];
    struct walk walk = {.fd = fd, .n_bytes = n_bytes, .wide_data_size = -1};
    *ret_view = (struct riff_view){.n = 0};
    int64_t at = after_id3(fd);
    if (!read_at(fd, form, sizeof form, at)) {
        return 0;
    }
    walk.is_big_endian = is_id(form, "RIFX");
    if (!is_id(form, "RIFF") && !is_id(form, "RF64") && !walk.is_big_endian) {
        return 0;
    }
    walk.is_closed = at + HEAD_BYTES + number(&walk, form + ID_BYTES) == n_bytes;
    struct chunk chunk;
    at += FORM_BYTES;
    int r = 0;
    while (r == 0 && at < n_bytes && read_chunk(&walk, at, &chunk)) {
        r = look_at(&walk, &chunk, ret_view);
        at = end_of(&chunk) + (chunk.size & 1);
    }
    return r < 0 ? r : 0;
}

void riff_view_show(const struct riff_view *view, int64_t at, void *bytes, int64_t n)
{
    for (size_t i = 0; i < view->n; i++) {
        for (int64_t k = 0; k < HEAD_BYTES; k++) {
            int64_t place = view->hidden[i].at + k - at;
            if (place >= 0 && place < n) {
                ((unsigned char *)bytes)[place] = view->hidden[i].head[k];
            }
        }
    }
}
