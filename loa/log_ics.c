/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/log_ics.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "airtime/ledger.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/ics_out.h"
#include "loa/log_losses.h"
#include "loa/out.h"
#include "loa/say.h"
#include "scheduler/calendar/ical_text.h"
#include "station/station.h"

enum { TEXT_MAX_BYTES = 1 << 20, ID_MAX = 256 };

struct log_ics {
    struct ics_out out;
    const struct app *app;
    size_t line;
    struct line_set lines; /* of the airing; those that the station still has */
    struct log_losses losses;
};

static void read_lines(struct log_ics *log, const char *ids)
{
    line_set_clear(log->lines);
    while (*ids) {
        char id[ID_MAX];
        size_t n = strcspn(ids, " ");
        snprintf(id, sizeof id, "%.*s", (int)n, ids);
        size_t line = station_find_line(log->app->station, id);
        if (line != SIZE_MAX) {
            line_set_add(log->lines, line);
        }
        ids += n + (ids[n] == ' ');
    }
}

static void add_categories(struct strbuf *buf, const struct airing *airing)
{
    struct strbuf list;
    strbuf_init(&list, TEXT_MAX_BYTES);
    ical_text_escape(&list, airing->kind);
    if (airing->topic) {
        strbuf_add(&list, ",");
        ical_text_escape(&list, airing->topic);
    }
    ical_text_line(buf, "CATEGORIES", strbuf_text(&list));
    strbuf_finish(&list);
}

/* The recording, when it began against the plan, how long it was heard, why it ended, and what of
 * it was lost on its way. */
static void add_description(struct log_ics *log, const struct airing *airing)
{
    const char *line_id = log->line == SIZE_MAX ? NULL : log->app->station->lines[log->line].id;
    struct strbuf text;
    char lost[LOG_LOST_MAX];
    char start[ZONE_INSTANT_MAX];
    char planned[ZONE_INSTANT_MAX];
    char length[OUT_DURATION_MAX];
    strbuf_init(&text, TEXT_MAX_BYTES);
    zone_format_time(airing->start_us, start);
    zone_format_time(airing->planned_start_us, planned);
    strbuf_printf(&text, "%s\n", airing->segment_code);
    strbuf_printf(&text, _("began at %s, planned for %s"), start, planned);
    if (airing->end_us == INT64_MAX) {
        strbuf_printf(&text, "\n%s", _("on air"));
    } else {
        int64_t lost_frames = line_id ? log_loss_of(&log->losses, airing, line_id).frames : 0;
        strbuf_printf(&text, "\n%s, %s", out_duration(airing->frames - lost_frames, length),
                      out_word(end_cause_name(airing->cause)));
    }
    if (log_losses_say(&log->losses, airing, line_id, lost)) {
        strbuf_printf(&text, "\n%s", lost);
    }
    ical_text_value(&log->out.buf, "DESCRIPTION", strbuf_text(&text));
    strbuf_finish(&text);
}

static int show(void *context, const struct airing *airing)
{
    struct log_ics *log = context;
    char uid[ID_MAX];
    struct strbuf title;
    read_lines(log, airing->lines);
    if (log->line != SIZE_MAX && !line_set_has(log->lines, log->line)) {
        return 0;
    }
    /* The ledger's number, and the instant, so that two stations' differ. */
    snprintf(uid, sizeof uid, "log/%lld/%lld", (long long)airing->id, (long long)airing->start_us);
    int64_t planned_end_us =
        frames_to_us(frames_from_us(airing->start_us) + airing->planned_frames);
    ics_open_event(&log->out, uid, airing->start_us,
                   airing->end_us == INT64_MAX ? planned_end_us : airing->end_us);
    strbuf_init(&title, TEXT_MAX_BYTES);
    strbuf_add(&title, airing->title);
    strbuf_add(&title, airing->repeat && airing->role == AIRING_PROGRAMME ? _(" (repeat)") : "");
    ical_text_value(&log->out.buf, "SUMMARY", strbuf_text(&title));
    strbuf_finish(&title);
    ical_text_line(&log->out.buf, "STATUS", "CONFIRMED");
    ics_lines(&log->out, log->lines);
    add_categories(&log->out.buf, airing);
    add_description(log, airing);
    ics_close_event(&log->out);
    return 0;
}

int log_ics_print(struct app *app, int64_t from_us, int64_t to_us, size_t line)
{
    struct fault fault = {0};
    struct log_ics log = {.out = ics_begin(app, N_("as aired"), line),
                          .app = app,
                          .line = line,
                          .lines = line_set_make(app->arena, app->station->n_lines)};
    int r = log.lines.words ? 0 : fault_set(&fault, ENOMEM, NULL, 0, _("out of memory"));
    if (r == 0) {
        r = log_losses_read(&log.losses, app->db, from_us, to_us, app->arena, &fault);
    }
    if (r == 0) {
        r = ledger_visit(app->db, from_us, to_us, show, &log, &fault);
    }
    int status = ics_finish(&log.out);
    return r < 0 ? say_fault(&fault) : status;
}
