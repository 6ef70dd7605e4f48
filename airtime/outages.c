/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/outages.h"

#include <errno.h>
#include <string.h>

#include "airtime/ledger.h"
#include "airtime/line_sets.h"
#include "airtime/table.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"

struct outages_index {
    struct table lines;
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static struct outages_of_line *find_or_make(struct outages *outages, const char *id)
{
    struct outages_of_line *line = table_find(&outages->by_id->lines, id, strlen(id));
    if (!line) {
        line = arena_take(outages->arena, 1, sizeof *line);
        if (line && table_put(&outages->by_id->lines, id, strlen(id), line) < 0) {
            line = NULL;
        }
    }
    return line;
}

static int note(void *context, const struct outage *outage)
{
    struct outages *outages = context;
    struct outages_of_line *line = find_or_make(outages, outage->line);
    if (!line) {
        return -ENOMEM;
    }
    line->whys =
        arena_grow(outages->arena, line->whys, line->n_whys, &line->capacity, sizeof *line->whys);
    const char *reason = arena_strdup(outages->arena, outage->reason);
    if (!line->whys || !reason) {
        return -ENOMEM;
    }
    int64_t from = frames_from_us(outage->start_us);
    int64_t until = outage->end_us == INT64_MAX ? INT64_MAX : frames_from_us(outage->end_us);
    line->whys[line->n_whys++] = (struct outage_why){from, until, reason};
    int r = cover_add(&line->lost, outages->arena, from, until);
    return r < 0 ? r : cover_add(&outages->any, outages->arena, from, until);
}

int outages_read(struct db *db, int64_t from_us, int64_t to_us, struct arena *arena,
                 struct outages *ret_outages, struct fault *reterr)
{
    *ret_outages = (struct outages){.arena = arena};
    ret_outages->by_id = arena_take(arena, 1, sizeof *ret_outages->by_id);
    int r = -ENOMEM;
    if (ret_outages->by_id) {
        ret_outages->by_id->lines = (struct table){.arena = arena};
        r = ledger_visit_outages(db, from_us, to_us, note, ret_outages, reterr);
    }
    return r == -ENOMEM ? fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory")) : r;
}

int outages_number(struct outages *outages, const struct line_sets *sets)
{
    outages->n_lines = line_sets_n_lines(sets);
    outages->lines =
        arena_take(outages->arena, outages->n_lines + 1, sizeof(struct outages_of_line *));
    if (!outages->lines) {
        return -ENOMEM;
    }
    struct table_entry entry;
    for (size_t at = 0; table_next(&outages->by_id->lines, &at, &entry);) {
        size_t line = line_sets_find(sets, entry.key, entry.n_bytes);
        if (line != SIZE_MAX) {
            outages->lines[line] = entry.value;
        }
    }
    return 0;
}

const struct outages_of_line *outages_of(const struct outages *outages, const char *line_id)
{
    return outages->by_id ? table_find(&outages->by_id->lines, line_id, strlen(line_id)) : NULL;
}

const struct outages_of_line *outages_of_index(const struct outages *outages, size_t line)
{
    return outages->lines && line < outages->n_lines ? outages->lines[line] : NULL;
}

static int64_t lost(const struct cover *cover, int64_t from, int64_t until)
{
    return from < until ? until - from - cover_missing(cover, from, until) : 0;
}

bool outages_touch(const struct outages *outages, int64_t from_frame, int64_t until_frame)
{
    return lost(&outages->any, from_frame, until_frame) > 0;
}

int64_t outages_lost(const struct outages_of_line *line, int64_t from_frame, int64_t until_frame)
{
    return line ? lost(&line->lost, from_frame, until_frame) : 0;
}

int64_t outages_first(const struct outages_of_line *line, int64_t from_frame, int64_t until_frame)
{
    size_t i = line ? cover_after(&line->lost, from_frame) : 0;
    if (!line || i == line->lost.n) {
        return until_frame;
    }
    return smaller(larger(line->lost.spans[i].from, from_frame), until_frame);
}

const char *outages_why(const struct outages_of_line *line, int64_t from_frame, int64_t until_frame)
{
    const char *reason = NULL;
    int64_t most = 0;
    for (size_t i = 0; line && i < line->n_whys; i++) {
        const struct outage_why *why = &line->whys[i];
        int64_t n = smaller(why->until_frame, until_frame) - larger(why->from_frame, from_frame);
        if (n > most) {
            most = n;
            reason = why->reason;
        }
    }
    return reason;
}

/* What one line heard: all but its spans. */
static int add_heard(const struct outages_of_line *line, int64_t from, int64_t until,
                     struct arena *arena, struct cover *into)
{
    int64_t at = from;
    int r = 0;
    for (size_t i = line ? cover_after(&line->lost, from) : 0;
         line && i < line->lost.n && line->lost.spans[i].from < until && r == 0; i++) {
        r = cover_add(into, arena, at, line->lost.spans[i].from);
        at = line->lost.spans[i].until;
    }
    return r < 0 ? r : cover_add(into, arena, at, until);
}

int outages_heard(const struct outages *outages, struct line_set lines, int64_t from_frame,
                  int64_t until_frame, struct arena *arena, struct cover *into)
{
    int r = 0;
    for (size_t line = line_set_next(lines, 0);
         line != SIZE_MAX && r == 0 && cover_missing(into, from_frame, until_frame) > 0;
         line = line_set_next(lines, line + 1)) {
        r = add_heard(outages_of_index(outages, line), from_frame, until_frame, arena, into);
    }
    return r;
}
