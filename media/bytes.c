/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/bytes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "media/mp3_sync.h"

enum {
    MP3_RESYNC_BYTES = 1024,
    PATCH_BYTES = 4,
    READS_BEYOND_MAX = 256, /* a header that sends its reader round and round behind the end */
};

int64_t bytes_size(void *context)
{
    const struct bytes *bytes = context;
    return bytes->endless ? INT64_MAX : bytes->size;
}

int64_t bytes_seek(int64_t offset, int whence, void *context)
{
    struct bytes *bytes = context;
    if (whence == SEEK_END && bytes->endless) {
        return -1;
    }
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? bytes->position : bytes->size;
    if (offset > INT64_MAX - base || base + offset < 0) {
        return -1;
    }
    bytes->position = base + offset;
    return bytes->position;
}

/* libmpg123 reads an MP3 frame by frame, each header alone. Over a header that is none it
 * writes notes to stderr, and goes on wherever something looks like one, of any rate. So
 * the next header of the same form is found here, as near as libmpg123 would look. */
static int64_t mp3_find_head(struct bytes *bytes, unsigned char *into)
{
    unsigned char near[MP3_RESYNC_BYTES + MP3_HEAD_BYTES];
    if (memcmp(into, "ID3", 3) == 0 || memcmp(into, "TAG", 3) == 0 || memcmp(into, "APE", 3) == 0 ||
        mp3_sync_find(into, MP3_HEAD_BYTES, &bytes->mp3_head) == 0) {
        return MP3_HEAD_BYTES;
    }
    bytes->position -= MP3_HEAD_BYTES - 1; /* it may begin within these four */
    int64_t left = bytes->size - bytes->position;
    size_t most = left < (int64_t)sizeof near ? (size_t)left : sizeof near;
    ssize_t n = pread(bytes->fd, near, most, bytes->start + bytes->position);
    ptrdiff_t at = n > 0 ? mp3_sync_find(near, (size_t)n, &bytes->mp3_head) : -1;
    if (at < 0) {
        bytes->is_lost = true;
        return 0;
    }
    memcpy(into, near + at, MP3_HEAD_BYTES);
    bytes->position += at + MP3_HEAD_BYTES;
    return MP3_HEAD_BYTES;
}

static void patch(const struct bytes *bytes, unsigned char *into, int64_t at, int64_t n)
{
    for (int64_t i = bytes->patch_at; i < bytes->patch_at + PATCH_BYTES; i++) {
        if (i >= at && i < at + n) {
            into[i - at] = 0xff;
        }
    }
}

int64_t bytes_read(void *into, int64_t n, void *context)
{
    struct bytes *bytes = context;
    int64_t done = 0;
    if (bytes->is_lost) {
        return 0;
    }
    if (bytes->position >= bytes->size && ++bytes->n_reads_beyond > READS_BEYOND_MAX) {
        bytes->is_left = true;
    }
    int64_t left = bytes->size > bytes->position ? bytes->size - bytes->position : 0;
    int64_t most = n < left ? n : left;
    while (done < most) {
        ssize_t r = pread(bytes->fd, (char *)into + done, (size_t)(most - done),
                          bytes->start + bytes->position);
        if (r < 0 && errno == EINTR) {
            continue;
        }
        if (r < 0) {
            bytes->err = errno;
        }
        if (r <= 0) {
            break;
        }
        done += r;
        bytes->position += r;
    }
    if (bytes->patch_at > 0) {
        patch(bytes, into, bytes->position - done, done);
    }
    riff_view_show(&bytes->riff, bytes->position - done, into, done);
    return bytes->is_mp3 && n == MP3_HEAD_BYTES && done == n ? mp3_find_head(bytes, into) : done;
}

int64_t bytes_tell(void *context)
{
    const struct bytes *bytes = context;
    return bytes->is_left ? INT64_MAX : bytes->position;
}
