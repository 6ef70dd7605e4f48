/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/stream_hub.h"

#include <math.h>
#include <opus.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/frames.h"
#include "playout/outputs/stream_encoder.h"
#include "playout/outputs/stream_packet.h"
#include "playout/rt/hush.h"
#include "tests/test.h"

enum { N_LINES = 6, SUBSCRIPTIONS_MAX = 8, N = AIR_BLOCK_FRAMES, START = 100 * STREAM_STEP_FRAMES };

static const struct stream_settings opus_64 = {STREAM_OPUS, 64000};
static const struct stream_settings mp3_96 = {STREAM_MP3, 96000};

struct listener {
    struct stream_subscription *subscription;
    OpusDecoder *decoder;
    float *heard; /* stereo, from START - STREAM_OPUS_DELAY_FRAMES on */
    size_t n_heard;
    int64_t next_frame; /* INT64_MIN: nothing has come */
    size_t n_packets;
    char titles[256]; /* "FRAME:TITLE@PACKETS " of each, the frame after START */
};

struct world {
    struct hush hushes[N_LINES];
    struct output_hub *hub;
    struct listener listeners[SUBSCRIPTIONS_MAX];
    size_t n;
    int64_t frame;
    int64_t first_due_ns;
};

static struct world *world_create(void)
{
    struct world *world = calloc(1, sizeof *world);
    for (size_t line = 0; line < N_LINES; line++) {
        hush_init(&world->hushes[line]);
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    world->first_due_ns = ((int64_t)now.tv_sec - 1000) * 1000000000;
    world->frame = START;
    assert_int_equal(stream_hub_create(N_LINES, world->hushes, &world->hub, NULL), 0);
    return world;
}

static struct listener *listen_to(struct world *world, uint32_t line, struct stream_settings to)
{
    struct listener *listener = &world->listeners[world->n++];
    int err = 0;
    listener->decoder = opus_decoder_create(AIR_RATE, 2, &err);
    listener->heard = calloc(60 * AIR_RATE * 2, sizeof(float));
    listener->next_frame = INT64_MIN;
    assert_int_equal(stream_hub_subscribe(world->hub, line, to, 10, &listener->subscription, NULL),
                     0);
    return listener;
}

static void listener_take(struct listener *listener)
{
    struct stream_packet packet;
    while (stream_read(listener->subscription, &packet)) {
        if (packet.kind == STREAM_TITLE) {
            size_t n = strlen(listener->titles);
            snprintf(listener->titles + n, sizeof listener->titles - n, "%d:%.*s@%zu ",
                     (int)(packet.frame - START), (int)packet.n_bytes, (char *)packet.bytes,
                     listener->n_packets);
            continue;
        }
        if (listener->next_frame != INT64_MIN) {
            assert_true(packet.frame == listener->next_frame);
        }
        listener->next_frame = packet.frame + packet.n_frames;
        listener->n_packets++;
        if (packet.n_frames == STREAM_OPUS_FRAMES) {
            int n = opus_decode_float(listener->decoder, packet.bytes, packet.n_bytes,
                                      listener->heard + 2 * listener->n_heard, 5760, 0);
            assert_int_equal(n, STREAM_OPUS_FRAMES);
            listener->n_heard += (size_t)n;
        } else {
            assert_int_equal(packet.n_bytes, 288); /* 144 × 96000 / 48000 */
            assert_int_equal(packet.bytes[0], 0xff);
            assert_int_equal(packet.bytes[1] & 0xfe, 0xfa);
        }
    }
}

/* The tone of a programme: each has a pitch of its own. Odd ones are the same on both sides. */
static float tone(int programme, int side, int64_t frame)
{
    double hz = 300.0 * (programme + 1);
    double phase = side == 1 && programme % 2 == 0 ? 1.5 : 0;
    return (float)(0.25 * sin(2 * M_PI * hz * (double)(frame - START) / AIR_RATE + phase));
}

static void carry_part(struct world *world, const int programmes[N_LINES], int64_t frame, size_t n)
{
    float frames[2 * N];
    int64_t due_ns = world->first_due_ns + (frame - START) * 1000000000 / AIR_RATE;
    for (int programme = 0; programme < 10; programme++) {
        uint32_t lines[N_LINES];
        size_t n_lines = 0;
        for (uint32_t line = 0; line < N_LINES; line++) {
            if (programmes[line] == programme) {
                lines[n_lines++] = line;
            }
        }
        for (size_t i = 0; i < n; i++) {
            frames[2 * i] = tone(programme, 0, frame + (int64_t)i);
            frames[2 * i + 1] = tone(programme, 1, frame + (int64_t)i);
        }
        if (n_lines > 0) {
            world->hub->ops->carry(world->hub, lines, n_lines, frame, due_ns, frames, n);
        }
    }
}

/* Whole blocks, and everybody takes what comes of them. */
static void carry(struct world *world, const int programmes[N_LINES], size_t n_blocks)
{
    for (size_t b = 0; b < n_blocks; b++) {
        carry_part(world, programmes, world->frame, N);
        world->frame += N;
        if (world->frame % STREAM_STEP_FRAMES == 0) {
            for (size_t i = 0; i < world->n; i++) {
                struct listener *listener = &world->listeners[i];
                uint64_t wanted = (uint64_t)(world->frame - START);
                while (stream_counts(listener->subscription).frames_carried < wanted) {
                    stream_wait(listener->subscription, 100);
                }
                listener_take(listener);
            }
        }
    }
}

static void world_end(struct world *world)
{
    stream_hub_end(world->hub);
    for (size_t i = 0; i < world->n; i++) {
        assert_true(stream_has_ended(world->listeners[i].subscription));
        listener_take(&world->listeners[i]);
    }
}

static void world_destroy(struct world *world)
{
    world->hub->ops->destroy(world->hub);
    for (size_t i = 0; i < world->n; i++) {
        opus_decoder_destroy(world->listeners[i].decoder);
        free(world->listeners[i].heard);
    }
    free(world);
}

/* How loud what is heard of [from, from + n) is beside the difference to a programme's tone, dB. */
static double likeness_db(const struct listener *listener, int programme, int64_t from, size_t n)
{
    double wanted = 0;
    double wrong = 0;
    for (size_t i = 0; i < n; i++) {
        for (int side = 0; side < 2; side++) {
            int64_t frame = from + (int64_t)i;
            size_t at = (size_t)(frame - START + STREAM_OPUS_DELAY_FRAMES);
            double want = tone(programme, side, frame);
            double got = at < listener->n_heard ? listener->heard[2 * at + (size_t)side] : 0;
            wanted += want * want;
            wrong += (want - got) * (want - got);
        }
    }
    return 10 * log10(wanted / (wrong + 1e-12));
}

/* No 5 ms of it are anything else. */
static void assert_sounds(const struct listener *listener, int programme, int64_t from,
                          int64_t until)
{
    for (int64_t frame = from; frame + 240 <= until; frame += 240) {
        if (likeness_db(listener, programme, frame, 240) < 10) {
            fail_msg("programme %d is not heard at frame %d: %.1f dB", programme,
                     (int)(frame - START), likeness_db(listener, programme, frame, 240));
        }
    }
}

static void what_lines_carry_in_common_is_encoded_once(void **state)
{
    (void)state;
    struct world *world = world_create();
    for (uint32_t line = 0; line < 4; line++) {
        listen_to(world, line, opus_64);
    }
    listen_to(world, 1, opus_64);
    world->hub->ops->start(world->hub);
    carry(world, (int[]){1, 1, 2, 1, 0, 0}, 48);
    uint64_t n_encoded = 0;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(world->listeners[i].n_packets, 48);
        n_encoded += stream_counts(world->listeners[i].subscription).n_encoded;
    }
    assert_int_equal(n_encoded, 2 * 48);
    for (size_t i = 0; i < 5; i++) {
        assert_sounds(&world->listeners[i], i == 2 ? 2 : 1, START + N, START + 40 * N);
    }
    world_end(world);
    world_destroy(world);
}

