/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/status_metrics.h"
#include "loa/table.h"
#include "playout/control/client.h"

enum { METRICS_MAX_BYTES = 64 << 20 };

/* Below this the ledger is soon in danger. */
static const double DISK_LOW_BYTES = 1e9;

/* What the radio has answered. */
struct answer {
    struct message *head; /* {"radio":{…}} */
    struct message **lines;
    size_t n_lines;
    size_t capacity;
    bool print; /* the lines, as they are */
    bool failed;
};

static void answer_finish(struct answer *answer)
{
    message_destroy(answer->head);
    for (size_t i = 0; i < answer->n_lines; i++) {
        message_destroy(answer->lines[i]);
    }
    free(answer->lines);
}

static bool make_room(struct answer *answer)
{
    if (answer->n_lines == answer->capacity) {
        size_t capacity = answer->capacity ? 2 * answer->capacity : 64;
        struct message **lines = realloc(answer->lines, capacity * sizeof(struct message *));
        if (!lines) {
            return false;
        }
        answer->lines = lines;
        answer->capacity = capacity;
    }
    return true;
}

static void hear(void *context, const char *bytes, size_t n_bytes, const struct message *line)
{
    struct answer *answer = context;
    struct message *copy = NULL;
    if (!make_room(answer) || message_parse(bytes, n_bytes, &copy, NULL) < 0) {
        answer->failed = true;
        return;
    }
    if (message_object(line, "radio")) {
        message_destroy(answer->head);
        answer->head = copy;
        return;
    }
    answer->lines[answer->n_lines++] = copy;
    if (answer->print) {
        printf("%.*s\n", (int)n_bytes, bytes);
    }
}

static struct machine_state machine_look(const char *dir)
{
    struct timex clock = {.modes = 0};
    struct statvfs disk;
    bool is_known = statvfs(dir, &disk) == 0;
    return (struct machine_state){
        .clock_synchronised = adjtimex(&clock) != TIME_ERROR,
        .disk_free_bytes = is_known ? (double)disk.f_bavail * (double)disk.f_frsize : -1,
    };
}

/* ---- for people */

static const char *text_of(const struct message *message, const char *key)
{
    const char *text = message_text(message, key);
    return text ? text : "";
}

/* "2023-05-10T17:00:00+07:00" as its time of day. */
static void time_cell(struct table *table, const char *instant)
{
    const char *time = strchr(instant, 'T');
    table_cell(table, "%.8s", time ? time + 1 : "");
}

static const char *state_text(const char *state)
{
    return strcmp(state, "on-air") == 0    ? _("on air")
           : strcmp(state, "idle") == 0    ? _("nothing planned")
           : strcmp(state, "closed") == 0  ? _("outside its hours")
           : strcmp(state, "stopped") == 0 ? _("stopped")
           : strcmp(state, "failed") == 0  ? _("output failed")
                                           : state;
}

static void remark_cell(struct table *table, const struct message *line)
{
    const struct message *stop = message_object(line, "stopped");
    const struct message *mic = message_object(line, "mic");
    const char *alarm = text_of(line, "alarm");
    if (mic) {
        char since[16];
        const char *instant = strchr(text_of(mic, "since"), 'T');
        snprintf(since, sizeof since, "%.8s", instant ? instant + 1 : "");
        table_cell(table, _("%s has a microphone open since %s"), text_of(mic, "who"), since);
    } else if (stop) {
        const char *reason = text_of(stop, "reason");
        table_cell(table, _("stopped by %s on %.16s%s%s"), text_of(stop, "who"),
                   text_of(stop, "at"), *reason ? ": " : "", reason);
    } else if (strcmp(alarm, "silence") == 0) {
        double seconds = 0;
        (void)message_real(line, "silent_seconds", &seconds);
        table_cell(table, _("silence for %.0f s"), seconds);
    } else {
        table_cell(table, "%s", "");
    }
}

/* "05-10 17:00  Title": it may be tomorrow's. */
static void next_cell(struct table *table, const struct message *line)
{
    const char *start = text_of(line, "next_start");
    if (strlen(start) < 16) {
        table_cell(table, "%s", "");
    } else {
        table_cell(table, "%.5s %.5s  %s", start + 5, start + 11, text_of(line, "next_title"));
    }
}

static void show_line(struct table *table, const struct message *line)
{
    double level = 0;
    bool has_level = message_real(line, "level_dbfs", &level);
    const char *item = text_of(line, "item");
    table_cell(table, "%s", text_of(line, "line"));
    table_cell(table, "%s", state_text(text_of(line, "state")));
    table_real(table, has_level, 1, level);
    time_cell(table, text_of(line, "since"));
    time_cell(table, text_of(line, "until"));
    table_cell(table, "%s%s%s", item, *item ? "  " : "", text_of(line, "item_title"));
    next_cell(table, line);
    remark_cell(table, line);
}

