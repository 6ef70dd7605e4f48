/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/import_rows.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/speak_slots.h"
#include "loa/stop.h"
#include "loa/table.h"
#include "media/import.h"
#include "media/speak.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"title", "TEXT", N_("title, shown everywhere; the first words if absent")},
    {"kind", "ID", N_("kind; thong-bao if absent")},
    {"topic", "ID", N_("the one topic its airtime counts to")},
    {"tags", "IDS", N_("tags, with commas between")},
    {"code", "CODE", N_("code in the library; from the title if absent")},
    {"valid-from", "INSTANT", N_("not to be heard before")},
    {"valid-until", "INSTANT", N_("not to be heard from then on")},
    {"approve", NULL, N_("approve at once")},
    {"slots", NULL, N_("speak the texts of the calendars, a week ahead")},
    {"from", "INSTANT", N_("with --slots: those of slots that start from here on")},
    {"to", "INSTANT", N_("with --slots: and before this")},
    {"day", "DATE", N_("with --slots: those of one whole day")},
};

/* The options from here on are about the slots, those before about a TEXT. */
enum { SLOTS_OPTION = 8 };

/* A byte order mark and a CR before each LF more than what can be spoken. */
enum { INPUT_MAX_BYTES = 2 * SPEAK_TEXT_MAX_BYTES + 4 };

/* --- what comes out --------------------------------------------------------------------- */

struct listing {
    struct out out;
    struct table table;
    const volatile sig_atomic_t *stop;
    size_t n_spoken;
    size_t n_failed;
    int status;
};

static struct listing listing_begin(struct app *app, const struct args *args)
{
    static const char *const heads[] = {N_("code"), N_("result"), N_("length"),
                                        N_("LUFS"), N_("gain"),   N_("title")};
    return (struct listing){.out = out_begin(args->json),
                            .table = table_make(app->arena, heads, ARRAY_LEN(heads),
                                                1 << 2 | 1 << 3 | 1 << 4),
                            .stop = stop_on_signals()};
}

static void show(struct listing *listing, const char *title, const struct import_result *result)
{
    say_findings(&result->findings);
    if (listing->out.is_json) {
        import_rows_json(&listing->out, result);
        return;
    }
    char length[OUT_DURATION_MAX];
    struct table *table = &listing->table;
    table_cell(table, "%s", result->code);
    table_cell(table, "%s", out_word(import_status_name(result->status)));
    table_cell(table, "%s", result->channels ? out_duration(result->frames, length) : "");
    table_real(table, result->channels && !isnan(result->lufs), 1, result->lufs);
    table_real(table, result->channels != 0, 1, result->gain_db);
    table_cell(table, "%s", title);
}

/* --- the texts of the calendars --------------------------------------------------------- */

static void on_spoken(void *context, const struct slot *slot, const struct import_result *result)
{
    struct listing *listing = context;
    listing->n_spoken++;
    show(listing, slot->title, result);
}

static void on_failed(void *context, const struct fault *fault)
{
    struct listing *listing = context;
    int status = say_fault(fault);
    listing->n_failed++;
    listing->status = status > listing->status ? status : listing->status;
}

static int slots_window(struct app *app, const struct args *args, int64_t *from_us,
                        int64_t *until_us)
{
    if (args_value(args, "from") || args_value(args, "to") || args_value(args, "day")) {
        return app_window(app, args, from_us, until_us);
    }
    *from_us = clock_now_us(&app->clock);
    *until_us = speak_slots_until(app->station, *from_us);
    return 0;
}

static int say_slots(struct app *app, const struct args *args)
{
    struct listing listing = listing_begin(app, args);
    struct slot_speaking speaking = {.app = app,
                                     .spoken = on_spoken,
                                     .failed = on_failed,
                                     .context = &listing,
                                     .stop = listing.stop};
    struct fault fault = {0};
    int64_t from_us = 0;
    int64_t until_us = 0;
    int status = slots_window(app, args, &from_us, &until_us);
    if (status != 0) {
        return status;
    }
    if (speak_slots(&speaking, from_us, until_us, &fault) < 0) {
        listing.status = say_fault(&fault);
    }
    slot_speaking_finish(&speaking);
    status = out_finish(&listing.out, &listing.table);
    say(_("%zu texts spoken, %zu spoken before, %zu failed"), listing.n_spoken, speaking.n_known,
        listing.n_failed);
    return status ? status : listing.status;
}

/* --- one text --------------------------------------------------------------------------- */

