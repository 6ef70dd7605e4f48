/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/ask_radio.h"
#include "loa/commands.h"
#include "loa/say.h"
#include "loa/stop.h"
#include "media/announce.h"
#include "media/segment.h"
#include "media/speak.h"
#include "playout/alerts/alert.h"
#include "station/station.h"

/* `loa alert`: it reads the station file and nothing else, but for --segment. */

enum { TEXT_MAX = SPEAK_TEXT_MAX_BYTES + 256 };

static const struct option_spec options[] = {
    {"text", "TEXT", N_("what the station's voice is to say")},
    {"file", "FILE", N_("a recording, as any that loa imports")},
    {"segment", "CODE", N_("a recording of the library")},
    {"line", "ID", N_("on this line, or several with commas between")},
    {"zone", "ID", N_("on the lines of this zone, or of several with commas between")},
    {"all", NULL, N_("on every line")},
    {"every", "DURATION", N_("said again every so often, as in 2h, until it is superseded")},
    {"until", "INSTANT", N_("not said any more from then on")},
    {"subject", "ID", N_("what it is about; it takes the place of what stands under this id")},
    {"title", "TEXT", N_("title in the ledger; the first words of the text if absent")},
    {"no-chime", NULL, N_("without the chime before it")},
    {"no-issue-time", NULL, N_("without saying after the text when it was issued")},
    {"list", NULL, N_("the alerts that stand")},
    {"end", "ID", N_("this alert stands no more")},
};

/* ---- what is to be said */

/* Said again with each repeat, so that whoever hears it knows how old it is. */
static void text_with_time(struct app *app, const struct args *args, char out[static TEXT_MAX])
{
    struct civil at;
    const char *text = args_value(args, "text");
    zone_to_civil(clock_now_us(&app->clock), &at);
    if (args_value(args, "no-issue-time")) {
        snprintf(out, TEXT_MAX, "%s", text);
    } else if (app->station->language == LANGUAGE_VI) {
        snprintf(out, TEXT_MAX, "%s\nTin phát lúc %d giờ %d phút, ngày %d tháng %d.", text, at.hour,
                 at.minute, at.day, at.month);
    } else {
        snprintf(out, TEXT_MAX, "%s\nIssued at %d:%02d, on the %d of month %d.", text, at.hour,
                 at.minute, at.day, at.month);
    }
}

static int make_segment(struct app *app, const struct announce_options *announce, const char *code,
                        int *ret_fd, struct fault *reterr)
{
    int status = app_need(app, APP_DB_READ | APP_SEGMENTS);
    if (status != 0) {
        return status;
    }
    const struct segment *segment = segments_find_airable(&app->segments, code);
    int r = segment ? announce_segment(announce, segment, ret_fd, reterr)
                    : fault_set(reterr, ENOENT, NULL, 0,
                                _("no approved recording has the code \"%s\""), code);
    return r < 0 ? say_fault(reterr) : 0;
}

static int make_sound(struct app *app, const struct args *args, int *ret_fd)
{
    struct announce_options announce = {.station = app->station,
                                        .max_frames = (int64_t)ALERT_SECONDS_MAX * AIR_RATE,
                                        .stop = stop_on_signals()};
    struct fault fault = {0};
    if (args_value(args, "segment")) {
        return make_segment(app, &announce, args_value(args, "segment"), ret_fd, &fault);
    }
    if (args_value(args, "file")) {
        int r = announce_file(&announce, args_value(args, "file"), ret_fd, &fault);
        return r < 0 ? say_fault(&fault) : 0;
    }
    if (strlen(args_value(args, "text")) > SPEAK_TEXT_MAX_BYTES) {
        return say_usage("alert", _("the text is too long to be said"));
    }
    AUTO_FREE char *text = malloc(TEXT_MAX);
    if (!text) {
        say(_("out of memory"));
        return 3;
    }
    text_with_time(app, args, text);
    int r = announce_text(&announce, text, ret_fd, &fault);
    return r < 0 ? say_fault(&fault) : 0;
}

/* ---- what is asked of the radio */

