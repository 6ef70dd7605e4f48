/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/log_rows.h"

#include <stdio.h>
#include <string.h>

#include "airtime/ledger.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/log_losses.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/table.h"
#include "station/station.h"

struct log_walk {
    const struct app *app;
    const char *line_id;
    struct out out;
    struct table table;
    struct log_losses losses;
};

/* Is `word` one of the words of a text with single spaces between? */
static bool has_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += n) {
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static const char *cause_of(const struct airing *airing)
{
    return airing->end_us == INT64_MAX ? NULL : end_cause_name(airing->cause);
}

static void show_json(struct log_walk *walk, const struct airing *airing, const char *line)
{
    bool ended = airing->end_us != INT64_MAX;
    struct log_loss loss = log_loss_of(&walk->losses, airing, line);
    struct json *json = out_object(&walk->out);
    json_int(json, "id", airing->id);
    json_instant(json, "start", airing->start_us);
    if (ended) {
        json_instant(json, "end", airing->end_us);
        json_real(json, "seconds", frames_to_seconds(airing->frames - loss.frames), 6);
    } else {
        json_null(json, "end");
        json_null(json, "seconds");
    }
    json_text(json, "line", line);
    json_text(json, "segment", airing->segment_code);
    json_text(json, "title", airing->title);
    json_text(json, "kind", airing->kind);
    json_text(json, "topic", airing->topic);
    json_open(json, "slot", '{');
    json_text(json, "uid", airing->slot_uid);
    json_instant(json, "recurrence", airing->slot_recurrence_us);
    json_close(json, '}');
    json_instant(json, "planned_start", airing->planned_start_us);
    json_int(json, "start_error_us", airing->start_us - airing->planned_start_us);
    json_text(json, "end_cause", cause_of(airing));
    json_bool(json, "repeat", airing->repeat);
    if (loss.frames > 0) {
        json_real(json, "lost_seconds", frames_to_seconds(loss.frames), 6);
        json_text(json, "lost_reason", loss.reason);
    }
    out_end_object(&walk->out);
}

static void show_json_lines(struct log_walk *walk, const struct airing *airing)
{
    for (const char *at = airing->lines; *at;) {
        char id[256];
        size_t n = strcspn(at, " ");
        snprintf(id, sizeof id, "%.*s", (int)n, at);
        if (!walk->line_id || strcmp(walk->line_id, id) == 0) {
            show_json(walk, airing, id);
        }
        at += n + (at[n] == ' ');
    }
}

/* The ledger has ids; a line that the station file does not have any more is counted as any. */
static const char *lines_short(struct log_walk *walk, const char *lines)
{
    const struct station *station = walk->app->station;
    struct line_set set = line_set_make(walk->table.arena, station->n_lines);
    bool all_known = set.words;
    size_t n = 0;
    for (const char *at = lines; *at; n++) {
        char id[256];
        size_t n_id = strcspn(at, " ");
        snprintf(id, sizeof id, "%.*s", (int)n_id, at);
        size_t line = station_find_line(station, id);
        if (line != SIZE_MAX && set.words) {
            line_set_add(set, line);
        }
        all_known &= line != SIZE_MAX;
        at += n_id + (at[n_id] == ' ');
    }
    if (all_known) {
        return out_lines_short(walk->table.arena, station, set);
    }
    const char *text = arena_printf(walk->table.arena, n == 1 ? "%.*s" : "%.*s +%zu",
                                    (int)strcspn(lines, " "), lines, n - 1);
    return text ? text : lines;
}

static void show_row(struct log_walk *walk, const struct airing *airing)
{
    char text[ZONE_INSTANT_MAX];
    char length[OUT_DURATION_MAX];
    zone_format_date(airing->start_us, text);
    table_cell(&walk->table, "%s", text);
    zone_format_time(airing->start_us, text);
    table_cell(&walk->table, "%s", text);
    bool ended = airing->end_us != INT64_MAX;
    int64_t lost = walk->line_id ? log_loss_of(&walk->losses, airing, walk->line_id).frames : 0;
    table_cell(&walk->table, "%s", ended ? out_duration(airing->frames - lost, length) : "…");
    table_cell(&walk->table, "%s",
               walk->line_id ? walk->line_id : lines_short(walk, airing->lines));
    table_cell(&walk->table, "%s", ended ? out_word(cause_of(airing)) : _("on air"));
    table_cell(&walk->table, "%s", airing->segment_code);
    char lost_text[LOG_LOST_MAX];
    bool is_lost = log_losses_say(&walk->losses, airing, walk->line_id, lost_text);
    table_cell(&walk->table, "%s%s%s%s%s", airing->title,
               airing->repeat && airing->role == AIRING_PROGRAMME ? _(" (repeat)") : "",
               is_lost ? " (" : "", lost_text, is_lost ? ")" : "");
}

static int visit(void *context, const struct airing *airing)
{
    struct log_walk *walk = context;
    if (walk->line_id && !has_word(airing->lines, walk->line_id)) {
        return 0;
    }
    if (walk->out.is_json) {
        show_json_lines(walk, airing);
    } else {
        show_row(walk, airing);
    }
    return 0;
}

int log_rows_print(struct app *app, struct db *db, int64_t from_us, int64_t to_us,
                   const char *line_id, bool as_json)
{
    static const char *const heads[] = {N_("date"),     N_("start"), N_("length"), N_("lines"),
                                        N_("ended by"), N_("code"),  N_("title")};
    struct log_walk walk = {.app = app, .line_id = line_id, .out = out_begin(as_json)};
    walk.table = table_make(app->arena, heads, ARRAY_LEN(heads), 1 << 2);
    struct fault fault = {0};
    if (log_losses_read(&walk.losses, db, from_us, to_us, app->arena, &fault) < 0 ||
        ledger_visit(db, from_us, to_us, visit, &walk, &fault) < 0) {
        (void)!out_finish(&walk.out, NULL);
        return say_fault(&fault);
    }
    if (!as_json && walk.table.n_cells == 0) {
        puts(_("Nothing was aired in that time."));
    }
    return out_finish(&walk.out, &walk.table);
}
