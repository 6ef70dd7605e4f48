/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/blocks.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "playout/rt/hush.h"
#include "tests/test.h"

enum { N_LINES = 7, N = AIR_BLOCK_FRAMES };

static const struct line_set every_line = {(uint64_t[]){0x7f}, 1};

/* What the lines of a set carry: n frames that are all `value`. */
static void carry(struct blocks *blocks, uint64_t lines, int64_t frame, size_t n, float value)
{
    uint32_t indices[64];
    size_t n_lines = 0;
    for (uint32_t l = 0; l < 64; l++) {
        if (lines >> l & 1) {
            indices[n_lines++] = l;
        }
    }
    float frames[2 * N];
    for (size_t i = 0; i < 2 * n; i++) {
        frames[i] = value;
    }
    blocks_carry(blocks, indices, n_lines, frame, frame * 1000, frames, n);
}

/* A group has these lines, and its frames from `at` on are `value`, n of them. */
static void check_group(const struct block_taken *taken, size_t group, uint64_t lines)
{
    uint64_t found = 0;
    assert_true(group < taken->n_groups);
    for (uint32_t i = taken->first[group]; i < taken->first[group + 1]; i++) {
        assert_true(i == taken->first[group] || taken->lines[i] > taken->lines[i - 1]);
        found |= 1ull << taken->lines[i];
    }
    assert_true(found == lines);
}

static void check_frames(const struct block_taken *taken, size_t group, size_t at, size_t n,
                         float value)
{
    for (size_t i = 2 * at; i < 2 * (at + n); i++) {
        assert_true(taken->groups[group].frames[i] == value);
    }
}

static struct blocks *make_blocks(struct line_set lines, const struct hush *hushes)
{
    struct blocks *blocks = NULL;
    assert_int_equal(blocks_create(N_LINES, lines, 8, hushes, &blocks, NULL), 0);
    return blocks;
}

static void lines_of_one_programme_are_one_group(void **state)
{
    (void)state;
    AUTO(blocks_destroy) struct blocks *blocks = make_blocks(every_line, NULL);
    struct block_taken taken;
    carry(blocks, 0x55, 9600, N, 0.5f);
    assert_false(blocks_take(blocks, &taken)); /* the other lines' sound has not come */
    carry(blocks, 0x2a, 9600, N, 0);
    assert_true(blocks_take(blocks, &taken));
    assert_int_equal(taken.frame, 9600);
    assert_int_equal(taken.due_ns, 9600 * 1000);
    assert_int_equal(taken.n_groups, 2);
    check_group(&taken, 0, 0x55);
    check_frames(&taken, 0, 0, N, 0.5f);
    assert_false(taken.groups[0].silent);
    check_group(&taken, 1, 0x2a);
    assert_true(taken.groups[1].silent);
    assert_false(blocks_take(blocks, &taken));
}

static void groups_keep_their_generation_until_a_line_changes_programme(void **state)
{
    (void)state;
    AUTO(blocks_destroy) struct blocks *blocks = make_blocks(every_line, NULL);
    struct block_taken taken;
    uint64_t generation = 0;
    for (int64_t block = 0; block < 4; block++) {
        uint64_t first = block < 2 ? 0x0f : 0x1f; /* line 4 goes over */
        /* In whatever order the mixer hands the programmes over. */
        carry(blocks, block % 2 ? first : 0x7f & ~first, block * N, N, block % 2 ? 1 : 2);
        carry(blocks, block % 2 ? 0x7f & ~first : first, block * N, N, block % 2 ? 2 : 1);
        assert_true(blocks_take(blocks, &taken));
        check_group(&taken, 0, first);
        check_frames(&taken, 0, 0, N, 1);
        check_frames(&taken, 1, 0, N, 2);
        assert_true((taken.generation != generation) == (block == 0 || block == 2));
        generation = taken.generation;
    }
}

static void a_change_within_a_block_splits_its_groups(void **state)
{
    (void)state;
    AUTO(blocks_destroy) struct blocks *blocks = make_blocks(every_line, NULL);
    struct block_taken taken;
    carry(blocks, 0x0f, 0, 100, 1);
    carry(blocks, 0x70, 0, 100, 2);
    carry(blocks, 0x3c, 100, 500, 3); /* takes some lines of each … */
    carry(blocks, 0x43, 100, 500, 4);
    carry(blocks, 0x7f, 600, 360, 5); /* … and then all carry the same */
    assert_true(blocks_take(blocks, &taken));
    const struct {
        uint64_t lines;
        float first;
        float then;
    } expected[] = {{0x03, 1, 4}, {0x0c, 1, 3}, {0x30, 2, 3}, {0x40, 2, 4}};
    assert_int_equal(taken.n_groups, 4);
    for (size_t g = 0; g < 4; g++) {
        check_group(&taken, g, expected[g].lines);
        check_frames(&taken, g, 0, 100, expected[g].first);
        check_frames(&taken, g, 100, 500, expected[g].then);
        check_frames(&taken, g, 600, 360, 5);
    }
    carry(blocks, 0x7f, N, N, 6);
    assert_true(blocks_take(blocks, &taken));
    assert_int_equal(taken.n_groups, 1);
}

static void lines_of_other_outputs_are_passed_over(void **state)
{
    (void)state;
    struct line_set mine = {(uint64_t[]){0x44}, 1};
    AUTO(blocks_destroy) struct blocks *blocks = make_blocks(mine, NULL);
    struct block_taken taken;
    carry(blocks, 0x1b, 0, N, 1);
    carry(blocks, 0x64, 0, N, 2);
    assert_true(blocks_take(blocks, &taken));
    assert_int_equal(taken.n_groups, 1);
    check_group(&taken, 0, 0x44);
    check_frames(&taken, 0, 0, N, 2);
}

