/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/plan_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/planner_int.h"

static const struct kind_def kinds[] = {
    {.id = "chuyen-muc", .title = "Chuyên mục", .counts = COUNTS_FEATURE},
    {.id = "tin", .title = "Tin", .counts = COUNTS_ITEM},
    {.id = "bai", .title = "Bài", .counts = COUNTS_ITEM},
    {.id = "thong-bao", .title = "Thông báo", .counts = COUNTS_NOTHING},
    {.id = "nhac-hieu", .title = "Nhạc hiệu", .counts = COUNTS_NOTHING},
    {.id = "ca-nhac", .title = "Ca nhạc", .counts = COUNTS_NOTHING},
    {.id = "khan-cap", .title = "Khẩn cấp", .counts = COUNTS_NOTHING},
};

static void *need(void *memory)
{
    if (!memory) {
        abort();
    }
    return memory;
}

struct hours world_hours(struct world *world, int from_min, int until_min)
{
    struct daily_range *range = need(arena_take(world->arena, 1, sizeof *range));
    *range = (struct daily_range){.from_min = from_min, .until_min = until_min};
    return (struct hours){.ranges = range, .n = 1};
}

struct world *world_make(size_t n_lines)
{
    struct world *world = need(calloc(1, sizeof *world));
    world->arena = need(arena_create(SIZE_MAX));
    if (zone_use("Asia/Ho_Chi_Minh", NULL) < 0) {
        abort();
    }
    world->lines = need(arena_take(world->arena, n_lines, sizeof *world->lines));
    struct hours hours = world_hours(world, 5 * 60, 21 * 60);
    for (size_t i = 0; i < n_lines; i++) {
        char *id = need(arena_printf(world->arena, "l%zu", i));
        world->lines[i] = (struct line_def){.id = id, .title = id, .hours = hours};
    }
    for (size_t i = 0; i < WORLD_MAX; i++) {
        world->layers[i] =
            (struct layer_def){.replaces = SIZE_MAX, .from_us = INT64_MIN, .until_us = INT64_MAX};
    }
    world->layers[0].id = "regular";
    world->layers[1].id = "campaign";
    world->station = (struct station){.dir = ".",
                                      .file = "station.ini",
                                      .title = "Đài thử",
                                      .timezone = "Asia/Ho_Chi_Minh",
                                      .hours = hours,
                                      .separation_us = 20LL * 3600 * 1000000,
                                      .filler = "ca-nhac",
                                      .lines = world->lines,
                                      .n_lines = n_lines,
                                      .topics = world->topics,
                                      .kinds = kinds,
                                      .n_kinds = ARRAY_LEN(kinds),
                                      .clocks = world->clocks,
                                      .layers = world->layers,
                                      .n_layers = 2,
                                      .modes = world->modes};
    return world;
}

void world_crossfade(struct world *world, const char *kind, double seconds)
{
    struct kind_def *own = need(arena_take(world->arena, ARRAY_LEN(kinds), sizeof *own));
    memcpy(own, world->station.kinds, sizeof kinds);
    own[station_find_kind(&world->station, kind)].crossfade_us = (int64_t)(seconds * 1e6);
    world->station.kinds = own;
}

struct world *world_destroy(struct world *world)
{
    db_close(world->db);
    arena_destroy(world->arena);
    free(world);
    return NULL;
}

int64_t at_us(const char *text)
{
    int64_t us = 0;
    if (zone_parse_instant(text, &us, NULL) < 0) {
        abort();
    }
    return us;
}

int64_t at_frame(const char *text)
{
    return frames_from_us(at_us(text));
}

size_t world_topic(struct world *world, const char *id, size_t parent)
{
    size_t topic = world->station.n_topics++;
    world->topics[topic] = (struct topic_def){.id = id, .title = id, .parent = parent};
    return topic;
}

void world_quota(struct world *world, size_t topic, int64_t seconds)
{
    world->quotas[topic] = (struct quota_def){.period = "2023",
                                              .from_us = at_us("2023-01-01"),
                                              .until_us = at_us("2024-01-01"),
                                              .seconds = seconds};
    world->topics[topic].quotas = &world->quotas[topic];
    world->topics[topic].n_quotas = 1;
}