/* As Windows saves it: a byte order mark, and CR before LF. In place. */
static void make_plain(char *text)
{
    static const char mark[] = "\xef\xbb\xbf";
    char *out = text;
    const char *from = strncmp(text, mark, strlen(mark)) == 0 ? text + strlen(mark) : text;
    for (; *from; from++) {
        if (from[0] != '\r' || from[1] != '\n') {
            *out++ = *from;
        }
    }
    *out = '\0';
}

/* Standard input to its end; a byte more than can be right is enough to refuse it. */
static int read_input(struct app *app, char **ret_text)
{
    char *text = arena_take(app->arena, INPUT_MAX_BYTES + 2, 1);
    if (!text) {
        say(_("out of memory"));
        return 3;
    }
    size_t n = fread(text, 1, INPUT_MAX_BYTES + 1, stdin);
    if (ferror(stdin)) {
        say(_("standard input cannot be read: %s"), errno_text(errno));
        return 3;
    }
    if (memchr(text, '\0', n)) {
        say(_("the text holds a zero byte; save it as UTF-8 and try again"));
        return 1;
    }
    text[n] = '\0';
    *ret_text = text;
    return 0;
}

static int read_options(const struct args *args, struct import_options *import)
{
    struct fault fault = {0};
    const char *from = args_value(args, "valid-from");
    const char *until = args_value(args, "valid-until");
    const char *kind = args_value(args, "kind");
    *import = IMPORT_OPTIONS_NONE;
    if ((from && zone_parse_instant(from, &import->valid_from_us, &fault) < 0) ||
        (until && zone_parse_instant(until, &import->valid_until_us, &fault) < 0)) {
        return say_usage("say", "%s", fault.text);
    }
    import->code = args_value(args, "code");
    import->title = args_value(args, "title");
    import->kind = kind ? kind : "thong-bao";
    import->topic = args_value(args, "topic");
    import->tags = args_value(args, "tags");
    import->approve = args_value(args, "approve") != NULL;
    return 0;
}

static int say_text(struct app *app, const struct args *args, const struct speech *speech)
{
    AUTO(importer_close) struct importer *importer = NULL;
    AUTO(import_job_destroy) struct import_job *job = NULL;
    struct listing listing = listing_begin(app, args);
    const struct import_result *result = NULL;
    struct speech heard = *speech;
    struct fault fault = {0};
    heard.stop = listing.stop;
    if (importer_open(app->station, app->db, app_who(), &importer, &fault) < 0 ||
        speak_prepare(importer, app->station, &heard, &job, &fault) < 0) {
        return say_fault(&fault);
    }
    int r = import_commit(importer, job, clock_now_us(&app->clock), &result);
    char *title = speech->import.title ? strdup(speech->import.title) : speak_title(speech->text);
    show(&listing, title ? title : "", result);
    free(title);
    int status = out_finish(&listing.out, &listing.table);
    return status ? status : r < 0 ? fault_exit_status(-r) : 0;
}

/* Options of the one use with the other are a misunderstanding, and refused. */
static int check_use(const struct args *args)
{
    bool slots = args_value(args, "slots") != NULL;
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (args->values[i] && slots != (i >= SLOTS_OPTION)) {
            return slots ? say_usage("say",
                                     _("--%s is for a text; with --slots the calendar says it"),
                                     options[i].name)
                         : say_usage("say", _("--%s needs --slots"), options[i].name);
        }
    }
    if (slots != (args->n_operands == 0)) {
        return say_usage("say", _("write a text, or - to read it from standard input, or --slots"));
    }
    return 0;
}

static int run(struct app *app, const struct args *args)
{
    struct speech speech = {0};
    int status = check_use(args);
    if (status == 0) {
        status = app_need(app, APP_STATION | APP_DB_WRITE);
    }
    if (status == 0 && args_value(args, "slots")) {
        return say_slots(app, args);
    }
    if (status == 0) {
        status = read_options(args, &speech.import);
    }
    if (status != 0) {
        return status;
    }
    char *text = args->operands[0];
    if (strcmp(text, "-") == 0) {
        status = read_input(app, &text);
    }
    if (status != 0) {
        return status;
    }
    make_plain(text);
    speech.text = text;
    return say_text(app, args, &speech);
}

const struct command command_say = {
    .spec = {.name = "say",
             .operands = "TEXT | - | --slots",
             .summary = N_("speak a text into the library"),
             .detail = N_("The station's voice speaks the text, and what comes out is a recording "
                          "like any\nother: a draft until it is approved. With - the text is read "
                          "from standard input.\nWith --slots the texts of the calendars are "
                          "spoken that are not yet."),
             .options = options,
             .n_options = ARRAY_LEN(options),
             .min_operands = 0,
             .max_operands = 1},
    .run = run,
};
