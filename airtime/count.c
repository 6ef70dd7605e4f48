/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/count.h"

#include <errno.h>
#include <string.h>

#include "airtime/line_sets.h"
#include "airtime/occurrences.h"
#include "airtime/outages.h"
#include "airtime/table.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"

enum { WALK_MAX_BYTES = 256 << 20 };

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t count_sounded_until(const struct airing *airing, int64_t playhead_frame)
{
    int64_t start = frames_from_us(airing->start_us);
    if (airing->frames < 0) {
        int64_t planned = frames_from_us(airing->planned_start_us) + airing->planned_frames;
        return larger(start, smaller(playhead_frame, planned));
    }
    return larger(start, smaller(start + airing->frames, frames_from_us(airing->end_us)));
}

bool count_window_has_end(const struct count_window *window, int64_t end_frame)
{
    return end_frame > window->from_frame && end_frame <= window->until_frame;
}

int count_time(struct count_bucket *bucket, struct arena *arena, int64_t from_frame,
               int64_t until_frame)
{
    bool meets = false;
    for (size_t i = 0; i < bucket->n_windows; i++) {
        struct count_window *window = &bucket->windows[i];
        int64_t from = larger(from_frame, window->from_frame);
        int64_t until = smaller(until_frame, window->until_frame);
        if (from < until) {
            window->frames += cover_missing(&bucket->cover, from, until);
            meets = true;
        }
    }
    return meets ? cover_add(&bucket->cover, arena, from_frame, until_frame) : 0;
}

void count_recording(struct count_bucket *bucket, enum counts_as counts, int64_t end_frame)
{
    for (size_t i = 0; i < bucket->n_windows; i++) {
        struct count_window *window = &bucket->windows[i];
        if (count_window_has_end(window, end_frame)) {
            window->features += counts == COUNTS_FEATURE;
            window->items += counts == COUNTS_ITEM;
        }
    }
}

void count_run(struct count_bucket *bucket, bool repeat, int64_t end_frame)
{
    for (size_t i = 0; i < bucket->n_windows; i++) {
        struct count_window *window = &bucket->windows[i];
        if (count_window_has_end(window, end_frame)) {
            window->repeats += repeat;
            window->first_runs += !repeat;
        }
    }
}

/* What the walk knows of a recording: its first airing that made it whole. */
struct recording {
    struct recording *next;
    struct count_first first;
    int64_t airing_id;
};

struct walk_state {
    struct count_walk *walk;
    struct line_sets *sets;
    struct arena *arena;
    struct table recordings; /* by code */
    struct recording *list;
    struct occurrences occurrences;
    struct outages outages;
    struct line_set whole; /* scratch, one airing's, and so is all up to reterr's */
    struct line_set heard;
    struct line_set one; /* empty between uses */
    struct cover_span span;
    struct cover cover;
    struct arena *cover_arena;
    int64_t playhead_frame;
    struct fault *reterr;
};

static int out_of_memory(struct walk_state *state)
{
    return fault_set(state->reterr, ENOMEM, db_path(state->walk->db), 0, _("out of memory"));
}

/* The lines that have heard the recording without a gap up to this airing's beginning. */
static void lines_without_gap(struct walk_state *state, const struct occurrence *item,
                              const struct count_heard *heard)
{
    line_set_clear(state->whole);
    if (heard->airing->offset_frames > 0 && item) {
        occurrence_lines_from(item, heard->airing, heard->airing->offset_frames, state->whole);
        line_set_and(state->whole, heard->lines);
    } else if (heard->airing->offset_frames == 0) {
        line_set_or(state->whole, heard->lines);
    }
}

/* Lines that lost some of it have heard it without a gap up to there, and no further. */
static int leave_out_lost(struct walk_state *state, const struct count_heard *heard,
                          struct occurrence *item)
{
    const struct airing *airing = heard->airing;
    for (size_t line = line_set_next(state->whole, 0); line != SIZE_MAX;
         line = line_set_next(state->whole, line + 1)) {
        const struct outages_of_line *of_line = outages_of_index(heard->outages, line);
        int64_t first = outages_first(of_line, heard->from_frame, heard->until_frame);
        if (first == heard->until_frame) {
            continue;
        }
        line_set_remove(state->whole, line);
        if (first > heard->from_frame) {
            line_set_add(state->one, line);
            int r = occurrence_note(&state->occurrences, item, airing,
                                    airing->offset_frames + first - heard->from_frame, state->one);
            line_set_remove(state->one, line);
            if (r < 0) {
                return out_of_memory(state);
            }
        }
    }
    return 0;
}

