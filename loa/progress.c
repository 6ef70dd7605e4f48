/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/i18n.h"

enum { BAR_COLUMNS = 30 };
static const int64_t REDRAW_NS = 100000000;

struct progress progress_start(const char *label, double total)
{
    struct progress progress = {.label = label, .total = total, .clock = clock_system()};
    progress.start_ns = clock_steady_ns(&progress.clock);
    progress.shown = isatty(STDERR_FILENO);
    return progress;
}

void progress_draw(struct progress *progress, double done, const char *note)
{
    int64_t now_ns = clock_steady_ns(&progress->clock);
    if (!progress->shown ||
        (progress->drawn_ns && now_ns - progress->drawn_ns < REDRAW_NS && done < progress->total)) {
        return;
    }
    progress->drawn_ns = now_ns;
    double share = progress->total > 0 ? done / progress->total : 1;
    share = share > 1 ? 1 : share;
    double elapsed_s = (double)(now_ns - progress->start_ns) / 1e9;
    int left_s = share > 0.01 ? (int)(elapsed_s / share * (1 - share) + 0.5) : 0;
    char bar[BAR_COLUMNS + 1];
    for (int i = 0; i < BAR_COLUMNS; i++) {
        bar[i] = i < (int)(share * BAR_COLUMNS) ? '#' : '.';
    }
    bar[BAR_COLUMNS] = '\0';
    char left[64] = "";
    if (share > 0.01 && share < 1) {
        snprintf(left, sizeof left, _("%d:%02d left"), left_s / 60, left_s % 60);
    }
    fprintf(stderr, "\r%s [%s] %3.0f %%  %s  %.40s\033[K", progress->label, bar, share * 100, left,
            note);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
}
