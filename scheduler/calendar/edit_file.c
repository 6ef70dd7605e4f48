/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/errno_text.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "scheduler/calendar/edit_int.h"
#include "station/station.h"

/* The file of a calendar: replaced in one step, and only if nobody else has written it
 * since it was read. */

char *edit_previous_path(struct arena *arena, const char *path)
{
    return arena_printf(arena, "%s.previous", path);
}

int edit_read_file(struct edit *edit, const struct station *station, struct fault *reterr)
{
    char path[PATHS_MAX];
    AUTO_FREE char *text = NULL;
    int r = path_join(path, station->dir, station->layers[edit->layer].calendar, reterr);
    r = r < 0 ? r : path_read_file(path, CALENDAR_FILE_MAX_BYTES, &text, &edit->n_before, reterr);
    if (r < 0) {
        return r;
    }
    edit->path = arena_strdup(edit->arena, path);
    edit->before = arena_strndup(edit->arena, text, edit->n_before);
    return edit->path && edit->before ? 0 : edit_no_memory(reterr);
}

/* Hold the folder of a file, so that edits come one after another. */
static int lock_folder(const char *path, int *ret_fd, struct fault *reterr)
{
    char dir[PATHS_MAX];
    size_t n = (size_t)(path_name(path) - path);
    snprintf(dir, sizeof dir, "%.*s", (int)n, path);
    *ret_fd = open(n ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = *ret_fd < 0 ? -1 : flock(*ret_fd, LOCK_EX);
    while (*ret_fd >= 0 && r != 0 && errno == EINTR) {
        r = flock(*ret_fd, LOCK_EX);
    }
    /* A folder on the network may know no locks; what is there is still compared. */
    if (*ret_fd < 0) {
        return fault_set(reterr, errno, dir, 0, _("cannot be opened: %s"), errno_text(errno));
    }
    return 0;
}

static int check_unchanged(const struct edit *edit, const char *path, struct stat *ret_st,
                           struct fault *reterr)
{
    AUTO_FREE char *now = NULL;
    size_t n = 0;
    int r = path_read_file(path, CALENDAR_FILE_MAX_BYTES, &now, &n, reterr);
    if (r < 0) {
        return r;
    }
    if (n != edit->n_before || memcmp(now, edit->before, n) != 0) {
        return fault_set(reterr, ESTALE, edit->path, 0,
                         _("the calendar was changed by somebody else meanwhile; nothing was "
                           "written, look at it and try again"));
    }
    return stat(path, ret_st) == 0
               ? 0
               : fault_set(reterr, errno, path, 0, _("cannot be read: %s"), errno_text(errno));
}

int edit_write(const struct edit *edit, struct fault *reterr)
{
    AUTO_FD int lock = -1;
    char path[PATH_MAX]; /* a link stays one, and leads to the new text */
    struct stat st;
    if (!realpath(edit->path, path)) {
        return fault_set(reterr, errno, edit->path, 0, _("cannot be read: %s"), errno_text(errno));
    }
    int r = lock_folder(path, &lock, reterr);
    r = r < 0 ? r : check_unchanged(edit, path, &st, reterr);
    if (r < 0) {
        return r;
    }
    const char *previous = edit_previous_path(edit->arena, path);
    if (!previous) {
        return edit_no_memory(reterr);
    }
    r = path_write_file(previous, edit->before, edit->n_before, reterr);
    r = r < 0 ? r : path_write_file(path, edit->after, edit->n_after, reterr);
    if (r == 0) { /* whoever may write it by hand still may */
        (void)!chown(path, (uid_t)-1, st.st_gid);
        (void)!chmod(path, st.st_mode & 07777);
    }
    return r;
}
