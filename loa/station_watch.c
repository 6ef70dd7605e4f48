/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/station_watch.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/paths.h"
#include "station/station.h"

static struct stat look(const char *dir)
{
    struct stat st = {0};
    char path[PATHS_MAX];
    if (path_join(path, dir, "station.ini", NULL) == 0 && stat(path, &st) != 0) {
        st = (struct stat){0};
    }
    return st;
}

struct station_watch station_watch_begin(const char *dir, const struct log *log)
{
    return (struct station_watch){.dir = dir, .log = log, .seen = look(dir)};
}

struct station *station_watch_renewed(struct station_watch *watch)
{
    struct stat st = look(watch->dir);
    const struct stat *seen = &watch->seen;
    if (st.st_ino == seen->st_ino && st.st_size == seen->st_size &&
        st.st_mtim.tv_sec == seen->st_mtim.tv_sec && st.st_mtim.tv_nsec == seen->st_mtim.tv_nsec) {
        return NULL;
    }
    watch->seen = st;
    struct station *station = NULL;
    struct findings findings = {0};
    int r = station_load(watch->dir, &station, &findings);
    for (size_t i = 0; r < 0 && i < findings.n; i++) {
        log_fault(watch->log, LOG_ERROR, &findings.items[i].fault);
    }
    findings_finish(&findings);
    return r == 0 ? station : NULL;
}
