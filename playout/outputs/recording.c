/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/paths.h"

enum { INSTANT_CHARS = 16 /* 20230510T105959Z */ };

void recording_name(const char *line_id, int64_t frame, int again, const char *format,
                    char out[static RECORDING_NAME_MAX])
{
    time_t seconds = (time_t)frames_floor_div(frame, AIR_RATE);
    struct tm utc;
    char instant[32];
    char suffix[16] = "";
    gmtime_r(&seconds, &utc);
    strftime(instant, sizeof instant, "%Y%m%dT%H%M%SZ", &utc);
    if (again > 0) {
        snprintf(suffix, sizeof suffix, "-%d", again + 1);
    }
    snprintf(out, RECORDING_NAME_MAX, "%s-%s%s.%s", line_id, instant, suffix, format);
}

static bool take_digits(const char **at, int n, int *ret_number)
{
    *ret_number = 0;
    for (int i = 0; i < n; i++, (*at)++) {
        if (**at < '0' || **at > '9') {
            return false;
        }
        *ret_number = *ret_number * 10 + (**at - '0');
    }
    return true;
}

static bool take_instant(const char **at, int64_t *ret_frame)
{
    struct tm utc = {0};
    int year = 0;
    int month = 0;
    if (!take_digits(at, 4, &year) || !take_digits(at, 2, &month) ||
        !take_digits(at, 2, &utc.tm_mday) || *(*at)++ != 'T' || !take_digits(at, 2, &utc.tm_hour) ||
        !take_digits(at, 2, &utc.tm_min) || !take_digits(at, 2, &utc.tm_sec) || *(*at)++ != 'Z') {
        return false;
    }
    utc.tm_year = year - 1900;
    utc.tm_mon = month - 1;
    *ret_frame = (int64_t)timegm(&utc) * AIR_RATE;
    return true;
}

bool recording_is_named(const char *name, const char *line_id, const char *format,
                        int64_t *ret_frame)
{
    size_t n = strlen(line_id);
    if (strlen(name) < n + 1 + INSTANT_CHARS || strncmp(name, line_id, n) != 0 || name[n] != '-') {
        return false;
    }
    const char *at = name + n + 1;
    int64_t frame = 0;
    if (!take_instant(&at, &frame)) {
        return false;
    }
    int again = 0;
    if (*at == '-') {
        int digits = (int)strspn(at + 1, "0123456789");
        at++;
        if (digits < 1 || digits > 3 || !take_digits(&at, digits, &again) || again < 2 ||
            again > RECORDING_SAME_MAX) {
            return false;
        }
        again--;
    }
    char whole[RECORDING_NAME_MAX]; /* as it would be written: no 31st of February */
    recording_name(line_id, frame, again, format, whole);
    *ret_frame = frame;
    return strcmp(whole, name) == 0;
}

/* A file of that name, but for one that is being written. */
static int remove_one(int folder, const char *name)
{
    struct stat st;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ELOOP ? 0 : -errno;
    }
    int r = 0;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        r = unlinkat(folder, name, 0) == 0 ? 1 : -errno;
    }
    close(fd);
    return r;
}

/* Days since 1970 of which there are recordings, each once. */
struct days {
    int64_t *items;
    size_t n;
    size_t capacity;
};

static int days_add(struct days *days, int64_t day)
{
    for (size_t i = days->n; i-- > 0;) {
        if (days->items[i] == day) {
            return 0;
        }
    }
    if (days->n == days->capacity) {
        size_t capacity = 2 * days->capacity + 64;
        int64_t *grown = realloc(days->items, capacity * sizeof *grown);
        if (!grown) {
            return -ENOMEM;
        }
        days->items = grown;
        days->capacity = capacity;
    }
    days->items[days->n++] = day;
    return 0;
}

static int newest_first(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return (*left < *right) - (*left > *right);
}

static int64_t day_of(int64_t frame)
{
    return frames_floor_div(frame, 24LL * RECORDING_FRAMES_MAX);
}

static int find_days(DIR *folder, const char *line_id, const char *format, struct days *days)
{
    int r = 0;
    const struct dirent *entry = readdir(folder);
    for (; entry && r == 0; entry = readdir(folder)) {
        int64_t frame = 0;
        if (recording_is_named(entry->d_name, line_id, format, &frame)) {
            r = days_add(days, day_of(frame));
        }
    }
    return r;
}

/* The errno, negative, of the first that cannot be removed. */
static int remove_before(DIR *folder, const char *line_id, const char *format, int64_t first_day,
                         size_t *ret_n)
{
    int first_error = 0;
    rewinddir(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        int64_t frame = 0;
        if (recording_is_named(entry->d_name, line_id, format, &frame) &&
            day_of(frame) < first_day) {
            int r = remove_one(dirfd(folder), entry->d_name);
            *ret_n += r > 0;
            first_error = first_error == 0 && r < 0 ? r : first_error;
        }
    }
    return first_error;
}

int recordings_remove(const char *dir, const char *line_id, const char *format, int n_days,
                      size_t *ret_n, struct fault *reterr)
{
    struct days days = {0};
    *ret_n = 0;
    DIR *folder = opendir(dir);
    if (!folder) {
        return errno == ENOENT
                   ? 0
                   : fault_set(reterr, errno, dir, 0, _("cannot be read: %s"), errno_text(errno));
    }
    int r = find_days(folder, line_id, format, &days);
    if (r == 0 && days.n > (size_t)n_days) {
        qsort(days.items, days.n, sizeof *days.items, newest_first);
        r = remove_before(folder, line_id, format, days.items[n_days - 1], ret_n);
    }
    free(days.items);
    closedir(folder);
    return r == 0 ? 0
                  : fault_set(reterr, -r, dir, 0,
                              _("old recordings cannot be removed: %s; make room by hand, or let "
                                "loa write to the folder"),
                              errno_text(-r));
}
