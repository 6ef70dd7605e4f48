/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/revision_rows.h"

#include <stdio.h>

#include "airtime/line_sets.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/out.h"
#include "loa/revision_text.h"
#include "loa/say.h"
#include "loa/table.h"
#include "scheduler/revision.h"
#include "station/station.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

struct revision_walk {
    struct app *app;
    struct line_sets *sets;
    size_t line;
    struct out out;
    struct table table;
    struct fault *reterr;
};

static void show_causes(struct json *json, const struct plan_revision *revision)
{
    json_open(json, "causes", '[');
    for (size_t i = 0; i < revision->n_causes; i++) {
        const struct plan_cause *cause = &revision->causes[i];
        json_open(json, NULL, '{');
        json_text(json, "kind", plan_cause_kind_name(cause->kind));
        json_text(json, "subject", cause->subject);
        json_text(json, "act", cause->act);
        json_text(json, "who", *cause->who ? cause->who : NULL);
        if (cause->at_us == INT64_MIN) {
            json_null(json, "at");
        } else {
            json_instant(json, "at", cause->at_us);
        }
        json_int(json, "n", cause->n);
        json_text(json, "reason", cause->reason);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static int show_outcome(struct revision_walk *walk, struct json *json, const char *key,
                        const struct plan_outcome *outcome)
{
    const char *lines = NULL;
    if (!outcome) {
        json_null(json, key);
        return 0;
    }
    int r = line_sets_text(walk->sets, outcome->line_set_id, &lines, walk->reterr);
    if (r < 0) {
        return r;
    }
    json_open(json, key, '{');
    json_instant(json, "start", outcome->start_us);
    json_real(json, "seconds", frames_to_seconds(outcome->frames), 6);
    out_words(json, "lines", lines);
    json_text(json, "title", outcome->title);
    json_text(json, "segment", outcome->code);
    if (outcome->code) {
        json_int(json, "version", outcome->version);
        json_real(json, "gain", outcome->gain_db, 3);
    } else {
        json_null(json, "version");
        json_null(json, "gain");
    }
    json_text(json, "state", plan_state_name(outcome->state));
    json_text(json, "reason", outcome->reason);
    json_close(json, '}');
    return 0;
}

static int show_json(struct revision_walk *walk, const struct plan_revision *revision,
                     const struct plan_change *change)
{
    struct json *json = out_object(&walk->out);
    json_int(json, "revision", revision->id);
    json_instant(json, "made", revision->made_us);
    show_causes(json, revision);
    json_text(json, "change", plan_change_kind_name(change->kind));
    json_open(json, "slot", '{');
    json_text(json, "uid", change->slot_uid);
    json_instant(json, "recurrence", change->slot_recurrence_us);
    json_close(json, '}');
    json_text(json, "title", change->slot_title);
    if (change->position < 0) {
        json_null(json, "position");
    } else {
        json_int(json, "position", change->position);
    }
    int r = show_outcome(walk, json, "before", change->before);
    r = r < 0 ? r : show_outcome(walk, json, "after", change->after);
    if (r == 0) {
        out_end_object(&walk->out);
    }
    return r;
}

/* The lines of an outcome as people call them; "" without one. */
static int lines_short(struct revision_walk *walk, const struct plan_outcome *outcome,
                       const char **ret)
{
    struct line_set lines = {0};
    *ret = "";
    if (!outcome) {
        return 0;
    }
    int r = line_sets_read(walk->sets, outcome->line_set_id, &lines, walk->reterr);
    if (r == 0) {
        *ret = out_lines_short(walk->app->arena, walk->app->station, lines);
    }
    return r;
}

static int show_row(struct revision_walk *walk, const struct plan_revision *revision,
                    const struct plan_change *change)
{
    const struct plan_outcome *told = change->after ? change->after : change->before;
    const char *before = NULL;
    const char *after = NULL;
    char date[ZONE_INSTANT_MAX];
    char time[ZONE_INSTANT_MAX];
    struct strbuf text;
    int r = lines_short(walk, change->before, &before);
    r = r < 0 ? r : lines_short(walk, change->after, &after);
    if (r < 0) {
        return r;
    }
    zone_format_date(revision->made_us, date);
    zone_format_time(revision->made_us, time);
    table_cell(&walk->table, "%lld", (long long)revision->id);
    table_cell(&walk->table, "%s %s", date, time);
    zone_format_date(told->start_us, date);
    zone_format_time(told->start_us, time);
    table_cell(&walk->table, "%s", date);
    table_cell(&walk->table, "%s", time);
    table_cell(&walk->table, "%s", change->after ? after : before);
    strbuf_init(&text, TEXT_MAX_BYTES);
    revision_change_text(&text, change, before, after);
    strbuf_add(&text, " — ");
    revision_causes_text(&text, revision->causes, revision->n_causes);
    walk->table.failed |= strbuf_failed(&text);
    table_cell(&walk->table, "%s", strbuf_text(&text));
    strbuf_finish(&text);
    return 0;
}

/* Is the line one of those of the outcome? */
static int concerns(struct revision_walk *walk, const struct plan_outcome *outcome, bool *ret)
{
    struct line_set lines = {0};
    if (!outcome || *ret) {
        return 0;
    }
    int r = line_sets_read(walk->sets, outcome->line_set_id, &lines, walk->reterr);
    *ret = r == 0 && line_set_has(lines, walk->line);
    return r;
}

static int visit(void *context, const struct plan_revision *revision,
                 const struct plan_change *change)
{
    struct revision_walk *walk = context;
    bool is_asked_for = walk->line == SIZE_MAX;
    int r = concerns(walk, change->before, &is_asked_for);
    r = r < 0 ? r : concerns(walk, change->after, &is_asked_for);
    if (r < 0 || !is_asked_for) {
        return r;
    }
    return walk->out.is_json ? show_json(walk, revision, change) : show_row(walk, revision, change);
}

int revision_rows_print(struct app *app, int64_t from_us, int64_t to_us, size_t line, bool as_json)
{
    static const char *const heads[] = {N_("no."),   N_("revised"), N_("date"),
                                        N_("start"), N_("lines"),   N_("change")};
    AUTO(line_sets_destroy) struct line_sets *sets = NULL;
    struct fault fault = {0};
    struct revision_walk walk = {.app = app,
                                 .line = line,
                                 .out = out_begin(as_json),
                                 .reterr = &fault};
    walk.table = table_make(app->arena, heads, ARRAY_LEN(heads), 1);
    int r = app->db ? line_sets_create(app->db, app->station, &sets, &fault) : 0;
    walk.sets = sets;
    if (r == 0 && app->db) {
        r = plan_changes_visit(app->db, from_us, to_us, visit, &walk, &fault);
    }
    if (r < 0) {
        (void)!out_finish(&walk.out, NULL);
        return say_fault(&fault);
    }
    if (!as_json && walk.table.n_cells == 0) {
        puts(_("Nothing that was frozen for that time was changed."));
    }
    return out_finish(&walk.out, &walk.table);
}
