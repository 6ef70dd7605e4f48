/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/out.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "loa/say.h"
#include "loa/table.h"
#include "station/station.h"

enum { OUT_LINE_MAX = 4 << 20 };

struct out out_begin(bool is_json)
{
    struct out out = {.is_json = is_json};
    strbuf_init(&out.buf, OUT_LINE_MAX);
    return out;
}

struct json *out_object(struct out *out)
{
    strbuf_clear(&out->buf);
    out->json = json_begin(&out->buf);
    json_open(&out->json, NULL, '{');
    return &out->json;
}

void out_end_object(struct out *out)
{
    json_close(&out->json, '}');
    out->failed |= strbuf_failed(&out->buf);
    puts(strbuf_text(&out->buf));
}

int out_finish(struct out *out, const struct table *table)
{
    strbuf_finish(&out->buf);
    if (!out->is_json && table && table_print(table) < 0) {
        out->failed = true;
    }
    if (out->failed) {
        say(_("out of memory"));
        return 3;
    }
    return 0;
}

void out_words(struct json *json, const char *key, const char *words)
{
    json_open(json, key, '[');
    while (words && *words) {
        char word[256];
        size_t n = strcspn(words, " ");
        snprintf(word, sizeof word, "%.*s", (int)n, words);
        json_text(json, NULL, word);
        words += n + (words[n] == ' ');
    }
    json_close(json, ']');
}

void out_lines(struct json *json, const char *key, const struct station *station,
               struct line_set lines)
{
    json_open(json, key, '[');
    for (size_t l = line_set_next(lines, 0); l != SIZE_MAX; l = line_set_next(lines, l + 1)) {
        json_text(json, NULL, station->lines[l].id);
    }
    json_close(json, ']');
}

const char *out_lines_short(struct arena *arena, const struct station *station,
                            struct line_set lines)
{
    size_t n = line_set_count(lines);
    if (n == station->n_lines) {
        return _("all");
    }
    if (n == 0) {
        return "—";
    }
    for (size_t i = 0; n > 1 && i < station->n_zones; i++) {
        if (line_set_equal(station->zones[i].lines, lines)) {
            return station->zones[i].id;
        }
    }
    const char *first = station->lines[line_set_next(lines, 0)].id;
    const char *text = n == 1 ? first : arena_printf(arena, "%s +%zu", first, n - 1);
    return text ? text : first;
}

const char *out_word(const char *word)
{
    /* Here for their translations: the rooms that own the words do not speak. */
    static const char *const words[] = {
        N_("draft"),       N_("approved"),  N_("withdrawn"),  N_("imported"),  N_("duplicate"),
        N_("new-version"), N_("rejected"),  N_("confirmed"),  N_("tentative"), N_("cancelled"),
        N_("refused"),     N_("planned"),   N_("filler"),     N_("unfilled"),  N_("complete"),
        N_("cut"),         N_("preempted"), N_("stopped"),    N_("failed"),    N_("crashed"),
        N_("missing"),     N_("damaged"),   N_("unreadable"), N_("stray"),     N_("repaired"),
        N_("changed"),     N_("unsealed"),  N_("gap"),        N_("ledger"),    N_("original"),
        N_("air"),         N_("peaks"),     N_("fetched"),    N_("unchanged"),
    };
    (void)words;
    return _(word);
}

const char *out_duration(int64_t frames, char out[static OUT_DURATION_MAX])
{
    long long s = (frames + AIR_RATE / 2) / AIR_RATE;
    if (s >= 3600) {
        snprintf(out, OUT_DURATION_MAX, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    } else {
        snprintf(out, OUT_DURATION_MAX, "%lld:%02lld", s / 60, s % 60);
    }
    return out;
}
