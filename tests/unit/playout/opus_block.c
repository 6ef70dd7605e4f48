/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/opus_block.h"

#include <math.h>
#include <opus.h>
#include <string.h>

#include "base/frames.h"
#include "tests/test.h"

enum { N = AIR_BLOCK_FRAMES };

struct packet {
    size_t n;
    uint8_t bytes[OPUS_BLOCK_BYTES_MAX];
};

/* Block `block` of a tone, `apart` louder on one side than on the other. */
static struct packet encode(struct opus_block *opus, int block, float apart)
{
    float frames[2 * N];
    struct packet packet;
    for (int i = 0; i < N; i++) {
        float value = 0.25f * sinf(0.05f * (float)(block * N + i));
        frames[2 * i] = value;
        frames[2 * i + 1] = value * (1 - apart);
    }
    packet.n = opus_block_encode(opus, frames, packet.bytes, sizeof packet.bytes);
    assert_true(packet.n > 0);
    return packet;
}

static int channels_of(struct packet packet)
{
    return opus_packet_get_nb_channels(packet.bytes);
}

static void sides_that_stay_the_same_are_coded_as_one_until_they_differ(void **state)
{
    (void)state;
    struct opus_block *opus = opus_block_create(64000, 2);
    int block = 0;
    for (; block < OPUS_BLOCK_MONO_BLOCKS - 1; block++) {
        assert_int_equal(channels_of(encode(opus, block, 0)), 2);
    }
    /* libopus lets a block pass between the two. */
    (void)encode(opus, block++, 0);
    for (; block < 40; block++) {
        assert_int_equal(channels_of(encode(opus, block, 0)), 1);
    }
    assert_int_equal(channels_of(encode(opus, block++, 0.5f)), 2);
    for (; block < 50; block++) {
        assert_int_equal(channels_of(encode(opus, block, 0)), 2);
    }
    opus_block_destroy(opus);
}

static void a_copy_goes_on_as_the_other_would(void **state)
{
    (void)state;
    struct opus_block *opus = opus_block_create(64000, 2);
    struct opus_block *copy = opus_block_create(64000, 2);
    for (int block = 0; block < 30; block++) {
        (void)encode(opus, block, block < 10 ? 0.5f : 0);
    }
    opus_block_copy(copy, opus);
    for (int block = 30; block < 40; block++) {
        struct packet a = encode(opus, block, block < 35 ? 0 : 0.5f);
        struct packet b = encode(copy, block, block < 35 ? 0 : 0.5f);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.bytes, b.bytes, a.n);
    }
    opus_block_destroy(opus);
    opus_block_destroy(copy);
}

static void one_begun_anew_is_as_one_that_is_new(void **state)
{
    (void)state;
    struct opus_block *fresh = opus_block_create(64000, 2);
    struct opus_block *used = opus_block_create(64000, 2);
    for (int block = 0; block < 30; block++) {
        (void)encode(used, block, 0);
    }
    opus_block_join(used);
    opus_block_restart(used);
    for (int block = 30; block < 60; block++) {
        struct packet a = encode(fresh, block, 0);
        struct packet b = encode(used, block, 0);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.bytes, b.bytes, a.n);
    }
    opus_block_destroy(fresh);
    opus_block_destroy(used);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(sides_that_stay_the_same_are_coded_as_one_until_they_differ),
    cmocka_unit_test(a_copy_goes_on_as_the_other_would),
    cmocka_unit_test(one_begun_anew_is_as_one_that_is_new),
};

TEST_MAIN(tests)