static void a_worker_that_is_too_slow_loses_whole_blocks_and_finds_back(void **state)
{
    (void)state;
    AUTO(blocks_destroy) struct blocks *blocks = make_blocks(every_line, NULL);
    struct block_taken taken;
    int64_t block = 0;
    for (; blocks_n_lost(blocks) < 3; block++) {
        carry(blocks, 0x7f, block * N, N, 1);
    }
    assert_true(block >= 8 + 3);
    for (int64_t i = 0; i < block - 3; i++) {
        assert_true(blocks_take(blocks, &taken));
        assert_int_equal(taken.frame, i * N);
    }
    assert_false(blocks_take(blocks, &taken));
    carry(blocks, 0x70, block * N, N, 1); /* with other groups than it knows */
    carry(blocks, 0x0f, block * N, N, 2);
    assert_true(blocks_take(blocks, &taken));
    assert_int_equal(taken.frame, block * N);
    check_group(&taken, 0, 0x0f);
    check_frames(&taken, 0, 0, N, 2);
}

static void a_block_that_comes_in_part_only_is_lost_whole(void **state)
{
    (void)state;
    AUTO(blocks_destroy) struct blocks *blocks = make_blocks(every_line, NULL);
    struct block_taken taken;
    carry(blocks, 0x7f, 0, 400, 1);
    carry(blocks, 0x7f, 50 * N, N, 2); /* the radio skipped */
    assert_true(blocks_take(blocks, &taken));
    assert_int_equal(taken.frame, 50 * N);
    assert_int_equal(blocks_n_lost(blocks), 1);
}

static void a_hushed_line_fades_out_and_is_silent_beside_the_others(void **state)
{
    (void)state;
    struct hush hushes[N_LINES];
    for (size_t l = 0; l < N_LINES; l++) {
        hush_init(&hushes[l]);
    }
    AUTO(blocks_destroy) struct blocks *blocks = make_blocks(every_line, hushes);
    struct block_taken taken;
    for (int64_t block = 0; block < 4; block++) {
        carry(blocks, 0x7f, block * N, N, 1);
    }
    assert_true(blocks_take(blocks, &taken));
    uint64_t generation = taken.generation;
    hush_set(&hushes[1], N + 10, 3 * N);
    hush_set(&hushes[6], N + 10, 3 * N);
    assert_true(blocks_take(blocks, &taken));
    assert_true(taken.generation > generation);
    assert_int_equal(taken.n_groups, 2);
    check_group(&taken, 0, 0x3d);
    check_frames(&taken, 0, 0, N, 1);
    check_group(&taken, 1, 0x42);
    check_frames(&taken, 1, 0, 10, 1);
    for (size_t i = 10; i < 10 + HUSH_FADE_FRAMES - 1; i++) {
        float step = taken.groups[1].frames[2 * i] - taken.groups[1].frames[2 * i + 2];
        assert_true(step > 0 && step < 0.005f);
    }
    check_frames(&taken, 1, 10 + HUSH_FADE_FRAMES, N - 10 - HUSH_FADE_FRAMES, 0);
    assert_true(blocks_take(blocks, &taken));
    check_group(&taken, 1, 0x42);
    assert_true(taken.groups[1].silent);
    assert_true(blocks_take(blocks, &taken)); /* mixed in the knowledge of the silence */
    assert_int_equal(taken.n_groups, 1);
    check_frames(&taken, 0, 0, N, 1);
}

enum { MANY = 20000 };

static void *carry_many(void *context)
{
    struct blocks *blocks = context;
    for (int64_t block = 0; block < MANY; block++) {
        uint64_t lines = (uint64_t)(block / 16) & 0x7f;
        carry(blocks, lines, block * N, N, (float)block);
        carry(blocks, 0x7f & ~lines, block * N, N, -(float)block);
    }
    return NULL;
}

/* For the thread sanitizer, too. */
static void a_worker_beside_the_mixer_takes_every_block_that_is_not_lost(void **state)
{
    (void)state;
    AUTO(blocks_destroy) struct blocks *blocks = make_blocks(every_line, NULL);
    pthread_t mixer;
    assert_int_equal(pthread_create(&mixer, NULL, carry_many, blocks), 0);
    struct block_taken taken;
    uint64_t n_taken = 0;
    int64_t last = -1;
    while (n_taken + blocks_n_lost(blocks) < MANY) {
        if (!blocks_take(blocks, &taken)) {
            sched_yield();
            continue;
        }
        int64_t block = taken.frame / N;
        assert_true(block > last);
        last = block;
        n_taken++;
        uint64_t lines = (uint64_t)(block / 16) & 0x7f;
        for (size_t g = 0; g < taken.n_groups; g++) {
            bool of_first = lines >> taken.lines[taken.first[g]] & 1;
            check_group(&taken, g, of_first ? lines : 0x7f & ~lines);
            check_frames(&taken, g, 0, N, of_first ? (float)block : -(float)block);
        }
    }
    pthread_join(mixer, NULL);
    assert_true(n_taken > 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lines_of_one_programme_are_one_group),
    cmocka_unit_test(groups_keep_their_generation_until_a_line_changes_programme),
    cmocka_unit_test(a_change_within_a_block_splits_its_groups),
    cmocka_unit_test(lines_of_other_outputs_are_passed_over),
    cmocka_unit_test(a_worker_that_is_too_slow_loses_whole_blocks_and_finds_back),
    cmocka_unit_test(a_block_that_comes_in_part_only_is_lost_whole),
    cmocka_unit_test(a_hushed_line_fades_out_and_is_silent_beside_the_others),
    cmocka_unit_test(a_worker_beside_the_mixer_takes_every_block_that_is_not_lost),
};
TEST_MAIN(tests)
