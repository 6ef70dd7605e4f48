/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SINK_H
#define MEDIA_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "base/hash.h"

/*
 * A file that grows at its end, and whose head is only right when it is complete, as
 * sound files are: written in large pieces that are on their way to the disk at once, so
 * that little is left to wait for at the end, and hashed as it grows. Private to media.
 *
 * A hash begins with the head. Where the head that the file will have in the end is
 * known beforehand, what is written is hashed at once; if it was not known, or the
 * file has another in the end, all is read again. The hash is always the file's.
 *
 * sink_size() to sink_tell() are what libsndfile asks of a virtual file.
 *
 * Threads: one at a time.
 */
enum { SINK_HEAD_MAX = 256 };

struct sink;

/* fd is an empty file, open for reading and writing, and is taken, even on failure.
 * n_head of 0: the head is not known. NULL: out of memory. Given to the caller. */
MUST_CHECK struct sink *sink_create(int fd, const void *head, size_t n_head);
struct sink *sink_destroy(struct sink *sink); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct sink, sink_destroy)

/* Anything may be written anew within SINK_HEAD_MAX bytes of the start, else only behind the end.
 */
int64_t sink_size(void *context);
int64_t sink_seek(int64_t offset, int whence, void *context);
int64_t sink_read(void *into, int64_t n, void *context); /* nothing */
int64_t sink_write(const void *from, int64_t n, void *context);
int64_t sink_tell(void *context);

/* The errno of the first write that failed; 0: none. */
int sink_err(const struct sink *sink);

/* Write what is left, hash, and bring the file to disk. Negative errno. */
MUST_CHECK int sink_finish(struct sink *sink, char sha256[static HASH_HEX_MAX]);

#endif
