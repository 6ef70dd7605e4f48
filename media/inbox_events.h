/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_INBOX_EVENTS_H
#define MEDIA_INBOX_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "media/inbox_file.h"

/*
 * Who has closed what in the inbox after writing it, as the system tells (inotify). It tells
 * nothing of what other machines do on a network file system, and not all of it when there is much:
 * whoever asks looks at the folder now and then too. Private to media; one thread.
 */
struct inbox_events;

/* NULL: the machine gives none. Given to the caller. */
MUST_CHECK struct inbox_events *inbox_events_open(const char *root);
struct inbox_events *inbox_events_close(struct inbox_events *events); /* NULL is a no-op */
DEFINE_AUTO(struct inbox_events, inbox_events_close)

/* For poll(): readable when something happened. */
int inbox_events_fd(const struct inbox_events *events);

/* Watch a folder, open as fd, from now on; `path` is where it lies below the root. */
void inbox_events_watch(struct inbox_events *events, int fd, const char *path);

/* Take in what happened since the last call. */
void inbox_events_read(struct inbox_events *events);

/* Was this file, as it is now, closed by who had written it, or moved here? True for a file until
 * it changes or inbox_events_forget(). */
bool inbox_events_closed(const struct inbox_events *events, const char *path,
                         const struct file_stamp *stamp);
/* Was this file written to, and not closed, moved or removed since? */
bool inbox_events_written(const struct inbox_events *events, const char *path);
/* What was told of by inbox_events_closed() is known now. */
void inbox_events_forget(struct inbox_events *events);

#endif
