/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 1 << 18,
    DISK_STEP_BYTES = 1 << 23, /* so much is sent to the disk at a time */
};

struct sink {
    int fd;
    int err;
    int64_t position;
    int64_t size;
    int64_t sent; /* to the disk, so far */
    unsigned char *buffer;
    size_t n_buffered;                     /* the file's last bytes, not yet in it */
    unsigned char head[SINK_HEAD_MAX];     /* the file's first bytes as they are now */
    unsigned char foretold[SINK_HEAD_MAX]; /* as they were hashed */
    size_t n_foretold;
    struct hash_sum *sum; /* NULL: the head is not foretold */
};

struct sink *sink_create(int fd, const void *head, size_t n_head)
{
    AUTO(sink_destroy) struct sink *sink = calloc(1, sizeof *sink);
    if (!sink) {
        close(fd);
        return NULL;
    }
    sink->fd = fd;
    sink->buffer = malloc(BUFFER_BYTES);
    if (!sink->buffer) {
        return NULL;
    }
    if (n_head > 0 && n_head <= SINK_HEAD_MAX) {
        sink->sum = hash_begin();
        if (!sink->sum) {
            return NULL;
        }
        memcpy(sink->foretold, head, n_head);
        sink->n_foretold = n_head;
        hash_add(sink->sum, head, n_head);
    }
    return STEAL(sink);
}

struct sink *sink_destroy(struct sink *sink)
{
    if (sink) {
        close(sink->fd);
        free(sink->buffer);
        hash_destroy(sink->sum);
        free(sink);
    }
    return NULL;
}

int64_t sink_size(void *context)
{
    const struct sink *sink = context;
    return sink->size;
}

int64_t sink_seek(int64_t offset, int whence, void *context)
{
    struct sink *sink = context;
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? sink->position : sink->size;
    if (base + offset < 0) {
        return -1;
    }
    sink->position = base + offset;
    return sink->position;
}

int64_t sink_read(void *into, int64_t n, void *context)
{
    (void)into;
    (void)n;
    (void)context;
    return 0;
}

int64_t sink_tell(void *context)
{
    const struct sink *sink = context;
    return sink->position;
}

int sink_err(const struct sink *sink)
{
    return sink->err;
}

static void write_at(struct sink *sink, const unsigned char *from, size_t n, int64_t at)
{
    while (n > 0 && sink->err == 0) {
        ssize_t r = pwrite(sink->fd, from, n, at);
        if (r < 0 && errno == EINTR) {
            continue;
        }
        if (r < 0) {
            sink->err = errno;
            return;
        }
        from += r;
        n -= (size_t)r;
        at += r;
    }
}

static void flush(struct sink *sink)
{
    int64_t at = sink->size - (int64_t)sink->n_buffered;
    write_at(sink, sink->buffer, sink->n_buffered, at);
    if (sink->sum) {
        size_t from = at < (int64_t)sink->n_foretold ? sink->n_foretold - (size_t)at : 0;
        from = from < sink->n_buffered ? from : sink->n_buffered;
        hash_add(sink->sum, sink->buffer + from, sink->n_buffered - from);
    }
    sink->n_buffered = 0;
    if (sink->size - sink->sent >= DISK_STEP_BYTES) {
        /* A file system that cannot leaves more to the end; what fails there is told there. */
        (void)sync_file_range(sink->fd, sink->sent, sink->size - sink->sent, SYNC_FILE_RANGE_WRITE);
        sink->sent = sink->size;
    }
}

static void append(struct sink *sink, const unsigned char *from, size_t n)
{
    while (n > 0 && sink->err == 0) {
        size_t room = BUFFER_BYTES - sink->n_buffered;
        size_t step = n < room ? n : room;
        memcpy(sink->buffer + sink->n_buffered, from, step);
        sink->n_buffered += step;
        sink->size += (int64_t)step;
        from += step;
        n -= step;
        if (sink->n_buffered == BUFFER_BYTES) {
            flush(sink);
        }
    }
}

int64_t sink_write(const void *from, int64_t n, void *context)
{
    struct sink *sink = context;
    const unsigned char *bytes = from;
    int64_t at = sink->position;
    int64_t n_anew = at < sink->size ? sink->size - at : 0;
    n_anew = n_anew < n ? n_anew : n;
    if (at > sink->size || (n_anew > 0 && at + n_anew > SINK_HEAD_MAX)) {
        sink->err = sink->err ? sink->err : ENOTSUP;
    }
    if (sink->err) {
        return 0;
    }
    for (int64_t i = 0; i < n && at + i < SINK_HEAD_MAX; i++) {
        sink->head[at + i] = bytes[i];
    }
    if (n_anew > 0) {
        flush(sink);
        write_at(sink, bytes, (size_t)n_anew, at);
    }
    append(sink, bytes + n_anew, (size_t)(n - n_anew));
    if (sink->err) {
        return 0;
    }
    sink->position = at + n;
    return n;
}

static int hash_again(struct sink *sink, char sha256[static HASH_HEX_MAX])
{
    AUTO(hash_destroy) struct hash_sum *sum = hash_begin();
    if (!sum) {
        return -ENOMEM;
    }
    for (int64_t at = 0; at < sink->size;) {
        ssize_t n = pread(sink->fd, sink->buffer, BUFFER_BYTES, at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? -errno : -EIO;
        }
        hash_add(sum, sink->buffer, (size_t)n);
        at += n;
    }
    hash_end(sum, sha256);
    return 0;
}

int sink_finish(struct sink *sink, char sha256[static HASH_HEX_MAX])
{
    flush(sink);
    if (sink->err) {
        return -sink->err;
    }
    /* The disk works while the processor hashes. */
    (void)sync_file_range(sink->fd, sink->sent, 0, SYNC_FILE_RANGE_WRITE);
    bool is_hashed = sink->sum && sink->size >= (int64_t)sink->n_foretold &&
                     memcmp(sink->head, sink->foretold, sink->n_foretold) == 0;
    if (is_hashed) {
        hash_end(sink->sum, sha256);
    } else {
        int r = hash_again(sink, sha256);
        if (r < 0) {
            return r;
        }
    }
    return fsync(sink->fd) == 0 ? 0 : -errno;
}
