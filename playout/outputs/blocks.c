/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/blocks.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/ring.h"
#include "playout/rt/hush.h"

enum { GROUPS_IN_DEPTH_MAX = 64 };

static const uint32_t NONE = UINT32_MAX;

/* Who carries the same, from one change to the next. Made by the mixer, freed by the worker. */
struct layout {
    size_t n_groups;
    uint32_t *first; /* into `lines`; one more than groups */
    uint32_t lines[];
};

/* One group of one block, in the ring. A block's records follow each other. */
struct record {
    int64_t frame;
    int64_t due_ns;
    struct layout *layout; /* a new one, with the first record of a block; else NULL */
    uint32_t n_groups;
    struct block_sound sound;
};

/* What some lines have carried of the block that is being put together. */
struct cell {
    uint64_t split_call; /* the blocks_carry() that last split it … */
    uint32_t split_into; /* … and what its lines became */
    uint32_t group;
    float frames[AIR_BLOCK_FRAMES * AIR_CHANNELS];
};

struct blocks {
    const struct hush *hushes;
    size_t n_lines;  /* of the station */
    size_t n_mine;   /* of this hub */
    uint32_t *mine;  /* those, ascending */
    uint32_t *place; /* one a line of the station: where it is in `mine`; NONE: it is not */

    /* the mixer's */
    int64_t frame; /* of the block that is being put together; INT64_MIN: none */
    int64_t due_ns;
    uint64_t n_carried;   /* frames × lines of it that are there */
    uint64_t n_calls;     /* of blocks_carry(), from 1 */
    uint32_t *cell_of;    /* one a line of ours */
    uint32_t *group_of;   /* the same, of the newest layout */
    uint32_t *scratch;    /* the same */
    bool layout_is_stale; /* the worker does not have the newest */
    struct cell **cells;  /* the first n_cells belong to this block */
    size_t n_cells;
    size_t cells_capacity; /* all of them are allocated */
    bool broken;           /* there was no memory for a part of this block */

    struct ring ring; /* of struct record */
    struct record *ring_memory;
    _Atomic uint64_t n_lost;

    /* the worker's */
    struct layout *layout;
    struct record record;
    bool has_record; /* it was looked at, and is still to be taken */
    struct block_sound *sounds;
    size_t sounds_capacity;
    size_t n_taken; /* records of the block that is being taken */
    uint64_t generation;
    bool was_hushed;
    uint32_t *hushed_first; /* groups and lines of a block in which some line is hushed */
    uint32_t *hushed_lines;
};

static int no_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
}

static size_t power_of_two_from(size_t n)
{
    size_t power = 1;
    while (power < n) {
        power *= 2;
    }
    return power;
}

static bool blocks_allocate(struct blocks *blocks, struct line_set lines, size_t depth)
{
    size_t n = line_set_count(lines);
    size_t capacity =
        power_of_two_from(depth * (n < GROUPS_IN_DEPTH_MAX ? n + 1 : GROUPS_IN_DEPTH_MAX));
    blocks->mine = calloc(n + 1, sizeof *blocks->mine);
    blocks->place = malloc((blocks->n_lines + 1) * sizeof *blocks->place);
    blocks->cell_of = calloc(n + 1, sizeof *blocks->cell_of);
    blocks->group_of = calloc(n + 1, sizeof *blocks->group_of);
    blocks->scratch = calloc(n + 1, sizeof *blocks->scratch);
    /* Each group may be split in two by a hush. */
    blocks->hushed_first = calloc(2 * n + 2, sizeof *blocks->hushed_first);
    blocks->hushed_lines = calloc(n + 1, sizeof *blocks->hushed_lines);
    blocks->ring_memory = calloc(capacity, sizeof *blocks->ring_memory);
    if (!blocks->mine || !blocks->place || !blocks->cell_of || !blocks->group_of ||
        !blocks->scratch || !blocks->hushed_first || !blocks->hushed_lines ||
        !blocks->ring_memory) {
        return false;
    }
    memset(blocks->place, 0xff, (blocks->n_lines + 1) * sizeof *blocks->place);
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        blocks->place[line] = (uint32_t)blocks->n_mine;
        blocks->mine[blocks->n_mine++] = (uint32_t)line;
    }
    ring_init(&blocks->ring, blocks->ring_memory, sizeof *blocks->ring_memory, capacity);
    return true;
}