/* The words of a text, one after the other, in the world's arena. */
static char *next_word(struct world *world, const char **text, const char *separators)
{
    *text += strspn(*text, separators);
    size_t n = strcspn(*text, separators);
    char *word = n ? need(arena_strndup(world->arena, *text, n)) : NULL;
    *text += n;
    return word;
}

size_t world_clock(struct world *world, const char *id, const char *steps)
{
    struct clock_step *list = need(arena_take(world->arena, WORLD_MAX, sizeof *list));
    size_t n = 0;
    for (char *word; (word = next_word(world, &steps, ", ")); n++) {
        if (strncmp(word, "segment:", 8) == 0) {
            list[n] = (struct clock_step){.segment_code = word + 8, .kind = SIZE_MAX};
        } else {
            list[n].count = strcmp(word, "*") == 0 ? 0 : atoi(word);
            list[n].kind = station_find_kind(&world->station, next_word(world, &steps, ", "));
        }
    }
    size_t clock = world->station.n_clocks++;
    world->clocks[clock] = (struct clock_def){.id = id, .title = id, .steps = list, .n_steps = n};
    return clock;
}

struct segment *world_segment(struct world *world, const char *code, const char *kind,
                              const char *topic, double seconds)
{
    if (world->n_segments == WORLD_SEGMENTS_MAX) {
        abort();
    }
    struct segment *segment = &world->segments[world->n_segments++];
    *segment = (struct segment){.id = (int64_t)world->n_segments,
                                .code = code,
                                .version = 1,
                                .title = code,
                                .kind = kind,
                                .topic = topic,
                                .tags = "",
                                .state = SEGMENT_APPROVED,
                                .valid_from_us = INT64_MIN,
                                .valid_until_us = INT64_MAX,
                                .air_sha256 = "00",
                                .channels = 1,
                                .frames = (int64_t)(seconds * AIR_RATE),
                                .copy_frames = (int64_t)(seconds * AIR_RATE),
                                .gain_db = -1};
    return segment;
}

struct slot *world_slot(struct world *world, const char *uid, const char *start, double minutes)
{
    if (world->n_slots == WORLD_SLOTS_MAX) {
        abort();
    }
    struct slot *slot = &world->slots[world->n_slots++];
    *slot = (struct slot){.uid = uid,
                          .recurrence_us = at_us(start),
                          .start_us = at_us(start),
                          .end_us = at_us(start) + (int64_t)(minutes * 60 * 1000000),
                          .title = uid,
                          .text = "",
                          .clock = SIZE_MAX,
                          .lines = line_set_make(world->arena, world->station.n_lines),
                          .priority = 5,
                          .reason = "",
                          .file = "regular.ics"};
    need(slot->lines.words);
    line_set_fill(slot->lines, world->station.n_lines);
    return slot;
}

void slot_on(struct world *world, struct slot *slot, const char *lines)
{
    line_set_clear(slot->lines);
    for (char *word; (word = next_word(world, &lines, " "));) {
        line_set_add(slot->lines, strtoul(word, NULL, 10));
    }
}

void slot_attach(struct world *world, struct slot *slot, const char *codes)
{
    struct attachment *list = need(arena_take(world->arena, WORLD_MAX, sizeof *list));
    slot->n_attachments = 0;
    for (char *word; (word = next_word(world, &codes, " "));) {
        list[slot->n_attachments++] = (struct attachment){.kind = ATTACH_SEGMENT, .text = word};
    }
    slot->attachments = list;
}

struct slot *world_attached(struct world *world, const char *uid, const char *start, double minutes,
                            const char *codes)
{
    struct slot *slot = world_slot(world, uid, start, minutes);
    slot_attach(world, slot, codes);
    return slot;
}

void slot_wants(struct world *world, struct slot *slot, const char *ids)
{
    size_t *wanted = need(arena_take(world->arena, 2 * WORLD_MAX, sizeof *wanted));
    for (char *word; (word = next_word(world, &ids, " "));) {
        size_t kind = station_find_kind(&world->station, word);
        if (kind != SIZE_MAX) {
            wanted[slot->n_kinds++] = kind;
        } else {
            wanted[WORLD_MAX + slot->n_topics++] = station_find_topic(&world->station, word);
        }
    }
    slot->kinds = wanted;
    slot->topics = wanted + WORLD_MAX;
}