/* Follow the pieces of an item: fills in what became whole, and the marks of the item. */
static int follow_item(struct walk_state *state, struct count_heard *heard)
{
    const struct airing *airing = heard->airing;
    int64_t reached = airing->offset_frames + heard->until_frame - heard->from_frame;
    bool ends =
        airing->frames >= 0 && airing->cause == END_COMPLETE && reached >= airing->whole_frames;
    bool in_one = ends && airing->offset_frames == 0;
    bool asked = airing->role == AIRING_PROGRAMME && airing->start_us >= state->walk->items_from_us;
    struct occurrence *item = NULL;
    if (asked || !in_one || heard->outages) {
        item = occurrences_of(&state->occurrences, airing);
        if (!item) {
            return out_of_memory(state);
        }
    }
    lines_without_gap(state, item, heard);
    if (heard->outages && leave_out_lost(state, heard, item) < 0) {
        return -ENOMEM;
    }
    if (!ends && !line_set_is_empty(state->whole)) {
        if (occurrence_note(&state->occurrences, item, airing, reached, state->whole) < 0) {
            return out_of_memory(state);
        }
        line_set_clear(state->whole);
    }
    heard->whole_lines = state->whole;
    /* What was carried live is no recording: nobody can have heard it whole. */
    heard->is_whole = *airing->segment_code && !line_set_is_empty(state->whole);
    if (item && asked) {
        heard->first_sound_of_item = !item->has_sounded && heard->n_parts > 0;
        heard->first_whole_of_item = !item->was_whole && heard->is_whole;
        item->has_sounded |= heard->first_sound_of_item;
        item->was_whole |= heard->first_whole_of_item;
    }
    return 0;
}

static bool keep_first(struct arena *arena, struct recording *recording,
                       const struct count_heard *heard)
{
    const struct airing *airing = heard->airing;
    recording->airing_id = airing->id;
    recording->first = (struct count_first){
        .segment_code = recording->first.segment_code,
        .kind = arena_strdup(arena, airing->kind),
        .topic = airing->topic ? arena_strdup(arena, airing->topic) : NULL,
        .tags = arena_strdup(arena, airing->tags),
        .end_frame = heard->until_frame,
    };
    return recording->first.kind && recording->first.tags &&
           (recording->first.topic || !airing->topic);
}

static struct recording *new_recording(struct walk_state *state, const char *code)
{
    struct recording *recording = arena_take(state->arena, 1, sizeof *recording);
    if (!recording) {
        return NULL;
    }
    recording->first.segment_code = arena_strdup(state->arena, code);
    recording->first.end_frame = INT64_MAX;
    recording->next = state->list;
    if (!recording->first.segment_code ||
        table_put(&state->recordings, code, strlen(code), recording) < 0) {
        return NULL;
    }
    state->list = recording;
    return recording;
}

/* Airings come by their start, but the first time is the one that ended first. */
static int note_first(struct walk_state *state, const struct count_heard *heard)
{
    const char *code = heard->airing->segment_code;
    struct recording *recording = table_find(&state->recordings, code, strlen(code));
    if (!recording) {
        recording = new_recording(state, code);
    }
    if (!recording || (heard->until_frame < recording->first.end_frame &&
                       !keep_first(state->arena, recording, heard))) {
        return out_of_memory(state);
    }
    return 0;
}

void count_lines_between(const struct count_heard *heard, int64_t from_frame, int64_t until_frame,
                         struct line_set into)
{
    int64_t from = larger(from_frame, heard->from_frame);
    int64_t until = smaller(until_frame, heard->until_frame);
    if (from >= until) {
        return;
    }
    if (!heard->outages) {
        line_set_or(into, heard->lines);
        return;
    }
    for (size_t line = line_set_next(heard->lines, 0); line != SIZE_MAX;
         line = line_set_next(heard->lines, line + 1)) {
        if (outages_lost(outages_of_index(heard->outages, line), from, until) < until - from) {
            line_set_add(into, line);
        }
    }
}

