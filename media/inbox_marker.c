/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/inbox_marker.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/strbuf.h"

enum { MARKER_MAX_BYTES = 16 << 10 };

void inbox_marker_read(struct inbox_marker *marker, const char *path)
{
    *marker = (struct inbox_marker){.n = 0};
    snprintf(marker->path, sizeof marker->path, "%s", path);
    AUTO_FREE char *text = NULL;
    size_t n = 0;
    if (path_read_file(path, MARKER_MAX_BYTES, &text, &n, NULL) < 0) {
        return;
    }
    char *rest = text;
    for (char *line = strtok_r(rest, "\n", &rest); line && marker->n < INBOX_MARKS_MAX;
         line = strtok_r(NULL, "\n", &rest)) {
        struct inbox_mark mark = {.is_taken_now = false};
        int taken_now = 0;
        if (sscanf(line, "%d %d %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64, &taken_now,
                   &mark.n_deaths, &mark.stamp.device, &mark.stamp.inode, &mark.stamp.size,
                   &mark.stamp.modified_ns) == 6) {
            mark.n_deaths += taken_now != 0;
            marker->marks[marker->n++] = mark;
        }
    }
}

static size_t find_mark(const struct inbox_marker *marker, const struct file_stamp *stamp)
{
    size_t i = 0;
    while (i < marker->n && !file_stamp_same_bytes(&marker->marks[i].stamp, stamp)) {
        i++;
    }
    return i;
}

/* If it cannot be written, nothing is lost but the count. */
static void write_marks(const struct inbox_marker *marker)
{
    if (marker->n == 0) {
        unlink(marker->path);
        return;
    }
    struct strbuf buf;
    strbuf_init(&buf, MARKER_MAX_BYTES);
    for (size_t i = 0; i < marker->n; i++) {
        const struct inbox_mark *mark = &marker->marks[i];
        strbuf_printf(&buf, "%d %d %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 "\n",
                      (int)mark->is_taken_now, mark->n_deaths, mark->stamp.device,
                      mark->stamp.inode, mark->stamp.size, mark->stamp.modified_ns);
    }
    char fresh[PATHS_MAX + 8];
    snprintf(fresh, sizeof fresh, "%s.new", marker->path);
    AUTO_FD int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0 && write(fd, strbuf_text(&buf), buf.n) == (ssize_t)buf.n) {
        rename(fresh, marker->path);
    }
    strbuf_finish(&buf);
}

int inbox_marker_deaths(const struct inbox_marker *marker, const struct file_stamp *stamp)
{
    size_t i = find_mark(marker, stamp);
    return i < marker->n ? marker->marks[i].n_deaths : 0;
}

void inbox_marker_begin(struct inbox_marker *marker, const struct file_stamp *stamp)
{
    size_t i = find_mark(marker, stamp);
    if (i == INBOX_MARKS_MAX) { /* the oldest is forgotten */
        memmove(&marker->marks[0], &marker->marks[1],
                (INBOX_MARKS_MAX - 1) * sizeof marker->marks[0]);
        i = --marker->n;
    }
    if (i == marker->n) {
        marker->marks[marker->n++] = (struct inbox_mark){.stamp = *stamp};
    }
    marker->marks[i].is_taken_now = true;
    write_marks(marker);
}

void inbox_marker_end(struct inbox_marker *marker, const struct file_stamp *stamp)
{
    size_t i = find_mark(marker, stamp);
    if (i < marker->n) {
        memmove(&marker->marks[i], &marker->marks[i + 1],
                (marker->n - i - 1) * sizeof marker->marks[0]);
        marker->n--;
        write_marks(marker);
    }
}
