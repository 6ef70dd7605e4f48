/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/inbox_events.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/paths.h"

enum {
    CLOSED_MAX = 20000, /* of one look; what is beyond is known complete by standing still */
    EVENTS_BYTES = 64 << 10,
    WRITTEN_MAX = 256, /* at a time; beyond, the newest take the places of the oldest */
    READS_MAX = 256,   /* of one look, so that a flood does not hold it up */
};

struct watched {
    int wd;
    char *path;
};

struct closed {
    char *path;
    struct file_stamp stamp;
};

struct inbox_events {
    int fd;
    char *root;
    struct watched *watched;
    size_t n_watched;
    size_t watched_capacity;
    struct closed *closed;
    size_t n_closed;
    size_t closed_capacity;
    char *written[WRITTEN_MAX]; /* NULL: free */
    size_t next_written;
};

struct inbox_events *inbox_events_open(const char *root)
{
    AUTO(inbox_events_close) struct inbox_events *events = calloc(1, sizeof *events);
    if (!events) {
        return NULL;
    }
    events->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    events->root = strdup(root);
    return events->fd >= 0 && events->root ? STEAL(events) : NULL;
}

struct inbox_events *inbox_events_close(struct inbox_events *events)
{
    if (events) {
        if (events->fd >= 0) {
            close(events->fd);
        }
        inbox_events_forget(events);
        for (size_t i = 0; i < events->n_watched; i++) {
            free(events->watched[i].path);
        }
        for (size_t i = 0; i < WRITTEN_MAX; i++) {
            free(events->written[i]);
        }
        free(events->watched);
        free(events->closed);
        free(events->root);
        free(events);
    }
    return NULL;
}

int inbox_events_fd(const struct inbox_events *events)
{
    return events->fd;
}

/* Room for one more; false: no memory. */
static bool grow(void **items, size_t n, size_t *capacity, size_t item_bytes)
{
    if (n < *capacity) {
        return true;
    }
    size_t wanted = *capacity ? 2 * *capacity : 32;
    void *larger = realloc(*items, wanted * item_bytes);
    if (larger) {
        *items = larger;
        *capacity = wanted;
    }
    return larger != NULL;
}

static struct watched *find_watched(const struct inbox_events *events, int wd)
{
    for (size_t i = 0; i < events->n_watched; i++) {
        if (events->watched[i].wd == wd) {
            return &events->watched[i];
        }
    }
    return NULL;
}

void inbox_events_watch(struct inbox_events *events, int fd, const char *path)
{
    char by_fd[32]; /* of the folder that is open, whatever has its name by now */
    snprintf(by_fd, sizeof by_fd, "/proc/self/fd/%d", fd);
    int wd = inotify_add_watch(events->fd, by_fd,
                               IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                                   IN_CREATE | IN_DELETE | IN_ONLYDIR);
    if (wd < 0) {
        return; /* the machine gives no more of them */
    }
    struct watched *known = find_watched(events, wd);
    if (known && strcmp(known->path, path) == 0) {
        return;
    }
    char *kept = strdup(path);
    if (known && kept) { /* the folder was renamed */
        free(known->path);
        known->path = kept;
    } else if (kept && grow((void **)&events->watched, events->n_watched, &events->watched_capacity,
                            sizeof *events->watched)) {
        events->watched[events->n_watched++] = (struct watched){wd, kept};
    } else {
        free(kept);
    }
}

static void forget_watched(struct inbox_events *events, int wd)
{
    struct watched *gone = find_watched(events, wd);
    if (gone) {
        free(gone->path);
        *gone = events->watched[--events->n_watched];
    }
}

static size_t find_written(const struct inbox_events *events, const char *path)
{
    size_t i = 0;
    while (i < WRITTEN_MAX && (!events->written[i] || strcmp(events->written[i], path) != 0)) {
        i++;
    }
    return i;
}

static void add_written(struct inbox_events *events, const char *path)
{
    if (find_written(events, path) < WRITTEN_MAX) {
        return;
    }
    char **place = &events->written[events->next_written++ % WRITTEN_MAX];
    free(*place);
    *place = strdup(path);
}

static void forget_written(struct inbox_events *events, const char *path)
{
    size_t i = find_written(events, path);
    if (i < WRITTEN_MAX) {
        free(events->written[i]);
        events->written[i] = NULL;
    }
}

static void add_closed(struct inbox_events *events, const char *path)
{
    char full[PATHS_MAX];
    if (events->n_closed >= CLOSED_MAX || path_join(full, events->root, path, NULL) < 0) {
        return;
    }
    struct file_stamp stamp = file_stamp_of_path(full);
    char *kept = strdup(path);
    if (kept && file_stamp_exists(&stamp) &&
        grow((void **)&events->closed, events->n_closed, &events->closed_capacity,
             sizeof *events->closed)) {
        events->closed[events->n_closed++] = (struct closed){kept, stamp};
    } else {
        free(kept);
    }
}

static void take_in(struct inbox_events *events, const struct inotify_event *event)
{
    if (event->mask & IN_IGNORED) {
        forget_watched(events, event->wd);
        return;
    }
    const struct watched *folder = find_watched(events, event->wd);
    char path[PATHS_MAX];
    if (!folder || (event->mask & IN_ISDIR) || event->len == 0 ||
        path_join(path, folder->path, event->name, NULL) < 0) {
        return;
    }
    if (event->mask & IN_MODIFY) {
        add_written(events, path);
    } else {
        forget_written(events, path);
    }
    if (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) {
        add_closed(events, path);
    }
}

void inbox_events_read(struct inbox_events *events)
{
    _Alignas(struct inotify_event) char buffer[EVENTS_BYTES];
    for (int i = 0; i < READS_MAX; i++) {
        ssize_t n = read(events->fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return;
        }
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *event = (const void *)(buffer + at);
            take_in(events, event);
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
}

bool inbox_events_closed(const struct inbox_events *events, const char *path,
                         const struct file_stamp *stamp)
{
    for (size_t i = events->n_closed; i > 0; i--) {
        if (strcmp(events->closed[i - 1].path, path) == 0) {
            return file_stamp_same(&events->closed[i - 1].stamp, stamp);
        }
    }
    return false;
}

bool inbox_events_written(const struct inbox_events *events, const char *path)
{
    return find_written(events, path) < WRITTEN_MAX;
}

void inbox_events_forget(struct inbox_events *events)
{
    for (size_t i = 0; i < events->n_closed; i++) {
        free(events->closed[i].path);
    }
    events->n_closed = 0;
}