static void a_line_that_changes_programme_is_heard_without_a_gap(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct listener *first = listen_to(world, 0, opus_64);
    struct listener *moved = listen_to(world, 1, opus_64);
    world->hub->ops->start(world->hub);
    carry(world, (int[]){0, 0, 0, 0, 0, 0}, 29);
    /* Line 1 goes over to another programme within a block, and comes back later. */
    int64_t parted = world->frame + 500;
    carry_part(world, (int[]){0, 0, 0, 0, 0, 0}, world->frame, 500);
    carry_part(world, (int[]){0, 1, 0, 0, 0, 0}, parted, N - 500);
    world->frame += N;
    carry(world, (int[]){0, 1, 0, 0, 0, 0}, 40);
    int64_t together = world->frame;
    carry(world, (int[]){0, 0, 0, 0, 0, 0}, 26);
    world_end(world);
    assert_sounds(first, 0, START + N, world->frame - N);
    assert_sounds(moved, 0, START + N, parted - 240);
    assert_sounds(moved, 1, parted + 480, together - 480);
    assert_sounds(moved, 0, together + 480, world->frame - N);
    world_destroy(world);
}

static void a_title_comes_with_the_sound_it_names(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct listener *opus = listen_to(world, 3, opus_64);
    struct listener *mp3 = listen_to(world, 3, mp3_96);
    struct listener *other = listen_to(world, 4, opus_64);
    world->hub->ops->start(world->hub);
    stream_hub_title(world->hub, 3, START, "Thời sự");
    stream_hub_title(world->hub, 3, START + 30 * N, "Dân ca");
    stream_hub_title(world->hub, 1, START, "nobody takes this line");
    carry(world, (int[]){0, 0, 0, 1, 2, 0}, 48);
    world_end(world);
    assert_string_equal(opus->titles, "0:Thời sự@0 28800:Dân ca@30 ");
    assert_string_equal(mp3->titles, "0:Thời sự@0 28800:Dân ca@25 ");
    assert_string_equal(other->titles, "");
    world_destroy(world);
}