static void show_head(const struct message *radio, const struct machine_state *machine)
{
    int64_t n_lines = 0;
    int64_t n_stopped = 0;
    (void)message_int(radio, "lines", &n_lines);
    (void)message_int(radio, "stopped", &n_stopped);
    printf(_("%s: on air since %.19s; %lld lines, of which %lld are stopped\n"),
           text_of(radio, "station"), text_of(radio, "since"), (long long)n_lines,
           (long long)n_stopped);
    puts(machine->clock_synchronised
             ? _("The clock is kept right by the network.")
             : _("The clock is not kept right by the network; see that NTP runs."));
    if (machine->disk_free_bytes >= 0) {
        printf(_("Room on the disk: %.1f GB\n"), machine->disk_free_bytes / 1e9);
    }
    putchar('\n');
}

/* ---- health */

static size_t count_alarms(const struct answer *answer, const char *alarm)
{
    size_t n = 0;
    for (size_t i = 0; i < answer->n_lines; i++) {
        n += strcmp(text_of(answer->lines[i], "alarm"), alarm) == 0;
    }
    return n;
}

/* Says all that is wrong. What a person has decided, a stop, is not. */
static int health(const struct answer *answer, const struct message *radio,
                  const struct machine_state *machine)
{
    size_t n_failed = count_alarms(answer, "output");
    size_t n_silent = count_alarms(answer, "silence");
    bool is_starting = strcmp(text_of(radio, "state"), "on-air") != 0;
    bool is_low = machine->disk_free_bytes >= 0 && machine->disk_free_bytes < DISK_LOW_BYTES;
    if (is_starting) {
        say(_("the radio is not on air yet; it is being started"));
    }
    if (n_failed > 0) {
        say(_("%zu lines have an output that carries nothing; the log of `loa run` says why"),
            n_failed);
    }
    if (n_silent > 0) {
        say(_("%zu lines are silent although something is on air; check the recordings"), n_silent);
    }
    if (is_low) {
        say(_("the disk is almost full: %.1f GB are left; remove what is not needed"),
            machine->disk_free_bytes / 1e9);
    }
    return is_starting || is_low || n_failed > 0 || n_silent > 0 ? 1 : 0;
}

/* ---- the command */

static int show_table(struct app *app, const struct answer *answer, const struct message *radio,
                      const struct machine_state *machine)
{
    static const char *const heads[] = {N_("line"),  N_("state"), N_("dBFS"), N_("since"),
                                        N_("until"), N_("item"),  N_("next"), N_("remark")};
    struct table table = table_make(app->arena, heads, ARRAY_LEN(heads), 1 << 2);
    struct out out = out_begin(false);
    for (size_t i = 0; i < answer->n_lines; i++) {
        show_line(&table, answer->lines[i]);
    }
    show_head(radio, machine);
    return out_finish(&out, &table);
}

static int show_metrics(const struct answer *answer, const struct message *radio,
                        const struct machine_state *machine)
{
    struct strbuf text;
    strbuf_init(&text, METRICS_MAX_BYTES);
    status_metrics(&text, radio, (const struct message *const *)answer->lines, answer->n_lines,
                   machine);
    bool failed = strbuf_failed(&text);
    fputs(strbuf_text(&text), stdout);
    strbuf_finish(&text);
    if (failed) {
        say(_("out of memory"));
    }
    return failed ? 3 : 0;
}

static int show(struct app *app, const struct args *args, const struct answer *answer)
{
    struct machine_state machine = machine_look(app->dir);
    const struct message *radio = answer->head ? message_object(answer->head, "radio") : NULL;
    if (answer->failed || !radio) {
        say(_("the radio's answer could not be read"));
        return 3;
    }
    int status = args_value(args, "prometheus") ? show_metrics(answer, radio, &machine)
                 : args->json                   ? 0
                                                : show_table(app, answer, radio, &machine);
    int ill = health(answer, radio, &machine);
    return status ? status : ill;
}

static int run(struct app *app, const struct args *args)
{
    struct fault fault = {0};
    struct answer answer = {.print = args->json};
    struct control_question question = {.request = "{\"do\":\"status\"}"};
    if (args->json && args_value(args, "prometheus")) {
        return say_usage("status", _("--json or --prometheus, one of the two"));
    }
    int status = app_need(app, 0);
    if (status != 0) {
        return status;
    }
    int r = control_ask(app->dir, &question, hear, &answer, &fault);
    if (r == -ESRCH && args_value(args, "prometheus")) { /* that is an answer, too */
        struct machine_state machine = machine_look(app->dir);
        status = show_metrics(&answer, NULL, &machine);
    }
    status = r < 0 ? say_fault(&fault) : show(app, args, &answer);
    answer_finish(&answer);
    return status;
}

static const struct option_spec options[] = {
    {"prometheus", NULL, N_("as metrics that Prometheus reads")},
};

const struct command command_status = {
    .spec = {.name = "status",
             .operands = "",
             .summary = N_("show what is on air on every line, and what is wrong"),
             .detail =
                 N_("The exit status tells whether all is well: 0 it is, 1 something is wrong, "
                    "3 no radio\nruns."),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
