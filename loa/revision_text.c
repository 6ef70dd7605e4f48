/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/revision_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/frames.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/revision.h"

enum { LENGTH_MAX = 32, LABEL_MAX = 512 };

/* ---- why */

static const char *cause_form(const struct plan_cause *cause)
{
    static const struct {
        const char *act;
        const char *form;
    } forms[] = {
        {"edited", N_("%s was edited by %s")},
        {"approved", N_("%s was approved by %s")},
        {"withdrawn", N_("%s was withdrawn by %s")},
        {"removed", N_("the files of %s were removed by %s")},
        {"restored", N_("the files of %s were put back by %s")},
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (strcmp(cause->act, forms[i].act) == 0) {
            return _(forms[i].form);
        }
    }
    return _("%s was changed by %s");
}

static void cause_text(struct strbuf *text, const struct plan_cause *cause)
{
    char subject[LABEL_MAX];
    char date[ZONE_INSTANT_MAX];
    char time[ZONE_INSTANT_MAX];
    if (cause->kind != CAUSE_LIBRARY && strcmp(cause->act, "removed") == 0) {
        strbuf_printf(text, _("%s is not there any more"), cause->subject);
        return;
    }
    if (cause->n > 1) {
        snprintf(subject, sizeof subject, "%s +%lld", cause->subject, (long long)cause->n - 1);
    } else {
        snprintf(subject, sizeof subject, "%s", cause->subject);
    }
    if (*cause->who) {
        strbuf_printf(text, cause_form(cause), subject, cause->who);
    } else {
        strbuf_printf(text, _("%s was fetched anew"), subject);
    }
    if (cause->at_us != INT64_MIN) {
        zone_format_date(cause->at_us, date);
        zone_format_time(cause->at_us, time);
        strbuf_printf(text, _(" on %s at %s"), date, time);
    }
    if (*cause->reason) {
        strbuf_printf(text, ": %s", cause->reason);
    }
}

void revision_causes_text(struct strbuf *text, const struct plan_cause *causes, size_t n_causes)
{
    for (size_t i = 0; i < n_causes; i++) {
        strbuf_add(text, i ? "; " : "");
        cause_text(text, &causes[i]);
    }
    if (n_causes == 0) {
        strbuf_add(text, _("it is not known why"));
    }
}

/* ---- what */

static bool sounds(const struct plan_outcome *outcome)
{
    return outcome->state == PLAN_PLANNED || outcome->state == PLAN_FILLER;
}

/* "17:00", "17:00:30", and with its date where that is another one's too. */
static void add_time(struct strbuf *text, int64_t us, int64_t other_us)
{
    char date[ZONE_INSTANT_MAX];
    char other[ZONE_INSTANT_MAX];
    char time[ZONE_INSTANT_MAX];
    zone_format_date(us, date);
    zone_format_date(other_us, other);
    zone_format_time(us, time);
    size_t n = strlen(time);
    if (n > 3 && strcmp(&time[n - 3], ":00") == 0) {
        time[n - 3] = '\0';
    }
    if (strcmp(date, other) != 0) {
        strbuf_printf(text, "%s ", date);
    }
    strbuf_add(text, time);
}

static const char *length(int64_t frames, char out[static LENGTH_MAX])
{
    long long s = (frames + AIR_RATE / 2) / AIR_RATE;
    snprintf(out, LENGTH_MAX, "%lld:%02lld", s / 60, s % 60);
    return out;
}

/* "Title (code)" */
static const char *label(const struct plan_outcome *outcome, char out[static LABEL_MAX])
{
    if (outcome->code) {
        snprintf(out, LABEL_MAX, "%s (%s)", outcome->title, outcome->code);
    } else {
        snprintf(out, LABEL_MAX, "%s", outcome->title);
    }
    return out;
}

static void add_moved(struct strbuf *text, const struct plan_outcome *before,
                      const struct plan_outcome *after)
{
    struct strbuf from;
    struct strbuf to;
    strbuf_init(&from, LABEL_MAX);
    strbuf_init(&to, LABEL_MAX);
    add_time(&from, before->start_us, after->start_us);
    add_time(&to, after->start_us, before->start_us);
    strbuf_printf(text, _("moved from %s to %s"), strbuf_text(&from), strbuf_text(&to));
    strbuf_finish(&from);
    strbuf_finish(&to);
}

