/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/i18n.h"

enum { BAR_COLUMNS = 30, SPEED_TEXT_MAX = 128 };
static const int64_t REDRAW_NS = 100000000;

struct progress progress_start(const char *label, double total)
{
    struct progress progress = {.label = label, .total = total, .clock = clock_system()};
    progress.start_ns = clock_steady_ns(&progress.clock);
    progress.shown = isatty(STDERR_FILENO);
    return progress;
}

struct progress progress_start_bytes(const char *label, int64_t total)
{
    struct progress progress = progress_start(label, (double)total);
    progress.is_bytes = true;
    return progress;
}

/* "12.3 MB/s  0:40 left", as far as it can be told yet. */
static void tell_speed(const struct progress *progress, double done, double share, double elapsed_s,
                       char out[static SPEED_TEXT_MAX])
{
    char rate[DECIMAL_MAX];
    char rate_text[SPEED_TEXT_MAX / 2] = "";
    char left_text[SPEED_TEXT_MAX / 2] = "";
    if (progress->is_bytes && elapsed_s > 0.5) {
        snprintf(rate_text, sizeof rate_text, _("%s MB/s  "),
                 decimal_text(done / elapsed_s / 1e6, 1, rate));
    }
    if (share > 0.01 && share < 1) {
        int left_s = (int)(elapsed_s / share * (1 - share) + 0.5);
        snprintf(left_text, sizeof left_text, _("%d:%02d left"), left_s / 60, left_s % 60);
    }
    snprintf(out, SPEED_TEXT_MAX, "%s%s", rate_text, left_text);
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
    char bar[BAR_COLUMNS + 1];
    for (int i = 0; i < BAR_COLUMNS; i++) {
        bar[i] = i < (int)(share * BAR_COLUMNS) ? '#' : '.';
    }
    bar[BAR_COLUMNS] = '\0';
    char speed[SPEED_TEXT_MAX];
    tell_speed(progress, done, share, elapsed_s, speed);
    fprintf(stderr, "\r%s [%s] %3.0f %%  %s  %.40s\033[K", progress->label, bar, share * 100, speed,
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
