/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/inbox_scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "media/inbox_events.h"
#include "media/inbox_note.h"

struct walk {
    struct inbox_scan *scan;
    struct inbox_events *events;
    char path[PATHS_MAX]; /* of the folder that is read, below the root; "" at the root */
};

static bool is_left_out(const char *name)
{
    static const char *const names[] = {"thumbs.db", "ehthumbs.db", "desktop.ini"};
    static const char *const endings[] = {"tmp",        "temp",       "part",
                                          "partial",    "crdownload", "download",
                                          "opdownload", "filepart",   "ffs_tmp"};
    if (name[0] == '.' || strncmp(name, "~$", 2) == 0) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcasecmp(name, names[i]) == 0) {
            return true;
        }
    }
    const char *ending = path_ending(name);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        if (strcasecmp(ending, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum inbox_item_type type_of(const char *name, mode_t mode)
{
    if (S_ISDIR(mode)) {
        return INBOX_TOO_DEEP;
    }
    if (S_ISLNK(mode)) {
        return INBOX_LINK;
    }
    if (!S_ISREG(mode)) {
        return INBOX_NO_FILE;
    }
    if (inbox_note_is(name)) {
        return INBOX_NOTE;
    }
    return strcasecmp(path_ending(name), "txt") == 0 ? INBOX_TEXT : INBOX_RECORDING;
}

static int add_item(struct inbox_scan *scan, const char *path, enum inbox_item_type type,
                    const struct stat *st)
{
    if (scan->n >= INBOX_ITEMS_MAX) {
        scan->is_overfull = true;
        return 0;
    }
    if (scan->n == scan->capacity) {
        size_t capacity = scan->capacity ? 2 * scan->capacity : 64;
        struct inbox_seen *items = realloc(scan->items, capacity * sizeof *items);
        if (!items) {
            return -ENOMEM;
        }
        scan->items = items;
        scan->capacity = capacity;
    }
    char *kept = strdup(path);
    if (!kept) {
        return -ENOMEM;
    }
    scan->items[scan->n++] =
        (struct inbox_seen){.path = kept, .type = type, .stamp = file_stamp_of(st)};
    return 0;
}

static int walk_folder(struct walk *walk, int fd, int depth);

/* The folder `name` in the one that is open; what cannot be opened is gone or not ours. */
static int walk_below(struct walk *walk, int folder_fd, const char *name, int depth)
{
    int fd = openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? 0 : walk_folder(walk, fd, depth);
}

static int walk_entry(struct walk *walk, int folder_fd, const char *name, int depth)
{
    struct stat st;
    bool was_aside = file_put_back(folder_fd, &name);
    if (is_left_out(name) || fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return 0;
    }
    size_t n_before = strlen(walk->path);
    int n = snprintf(walk->path + n_before, sizeof walk->path - n_before, "%s%s",
                     n_before ? "/" : "", name);
    int r = 0;
    if ((size_t)n >= sizeof walk->path - n_before) {
        r = 0; /* deeper than a path can tell; there is no way to open it by name */
    } else if (S_ISDIR(st.st_mode) && depth < INBOX_DEPTH_MAX) {
        r = walk_below(walk, folder_fd, name, depth + 1);
    } else {
        size_t i = walk->scan->n;
        r = add_item(walk->scan, walk->path, type_of(name, st.st_mode), &st);
        if (walk->scan->n > i) {
            walk->scan->items[i].was_aside = was_aside;
        }
    }
    walk->path[n_before] = '\0';
    return r;
}

/* Takes fd. */
static int walk_folder(struct walk *walk, int fd, int depth)
{
    if (walk->events) {
        inbox_events_watch(walk->events, fd, walk->path);
    }
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return -ENOMEM;
    }
    int r = 0;
    while (r == 0) {
        errno = 0; /* the end of the folder leaves it so, and a share that went away does not */
        const struct dirent *entry = readdir(dir);
        if (!entry) {
            r = -errno;
            break;
        }
        r = walk_entry(walk, dirfd(dir), entry->d_name, depth);
    }
    closedir(dir);
    return r;
}

static int compare_items(const void *a, const void *b)
{
    return strcmp(((const struct inbox_seen *)a)->path, ((const struct inbox_seen *)b)->path);
}

int inbox_scan(const char *root, struct inbox_events *events, struct inbox_scan *ret_scan,
               struct fault *reterr)
{
    *ret_scan = (struct inbox_scan){0};
    struct walk walk = {.scan = ret_scan, .events = events};
    /* The inbox itself may be a link to a share; what lies in it may not. */
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return fault_set(reterr, errno, root, 0, _("cannot be read: %s"), errno_text(errno));
    }
    int r = walk_folder(&walk, fd, 0);
    if (r < 0) {
        return r == -ENOMEM
                   ? fault_set(reterr, ENOMEM, root, 0, _("out of memory"))
                   : fault_set(reterr, -r, root, 0, _("cannot be read: %s"), errno_text(-r));
    }
    if (ret_scan->n > 0) {
        qsort(ret_scan->items, ret_scan->n, sizeof *ret_scan->items, compare_items);
    }
    return 0;
}

void inbox_scan_finish(struct inbox_scan *scan)
{
    for (size_t i = 0; i < scan->n; i++) {
        free(scan->items[i].path);
    }
    free(scan->items);
    *scan = (struct inbox_scan){0};
}

size_t inbox_scan_from(const struct inbox_scan *scan, const char *path)
{
    size_t low = 0;
    size_t high = scan->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(scan->items[middle].path, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t inbox_scan_find(const struct inbox_scan *scan, const char *path)
{
    size_t i = inbox_scan_from(scan, path);
    return i < scan->n && strcmp(scan->items[i].path, path) == 0 ? i : SIZE_MAX;
}
