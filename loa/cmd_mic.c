/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/ask_radio.h"
#include "loa/commands.h"
#include "loa/mic_control.h"
#include "loa/say.h"
#include "loa/stop.h"
#include "playout/control/client.h"

/* `loa mic`: the microphone is open for as long as this process lives and asks how it fares. */

enum { POLL_MS = 100, BAR_COLUMNS = 30, BAR_FLOOR_DBFS = -60, PATIENCE_MS = 4000 };
static const int64_t DEFAULT_US = 3600LL * 1000000;

static const struct option_spec options[] = {
    {"line", "ID", N_("on this line, or several with commas between")},
    {"zone", "ID", N_("on the lines of this zone, or of several with commas between")},
    {"all", NULL, N_("on every line")},
    {"input", "ID", N_("the station's input; needed if it has several")},
    {"duck", "DB", N_("how much the programme is ducked, as in 15; the input's setting if absent")},
    {"replace", NULL, N_("the programme is silent meanwhile")},
    {"for", "DURATION", N_("at most so long; 1h if absent")},
    {"until", "INSTANT", N_("at most until then")},
    {"emergency", NULL, N_("also outside the lines' hours, as an emergency")},
};

/* What the radio has said last. */
struct heard {
    bool json;
    bool is_first; /* the answer to the opening */
    char state[16];
    char end[16];
    char reason[FAULT_TEXT_MAX];
    char since[40];
    char *json_line;
    int64_t n_lines;
    double peak_dbfs;
    bool has_peak;
};

static void put(char *out, size_t size, const char *text)
{
    size_t n = text ? strnlen(text, size - 1) : 0;
    if (n) {
        memcpy(out, text, n);
    }
    out[n] = '\0';
}

/* "17:03:12" of an instant in RFC 3339. */
static void time_of(const char *instant, char out[static 16])
{
    const char *t = instant ? strchr(instant, 'T') : NULL;
    snprintf(out, 16, "%.8s", t ? t + 1 : "-");
}

static void tell_opening(const struct message *mic)
{
    char until[16];
    double duck = 0;
    size_t n = message_n_texts(mic, "lines");
    time_of(message_text(mic, "until"), until);
    printf(_("%s speaks on %zu lines until %s; Ctrl-C ends it:"), message_text(mic, "title"), n,
           until);
    for (size_t i = 0; i < n; i++) {
        printf(" %s", message_text_at(mic, "lines", i));
    }
    putchar('\n');
    if (message_real(mic, "duck_db", &duck)) {
        printf(_("What these lines carry is ducked by %g dB meanwhile.\n"), -duck);
    } else {
        puts(_("What these lines carry is silent meanwhile."));
    }
    fflush(stdout);
}

static void hear(void *context, const char *bytes, size_t n_bytes, const struct message *line)
{
    struct heard *heard = context;
    const struct message *mic = message_object(line, "mic");
    if (!mic) {
        return;
    }
    if (heard->is_first) {
        if (heard->json) {
            printf("%.*s\n", (int)n_bytes, bytes);
            fflush(stdout);
        } else {
            tell_opening(mic);
        }
        return;
    }
    free(heard->json_line);
    heard->json_line = strndup(bytes, n_bytes);
    put(heard->state, sizeof heard->state, message_text(mic, "state"));
    put(heard->end, sizeof heard->end, message_text(mic, "end"));
    put(heard->reason, sizeof heard->reason, message_text(mic, "reason"));
    put(heard->since, sizeof heard->since, message_text(mic, "heard"));
    (void)message_int(mic, "lines", &heard->n_lines);
    heard->has_peak = message_real(mic, "peak_dbfs", &heard->peak_dbfs);
}

/* ---- the meter */

static void draw(const struct heard *heard)
{
    char bar[BAR_COLUMNS + 1];
    char at[16];
    double peak = heard->has_peak ? heard->peak_dbfs : BAR_FLOOR_DBFS;
    double share = 1 - peak / BAR_FLOOR_DBFS;
    for (int i = 0; i < BAR_COLUMNS; i++) {
        bar[i] = i < (int)(share * BAR_COLUMNS + 0.5) ? '#' : '.';
    }
    bar[BAR_COLUMNS] = '\0';
    time_of(heard->since, at);
    const char *note = strcmp(heard->state, "on-air") != 0 ? _("waiting for the microphone")
                       : heard->n_lines == 0 ? _("not heard now: an emergency has the lines")
                       : peak > -1           ? _("TOO LOUD: go back from the microphone")
                       : peak < -40          ? _("too quiet to be understood")
                                             : "";
    fputs("\r", stderr);
    fprintf(stderr, _("%6.1f dBFS [%s]  on %lld lines since %s  %s"), peak, bar,
            (long long)heard->n_lines, at, note);
    fputs("\033[K", stderr);
    fflush(stderr);
}

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL); /* a signal ends it */
}

/* ---- speaking */

