/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/reconcile.h"

#include <errno.h>
#include <string.h>

#include "airtime/count.h"
#include "airtime/interned.h"
#include "airtime/ledger.h"
#include "airtime/line_sets.h"
#include "airtime/outages.h"
#include "airtime/table.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "station/station.h"

/* How the slots of open microphones begin (playout/mic.h). */
static const char SPOKEN[] = "mic:";

enum { WORK_MAX_BYTES = 512 << 20, KEY_MAX_BYTES = 64 << 10 };

/* An airing of a planned piece. */
struct heard_piece {
    struct heard_piece *next;
    int64_t from_frame;
    int64_t until_frame;
    bool is_on_air; /* still */
    enum end_cause cause;
    const struct line_set *lines;
};

/* Somebody spoke live over these lines. */
struct spoken {
    int64_t from_frame;
    int64_t until_frame;
    const struct line_set *lines;
};

struct piece {
    struct heard_piece *first; /* by start */
    struct heard_piece *last;
};

struct reconciler {
    struct db *db;
    const struct station *station;
    struct arena *arena; /* the caller's */
    struct arena *work;
    struct line_sets *sets;
    struct table pieces; /* by key */
    struct table line_sets;
    struct outages outages;
    struct spoken *spoken; /* by start */
    size_t n_spoken;
    size_t spoken_capacity;
    struct strbuf key;
    struct strbuf reason; /* of the outcome at hand */
    int64_t playhead_frame;
    struct reconcile_row *rows;
    size_t n_rows;
    size_t rows_capacity;
    struct fault *reterr;
};

