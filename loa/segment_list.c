/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/segment_list.h"

#include <math.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/args.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/segment_show.h"
#include "loa/table.h"
#include "media/search.h"

/* The words are joined: however the shell parted them, all must be found. */
static int join_words(const struct args *args, struct strbuf *words)
{
    for (int i = 1; i < args->n_operands; i++) {
        strbuf_add(words, i > 1 ? " " : "");
        strbuf_add(words, args->operands[i]);
    }
    if (strbuf_failed(words)) {
        return say_usage("segment", _("these are too many words; write fewer"));
    }
    return 0;
}

static int read_dates(const struct args *args, struct search *search)
{
    const char *from = args_value(args, "from");
    const char *to = args_value(args, "to");
    struct fault fault = {0};
    if ((from && zone_parse_instant(from, &search->imported_from_us, &fault) < 0) ||
        (to && zone_parse_instant(to, &search->imported_until_us, &fault) < 0)) {
        return say_usage("segment", "%s", fault.text);
    }
    if (search->imported_until_us <= search->imported_from_us) {
        return say_usage("segment", _("--to must come after --from"));
    }
    return 0;
}

/* The exit status; what the options name is checked where it is looked for. */
static int read_search(struct app *app, const struct args *args, struct search *search)
{
    const char *state = args_value(args, "state");
    struct fault fault = {0};
    search->topic = args_value(args, "topic");
    search->kind = args_value(args, "kind");
    search->with_superseded = args_value(args, "all") != NULL;
    search->now_us = clock_now_us(&app->clock);
    if (state && search_state_parse(state, &search->state, &fault) < 0) {
        return say_fault(&fault);
    }
    return read_dates(args, search);
}

static void put_row(struct table *table, const struct segment *segment, int64_t now_us)
{
    char length[OUT_DURATION_MAX];
    table_text(table, segment->code);
    table_cell(table, "%d", segment->version);
    table_text(table, segment->kind);
    table_text(table, segment->topic ? segment->topic : "");
    const char *state = out_word(segment_state_name(segment->state));
    const char *mark = segment_mark(segment, now_us);
    if (*mark) {
        table_cell(table, "%s%s", state, mark);
    } else {
        table_text(table, state);
    }
    table_cell(table, "%s", out_duration(segment->frames, length));
    table_real(table, !isnan(segment->lufs), 1, segment->lufs);
    table_text(table, segment->title);
}

static int put_segments(struct app *app, const struct args *args, const struct segments *segments)
{
    static const char *const heads[] = {N_("code"),  N_("ver"),    N_("kind"), N_("topic"),
                                        N_("state"), N_("length"), N_("LUFS"), N_("title")};
    struct out out = out_begin(args->json);
    struct table table = table_make(app->arena, heads, ARRAY_LEN(heads), 1 << 1 | 1 << 5 | 1 << 6);
    int64_t now_us = clock_now_us(&app->clock);
    for (size_t i = 0; i < segments->n; i++) {
        if (args->json) {
            segment_keys(out_object(&out), &segments->items[i]);
            out_end_object(&out);
        } else {
            put_row(&table, &segments->items[i], now_us);
        }
    }
    if (segments->n == 0 && !args->json) {
        say(_("nothing matches; ask for less, or import recordings with `loa import`"));
    }
    return out_finish(&out, &table);
}

static int list(struct app *app, const struct args *args, struct strbuf *words)
{
    struct search search = SEARCH_ALL;
    struct segments segments = {0};
    struct fault fault = {0};
    int status = app_need(app, APP_STATION | APP_DB_READ);
    if (status == 0) {
        status = join_words(args, words);
    }
    if (status == 0) {
        status = read_search(app, args, &search);
    }
    if (status != 0) {
        return status;
    }
    search.words = strbuf_text(words);
    if (library_search(app->db, app->station, &search, app->arena, &segments, &fault) < 0) {
        return say_fault(&fault);
    }
    return put_segments(app, args, &segments);
}

int segment_list(struct app *app, const struct args *args)
{
    struct strbuf words;
    strbuf_init(&words, SEARCH_WORDS_MAX_BYTES);
    int status = list(app, args, &words);
    strbuf_finish(&words);
    return status;
}