static int speak(struct control_link *link, struct heard *heard, const volatile sig_atomic_t *stop,
                 struct fault *reterr)
{
    struct control_question question = {.request = "{\"do\":\"mic-state\"}"};
    bool is_shown = isatty(STDERR_FILENO);
    bool told = heard->json;
    int r = 0;
    while (r == 0 && !*stop && strcmp(heard->state, "ended") != 0) {
        r = control_link_ask(link, &question, hear, heard, reterr);
        if (r == 0 && !told && *heard->since) {
            char at[16];
            time_of(heard->since, at);
            printf(_("On the air since %s.\n"), at);
            fflush(stdout);
            told = true;
        }
        if (r == 0 && is_shown) {
            draw(heard);
        }
        if (strcmp(heard->state, "ended") != 0) {
            rest();
        }
    }
    if (is_shown) {
        fputs("\r\033[K", stderr);
    }
    return r;
}

static int tell_end(const struct heard *heard)
{
    if (heard->json && heard->json_line) {
        puts(heard->json_line);
    }
    if (*heard->reason) {
        say(_("the microphone is closed: %s"), heard->reason);
        return strcmp(heard->end, "silent") == 0 ? 3 : 1;
    }
    if (!heard->json) {
        puts(strcmp(heard->end, "time") == 0 ? _("The microphone is closed: its time is over.")
                                             : _("The microphone is closed."));
    }
    return 0;
}

static int open_and_speak(struct app *app, const struct strbuf *request, bool json)
{
    AUTO(control_link_close) struct control_link *link = NULL;
    struct heard heard = {.json = json, .is_first = true};
    struct fault fault = {0};
    struct control_question question = {.request = strbuf_text(request)};
    const volatile sig_atomic_t *stop = stop_on_signals();
    int r = strbuf_failed(request)
                ? fault_set(&fault, E2BIG, NULL, 0, _("too many lines are named"))
                : control_link_open(app->dir, PATIENCE_MS, &link, &fault);
    r = r < 0 ? r : control_link_ask(link, &question, hear, &heard, &fault);
    heard.is_first = false;
    r = r < 0 ? r : speak(link, &heard, stop, &fault);
    int status = r < 0 ? say_fault(&fault) : tell_end(&heard);
    free(heard.json_line);
    return status;
}

static int put_times(struct app *app, const struct args *args, struct json *json)
{
    struct fault fault = {0};
    int64_t now_us = clock_now_us(&app->clock);
    int64_t us = DEFAULT_US;
    const char *text = args_value(args, "for");
    const char *until = args_value(args, "until");
    if (text && until) {
        return say_usage("mic", _("--for or --until, one of the two"));
    }
    if (text && ask_duration(text, &us) < 0) {
        return say_usage("mic", _("\"%s\" is no duration; write 90min, 2h or 1d"), text);
    }
    int64_t end_us = now_us + us;
    if (until && zone_parse_instant(until, &end_us, &fault) < 0) {
        return say_usage("mic", "%s", fault.text);
    }
    if (end_us <= now_us || end_us > now_us + MIC_LONGEST_US) {
        return say_usage("mic", _("a microphone is open for at most 24 h"));
    }
    json_int(json, "until_us", end_us);
    return 0;
}

static int put_duck(const struct args *args, struct json *json)
{
    const char *text = args_value(args, "duck");
    char *end = NULL;
    if (text && args_value(args, "replace")) {
        return say_usage("mic", _("--duck or --replace, one of the two"));
    }
    double db = text ? strtod(text, &end) : 0;
    db = db > 0 ? -db : db;
    if (text && (end == text || *end || !(db >= -40 && db <= -3))) {
        return say_usage("mic", _("\"%s\" is no ducking; write 3 to 40, in dB"), text);
    }
    if (text) {
        json_real(json, "duck_db", db, 1);
    }
    json_bool(json, "replace", args_value(args, "replace") != NULL);
    return 0;
}

static int run(struct app *app, const struct args *args)
{
    struct strbuf request;
    bool is_named = args_value(args, "line") || args_value(args, "zone");
    if (is_named == !!args_value(args, "all")) {
        return say_usage("mic", _("say where it is to be heard: --line, --zone, or --all"));
    }
    int status = app_need(app, APP_STATION);
    if (status != 0) {
        return status;
    }
    strbuf_init(&request, ASK_MAX_BYTES);
    struct json json = json_begin(&request);
    json_open(&json, NULL, '{');
    json_text(&json, "do", "mic");
    json_text(&json, "who", app_who());
    json_bool(&json, "emergency", args_value(args, "emergency") != NULL);
    if (args_value(args, "input")) {
        json_text(&json, "input", args_value(args, "input"));
    }
    if (is_named) {
        ask_put_lines(&json, args);
    } else {
        json_open(&json, "lines", '[');
        json_text(&json, NULL, "all");
        json_close(&json, ']');
    }
    status = put_duck(args, &json);
    status = status ? status : put_times(app, args, &json);
    json_close(&json, '}');
    status = status ? status : open_and_speak(app, &request, args->json);
    strbuf_finish(&request);
    return status;
}

const struct command command_mic = {
    .spec = {.name = "mic",
             .operands = "",
             .summary = N_("speak live over what lines carry"),
             .detail = N_("What the lines carry is ducked under the voice from the opening to the "
                          "end: Ctrl-C,\n--for or --until, or the end of this command, however it "
                          "comes."),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
