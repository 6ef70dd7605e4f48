/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "airtime/seal.h"
#include "base/db.h"
#include "base/decimal.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/json.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/progress.h"
#include "loa/say.h"
#include "media/repair.h"
#include "media/verify.h"

static const struct option_spec options[] = {
    {"repair", NULL, N_("make damaged and missing copies anew from their originals")},
    {"seal", "DIGITS", N_("a seal of the ledger that was written down: is it still in it?")},
};

struct look {
    struct app *app;
    const struct args *args;
    bool repairs;
    struct out out;
    struct progress progress;
    bool is_drawn;
    size_t n_repaired;
    size_t n_drafts;
};

static void draw(void *context, int64_t done_bytes, int64_t total_bytes)
{
    struct look *look = context;
    if (!look->is_drawn) {
        look->progress = progress_start_bytes(_("verify"), total_bytes);
        look->is_drawn = true;
    }
    progress_draw(&look->progress, (double)done_bytes, "");
}

static void end_drawing(struct look *look)
{
    if (look->is_drawn) {
        progress_end(&look->progress);
    }
}

static void show(struct look *look, const struct verify_file *file, const char *state)
{
    if (look->args->json) {
        struct json *json = out_object(&look->out);
        json_text(json, "code", file->code);
        if (file->code) {
            json_int(json, "version", file->version);
        } else {
            json_null(json, "version");
        }
        json_text(json, "what", verify_what_name(file->what));
        json_text(json, "path", file->path);
        json_text(json, "state", state);
        out_end_object(&look->out);
        return;
    }
    char megabytes[DECIMAL_MAX];
    printf("%s  %s  ", out_word(state), out_word(verify_what_name(file->what)));
    if (file->code) {
        printf("%s %d  ", file->code, file->version);
    }
    if (file->state == VERIFY_STRAY) {
        printf("%s MB  ", decimal_text((double)file->n_bytes / 1e6, 1, megabytes));
    }
    printf("%s\n", file->path);
}

static enum repair_outcome repair(struct look *look, const struct verify_file *file)
{
    struct app *app = look->app;
    struct repair with = {.station = app->station,
                          .db = app->db,
                          .who = app_who(),
                          .now_us = clock_now_us(&app->clock)};
    struct findings findings = {0};
    enum repair_outcome outcome = repair_file(&with, file, &findings);
    look->n_repaired += outcome == REPAIR_DONE;
    look->n_drafts += outcome == REPAIR_NEW_VERSION;
    say_findings(&findings);
    findings_finish(&findings);
    return outcome;
}

static void on_file(void *context, const struct verify_file *file)
{
    struct look *look = context;
    end_drawing(look);
    bool is_lost = file->state == VERIFY_MISSING || file->state == VERIFY_DAMAGED ||
                   file->state == VERIFY_UNREADABLE;
    enum repair_outcome outcome = REPAIR_NONE;
    if (look->repairs && is_lost) {
        outcome = repair(look, file);
    }
    show(look, file, outcome == REPAIR_DONE ? "repaired" : verify_state_name(file->state));
}

/* What is wrong, and what is to be done about it. */
static void say_summary(const struct look *look, const struct verify_counts *counts)
{
    char megabytes[DECIMAL_MAX];
    const size_t *n = counts->by_state;
    if (look->repairs) {
        say(_("%zu files whole, %zu missing, %zu damaged, %zu unreadable; %zu of these repaired, "
              "%zu drafts to be approved"),
            n[VERIFY_OK], n[VERIFY_MISSING], n[VERIFY_DAMAGED], n[VERIFY_UNREADABLE],
            look->n_repaired, look->n_drafts);
    } else {
        say(_("%zu files whole, %zu missing, %zu damaged, %zu unreadable"), n[VERIFY_OK],
            n[VERIFY_MISSING], n[VERIFY_DAMAGED], n[VERIFY_UNREADABLE]);
    }
    if (n[VERIFY_STRAY]) {
        say(_("files that no recording names: %zu, %s MB; they do no harm and can be moved away"),
            n[VERIFY_STRAY], decimal_text((double)counts->stray_bytes / 1e6, 1, megabytes));
    }
    if (counts->n_without_peaks) {
        say(_("copies without an outline of their sound, which can be drawn anew: %zu"),
            counts->n_without_peaks);
    }
    if (!look->repairs && n[VERIFY_MISSING] + n[VERIFY_DAMAGED] + n[VERIFY_UNREADABLE]) {
        say(_("copies for the air (air) are made anew by loa verify --repair; originals come from "
              "a backup, or are imported again after it"));
    }
}

/* Every recording's files. The exit status. */
static int verify_files(struct app *app, const struct args *args, bool repairs)
{
    struct look look = {.app = app, .args = args, .repairs = repairs, .out = out_begin(args->json)};
    struct verify verify = {.on_file = on_file, .on_progress = draw, .context = &look};
    struct verify_counts counts = {0};
    struct fault fault = {0};
    int r = verify_library(app->dir, app->db, &verify, &counts, &fault);
    end_drawing(&look);
    int status = out_finish(&look.out, NULL);
    if (r < 0) {
        return say_fault(&fault);
    }
    say_summary(&look, &counts);
    const size_t *n = counts.by_state;
    bool all_well = n[VERIFY_MISSING] + n[VERIFY_DAMAGED] + n[VERIFY_UNREADABLE] == look.n_repaired;
    return status ? status : all_well ? 0 : 1;
}