static char *title_of(const struct args *args)
{
    const char *title = args_value(args, "title");
    const char *text = args_value(args, "text");
    const char *file = args_value(args, "file");
    if (!title && text) {
        return speak_title(text);
    }
    if (!title && file) {
        title = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    }
    return strdup(title ? title : args_value(args, "segment"));
}

static int put_times(struct app *app, const struct args *args, struct json *json)
{
    struct fault fault = {0};
    int64_t us = 0;
    const char *every = args_value(args, "every");
    const char *until = args_value(args, "until");
    if (every) {
        if (ask_duration(every, &us) < 0) {
            return say_usage("alert", _("\"%s\" is no duration; write 90min, 2h or 1d"), every);
        }
        json_int(json, "every_us", us);
    }
    if (until) {
        if (zone_parse_instant(until, &us, &fault) < 0) {
            return say_usage("alert", "%s", fault.text);
        }
        if (us <= clock_now_us(&app->clock)) {
            return say_usage("alert", _("--until %s is over already"), until);
        }
        json_int(json, "expires_us", us);
    }
    return 0;
}

static int put_request(struct app *app, const struct args *args, struct json *json)
{
    AUTO_FREE char *title = title_of(args);
    char id[ALERT_ID_MAX];
    const char *subject = args_value(args, "subject");
    snprintf(id, sizeof id, "alert-%lld", (long long)(clock_now_us(&app->clock) / 1000000));
    if (subject && !alert_id_is_good(subject)) {
        return say_usage("alert", _("\"%s\" cannot name an alert; use up to 63 of a-z, 0-9 and -"),
                         subject);
    }
    json_text(json, "do", "alert");
    json_text(json, "id", subject ? subject : id);
    json_text(json, "title", title ? title : id);
    json_text(json, "who", app_who());
    json_bool(json, "chime", !args_value(args, "no-chime"));
    if (!args_value(args, "all")) {
        ask_put_lines(json, args);
    }
    return put_times(app, args, json);
}

static int give(struct app *app, const struct args *args)
{
    struct strbuf request;
    AUTO_FD int fd = -1;
    int status = app_need(app, APP_STATION);
    if (status != 0) {
        return status;
    }
    strbuf_init(&request, ASK_MAX_BYTES);
    struct json json = json_begin(&request);
    json_open(&json, NULL, '{');
    status = put_request(app, args, &json);
    json_close(&json, '}');
    if (status == 0) {
        status = make_sound(app, args, &fd);
    }
    if (status == 0) {
        status = ask_radio(app, args, &request, fd);
    }
    strbuf_finish(&request);
    return status;
}

static int simple(struct app *app, const struct args *args, const char *word, const char *id)
{
    struct strbuf request;
    strbuf_init(&request, ASK_MAX_BYTES);
    struct json json = json_begin(&request);
    json_open(&json, NULL, '{');
    json_text(&json, "do", word);
    if (id) {
        json_text(&json, "id", id);
        json_text(&json, "who", app_who());
    }
    json_close(&json, '}');
    int status = ask_radio(app, args, &request, -1);
    strbuf_finish(&request);
    return status;
}

static int run(struct app *app, const struct args *args)
{
    int n_said =
        !!args_value(args, "text") + !!args_value(args, "file") + !!args_value(args, "segment");
    int n_where =
        !!args_value(args, "all") + (args_value(args, "line") || args_value(args, "zone"));
    if (args_value(args, "list")) {
        return simple(app, args, "alerts", NULL);
    }
    if (args_value(args, "end")) {
        return simple(app, args, "end-alert", args_value(args, "end"));
    }
    if (n_said != 1) {
        return say_usage("alert", _("say what is to be heard by one of --text, --file and "
                                    "--segment"));
    }
    if (n_where != 1) {
        return say_usage("alert", _("say where it is to be heard: --line, --zone, or --all"));
    }
    return give(app, args);
}

const struct command command_alert = {
    .spec = {.name = "alert",
             .operands = "",
             .summary = N_("say an emergency at once, over everything"),
             .detail = N_("It is heard on its lines within half a second, over programmes, outside "
                          "hours and in\nevery mode, and again as often as --every says, until "
                          "--until, --end, or another\nalert with the same --subject."),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