/* What of it was heard, and by whom: what was mixed, but for the outages. */
static int take_off_outages(struct walk_state *state, struct count_heard *heard)
{
    state->span = (struct cover_span){heard->from_frame, heard->until_frame};
    heard->parts = &state->span;
    heard->n_parts = heard->from_frame < heard->until_frame;
    if (!outages_touch(&state->outages, heard->from_frame, heard->until_frame)) {
        return 0;
    }
    heard->outages = &state->outages;
    arena_clear(state->cover_arena);
    state->cover = (struct cover){0};
    if (outages_heard(&state->outages, heard->lines, heard->from_frame, heard->until_frame,
                      state->cover_arena, &state->cover) < 0) {
        return out_of_memory(state);
    }
    heard->parts = state->cover.spans;
    heard->n_parts = state->cover.n;
    line_set_clear(state->heard);
    count_lines_between(heard, heard->from_frame, heard->until_frame, state->heard);
    heard->lines = state->heard;
    return 0;
}

static int walk_one(void *context, const struct airing *airing)
{
    struct walk_state *state = context;
    struct count_heard heard = {.airing = airing, .from_frame = frames_from_us(airing->start_us)};
    int r = line_sets_read(state->sets, airing->line_set_id, &heard.lines, state->reterr);
    if (r == 0) {
        bool somewhere = !line_set_is_empty(heard.lines);
        heard.until_frame =
            somewhere ? count_sounded_until(airing, state->playhead_frame) : heard.from_frame;
        r = take_off_outages(state, &heard);
    }
    if (r == 0) {
        r = follow_item(state, &heard);
    }
    if (r == 0 && heard.is_whole && airing->role == AIRING_PROGRAMME) {
        r = note_first(state, &heard);
    }
    if (r < 0) {
        return r;
    }
    r = state->walk->heard(state->walk->context, &heard);
    return r == -ENOMEM ? out_of_memory(state) : r;
}

static int walk_begin(struct walk_state *state)
{
    struct count_walk *walk = state->walk;
    state->arena = arena_create(WALK_MAX_BYTES);
    state->cover_arena = arena_create(WALK_MAX_BYTES);
    state->recordings.arena = state->arena;
    int r = state->arena && state->cover_arena ? 0 : out_of_memory(state);
    if (r == 0) {
        r = line_sets_create(walk->db, walk->station, &state->sets, state->reterr);
    }
    if (r == 0) {
        r = line_sets_keep_former(state->sets, state->reterr);
    }
    if (r == 0) {
        r = ledger_read_playhead(walk->db, &state->playhead_frame, state->reterr);
    }
    if (r < 0) {
        return r;
    }
    r = outages_read(walk->db, INT64_MIN, INT64_MAX, state->arena, &state->outages, state->reterr);
    if (r < 0) {
        return r;
    }
    walk->n_lines = line_sets_n_lines(state->sets);
    occurrences_init(&state->occurrences, walk->n_lines);
    state->whole = line_set_make(state->arena, walk->n_lines);
    state->heard = line_set_make(state->arena, walk->n_lines);
    state->one = line_set_make(state->arena, walk->n_lines);
    if (!state->whole.words || !state->heard.words || !state->one.words ||
        outages_number(&state->outages, state->sets) < 0 ||
        (walk->begin && walk->begin(walk->context, walk) < 0)) {
        return out_of_memory(state);
    }
    return 0;
}

int count_walk(struct count_walk *walk, struct fault *reterr)
{
    struct walk_state state = {.walk = walk, .reterr = reterr};
    int r = walk_begin(&state);
    if (r == 0) {
        r = ledger_visit(walk->db, INT64_MIN, walk->to_us, walk_one, &state, reterr);
    }
    for (const struct recording *recording = state.list; recording && r == 0;
         recording = recording->next) {
        r = walk->first(walk->context, &recording->first);
        r = r == -ENOMEM ? out_of_memory(&state) : r;
    }
    occurrences_finish(&state.occurrences);
    line_sets_destroy(state.sets);
    arena_destroy(state.arena);
    arena_destroy(state.cover_arena);
    return r;
}
