/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/reconcile_rows.h"

#include <errno.h>
#include <stdio.h>

#include "airtime/reconcile.h"
#include "base/arena.h"
#include "base/decimal.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/table.h"
#include "scheduler/planner.h"
#include "station/station.h"

/* The plan's pieces of the window, as the ledger's room knows them. */
static int gather(struct app *app, const struct plan *plan, const struct reconcile_window *window,
                  struct reconcile_planned **ret_planned, size_t *ret_n)
{
    struct reconcile_planned *planned = arena_take(app->arena, plan->n_items, sizeof *planned);
    size_t n = 0;
    for (size_t i = 0; planned && i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        int64_t start_us = frames_to_us(item->start_frame);
        int64_t end_us = frames_to_us(item->start_frame + item->n_frames);
        if (start_us < window->from_us || start_us >= window->to_us ||
            end_us > window->over_by_us) {
            continue;
        }
        struct line_set lines = line_set_copy(app->arena, item->lines);
        if (!lines.words) {
            return -ENOMEM;
        }
        line_set_and(lines, window->lines);
        planned[n++] = (struct reconcile_planned){
            .slot_uid = item->slot_uid,
            .slot_recurrence_us = item->slot_recurrence_us,
            .position = item->position,
            .piece = item->piece,
            .start_frame = item->start_frame,
            .n_frames = item->n_frames,
            .reason = item->reason,
            .lines = lines,
        };
    }
    *ret_planned = planned;
    *ret_n = n;
    return planned ? 0 : -ENOMEM;
}

static void show_json(struct out *out, struct app *app, const struct reconcile_row *row)
{
    struct json *json = out_object(out);
    json_open(json, "slot", '{');
    json_text(json, "uid", row->planned->slot_uid);
    json_instant(json, "recurrence", row->planned->slot_recurrence_us);
    json_close(json, '}');
    out_lines(json, "line", app->station, row->lines);
    json_real(json, "planned", frames_to_seconds(row->planned_frames), 6);
    json_real(json, "aired", frames_to_seconds(row->aired_frames), 6);
    json_real(json, "cut", frames_to_seconds(row->cut_frames), 6);
    json_real(json, "missed", frames_to_seconds(row->missed_frames), 6);
    json_text(json, "reason", row->reason);
    out_end_object(out);
}

static void show_row(struct table *table, struct app *app, const struct reconcile_row *row)
{
    char text[OUT_DURATION_MAX];
    char instant[ZONE_INSTANT_MAX];
    zone_format_instant(frames_to_us(row->planned->start_frame), instant);
    table_cell(table, "%.16s", instant);
    table_cell(table, "%s", out_lines_short(app->arena, app->station, row->lines));
    table_cell(table, "%s", out_duration(row->planned_frames, text));
    table_cell(table, "%s", out_duration(row->aired_frames, text));
    table_cell(table, "%s", row->reason);
}

static int print(struct app *app, const struct reconcile *reconcile, bool as_json)
{
    static const char *const heads[] = {N_("planned for"), N_("lines"), N_("planned length"),
                                        N_("aired"), N_("why they differ")};
    struct out out = out_begin(as_json);
    struct table table = table_make(app->arena, heads, ARRAY_LEN(heads), 1 << 2 | 1 << 3);
    for (size_t i = 0; i < reconcile->n_rows; i++) {
        const struct reconcile_row *row = &reconcile->rows[i];
        if (as_json) {
            show_json(&out, app, row);
        } else if (*row->reason) {
            show_row(&table, app, row);
        }
    }
    if (!as_json) {
        putchar('\n');
    }
    int status = out_finish(&out, &table);
    if (!as_json && status == 0) {
        char planned[DECIMAL_MAX];
        char aired[DECIMAL_MAX];
        char cut[DECIMAL_MAX];
        char missed[DECIMAL_MAX];
        printf(_("Reconciliation, in seconds over all lines: planned %s = aired %s + cut %s + "
                 "missed %s\n"),
               decimal_text(frames_to_seconds(reconcile->planned_frames), 3, planned),
               decimal_text(frames_to_seconds(reconcile->aired_frames), 3, aired),
               decimal_text(frames_to_seconds(reconcile->cut_frames), 3, cut),
               decimal_text(frames_to_seconds(reconcile->missed_frames), 3, missed));
    }
    return status;
}

int reconcile_rows_print(struct app *app, struct db *db, const struct reconcile_window *window,
                         bool as_json, struct reconcile_outcome *ret_outcome)
{
    struct planner_inputs inputs = {.station = app->station,
                                    .calendars = app->calendars,
                                    .segments = &app->segments,
                                    .db = db};
    AUTO(plan_destroy) struct plan *plan = NULL;
    struct reconcile_planned *planned = NULL;
    struct reconcile reconcile = {0};
    struct fault fault = {0};
    size_t n = 0;
    int64_t before_us = app_day_start(app_day_start(window->from_us) - 1);
    if (plan_load(&inputs, before_us, window->to_us, &plan, &fault) < 0) {
        return say_fault(&fault);
    }
    if (gather(app, plan, window, &planned, &n) < 0) {
        say(_("out of memory"));
        return 3;
    }
    if (reconcile_make(db, app->station, planned, n, app->arena, &reconcile, &fault) < 0) {
        return say_fault(&fault);
    }
    *ret_outcome = (struct reconcile_outcome){reconcile.missed_frames, plan->to_us};
    return print(app, &reconcile, as_json);
}