/* ---- the ledger */

enum { SEAL_DIGITS_MIN = 16 };

struct ledger_look {
    struct out out;
    bool is_json;
    struct progress progress;
    bool is_drawn;
};

static void draw_seals(void *context, int64_t n_done, int64_t n_total)
{
    struct ledger_look *look = context;
    if (!look->is_drawn) {
        look->progress = progress_start(_("verify"), (double)n_total);
        look->is_drawn = true;
    }
    progress_draw(&look->progress, (double)n_done, "");
}

static void end_drawing_seals(struct ledger_look *look)
{
    if (look->is_drawn) {
        progress_end(&look->progress);
        look->is_drawn = false;
    }
}

static void on_breach(void *context, const struct seal_breach *breach)
{
    struct ledger_look *look = context;
    const char *state = seal_state_name(breach->state);
    end_drawing_seals(look);
    if (look->is_json) {
        struct json *json = out_object(&look->out);
        json_text(json, "what", "ledger");
        json_text(json, "table", breach->table);
        json_int(json, "row", breach->row_id);
        json_text(json, "state", state);
        out_end_object(&look->out);
    } else {
        printf("%s  %s  %s %lld\n", out_word(state), out_word("ledger"), breach->table,
               (long long)breach->row_id);
    }
}

/* What is wrong, else what to write down. */
static void say_ledger(const struct seal_counts *counts)
{
    const size_t *n = counts->by_state;
    if (counts->last_id == 0 && n[SEAL_UNSEALED]) {
        say(_("the ledger has no seals yet; the next loa run makes them"));
    } else if (n[SEAL_CHANGED] + n[SEAL_MISSING] + n[SEAL_UNSEALED] + n[SEAL_GAP]) {
        say(_("the ledger is not what was written: %zu rows changed, %zu gone, %zu added, %zu "
              "seals "
              "gone; put back a safety copy, and ask who could write to loa.db"),
            n[SEAL_CHANGED], n[SEAL_MISSING], n[SEAL_UNSEALED], n[SEAL_GAP]);
    } else if (counts->last_id > 0) {
        say(_("ledger: %zu rows, all as they were written; seal %lld: %s"), counts->n_rows,
            (long long)counts->last_id, counts->last_sha256);
    }
}

static bool seal_is_good(const char *digits)
{
    size_t n = strlen(digits);
    return n >= SEAL_DIGITS_MIN && n < HASH_HEX_MAX && strspn(digits, "0123456789abcdef") == n;
}

/* The exit status. */
static int verify_ledger(struct app *app, const struct args *args)
{
    const char *seal = args_value(args, "seal");
    struct ledger_look look = {.out = out_begin(args->json), .is_json = args->json};
    struct seal_check check = {.expected = seal,
                               .on_breach = on_breach,
                               .on_progress = draw_seals,
                               .context = &look};
    struct seal_counts counts;
    struct fault fault = {0};
    if (seal && !seal_is_good(seal)) {
        fault_set(&fault, EINVAL, NULL, 0,
                  _("a seal is 16 to 64 of the digits 0-9 and a-f, as loa verify told it"));
        return say_fault(&fault);
    }
    int r = seals_verify(app->db, &check, &counts, &fault);
    end_drawing_seals(&look);
    int status = out_finish(&look.out, NULL);
    if (r < 0) {
        return say_fault(&fault);
    }
    say_ledger(&counts);
    if (seal && counts.expected_is_there) {
        say(_("the seal %s is in the ledger: what was written before it is as it was"), seal);
    } else if (seal) {
        say(_("the seal %s is not in the ledger as it was written down: what was written before it "
              "was changed or removed"),
            seal);
    }
    bool all_sealed = counts.by_state[SEAL_UNSEALED] == 0 || counts.last_id == 0;
    bool all_well = (int64_t)counts.n_rows == counts.last_id && all_sealed &&
                    (!seal || counts.expected_is_there);
    return status ? status : all_well ? 0 : 1;
}

static int verify_database(struct app *app)
{
    struct findings findings = {0};
    int r = db_check(app->db, &findings);
    say_findings(&findings);
    findings_finish(&findings);
    return r < 0 ? fault_exit_status(-r) : 0;
}

static int run(struct app *app, const struct args *args)
{
    bool repairs = args_value(args, "repair") != NULL;
    int status = app_need(app, repairs ? APP_STATION | APP_DB_WRITE : APP_DB_READ);
    if (status != 0) {
        return status;
    }
    status = verify_database(app);
    if (status != 0 && repairs) {
        return status; /* nothing is built on what is damaged */
    }
    int ledger = verify_ledger(app, args);
    if (ledger > 1) {
        return ledger;
    }
    int files = verify_files(app, args, repairs);
    status = status > ledger ? status : ledger;
    return status > files ? status : files;
}

const struct command command_verify = {
    .spec = {.name = "verify",
             .operands = "",
             .summary = N_("read everything again: is it what it was?"),
             .detail =
                 N_("Reads the database, the seals of every row of the ledger, and every file of\n"
                    "the library, and compares the files with the hashes that were kept when they\n"
                    "came in. Nothing is removed."),
             .options = options,
             .n_options = ARRAY_LEN(options),
             .min_operands = 0,
             .max_operands = 0},
    .run = run,
};