static const char *next_part(bool *is_begun)
{
    const char *separator = *is_begun ? "; " : "";
    *is_begun = true;
    return separator;
}

/* What is different although it is the same thing: where, and how long or loud. */
static void add_differences(struct strbuf *text, const struct plan_change *change,
                            const char *lines_before, const char *lines_after, bool is_begun)
{
    const struct plan_outcome *before = change->before;
    const struct plan_outcome *after = change->after;
    char was[LENGTH_MAX];
    char is[LENGTH_MAX];
    if (before->line_set_id != after->line_set_id) {
        strbuf_add(text, next_part(&is_begun));
        strbuf_printf(text, _("on %s instead of %s"), lines_after, lines_before);
    }
    if (before->frames != after->frames && sounds(before) && sounds(after)) {
        strbuf_add(text, next_part(&is_begun));
        strbuf_printf(text, _("%s long instead of %s"), length(after->frames, is),
                      length(before->frames, was));
    }
    if (before->code && after->code && before->gain_db != after->gain_db) {
        strbuf_add(text, next_part(&is_begun));
        strbuf_printf(text, _("level changed by %+.1f dB"), after->gain_db - before->gain_db);
    }
}

static void slot_text(struct strbuf *text, const struct plan_change *change,
                      const char *lines_before, const char *lines_after)
{
    const struct plan_outcome *before = change->before;
    const struct plan_outcome *after = change->after;
    bool is_begun = change->kind == CHANGE_MOVED;
    if (!before || !after) {
        strbuf_add(text, after ? _("added") : _("taken out"));
        if (after && !sounds(after)) {
            strbuf_printf(text, _("; it does not air: %s"), after->reason);
        }
        return;
    }
    if (change->kind == CHANGE_MOVED) {
        add_moved(text, before, after);
    }
    if (!sounds(after)) {
        strbuf_add(text, next_part(&is_begun));
        strbuf_printf(text, _("it does not air: %s"), after->reason);
    } else if (!sounds(before)) {
        strbuf_add(text, next_part(&is_begun));
        strbuf_add(text, _("it airs after all"));
    }
    if (strcmp(before->title, after->title) != 0) {
        strbuf_add(text, next_part(&is_begun));
        strbuf_printf(text, _("it was called \"%s\""), before->title);
    }
    add_differences(text, change, lines_before, lines_after, is_begun);
}

static bool is_same_thing(const struct plan_outcome *a, const struct plan_outcome *b)
{
    return sounds(a) && sounds(b) && a->code && b->code && strcmp(a->code, b->code) == 0;
}

static void item_text(struct strbuf *text, const struct plan_change *change,
                      const char *lines_before, const char *lines_after)
{
    const struct plan_outcome *before = change->before;
    const struct plan_outcome *after = change->after;
    char was[LABEL_MAX];
    char is[LABEL_MAX];
    if (!before) {
        strbuf_printf(text, _("%s added"), label(after, is));
    } else if (!after) {
        strbuf_printf(text, _("%s taken out"), label(before, was));
    } else if (!sounds(after)) {
        strbuf_printf(text, _("%s does not air: %s"), label(before, was), after->reason);
    } else if (!is_same_thing(before, after)) {
        strbuf_printf(text, _("%s instead of %s"), label(after, is), label(before, was));
    } else {
        bool is_newer = before->version != after->version;
        if (is_newer) {
            strbuf_printf(text, _("%s in its version %d"), label(after, is), after->version);
        } else {
            strbuf_printf(text, "%s: ", label(after, is));
        }
        add_differences(text, change, lines_before, lines_after, is_newer);
    }
}

void revision_change_text(struct strbuf *text, const struct plan_change *change,
                          const char *lines_before, const char *lines_after)
{
    strbuf_printf(text, "%s: ", change->slot_title);
    if (change->position < 0) {
        slot_text(text, change, lines_before, lines_after);
    } else {
        item_text(text, change, lines_before, lines_after);
    }
}
