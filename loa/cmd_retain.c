/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "airtime/last_aired.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/decimal.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/progress.h"
#include "loa/say.h"
#include "loa/table.h"
#include "media/retention.h"
#include "scheduler/needed.h"
#include "station/station.h"

enum { MONTHS_AHEAD = 12 };

static const struct option_spec options[] = {
    {"apply", NULL, N_("remove the files; without it nothing is changed")},
};

/* So many months of the calendar later. */
static int64_t months_later(int64_t us, int months)
{
    struct civil civil;
    zone_to_civil(us, &civil);
    int month = civil.year * 12 + civil.month - 1 + months;
    civil.year = month / 12;
    civil.month = month % 12 + 1;
    return zone_from_civil(&civil);
}

/* What the ledger and the frozen plan say, as media asks for it. */
static int gather_facts(struct app *app, const struct needed_codes *codes,
                        struct retention_facts *ret_facts, struct fault *reterr)
{
    struct needed_ids planned = {0};
    struct last_aired *aired = NULL;
    size_t n_aired = 0;
    int64_t now_us = clock_now_us(&app->clock);
    int months = app->station->keep_months;
    int r = needed_by_plan(app->db, now_us, app->arena, &planned, reterr);
    if (r == 0) {
        r = last_aired_read(app->db, app->arena, &aired, &n_aired, reterr);
    }
    struct retention_aired *heard = r == 0 ? arena_take(app->arena, n_aired, sizeof *heard) : NULL;
    if (r == 0 && !heard) {
        r = fault_set(reterr, ENOMEM, db_path(app->db), 0, _("out of memory"));
    }
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; i < n_aired; i++) {
        heard[i] = (struct retention_aired){aired[i].segment_id, aired[i].at_us};
    }
    *ret_facts = (struct retention_facts){
        .before_us = months ? months_later(now_us, -months) : INT64_MIN,
        .codes = codes->items,
        .n_codes = codes->n,
        .planned = planned.items,
        .n_planned = planned.n,
        .aired = heard,
        .n_aired = n_aired,
    };
    return 0;
}

/* With --apply in one transaction with the marking, so that nothing is planned, aired or
 * approved between the question and the answer. */
static int find(struct app *app, bool applies, const struct needed_codes *codes,
                struct retention_list *ret_list, struct fault *reterr)
{
    struct retention_facts facts;
    int r = applies ? db_begin(app->db, reterr) : 0;
    if (r < 0) {
        return r;
    }
    r = gather_facts(app, codes, &facts, reterr);
    if (r == 0) {
        r = retention_find(app->db, app->dir, &facts, app->arena, ret_list, reterr);
    }
    if (r == 0 && applies) {
        r = retention_mark(app->db, ret_list, app_who(), clock_now_us(&app->clock), reterr);
    }
    if (r == 0 && applies) {
        return db_commit(app->db, reterr);
    }
    db_rollback(app->db);
    return r;
}

/* The exit status: a file that cannot be removed is told, and does not keep the others. */
static int remove_files(struct app *app, const struct retention_list *list, int64_t *ret_bytes)
{
    struct progress progress = progress_start(_("removing"), (double)list->n);
    int status = 0;
    for (size_t i = 0; i < list->n; i++) {
        int64_t bytes = 0;
        struct fault fault = {0};
        progress_draw(&progress, (double)i, list->items[i].code);
        if (retention_remove_files(app->db, app->dir, &list->items[i], &bytes, &fault) < 0) {
            progress_end(&progress);
            status = say_fault(&fault);
        }
        *ret_bytes += bytes;
    }
    progress_end(&progress);
    return status;
}

static const char *megabytes(int64_t bytes, char out[static DECIMAL_MAX])
{
    return decimal_text((double)bytes / 1e6, 1, out);
}

static int show(struct app *app, const struct args *args, const struct retention_list *list)
{
    static const char *const heads[] = {N_("code"), N_("ver"), N_("last aired"), N_("MB"),
                                        N_("title")};
    struct out out = out_begin(args->json);
    struct table table = table_make(app->arena, heads, ARRAY_LEN(heads), 1 << 1 | 1 << 3);
    for (size_t i = 0; i < list->n; i++) {
        const struct retention_item *item = &list->items[i];
        bool aired = item->last_aired_us != INT64_MIN;
        if (args->json) {
            struct json *json = out_object(&out);
            json_text(json, "code", item->code);
            json_int(json, "version", item->version);
            json_text(json, "title", item->title);
            if (aired) {
                json_instant(json, "last_aired", item->last_aired_us);
            } else {
                json_null(json, "last_aired");
            }
            json_int(json, "bytes", item->bytes);
            json_text(json, "reason", item->reason);
            out_end_object(&out);
            continue;
        }
        char date[ZONE_INSTANT_MAX] = "";
        if (aired) {
            zone_format_date(item->last_aired_us, date);
        }
        table_cell(&table, "%s", item->code);
        table_cell(&table, "%d", item->version);
        table_cell(&table, "%s", aired ? date : _("never"));
        table_real(&table, true, 1, (double)item->bytes / 1e6);
        table_cell(&table, "%s", item->title);
    }
    return out_finish(&out, &table);
}

static void say_sum(const struct retention_list *list, bool applies, int64_t removed)
{
    char text[DECIMAL_MAX];
    if (list->n == 0) {
        say(_("nothing may go yet; keep-recordings in the station file says how long recordings "
              "are kept"));
    } else if (applies) {
        say(_("files of %zu recordings removed, %s MB of room made"), list->n,
            megabytes(removed, text));
    } else {
        say(_("files of %zu recordings may go, %s MB; `loa retain --apply` removes them"), list->n,
            megabytes(list->bytes, text));
    }
}

static int run(struct app *app, const struct args *args)
{
    bool applies = args_value(args, "apply") != NULL;
    struct needed_codes codes = {0};
    struct retention_list list = {0};
    struct fault fault = {0};
    int status =
        app_need(app, APP_STATION | APP_CALENDARS | (applies ? APP_DB_WRITE : APP_DB_READ));
    if (status != 0) {
        return status;
    }
    int64_t now_us = clock_now_us(&app->clock);
    if (needed_by_schedule(app->station, app->calendars, app->db, now_us,
                           months_later(now_us, MONTHS_AHEAD), app->arena, &codes, &fault) < 0 ||
        find(app, applies, &codes, &list, &fault) < 0) {
        return say_fault(&fault);
    }
    int64_t removed = 0;
    if (applies) {
        status = remove_files(app, &list, &removed);
    }
    int shown = show(app, args, &list);
    say_sum(&list, applies, removed);
    return status ? status : shown;
}

const struct command command_retain = {
    .spec = {.name = "retain",
             .operands = "",
             .summary = N_("make room: what was not heard for long may go"),
             .detail = N_(
                 "Lists the recordings that were last heard longer ago than keep-recordings in\n"
                 "the station file says, and that nothing asks for any more. With --apply their\n"
                 "files are removed; what is known of them and of their airings stays."),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