int blocks_create(size_t n_lines, struct line_set lines, size_t depth, const struct hush *hushes,
                  struct blocks **ret_blocks, struct fault *reterr)
{
    AUTO(blocks_destroy)
    struct blocks *blocks = aligned_alloc(_Alignof(struct blocks), sizeof *blocks);
    if (!blocks) {
        return no_memory(reterr);
    }
    memset(blocks, 0, sizeof *blocks);
    blocks->n_lines = n_lines;
    blocks->hushes = hushes;
    blocks->frame = INT64_MIN;
    blocks->layout_is_stale = true;
    if (!blocks_allocate(blocks, lines, depth)) {
        return no_memory(reterr);
    }
    *ret_blocks = STEAL(blocks);
    return 0;
}

static bool next_record(struct blocks *blocks)
{
    blocks->has_record = blocks->has_record || ring_read(&blocks->ring, &blocks->record, 1) == 1;
    return blocks->has_record;
}

struct blocks *blocks_destroy(struct blocks *blocks)
{
    if (!blocks) {
        return NULL;
    }
    while (blocks->ring_memory && next_record(blocks)) {
        free(blocks->record.layout);
        blocks->has_record = false;
    }
    for (size_t i = 0; i < blocks->cells_capacity; i++) {
        free(blocks->cells[i]);
    }
    free(blocks->cells);
    free(blocks->mine);
    free(blocks->place);
    free(blocks->cell_of);
    free(blocks->group_of);
    free(blocks->scratch);
    free(blocks->ring_memory);
    free(blocks->layout);
    free(blocks->sounds);
    free(blocks->hushed_first);
    free(blocks->hushed_lines);
    free(blocks);
    return NULL;
}

uint64_t blocks_n_lost(const struct blocks *blocks)
{
    return atomic_load_explicit(&blocks->n_lost, memory_order_relaxed);
}

static void lose_block(struct blocks *blocks)
{
    atomic_fetch_add_explicit(&blocks->n_lost, 1, memory_order_relaxed);
}

/* ---- the mixer's side: putting a block together */

/* A cell that begins as a copy of another's first frames, or as silence. NONE: out of memory. */
static uint32_t cell_add(struct blocks *blocks, uint32_t like, size_t n_frames)
{
    if (blocks->n_cells == blocks->cells_capacity) {
        struct cell **cells =
            realloc(blocks->cells, (blocks->cells_capacity + 1) * sizeof(struct cell *));
        struct cell *cell = malloc(sizeof *cell);
        blocks->cells = cells ? cells : blocks->cells;
        if (!cells || !cell) {
            free(cell);
            return NONE;
        }
        blocks->cells[blocks->cells_capacity++] = cell;
    }
    struct cell *cell = blocks->cells[blocks->n_cells];
    size_t n_bytes = n_frames * AIR_CHANNELS * sizeof *cell->frames;
    cell->split_call = 0;
    if (like == NONE) {
        memset(cell->frames, 0, n_bytes);
    } else {
        memcpy(cell->frames, blocks->cells[like]->frames, n_bytes);
    }
    return (uint32_t)blocks->n_cells++;
}

static void block_begin(struct blocks *blocks, int64_t frame)
{
    if (blocks->frame != INT64_MIN) {
        lose_block(blocks); /* only a part of it came: the mixer left it out */
    }
    blocks->frame = frame;
    blocks->n_carried = 0;
    blocks->n_cells = 0;
    blocks->broken = false;
    memset(blocks->cell_of, 0xff, blocks->n_mine * sizeof *blocks->cell_of);
}

/* Number the groups by their lowest line; returns how many there are. */
static size_t groups_number(struct blocks *blocks)
{
    for (size_t i = 0; i < blocks->n_cells; i++) {
        blocks->cells[i]->group = NONE;
    }
    size_t n_groups = 0;
    for (size_t i = 0; i < blocks->n_mine; i++) {
        struct cell *cell = blocks->cells[blocks->cell_of[i]];
        if (cell->group == NONE) {
            cell->group = (uint32_t)n_groups++;
        }
        blocks->scratch[i] = cell->group;
    }
    return n_groups;
}

static struct layout *layout_make(const struct blocks *blocks, size_t n_groups)
{
    struct layout *layout =
        malloc(sizeof *layout + (blocks->n_mine + n_groups + 2) * sizeof *layout->lines);
    if (!layout) {
        return NULL;
    }
    layout->n_groups = n_groups;
    layout->first = layout->lines + blocks->n_mine;
    memset(layout->first, 0, (n_groups + 2) * sizeof *layout->first);
    /* Counted one place on, so that handing out places leaves first[g] behind. */
    for (size_t i = 0; i < blocks->n_mine; i++) {
        layout->first[blocks->group_of[i] + 2]++;
    }
    for (size_t g = 2; g < n_groups + 2; g++) {
        layout->first[g] += layout->first[g - 1];
    }
    for (size_t i = 0; i < blocks->n_mine; i++) {
        layout->lines[layout->first[blocks->group_of[i] + 1]++] = blocks->mine[i];
    }
    return layout;
}

