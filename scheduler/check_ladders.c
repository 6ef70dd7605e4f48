/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "scheduler/check_int.h"

/* What would sound where a recording cannot be played? A ladder is needed in a bad hour; that one
 * of its rungs is not there should be known before. */

/* Why a rung cannot be played at some time; NULL: it can. "": no memory. */
static const char *rung_obstacle(struct planner *planner, const char *code)
{
    const struct recording *recording = recordings_find(&planner->recordings, code);
    const char *obstacle = code_obstacle(planner, code, recording, planner->from_us);
    return obstacle ? obstacle : code_obstacle(planner, code, recording, planner->to_us - 1);
}

static int tell_rung(const struct checker *checker, struct planner *planner,
                     const struct trouble *rung)
{
    const char *obstacle = rung_obstacle(planner, rung->event);
    if (!obstacle) {
        return 0;
    }
    const char *lines = rung->n == 1 ? arena_printf(checker->arena, _("line %s"), rung->line->id)
                                     : arena_printf(checker->arena, _("line %s and %zu more"),
                                                    rung->line->id, rung->n - 1);
    if (!*obstacle || !lines) {
        return -ENOMEM;
    }
    findings_add(checker->findings, SEVERITY_WARNING, "fallback", checker->station->file,
                 rung->line->file_line, _("the fallback of %s would pass over %s: %s"), lines,
                 rung->event, obstacle);
    return 0;
}

int tell_ladders(const struct checker *checker)
{
    const struct station *station = checker->station;
    struct planner planner = {.station = station,
                              .segments = checker->segments,
                              .from_us = checker->from_us,
                              .to_us = checker->to_us,
                              .arena = checker->arena};
    struct troubles rungs = {0};
    int r = recordings_make(station, checker->segments, checker->arena, &planner.recordings);
    for (size_t l = 0; l < station->n_lines; l++) {
        const struct line_def *line = &station->lines[l];
        for (size_t i = 0; r == 0 && i < line->n_fallback; i++) {
            struct trouble *rung = NULL;
            const char *code = line->fallback[i].segment_code;
            r = code ? troubles_count(&rungs, checker->arena, code, "", (int64_t)l, &rung) : 0;
            if (rung && rung->is_new) {
                rung->line = line;
            }
        }
    }
    for (size_t i = 0; r == 0 && i < rungs.n; i++) {
        r = tell_rung(checker, &planner, &rungs.items[i]);
    }
    return r;
}
