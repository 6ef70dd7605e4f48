/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/watcher.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const int64_t SECOND_NS = 1000000000;

void watcher_init(struct watcher *watcher, const char *command, const char *dir,
                  const struct log *log, struct clock *clock)
{
    const char *const words[] = {"-C", dir, command, "--watch", NULL};
    *watcher = (struct watcher){
        .spec = {.words = watcher->words,
                 .is_background = true,
                 .pause_ns = SECOND_NS,
                 .longest_pause_ns = 300 * SECOND_NS,
                 .lasting_ns = 600 * SECOND_NS},
    };
    memcpy(watcher->words, words, sizeof words);
    snprintf(watcher->name, sizeof watcher->name, "loa %s --watch", command);
    watcher->child =
        (struct child){.spec = &watcher->spec, .name = watcher->name, .log = log, .clock = clock};
}

void watchers_tend(struct watcher *watchers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        children_tend(&watchers[i].child, 1);
    }
}

void watchers_stop(struct watcher *watchers, size_t n)
{
    for (size_t i = 0; i < n; i++) { /* all at once, and then wait for each */
        if (watchers[i].child.pid > 0) {
            kill(watchers[i].child.pid, SIGTERM);
        }
    }
    for (size_t i = 0; i < n; i++) {
        children_stop(&watchers[i].child, 1);
    }
}
