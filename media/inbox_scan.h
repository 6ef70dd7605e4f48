/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_INBOX_SCAN_H
#define MEDIA_INBOX_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "media/inbox_file.h"

struct fault;
struct inbox_events;

/*
 * What lies in the inbox at one moment. Private to media; one thread.
 *
 * Left out are hidden files, what programs keep beside the files they have open or have not
 * written to the end yet (~$…, .tmp, .part, .crdownload, …), and what a system strews about
 * (Thumbs.db, desktop.ini). Links are seen and not followed.
 */
enum { INBOX_DEPTH_MAX = 8, INBOX_ITEMS_MAX = 10000 };

enum inbox_item_type {
    INBOX_RECORDING, /* any file that is nothing else */
    INBOX_TEXT,      /* .txt: belongs to a recording */
    INBOX_NOTE,      /* of our own (media/inbox_note.h) */
    INBOX_LINK,
    INBOX_NO_FILE, /* a pipe, a socket */
    INBOX_TOO_DEEP /* a folder that is not looked into */
};

struct inbox_seen {
    char *path; /* below the inbox, without a '/' at its head */
    enum inbox_item_type type;
    struct file_stamp stamp;
    bool was_aside; /* taken, and not removed yet when loa was killed; it has its name back */
};

struct inbox_scan {
    struct inbox_seen *items; /* sorted by path, bytewise */
    size_t n;
    size_t capacity;
    bool is_overfull; /* there is more than INBOX_ITEMS_MAX */
};

/* Look at everything below root, and have `events` (NULL: none) watch the folders from before
 * they are read on. Free with inbox_scan_finish(), whatever happened. A folder below that cannot be
 * opened is passed over; one that cannot be read to its end makes the whole look fail, for what it
 * did not tell of is not gone. */
MUST_CHECK int inbox_scan(const char *root, struct inbox_events *events,
                          struct inbox_scan *ret_scan, struct fault *reterr);
void inbox_scan_finish(struct inbox_scan *scan);

/* The first item whose path is not before `path`; scan->n: none. */
size_t inbox_scan_from(const struct inbox_scan *scan, const char *path);
/* The item of that path, or SIZE_MAX. */
size_t inbox_scan_find(const struct inbox_scan *scan, const char *path);

#endif
