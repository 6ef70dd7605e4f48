/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_INBOX_MARKER_H
#define MEDIA_INBOX_MARKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/paths.h"
#include "media/inbox_file.h"

/*
 * Which file was being taken when a process ended without a word: a file of text in
 * library/incoming/, a line a file, so that a recording over which a decoder falls does not make
 * it fall again and again. It outlives processes, and need not outlive a power cut, which
 * is no file's fault: it is not brought to disk. Private to media; one thread.
 */
enum { INBOX_MARKS_MAX = 64 };

struct inbox_mark {
    struct file_stamp stamp; /* the bytes, not the name */
    int n_deaths;
    bool is_taken_now;
};

struct inbox_marker {
    char path[PATHS_MAX];
    struct inbox_mark marks[INBOX_MARKS_MAX];
    size_t n;
};

/* What the last process left; what it was at is counted as a death. */
void inbox_marker_read(struct inbox_marker *marker, const char *path);

/* How often a process ended while it took these bytes. */
int inbox_marker_deaths(const struct inbox_marker *marker, const struct file_stamp *stamp);

/* These bytes are taken now; and that is over, whatever became of them. */
void inbox_marker_begin(struct inbox_marker *marker, const struct file_stamp *stamp);
void inbox_marker_end(struct inbox_marker *marker, const struct file_stamp *stamp);

#endif
