/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_WATCHER_H
#define LOA_WATCHER_H

#include <stddef.h>

#include "base/child.h"

/*
 * A command that works beside the radio while it is on air: `loa COMMAND --watch` as a process of
 * its own, behind everything else, so that a decoder that falls over a foreign file, or a server
 * that does not answer, never harms the radio. When it ends it is started again, after a second
 * at first and after five minutes at most.
 */
struct watcher {
    struct child child;
    struct child_spec spec;
    const char *words[5];
    char name[64];
};

/* Everything is borrowed; it must stay where it is. command: "inbox"; dir: the station's folder. */
void watcher_init(struct watcher *watcher, const char *command, const char *dir,
                  const struct log *log, struct clock *clock);

/* As children_tend() and children_stop(). */
void watchers_tend(struct watcher *watchers, size_t n);
void watchers_stop(struct watcher *watchers, size_t n);

#endif