static bool is_silent(const float *frames)
{
    float any = 0;
    for (size_t i = 0; i < (size_t)AIR_BLOCK_FRAMES * AIR_CHANNELS; i++) {
        any += frames[i] < 0 ? -frames[i] : frames[i];
    }
    return any == 0;
}

static void records_write(struct blocks *blocks, int64_t frame, size_t n_groups,
                          struct layout *layout)
{
    size_t next = 0;
    for (size_t i = 0; i < blocks->n_mine && next < n_groups; i++) {
        const struct cell *cell = blocks->cells[blocks->cell_of[i]];
        if (cell->group != next) {
            continue;
        }
        struct record record;
        record.frame = frame;
        record.due_ns = blocks->due_ns;
        record.layout = next == 0 ? layout : NULL;
        record.n_groups = (uint32_t)n_groups;
        record.sound.silent = is_silent(cell->frames);
        memcpy(record.sound.frames, cell->frames, sizeof record.sound.frames);
        size_t written = ring_write(&blocks->ring, &record, 1);
        (void)written; /* there is room: block_send() */
        next++;
    }
}

static void block_send(struct blocks *blocks)
{
    size_t n_groups = blocks->broken ? 0 : groups_number(blocks);
    int64_t frame = blocks->frame;
    blocks->frame = INT64_MIN;
    if (blocks->broken || ring_writable(&blocks->ring) < n_groups) {
        lose_block(blocks);
        return;
    }
    size_t n_bytes = blocks->n_mine * sizeof *blocks->group_of;
    struct layout *layout = NULL;
    if (blocks->layout_is_stale || memcmp(blocks->group_of, blocks->scratch, n_bytes) != 0) {
        memcpy(blocks->group_of, blocks->scratch, n_bytes);
        layout = layout_make(blocks, n_groups);
        blocks->layout_is_stale = !layout;
        if (!layout) {
            lose_block(blocks);
            return;
        }
    }
    records_write(blocks, frame, n_groups, layout);
}

/* The cell that a line goes on in: what it carried so far of this block, and then what all lines
 * of this call carry. */
static uint32_t cell_for(struct blocks *blocks, uint32_t old, uint32_t *fresh, size_t n_before)
{
    if (old == NONE) {
        if (*fresh == NONE) {
            *fresh = cell_add(blocks, NONE, n_before);
        }
        return *fresh;
    }
    if (blocks->cells[old]->split_call != blocks->n_calls) {
        uint32_t into = cell_add(blocks, old, n_before);
        blocks->cells[old]->split_call = blocks->n_calls;
        blocks->cells[old]->split_into = into;
    }
    return blocks->cells[old]->split_into;
}

void blocks_carry(struct blocks *blocks, const uint32_t *lines, size_t n_lines, int64_t frame,
                  int64_t due_ns, const float *frames, size_t n)
{
    int64_t grid = frames_floor_div(frame, AIR_BLOCK_FRAMES) * AIR_BLOCK_FRAMES;
    size_t before = (size_t)(frame - grid);
    if (blocks->n_mine == 0) {
        return;
    }
    if (blocks->frame != grid) {
        block_begin(blocks, grid);
        blocks->due_ns = due_ns - (int64_t)before * 1000000000 / AIR_RATE;
    }
    blocks->n_calls++;
    uint32_t fresh = NONE;
    size_t first_cell = blocks->n_cells;
    for (size_t i = 0; i < n_lines; i++) {
        uint32_t place = blocks->place[lines[i]];
        if (place == NONE) {
            continue;
        }
        uint32_t cell = cell_for(blocks, blocks->cell_of[place], &fresh, before);
        blocks->broken |= cell == NONE;
        blocks->cell_of[place] = cell;
        blocks->n_carried += n;
    }
    for (size_t i = first_cell; i < blocks->n_cells; i++) { /* those that this call has made */
        memcpy(blocks->cells[i]->frames + before * AIR_CHANNELS, frames,
               n * AIR_CHANNELS * sizeof *frames);
    }
    if (blocks->n_carried == (uint64_t)blocks->n_mine * AIR_BLOCK_FRAMES) {
        block_send(blocks);
    }
}

