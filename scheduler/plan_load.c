/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "airtime/line_sets.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "scheduler/planner.h"
#include "scheduler/planner_int.h"

/* The frozen plan, read back. What was promised stays as it was promised; only what may
 * no longer air is taken out. */

struct loader {
    const struct planner_inputs *inputs;
    struct arena *arena;           /* the plan's */
    const struct segment **by_id;  /* all segments; NULL until made */
    const struct segment **copies; /* of by_id's, in the arena; made at first use */
    struct line_sets *sets;
    struct plan_item *items;
    size_t n;
    size_t capacity;
};

static int segment_id_compare(const void *a, const void *b)
{
    const struct segment *x = *(const struct segment *const *)a;
    const struct segment *y = *(const struct segment *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

static int loader_index_segments(struct loader *loader, struct arena *scratch)
{
    const struct segments *segments = loader->inputs->segments;
    loader->by_id = arena_take(scratch, segments->n, sizeof(struct segment *));
    loader->copies = arena_take(scratch, segments->n, sizeof(struct segment *));
    if (!loader->by_id || !loader->copies) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < segments->n; i++) {
        loader->by_id[i] = &segments->items[i];
    }
    if (segments->n) {
        qsort(loader->by_id, segments->n, sizeof *loader->by_id, segment_id_compare);
    }
    return 0;
}

/* Sets *ret to a copy in the plan's arena, or NULL if the library has no such row. */
static int loader_find_segment(struct loader *loader, int64_t id, const struct segment **ret)
{
    struct segment key = {.id = id};
    const struct segment *wanted = &key;
    const struct segment **found =
        loader->inputs->segments->n ? bsearch(&wanted, loader->by_id, loader->inputs->segments->n,
                                              sizeof *loader->by_id, segment_id_compare)
                                    : NULL;
    *ret = NULL;
    if (!found) {
        return 0;
    }
    size_t i = (size_t)(found - loader->by_id);
    if (!loader->copies[i]) {
        loader->copies[i] = segment_copy(loader->arena, *found);
    }
    *ret = loader->copies[i];
    return *ret ? 0 : -ENOMEM;
}

static void plan_item_silence(struct plan_item *item, const char *reason)
{
    item->state = PLAN_REFUSED;
    item->n_frames = 0;
    item->offset_frames = 0;
    item->fade_in_frames = 0;
    item->fade_out_frames = 0;
    item->tail_frames = 0;
    item->segment_id = 0;
    item->segment_code = "";
    item->segment_version = 0;
    item->air_sha256[0] = '\0';
    item->channels = 0;
    item->whole_frames = 0;
    item->cue_in_frames = 0;
    item->copy_frames = 0;
    item->tags = "";
    item->end_cause = END_COMPLETE;
    item->repeat = false;
    item->source = ITEM_SOURCE_COPY;
    item->source_name = "";
    item->source_target = "";
    item->reason = reason;
}

static void plan_item_set_segment(struct plan_item *item, const struct segment *segment)
{
    item->segment_id = segment->id;
    item->segment_code = segment->code;
    item->segment_version = segment->version;
    item->tags = segment->tags;
    memcpy(item->air_sha256, segment->air_sha256, sizeof item->air_sha256);
    item->channels = segment->channels;
    item->whole_frames = segment->frames - item->tail_frames;
    item->cue_in_frames = segment->cue_in_frames;
    item->copy_frames = segment->copy_frames;
}

/* What was over before its recording was withdrawn was as it was planned. */
static bool has_ended_by(const struct plan_item *item, int64_t us)
{
    return us != INT64_MIN && frames_to_us(item->start_frame + item->n_frames) <= us;
}

/* Give an item that is to sound its recording, or say why it stays silent. */
static int loader_resolve(struct loader *loader, int64_t segment_id, struct plan_item *item)
{
    const struct segment *segment = NULL;
    if (item->source != ITEM_SOURCE_COPY) {
        if (line_set_is_empty(item->lines)) {
            plan_item_silence(item, _("the station no longer has any of its lines"));
        }
        item->channels = AIR_CHANNELS;
        item->whole_frames = item->offset_frames + item->n_frames;
        return 0;
    }
    int r = loader_find_segment(loader, segment_id, &segment);
    if (r < 0) {
        return r;
    }
    if (!segment) {
        plan_item_silence(item, _("its recording is no longer in the library"));
    } else if (segment->state != SEGMENT_APPROVED && !has_ended_by(item, segment->decided_us)) {
        const char *reason = withdrawal_text(loader->arena, segment);
        if (!reason) {
            return -ENOMEM;
        }
        plan_item_silence(item, reason);
    } else if (line_set_is_empty(item->lines)) {
        plan_item_silence(item, _("the station no longer has any of its lines"));
    } else {
        plan_item_set_segment(item, segment);
    }
    return 0;
}

static enum end_cause plan_cause_parse(const char *name)
{
    enum end_cause cause = END_COMPLETE;
    while (cause < END_PREEMPTED && strcmp(end_cause_name(cause), name) != 0) {
        cause++;
    }
    return cause;
}

enum column {
    COLUMN_UID,
    COLUMN_RECURRENCE,
    COLUMN_SLOT_START,
    COLUMN_SLOT_TITLE,
    COLUMN_POSITION,
    COLUMN_PIECE,
    COLUMN_LINES,
    COLUMN_START,
    COLUMN_FRAMES,
    COLUMN_OFFSET,
    COLUMN_SEGMENT,
    COLUMN_TITLE,
    COLUMN_KIND,
    COLUMN_TOPIC,
    COLUMN_PRIORITY,
    COLUMN_GAIN,
    COLUMN_FADE_IN,
    COLUMN_FADE_OUT,
    COLUMN_TAIL,
    COLUMN_END_CAUSE,
    COLUMN_STATE,
    COLUMN_REPEAT,
    COLUMN_REASON,
    COLUMN_SOURCE,
    COLUMN_SOURCE_NAME,
    COLUMN_SOURCE_TARGET,
};

static const char SELECT_ITEMS[] =
    "SELECT slot_uid, slot_recurrence_us, slot_start_us, slot_title, position, piece,"
    " line_set_id, start_us, frames, offset_frames, segment_id, title, kind, topic, priority,"
    " gain_db, fade_in_frames, fade_out_frames, tail_frames, end_cause, state,"
    " repeat, reason, source, source_name, source_target FROM plan_item"
    " WHERE slot_start_us >= ? AND slot_start_us < ?";

/* A text of the row, kept; the same as `before`'s is not kept twice. */
static const char *loader_text(struct loader *loader, struct stmt *stmt, enum column column,
                               const char *before)
{
    const char *text = stmt_text(stmt, column);
    return before && text && strcmp(before, text) == 0
               ? before
               : arena_strdup(loader->arena, text ? text : "");
}

static int loader_take_texts(struct loader *loader, struct stmt *stmt, struct plan_item *item)
{
    const struct plan_item none = {0};
    const struct plan_item *before = loader->n ? &loader->items[loader->n - 1] : &none;
    item->slot_uid = loader_text(loader, stmt, COLUMN_UID, before->slot_uid);
    item->slot_title = loader_text(loader, stmt, COLUMN_SLOT_TITLE, before->slot_title);
    item->title = loader_text(loader, stmt, COLUMN_TITLE, before->title);
    item->kind = loader_text(loader, stmt, COLUMN_KIND, before->kind);
    item->reason = loader_text(loader, stmt, COLUMN_REASON, before->reason);
    item->topic = stmt_is_null(stmt, COLUMN_TOPIC)
                      ? NULL
                      : loader_text(loader, stmt, COLUMN_TOPIC, before->topic);
    item->segment_code = "";
    item->tags = "";
    item->source_name = loader_text(loader, stmt, COLUMN_SOURCE_NAME, before->source_name);
    item->source_target = loader_text(loader, stmt, COLUMN_SOURCE_TARGET, before->source_target);
    bool whole = item->source_name && item->source_target && item->slot_uid && item->slot_title &&
                 item->title && item->kind && item->reason &&
                 (item->topic || stmt_is_null(stmt, COLUMN_TOPIC));
    return whole ? 0 : -ENOMEM;
}

static void loader_take_numbers(struct stmt *stmt, struct plan_item *item)
{
    item->slot_recurrence_us = stmt_i64(stmt, COLUMN_RECURRENCE);
    item->slot_start_us = stmt_i64(stmt, COLUMN_SLOT_START);
    item->position = (int)stmt_i64(stmt, COLUMN_POSITION);
    item->piece = (int)stmt_i64(stmt, COLUMN_PIECE);
    item->start_frame = frames_from_us(stmt_i64(stmt, COLUMN_START));
    item->n_frames = stmt_i64(stmt, COLUMN_FRAMES);
    item->offset_frames = stmt_i64(stmt, COLUMN_OFFSET);
    item->priority = (int)stmt_i64(stmt, COLUMN_PRIORITY);
    item->gain_db = stmt_f64(stmt, COLUMN_GAIN);
    item->fade_in_frames = stmt_i64(stmt, COLUMN_FADE_IN);
    item->fade_out_frames = stmt_i64(stmt, COLUMN_FADE_OUT);
    item->tail_frames = stmt_i64(stmt, COLUMN_TAIL);
    item->end_cause = plan_cause_parse(stmt_text(stmt, COLUMN_END_CAUSE));
    item->state = plan_state_parse(stmt_text(stmt, COLUMN_STATE));
    item->repeat = stmt_i64(stmt, COLUMN_REPEAT) != 0;
    item->source = item_source_parse(stmt_text(stmt, COLUMN_SOURCE));
}

static int loader_take_lines(struct loader *loader, struct stmt *stmt, struct plan_item *item,
                             struct fault *reterr)
{
    struct line_set lines = {0};
    int r = line_sets_read(loader->sets, stmt_i64(stmt, COLUMN_LINES), &lines, reterr);
    if (r < 0) {
        return r;
    }
    bool same = loader->n && line_set_equal(loader->items[loader->n - 1].lines, lines);
    item->lines = same ? loader->items[loader->n - 1].lines : line_set_copy(loader->arena, lines);
    return item->lines.words ? 0 : plan_no_memory(reterr);
}

static int loader_take_row(struct loader *loader, struct stmt *stmt, struct fault *reterr)
{
    struct plan_item item = {0};
    loader_take_numbers(stmt, &item);
    int r = loader_take_lines(loader, stmt, &item, reterr);
    if (r < 0) {
        return r;
    }
    if (loader_take_texts(loader, stmt, &item) < 0) {
        return plan_no_memory(reterr);
    }
    bool sounds = item.state == PLAN_PLANNED || item.state == PLAN_FILLER;
    if (sounds && loader_resolve(loader, stmt_i64(stmt, COLUMN_SEGMENT), &item) < 0) {
        return plan_no_memory(reterr);
    }
    loader->items = arena_grow(loader->arena, loader->items, loader->n, &loader->capacity,
                               sizeof *loader->items);
    if (!loader->items) {
        return plan_no_memory(reterr);
    }
    loader->items[loader->n++] = item;
    return 0;
}

static int loader_take_rows(struct loader *loader, const struct plan *plan, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(loader->inputs->db, SELECT_ITEMS, &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ii", plan->from_us, plan->to_us);
    while ((r = stmt_step(stmt, reterr)) == 1) {
        r = loader_take_row(loader, stmt, reterr);
        if (r < 0) {
            return r;
        }
    }
    return r;
}

/* Where the last window ends of those that hold some of [from_us, to_us); gaps in between
 * are times at which no radio ran. from_us: there is none. */
static int windows_end(struct db *db, int64_t from_us, int64_t to_us, int64_t *ret_until_us,
                       struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, "SELECT max(to_us) FROM plan_window WHERE from_us < ?2 AND to_us > ?1",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ii", from_us, to_us);
    r = stmt_step(stmt, reterr);
    if (r == 1) {
        int64_t until_us = stmt_is_null(stmt, 0) ? from_us : stmt_i64(stmt, 0);
        *ret_until_us = until_us < to_us ? until_us : to_us;
    }
    return r < 0 ? r : 0;
}

static int loader_run(struct loader *loader, struct plan *plan, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *scratch = arena_create(PLAN_MAX_BYTES);
    AUTO(line_sets_destroy) struct line_sets *sets = NULL;
    if (!scratch || loader_index_segments(loader, scratch) < 0) {
        return plan_no_memory(reterr);
    }
    const struct station *station = loader->inputs->station;
    int r = line_sets_create(loader->inputs->db, station, &sets, reterr);
    if (r < 0) {
        return r;
    }
    loader->sets = sets;
    r = loader_take_rows(loader, plan, reterr);
    if (r < 0) {
        return r;
    }
    plan_sort(loader->items, loader->n);
    plan->items = loader->items;
    plan->n_items = loader->n;
    struct slots slots = {0};
    struct holds holds = {0};
    if (loader->inputs->calendars) {
        r = calendars_expand_modes(loader->inputs->calendars, plan->from_us,
                                   plan->to_us + SLOT_MAX_US, scratch, &slots, reterr);
        if (r < 0) {
            return r;
        }
    }
    r = holds_make(station, &slots, scratch, &holds);
    r = r < 0 ? r : plan_make_withheld(station, &holds, plan);
    r = r < 0 ? r : plan_make_levels(station, plan, scratch);
    return r < 0 ? plan_no_memory(reterr) : 0;
}

int plan_load(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
              struct plan **ret_plan, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(PLAN_MAX_BYTES);
    struct plan *plan = arena ? arena_take(arena, 1, sizeof *plan) : NULL;
    if (!plan) {
        return plan_no_memory(reterr);
    }
    plan->arena = arena;
    plan->from_us = from_us;
    plan->n_lines = inputs->station->n_lines;
    int r = windows_end(inputs->db, from_us, to_us, &plan->to_us, reterr);
    struct loader loader = {.inputs = inputs, .arena = arena};
    r = r < 0 ? r : loader_run(&loader, plan, reterr);
    if (r < 0) {
        return r;
    }
    (void)STEAL(arena);
    *ret_plan = plan;
    return 0;
}
