/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/ask_radio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "loa/app.h"
#include "loa/args.h"
#include "loa/say.h"
#include "playout/control/client.h"

static void add_ids(struct json *json, const char *list)
{
    while (list && *list) {
        char id[256];
        list += strspn(list, ", ");
        size_t n = strcspn(list, ", ");
        if (n > 0) {
            snprintf(id, sizeof id, "%.*s", (int)n, list);
            json_text(json, NULL, id);
        }
        list += n;
    }
}

void ask_put_lines(struct json *json, const struct args *args)
{
    json_open(json, "lines", '[');
    add_ids(json, args_value(args, "line"));
    add_ids(json, args_value(args, "zone"));
    json_close(json, ']');
}

int ask_duration(const char *text, int64_t *ret_us)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = {
        {"s", 1000000}, {"min", 60000000}, {"m", 60000000}, {"h", 3600000000}, {"d", 86400000000}};
    char *end = NULL;
    long n = strtol(text, &end, 10);
    if (end == text || n < 1 || n > 31L * 86400) {
        return -EINVAL;
    }
    end += strspn(end, " ");
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (strcmp(end, units[i].unit) == 0) {
            *ret_us = n * units[i].us;
            return 0;
        }
    }
    return -EINVAL;
}

/* "21:40:07" of an instant in RFC 3339. */
static const char *time_of(const char *instant, char out[static 16])
{
    const char *t = instant ? strchr(instant, 'T') : NULL;
    snprintf(out, 16, "%.8s", t ? t + 1 : "-");
    return out;
}

static void tell_given(const struct message *given)
{
    char at[16];
    const char *heard = message_text(given, "heard");
    printf(heard ? _("%s: on %zu lines from %s on.\n")
                 : _("%s: on %zu lines, as soon as the radio sounds.%.0s\n"),
           message_text(given, "id"), message_n_texts(given, "lines"), time_of(heard, at));
}

static void tell_standing(const struct message *line)
{
    char given[16];
    char next[16];
    printf(_("%s  %s  given %s  next %s  %zu lines\n"), message_text(line, "id"),
           message_text(line, "title"), time_of(message_text(line, "given"), given),
           message_flag(line, "on_air") ? _("(on air)") : time_of(message_text(line, "next"), next),
           message_n_texts(line, "lines"));
}

static void hear(void *context, const char *bytes, size_t n_bytes, const struct message *line)
{
    const struct message *alert = message_object(line, "alert");
    const struct message *tone = message_object(line, "tone");
    if (*(const bool *)context) {
        printf("%.*s\n", (int)n_bytes, bytes);
    } else if (alert || tone) {
        tell_given(alert ? alert : tone);
    } else if (message_text(line, "id")) {
        tell_standing(line);
    }
}

int ask_radio(struct app *app, const struct args *args, const struct strbuf *request, int fd)
{
    struct fault fault = {0};
    struct control_question question = {.request = strbuf_text(request),
                                        .fds = &fd,
                                        .n_fds = fd >= 0 ? 1 : 0};
    bool json = args->json;
    int r = strbuf_failed(request)
                ? fault_set(&fault, E2BIG, NULL, 0, _("too many lines are named"))
                : control_ask(app->dir, &question, hear, &json, &fault);
    return r < 0 ? say_fault(&fault) : 0;
}