struct slot *world_mode(struct world *world, const char *ids, const char *from, const char *until)
{
    if (world->n_mode_slots == WORLD_MAX) {
        abort();
    }
    struct mode_def *mode = &world->modes[world->station.n_modes++];
    size_t *withholds = need(arena_take(world->arena, WORLD_MAX, sizeof *withholds));
    for (char *word; (word = next_word(world, &ids, " "));) {
        withholds[mode->n_withholds++] = station_find_kind(&world->station, word);
    }
    mode->id = "quoc-tang";
    mode->title = "Quốc tang";
    mode->withholds = withholds;
    struct slot *slot = &world->mode_slots[world->n_mode_slots++];
    *slot = (struct slot){.uid = "quoc-tang",
                          .recurrence_us = at_us(from),
                          .start_us = at_us(from),
                          .end_us = at_us(until),
                          .title = "Quốc tang",
                          .text = "",
                          .clock = SIZE_MAX,
                          .lines = line_set_make(world->arena, world->station.n_lines),
                          .priority = 5,
                          .reason = "",
                          .mode = mode,
                          .file = "regular.ics"};
    need(slot->lines.words);
    line_set_fill(slot->lines, world->station.n_lines);
    return slot;
}

struct slots world_slots(struct world *world)
{
    return (struct slots){.items = world->slots,
                          .n = world->n_slots,
                          .modes = world->mode_slots,
                          .n_modes = world->n_mode_slots};
}

static int segment_compare(const void *a, const void *b)
{
    const struct segment *x = a;
    const struct segment *y = b;
    int order = strcmp(x->code, y->code);
    return order ? order : x->version - y->version;
}

struct segments world_segments(struct world *world)
{
    qsort(world->segments, world->n_segments, sizeof *world->segments, segment_compare);
    return (struct segments){.items = world->segments, .n = world->n_segments};
}

void world_open_db(struct world *world)
{
    struct fault fault = {0};
    int r = db_open(":memory:", DB_SCRATCH, &world->db, &fault);
    for (size_t i = 0; r == 0 && i < world->n_segments; i++) {
        const struct segment *segment = &world->segments[i];
        r = db_run(world->db, &fault,
                   "INSERT INTO segment (id, code, version, title, kind, topic, state,"
                   " original_sha256, original_name, original_bytes, air_sha256, channels, frames,"
                   " gain_db, imported_us, imported_by) VALUES (?, ?, ?, ?, ?, ?, 'approved', '',"
                   " '', 1, '00', 1, ?, -1, 0, 'test')",
                   "itittti", segment->id, segment->code, (int64_t)segment->version, segment->title,
                   segment->kind, segment->topic, segment->frames);
    }
    if (r < 0) {
        fprintf(stderr, "no database: %s\n", fault.text);
        abort();
    }
}

struct plan *world_plan(struct world *world, const char *from, const char *to)
{
    struct fault fault = {0};
    struct plan *plan = NULL;
    struct slots slots = world_slots(world);
    struct segments segments = world_segments(world);
    if (plan_from_slots(&world->station, &slots, &segments, world->db, at_us(from), at_us(to),
                        &plan, &fault) < 0) {
        fprintf(stderr, "no plan: %s\n", fault.text);
        abort();
    }
    return plan;
}

/* "l0-3,7" */
static void text_add_lines(struct strbuf *buf, struct line_set lines)
{
    const char *comma = "l";
    for (size_t l = line_set_next(lines, 0); l != SIZE_MAX; l = line_set_next(lines, l)) {
        size_t last = l;
        while (line_set_has(lines, last + 1)) {
            last++;
        }
        strbuf_printf(buf, last > l ? "%s%zu-%zu" : "%s%zu", comma, l, last);
        comma = ",";
        l = last + 1;
    }
}