static void a_long_title_is_cut_between_characters(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct listener *listener = listen_to(world, 0, opus_64);
    char title[400] = "x";
    while (strlen(title) < 390) {
        strcat(title, "ự");
    }
    world->hub->ops->start(world->hub);
    stream_hub_title(world->hub, 0, START, title);
    for (size_t b = 0; b < 12; b++) {
        carry_part(world, (int[]){0, 0, 0, 0, 0, 0}, START + (int64_t)b * N, N);
    }
    stream_hub_end(world->hub);
    struct stream_packet packet;
    assert_true(stream_read(listener->subscription, &packet));
    assert_int_equal(packet.kind, STREAM_TITLE);
    assert_int_equal(packet.n_bytes, 253); /* one and 84 of three bytes */
    assert_memory_equal(packet.bytes, title, 253);
    world_destroy(world);
}

static void what_is_hushed_is_silent_in_the_stream(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct listener *hushed = listen_to(world, 0, opus_64);
    struct listener *other = listen_to(world, 1, opus_64);
    hush_set(&world->hushes[0], START + 24 * N, START + 36 * N);
    world->hub->ops->start(world->hub);
    carry(world, (int[]){0, 0, 0, 0, 0, 0}, 60);
    world_end(world);
    assert_sounds(hushed, 0, START + N, START + 24 * N - 480);
    assert_sounds(hushed, 0, START + 36 * N + 480, START + 59 * N);
    assert_sounds(other, 0, START + N, START + 59 * N);
    for (size_t i = 25 * N; i < 35 * N; i++) {
        assert_true(fabsf(hushed->heard[2 * i]) < 0.01f);
    }
    world_destroy(world);
}

static void a_reader_who_does_not_read_loses_its_own_stream_only(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct listener *reader = listen_to(world, 0, opus_64);
    struct stream_subscription *sleeper = NULL;
    assert_int_equal(stream_hub_subscribe(world->hub, 0, opus_64, 1, &sleeper, NULL), 0);
    world->hub->ops->start(world->hub);
    carry(world, (int[]){0, 0, 0, 0, 0, 0}, 600);
    world_end(world);
    assert_int_equal(reader->n_packets, 600);
    assert_int_equal(stream_counts(reader->subscription).frames_lost, 0);
    assert_true(stream_counts(sleeper).frames_lost > 0);
    struct stream_packet packet;
    assert_true(stream_read(sleeper, &packet)); /* what it has is whole */
    assert_int_equal(packet.kind, STREAM_SOUND);
    world_destroy(world);
}

static void a_reader_in_no_hurry_is_woken_for_several_steps_together(void **state)
{
    (void)state;
    enum { LONG_MS = 60000 };
    struct world *world = world_create();
    struct listener *listener = listen_to(world, 0, opus_64);
    struct stream_subscription *patient = NULL;
    assert_int_equal(stream_hub_subscribe(world->hub, 0, opus_64, 10, &patient, NULL), 0);
    stream_set_pace(patient, 4);
    world->hub->ops->start(world->hub);
    carry(world, (int[]){0, 0, 0, 0, 0, 0}, 4 * STREAM_BLOCKS_IN_STEP);
    stream_wait(patient, LONG_MS);
    size_t n_packets = 0;
    struct stream_packet packet;
    while (stream_read(patient, &packet)) {
        n_packets++;
    }
    assert_int_equal(n_packets, 4 * STREAM_BLOCKS_IN_STEP);
    carry(world, (int[]){0, 0, 0, 0, 0, 0}, 1);
    stream_hub_end(world->hub);
    stream_wait(patient, LONG_MS); /* the end comes at once */
    assert_true(stream_has_ended(patient));
    assert_true(listener->n_packets > 0);
    world_destroy(world);
}

static void bit_rates_are_those_the_codec_knows(void **state)
{
    (void)state;
    assert_int_equal(stream_bitrate_near(STREAM_MP3, 96000), 96000);
    assert_int_equal(stream_bitrate_near(STREAM_MP3, 100000), 96000);
    assert_int_equal(stream_bitrate_near(STREAM_MP3, 1), 32000);
    assert_int_equal(stream_bitrate_near(STREAM_OPUS, 64000), 64000);
    assert_int_equal(stream_bitrate_near(STREAM_OPUS, 1), 6000);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_lines_carry_in_common_is_encoded_once),
    cmocka_unit_test(a_line_that_changes_programme_is_heard_without_a_gap),
    cmocka_unit_test(a_title_comes_with_the_sound_it_names),
    cmocka_unit_test(a_long_title_is_cut_between_characters),
    cmocka_unit_test(what_is_hushed_is_silent_in_the_stream),
    cmocka_unit_test(a_reader_who_does_not_read_loses_its_own_stream_only),
    cmocka_unit_test(a_reader_in_no_hurry_is_woken_for_several_steps_together),
    cmocka_unit_test(bit_rates_are_those_the_codec_knows),
};

TEST_MAIN(tests)