static int out_of_memory(const struct reconciler *reconciler)
{
    return fault_set(reconciler->reterr, ENOMEM, db_path(reconciler->db), 0, _("out of memory"));
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void make_key(struct strbuf *key, const char *slot_uid, int64_t slot_recurrence_us,
                     int position, int piece)
{
    strbuf_clear(key);
    strbuf_printf(key, "%lld %d %d ", (long long)slot_recurrence_us, position, piece);
    strbuf_add(key, slot_uid);
}

static struct piece *find_piece(struct reconciler *reconciler, const char *slot_uid,
                                int64_t slot_recurrence_us, int position, int piece)
{
    make_key(&reconciler->key, slot_uid, slot_recurrence_us, position, piece);
    return table_find(&reconciler->pieces, strbuf_text(&reconciler->key), reconciler->key.n);
}

static int add_pieces(struct reconciler *reconciler, const struct reconcile_planned *planned,
                      size_t n_planned)
{
    struct piece *pieces = arena_take(reconciler->work, n_planned, sizeof *pieces);
    for (size_t i = 0; i < n_planned; i++) {
        make_key(&reconciler->key, planned[i].slot_uid, planned[i].slot_recurrence_us,
                 planned[i].position, planned[i].piece);
        if (!pieces || strbuf_failed(&reconciler->key) ||
            table_put(&reconciler->pieces, strbuf_text(&reconciler->key), reconciler->key.n,
                      &pieces[i]) < 0) {
            return out_of_memory(reconciler);
        }
    }
    return 0;
}

/* The lines of an airing. NULL: the fault says why. */
static const struct line_set *lines_of(struct reconciler *reconciler, const struct airing *airing,
                                       int *ret_r)
{
    struct line_set lines = {0};
    *ret_r = line_sets_read(reconciler->sets, airing->line_set_id, &lines, reconciler->reterr);
    if (*ret_r < 0) {
        return NULL;
    }
    const struct line_set *own =
        interned_lines(&reconciler->line_sets, lines, reconciler->station->n_lines);
    *ret_r = own ? 0 : out_of_memory(reconciler);
    return own;
}

static int note_spoken(struct reconciler *reconciler, const struct airing *airing)
{
    int r = 0;
    struct spoken *all = arena_grow(reconciler->work, reconciler->spoken, reconciler->n_spoken,
                                    &reconciler->spoken_capacity, sizeof *all);
    if (!all) {
        return out_of_memory(reconciler);
    }
    reconciler->spoken = all;
    all[reconciler->n_spoken] = (struct spoken){
        .from_frame = frames_from_us(airing->start_us),
        .until_frame = count_sounded_until(airing, reconciler->playhead_frame),
        .lines = lines_of(reconciler, airing, &r),
    };
    reconciler->n_spoken += r == 0;
    return r;
}

static int note_airing(void *context, const struct airing *airing)
{
    struct reconciler *reconciler = context;
    if (airing->role == AIRING_FALLBACK) { /* has the key of what it replaced */
        return 0;
    }
    if (strncmp(airing->slot_uid, SPOKEN, strlen(SPOKEN)) == 0) {
        return note_spoken(reconciler, airing);
    }
    struct piece *piece = find_piece(reconciler, airing->slot_uid, airing->slot_recurrence_us,
                                     airing->position, airing->piece);
    if (!piece) {
        return 0;
    }
    int r = 0;
    const struct line_set *lines = lines_of(reconciler, airing, &r);
    if (r < 0) {
        return r;
    }
    struct heard_piece *heard = arena_take(reconciler->work, 1, sizeof *heard);
    if (!heard) {
        return out_of_memory(reconciler);
    }
    heard->from_frame = frames_from_us(airing->start_us);
    heard->until_frame = count_sounded_until(airing, reconciler->playhead_frame);
    heard->is_on_air = airing->frames < 0;
    heard->cause = airing->cause;
    heard->lines = lines;
    *(piece->last ? &piece->last->next : &piece->first) = heard;
    piece->last = heard;
    return 0;
}

/* How one line fared with a piece. Reasons are sentences that are not copied. */
struct outcome {
    int64_t aired;
    int64_t cut;
    int64_t missed;
    const char *reason;
};

/* The line whose time is looked at, and what is known about all. */
struct view {
    const struct reconciler *reconciler;
    size_t line;
};

/* Less than a millisecond has no reason of its own beside a greater one. */
enum { REASONS_MAX = 16, WORTH_FRAMES = AIR_RATE / 1000, REASON_MAX_BYTES = 4096 };

/* Time of the piece in which it was not heard, by who is to blame. */
struct gaps {
    int64_t cut;
    struct {
        const char *text; /* translated; the same reason is the same pointer */
        int64_t frames;
    } reasons[REASONS_MAX];
    size_t n_reasons;
};

/* Was a microphone open there at this frame? */
static bool was_spoken_over(const struct view *view, int64_t frame)
{
    for (size_t i = 0; i < view->reconciler->n_spoken; i++) {
        const struct spoken *spoken = &view->reconciler->spoken[i];
        if (spoken->from_frame <= frame && frame < spoken->until_frame &&
            line_set_has(*spoken->lines, view->line)) {
            return true;
        }
    }
    return false;
}

static const char *reason_of_cut(const struct view *view, const struct heard_piece *before)
{
    if (before->cause == END_PREEMPTED && was_spoken_over(view, before->until_frame)) {
        return _("somebody spoke over it live");
    }
    return before->cause == END_CUT         ? _("the slot ended first")
           : before->cause == END_PREEMPTED ? _("another programme took the line")
                                            : _("a person stopped it");
}

static const char *reason_of_miss(const struct heard_piece *before, bool went_on)
{
    if (!before) {
        return _("it began late");
    }
    return before->is_on_air               ? _("it is still on air")
           : before->cause == END_COMPLETE ? _("the recording was shorter than planned")
           : before->cause == END_FAILED && went_on
               ? _("the sound broke off and was joined again: its source gave none, the machine "
                   "was too slow, or its clock was set")
           : before->cause == END_FAILED
               ? _("the recording could not be played on, or the clock was set back")
               : _("the radio stopped");
}

/* Kept in the order of their frames, the most first. */
static void add_reason(struct gaps *gaps, const char *text, int64_t frames)
{
    size_t i = 0;
    while (i < gaps->n_reasons && gaps->reasons[i].text != text) {
        i++;
    }
    if (i == REASONS_MAX) {
        return;
    }
    if (i == gaps->n_reasons) {
        gaps->reasons[gaps->n_reasons++].text = text;
        gaps->reasons[i].frames = 0;
    }
    gaps->reasons[i].frames += frames;
    for (; i > 0 && gaps->reasons[i].frames > gaps->reasons[i - 1].frames; i--) {
        int64_t less = gaps->reasons[i - 1].frames;
        const char *other = gaps->reasons[i - 1].text;
        gaps->reasons[i - 1] = gaps->reasons[i];
        gaps->reasons[i].text = other;
        gaps->reasons[i].frames = less;
    }
}

/* All that are worth it, one after the other; as long as the buffer is not used again. */
static const char *reason_text(struct strbuf *buffer, const struct gaps *gaps)
{
    if (gaps->n_reasons == 0) {
        return _("some of its sound was lost");
    }
    strbuf_clear(buffer);
    strbuf_add(buffer, gaps->reasons[0].text);
    for (size_t i = 1; i < gaps->n_reasons && gaps->reasons[i].frames >= WORTH_FRAMES; i++) {
        strbuf_printf(buffer, "; %s", gaps->reasons[i].text);
    }
    return strbuf_text(buffer);
}

/* A gap is put down to how the airing before it ended; NULL: none was before. went_on: there is
 * one after it. */
static void add_gap(const struct view *view, struct gaps *gaps, const struct heard_piece *before,
                    bool went_on, int64_t frames)
{
    if (frames <= 0) {
        return;
    }
    bool decided = before && (before->cause == END_CUT || before->cause == END_PREEMPTED ||
                              before->cause == END_STOPPED);
    gaps->cut += decided ? frames : 0;
    add_reason(gaps, decided ? reason_of_cut(view, before) : reason_of_miss(before, went_on),
               frames);
}

static struct outcome fare(struct reconciler *reconciler, const struct reconcile_planned *planned,
                           const struct piece *piece, size_t line)
{
    const struct outages_of_line *outages = outages_of_index(&reconciler->outages, line);
    const struct view view = {reconciler, line};
    struct gaps gaps = {0};
    int64_t lost_frames = 0;
    int64_t cursor = planned->start_frame;
    int64_t end = planned->start_frame + planned->n_frames;
    int64_t heard_frames = 0;
    const struct heard_piece *before = NULL;
    for (const struct heard_piece *heard = piece->first; heard; heard = heard->next) {
        if (!line_set_has(*heard->lines, line)) {
            continue;
        }
        add_gap(&view, &gaps, before, true, smaller(heard->from_frame, end) - cursor);
        cursor = larger(cursor, smaller(heard->until_frame, end));
        int64_t lost = outages_lost(outages, heard->from_frame, heard->until_frame);
        heard_frames += heard->until_frame - heard->from_frame - lost;
        lost_frames += lost;
        before = heard;
    }
    if (!before) {
        return (struct outcome){.missed = planned->n_frames,
                                .reason = _("the radio was not running, or not on this line")};
    }
    add_gap(&view, &gaps, before, false, end - cursor);
    if (lost_frames > 0) {
        add_reason(&gaps, _("the way out of the line failed"), lost_frames);
    }
    /* What began late but was heard to its end was heard: gaps only share out the rest. */
    struct outcome outcome = {.aired = smaller(heard_frames, planned->n_frames), .reason = ""};
    int64_t rest = planned->n_frames - outcome.aired;
    outcome.cut = smaller(gaps.cut, rest);
    outcome.missed = rest - outcome.cut;
    if (rest > 0) {
        outcome.reason = reason_text(&reconciler->reason, &gaps);
    }
    return outcome;
}

static struct reconcile_row *new_row(struct reconciler *reconciler,
                                     const struct reconcile_planned *planned)
{
    struct reconcile_row *rows = arena_grow(reconciler->arena, reconciler->rows, reconciler->n_rows,
                                            &reconciler->rows_capacity, sizeof *rows);
    struct line_set lines = line_set_make(reconciler->arena, reconciler->station->n_lines);
    if (!rows || !lines.words) {
        return NULL;
    }
    reconciler->rows = rows;
    struct reconcile_row *row = &rows[reconciler->n_rows++];
    *row = (struct reconcile_row){.planned = planned,
                                  .lines = lines,
                                  .planned_frames = planned->n_frames};
    return row;
}

/* The row, from `first` on, of lines that fared so. */
static struct reconcile_row *row_for(struct reconciler *reconciler,
                                     const struct reconcile_planned *planned, size_t first,
                                     const struct outcome *outcome)
{
    for (size_t i = first; i < reconciler->n_rows; i++) {
        struct reconcile_row *row = &reconciler->rows[i];
        if (row->aired_frames == outcome->aired && row->cut_frames == outcome->cut &&
            strcmp(row->reason, outcome->reason) == 0) {
            return row;
        }
    }
    struct reconcile_row *row = new_row(reconciler, planned);
    const char *reason = arena_strdup(reconciler->arena, outcome->reason);
    if (!row || !reason || strbuf_failed(&reconciler->reason)) {
        return NULL;
    }
    row->aired_frames = outcome->aired;
    row->cut_frames = outcome->cut;
    row->missed_frames = outcome->missed;
    row->reason = reason;
    return row;
}

static int settle_piece(struct reconciler *reconciler, const struct reconcile_planned *planned)
{
    const struct piece *piece =
        find_piece(reconciler, planned->slot_uid, planned->slot_recurrence_us, planned->position,
                   planned->piece);
    size_t first = reconciler->n_rows;
    for (size_t line = line_set_next(planned->lines, 0); line != SIZE_MAX;
         line = line_set_next(planned->lines, line + 1)) {
        struct outcome outcome = {.reason = planned->reason ? planned->reason : ""};
        if (planned->n_frames > 0) {
            outcome = fare(reconciler, planned, piece, line);
        }
        struct reconcile_row *row = row_for(reconciler, planned, first, &outcome);
        if (!row) {
            return out_of_memory(reconciler);
        }
        line_set_add(row->lines, line);
    }
    return 0;
}

static struct reconcile sum_up(const struct reconciler *reconciler)
{
    struct reconcile sum = {.rows = reconciler->rows, .n_rows = reconciler->n_rows};
    for (size_t i = 0; i < sum.n_rows; i++) {
        const struct reconcile_row *row = &sum.rows[i];
        int64_t n_lines = (int64_t)line_set_count(row->lines);
        sum.planned_frames += row->planned_frames * n_lines;
        sum.aired_frames += row->aired_frames * n_lines;
        sum.cut_frames += row->cut_frames * n_lines;
        sum.missed_frames += row->missed_frames * n_lines;
    }
    return sum;
}

static int read_airings(struct reconciler *reconciler, const struct reconcile_planned *planned,
                        size_t n_planned)
{
    int64_t from = INT64_MAX;
    int64_t until = INT64_MIN;
    for (size_t i = 0; i < n_planned; i++) {
        from = smaller(from, planned[i].start_frame);
        until = larger(until, planned[i].start_frame + planned[i].n_frames);
    }
    if (n_planned == 0) {
        return 0;
    }
    /* A piece that could not begin in time begins late, but not a month late. */
    int64_t to_us = frames_to_us(until) + AIRING_MAX_US;
    int r = outages_read(reconciler->db, frames_to_us(from), to_us, reconciler->work,
                         &reconciler->outages, reconciler->reterr);
    if (r == 0 && outages_number(&reconciler->outages, reconciler->sets) < 0) {
        return out_of_memory(reconciler);
    }
    return r < 0 ? r
                 : ledger_visit(reconciler->db, frames_to_us(from), to_us, note_airing, reconciler,
                                reconciler->reterr);
}

static int reconcile_all(struct reconciler *reconciler, const struct reconcile_planned *planned,
                         size_t n_planned)
{
    if (!reconciler->work) {
        return out_of_memory(reconciler);
    }
    int r = line_sets_create(reconciler->db, reconciler->station, &reconciler->sets,
                             reconciler->reterr);
    if (r == 0) {
        r = ledger_read_playhead(reconciler->db, &reconciler->playhead_frame, reconciler->reterr);
    }
    if (r == 0) {
        r = add_pieces(reconciler, planned, n_planned);
    }
    if (r == 0) {
        r = read_airings(reconciler, planned, n_planned);
    }
    for (size_t i = 0; i < n_planned && r == 0; i++) {
        r = settle_piece(reconciler, &planned[i]);
    }
    return r;
}

int reconcile_make(struct db *db, const struct station *station,
                   const struct reconcile_planned *planned, size_t n_planned, struct arena *arena,
                   struct reconcile *ret_reconcile, struct fault *reterr)
{
    struct arena *work = arena_create(WORK_MAX_BYTES);
    struct reconciler reconciler = {.db = db,
                                    .station = station,
                                    .arena = arena,
                                    .work = work,
                                    .pieces = {.arena = work},
                                    .line_sets = {.arena = work},
                                    .reterr = reterr};
    strbuf_init(&reconciler.key, KEY_MAX_BYTES);
    strbuf_init(&reconciler.reason, REASON_MAX_BYTES);
    int r = reconcile_all(&reconciler, planned, n_planned);
    if (r == 0) {
        *ret_reconcile = sum_up(&reconciler);
    }
    strbuf_finish(&reconciler.key);
    strbuf_finish(&reconciler.reason);
    line_sets_destroy(reconciler.sets);
    arena_destroy(work);
    return r;
}