static void text_add_item(struct strbuf *buf, const struct plan_item *item)
{
    char time[ZONE_INSTANT_MAX];
    zone_format_time(frames_to_us(item->start_frame), time);
    strbuf_printf(buf, "%s ", time);
    if (item->state == PLAN_REFUSED || item->state == PLAN_UNFILLED) {
        strbuf_printf(buf, "%s (%s) ", plan_state_name(item->state), item->title);
        text_add_lines(buf, item->lines);
        strbuf_printf(buf, ": %s\n", item->reason);
        return;
    }
    strbuf_printf(buf, "%gs", frames_to_seconds(item->n_frames));
    if (item->offset_frames) {
        strbuf_printf(buf, "@%g", frames_to_seconds(item->offset_frames));
    }
    bool is_live = item->source != ITEM_SOURCE_COPY;
    strbuf_printf(buf, " %s ", is_live ? item->source_target : item->segment_code);
    text_add_lines(buf, item->lines);
    strbuf_printf(buf, " %s", end_cause_name(item->end_cause));
    if (item->fade_in_frames) {
        strbuf_printf(buf, " in%g", frames_to_seconds(item->fade_in_frames));
    }
    if (item->fade_out_frames) {
        strbuf_printf(buf, " out%g", frames_to_seconds(item->fade_out_frames));
    }
    if (item->tail_frames) {
        strbuf_printf(buf, " tail%g", frames_to_seconds(item->tail_frames));
    }
    strbuf_add(buf, item->repeat ? " repeat" : "");
    strbuf_add(buf, item->state == PLAN_FILLER ? " filler\n" : "\n");
}

char *plan_text(const struct plan *plan)
{
    struct strbuf buf;
    strbuf_init(&buf, 64 << 20);
    for (size_t i = 0; i < plan->n_items; i++) {
        text_add_item(&buf, &plan->items[i]);
    }
    char *text = need(strdup(strbuf_text(&buf)));
    strbuf_finish(&buf);
    return text;
}

static void item_fail(const struct plan_item *item, const char *what)
{
    struct strbuf buf;
    strbuf_init(&buf, 4096);
    text_add_item(&buf, item);
    fprintf(stderr, "%s: slot %s %s", what, item->slot_uid, strbuf_text(&buf));
    abort();
}

static void assert_nothing_withheld_sounds(const struct plan *plan, const struct plan_item *item)
{
    for (size_t i = 0; i < plan->n_withheld; i++) {
        const struct plan_withheld *withheld = &plan->withheld[i];
        if (strcmp(withheld->kind, item->kind) == 0 &&
            withheld->from_frame < item->start_frame + item->n_frames &&
            withheld->until_frame > item->start_frame &&
            line_set_meets(withheld->lines, item->lines)) {
            item_fail(item, "sounds while a mode withholds it");
        }
    }
}

void plan_assert_sound(const struct plan *plan)
{
    int64_t *busy_until = need(malloc(plan->n_lines * sizeof *busy_until));
    for (size_t l = 0; l < plan->n_lines; l++) {
        busy_until[l] = INT64_MIN;
    }
    for (size_t i = 0; i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        bool sounds = item->state == PLAN_PLANNED || item->state == PLAN_FILLER;
        if (sounds != (item->n_frames > 0) ||
            sounds != (item->segment_id != 0 || item->source != ITEM_SOURCE_COPY)) {
            item_fail(item, "sounds without frames or a recording, or the other way round");
        }
        if (sounds && !*item->reason) {
            item_fail(item, "does not say why");
        }
        if (item->offset_frames < 0 ||
            (sounds && item->offset_frames + item->n_frames > item->whole_frames) ||
            item->fade_in_frames + item->fade_out_frames > item->n_frames) {
            item_fail(item, "lies outside its recording, or fades longer than it sounds");
        }
        if (sounds) {
            assert_nothing_withheld_sounds(plan, item);
        }
        for (size_t l = line_set_next(item->lines, 0); sounds && l != SIZE_MAX;
             l = line_set_next(item->lines, l + 1)) {
            if (item->start_frame < busy_until[l]) {
                item_fail(item, "sounds while another item does");
            }
            busy_until[l] = item->start_frame + item->n_frames;
        }
    }
    free(busy_until);
}