/* ---- the worker's side */

static bool sounds_reserve(struct blocks *blocks, size_t n)
{
    if (n <= blocks->sounds_capacity) {
        return true;
    }
    struct block_sound *sounds = realloc(blocks->sounds, n * sizeof *sounds);
    if (sounds) {
        blocks->sounds = sounds;
        blocks->sounds_capacity = n;
    }
    return sounds;
}

static bool is_hushed(const struct blocks *blocks, uint32_t line, int64_t frame)
{
    return hush_meets(&blocks->hushes[line], frame, AIR_BLOCK_FRAMES);
}

static bool any_is_hushed(const struct blocks *blocks, int64_t frame)
{
    for (size_t i = 0; blocks->hushes && i < blocks->n_mine; i++) {
        if (is_hushed(blocks, blocks->mine[i], frame)) {
            return true;
        }
    }
    return false;
}

/* The groups anew, each with its hushed lines in a group behind it. Lines are hushed together, so
 * that the first one's hush serves for all of a group. The order by lowest line is given up for
 * these few blocks within such a pair only. */
static void take_hushed(struct blocks *blocks, struct block_taken *taken)
{
    const struct layout *layout = blocks->layout;
    size_t n_groups = 0;
    size_t at = 0;
    struct block_sound *sounds = blocks->sounds;
    /* The sounds of the block lie in the upper half, the groups are laid out below. */
    const struct block_sound *given = sounds + 2 * layout->n_groups;
    for (size_t g = 0; g < layout->n_groups; g++) {
        for (int hushed = 0; hushed <= 1; hushed++) {
            size_t begin = at;
            for (uint32_t i = layout->first[g]; i < layout->first[g + 1]; i++) {
                if (is_hushed(blocks, layout->lines[i], taken->frame) == (hushed == 1)) {
                    blocks->hushed_lines[at++] = layout->lines[i];
                }
            }
            if (at > begin) {
                sounds[n_groups] = given[g];
                if (hushed) {
                    hush_apply(&blocks->hushes[blocks->hushed_lines[begin]], taken->frame,
                               sounds[n_groups].frames, AIR_BLOCK_FRAMES);
                    sounds[n_groups].silent = is_silent(sounds[n_groups].frames);
                }
                blocks->hushed_first[n_groups++] = (uint32_t)begin;
            }
        }
    }
    blocks->hushed_first[n_groups] = (uint32_t)at;
    taken->n_groups = n_groups;
    taken->first = blocks->hushed_first;
    taken->lines = blocks->hushed_lines;
    taken->groups = sounds;
}

static void take_layout(struct blocks *blocks)
{
    if (blocks->record.layout) {
        free(blocks->layout);
        blocks->layout = blocks->record.layout;
        blocks->generation++;
    }
}

bool blocks_next_due(struct blocks *blocks, int64_t *ret_due_ns)
{
    bool has = next_record(blocks);
    *ret_due_ns = blocks->record.due_ns;
    return has;
}

bool blocks_take(struct blocks *blocks, struct block_taken *ret_taken)
{
    do {
        if (!next_record(blocks)) {
            return false; /* the rest of the block is kept for the next call */
        }
        blocks->has_record = false;
        take_layout(blocks);
        /* Room for the groups, and for as many pairs of a group and its hushed lines. */
        if (sounds_reserve(blocks, 3 * (size_t)blocks->record.n_groups)) {
            blocks->sounds[2 * (size_t)blocks->record.n_groups + blocks->n_taken] =
                blocks->record.sound;
        }
        blocks->n_taken++;
    } while (blocks->n_taken < blocks->record.n_groups);
    size_t n_groups = blocks->n_taken;
    blocks->n_taken = 0;
    if (blocks->sounds_capacity < 3 * n_groups) {
        lose_block(blocks);
        return false;
    }
    *ret_taken = (struct block_taken){
        .frame = blocks->record.frame,
        .due_ns = blocks->record.due_ns,
        .n_groups = n_groups,
        .first = blocks->layout->first,
        .lines = blocks->layout->lines,
        .groups = blocks->sounds + 2 * n_groups,
    };
    bool hushed = any_is_hushed(blocks, ret_taken->frame);
    blocks->generation += hushed || blocks->was_hushed;
    blocks->was_hushed = hushed;
    if (hushed) {
        take_hushed(blocks, ret_taken);
    }
    ret_taken->generation = blocks->generation;
    return true;
}
