/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/strbuf.h"
#include "playout/outputs/output.h"
#include "playout/outputs/sdp.h"
#include "tests/fakes/rtp_receiver.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/temp_dir.h"
#include "tests/test.h"
#include "tests/unit/playout/rtp_case.h"

/* How alike n heard samples, one every `step` frames, are to a programme from a block on. */
static double likeness_at(unsigned programme, int64_t block, int step, const float *heard, size_t n,
                          size_t *ret_delay)
{
    float *meant = malloc(n * sizeof *meant);
    for (size_t i = 0; i < n; i++) {
        meant[i] = programme_at(programme, FIRST + block * N + (int64_t)i * step);
    }
    double how = sound_likeness(meant, heard, n, (size_t)(N / step), ret_delay);
    free(meant);
    return how;
}

static double likeness(unsigned programme, int64_t block, const float *heard, size_t n,
                       size_t *ret_delay)
{
    return likeness_at(programme, block, 1, heard, n, ret_delay);
}

static void check_opus(const struct rtp_receiver *receiver, size_t first, size_t end, int channels,
                       unsigned programme)
{
    size_t n = 0;
    size_t delay = 0;
    float *heard = rtp_receiver_opus(receiver, first, end, channels, &n);
    /* the first two blocks: the decoder is new */
    double how = likeness(programme, (int64_t)first + 2, heard + 2 * N, n - 2 * N, &delay);
    if (how < 0.95) {
        fail_msg("the sound is only %.3f like the programme", how);
    }
    assert_in_range(delay, 0, N); /* Opus looks 6.5 ms ahead */
    free(heard);
}

static void a_receiver_hears_its_programme_without_a_gap_and_never_early(void **state)
{
    (void)state;
    struct rtp_receiver *a = rtp_receiver_open("127.0.0.1", 0, NULL);
    struct rtp_receiver *b = rtp_receiver_open("127.0.0.1", 0, NULL);
    char to_a[64];
    char to_b[64];
    snprintf(to_a, sizeof to_a, "rtp://127.0.0.1:%d", a->port);
    snprintf(to_b, sizeof to_b, "rtp://127.0.0.1:%d?channels=2&bitrate=96k", b->port);
    struct radio_case radio = radio_begin((const char *[]){to_a, to_b}, 2);
    radio.programmes[0] = 1;
    radio.programmes[1] = 2;
    play(&radio, 60);
    assert_int_equal(rtp_receiver_take(a, 60, 3000), 60);
    assert_int_equal(rtp_receiver_take(b, 60, 3000), 60);
    assert_int_equal(rtp_receiver_unbroken(a, 960), 60);
    assert_int_equal(rtp_receiver_unbroken(b, 960), 60);
    assert_true(a->packets[0].ssrc != b->packets[0].ssrc); /* two settings of the codec */
    for (int64_t i = 0; i < 60; i++) {
        const struct rtp_received *packet = &a->packets[i];
        assert_int_equal(packet->version, 2);
        assert_int_equal(packet->payload_type, 96);
        assert_true(packet->arrived_ns >= due_of(&radio, i) - 100000);
        assert_true(packet->arrived_ns < due_of(&radio, i) + 900000000);
    }
    check_opus(a, 0, 60, 1, 1);
    check_opus(b, 0, 60, 2, 2);
    struct output_stats stats = outputs_stats(radio.outputs, 0);
    assert_int_equal(stats.frames_pushed, 60 * N);
    assert_int_equal(stats.frames_dropped, 0);
    assert_false(stats.failed);
    radio_end(&radio);
    rtp_receiver_close(a);
    rtp_receiver_close(b);
}

static void an_item_is_heard_within_twenty_milliseconds_of_its_instant(void **state)
{
    (void)state;
    struct rtp_receiver *receiver = rtp_receiver_open("127.0.0.1", 0, NULL);
    char to[64];
    snprintf(to, sizeof to, "rtp://127.0.0.1:%d", receiver->port);
    struct radio_case radio = radio_begin((const char *[]){to}, 1);
    play(&radio, 20);
    radio.programmes[0] = 3;
    play(&radio, 20);
    assert_int_equal(rtp_receiver_take(receiver, 40, 3000), 40);
    size_t n = 0;
    float *heard = rtp_receiver_opus(receiver, 0, 40, 1, &n);
    size_t onset = 0;
    while (onset < n && fabsf(heard[onset]) < 0.05f) {
        onset++;
    }
    /* The tone begins with block 20; Opus adds 312 frames of delay and may ring before it. */
    assert_in_range(onset, 20 * N - N / 2, 21 * N);
    free(heard);
    radio_end(&radio);
    rtp_receiver_close(receiver);
}

static void receivers_of_one_programme_get_the_same_packets(void **state)
{
    (void)state;
    enum { RECEIVERS = 3 };
    struct rtp_receiver *receivers[RECEIVERS];
    char to[RECEIVERS][64];
    const char *outputs[RECEIVERS];
    for (size_t i = 0; i < RECEIVERS; i++) {
        receivers[i] = rtp_receiver_open("127.0.0.1", 0, NULL);
        snprintf(to[i], sizeof to[i], "rtp://127.0.0.1:%d", receivers[i]->port);
        outputs[i] = to[i];
    }
    struct radio_case radio = radio_begin(outputs, RECEIVERS);
    radio.programmes[0] = radio.programmes[1] = radio.programmes[2] = 1;
    play(&radio, 20);
    /* The middle one goes over to another programme, and comes back. */
    radio.programmes[1] = 2;
    play(&radio, 30);
    radio.programmes[1] = 1;
    play(&radio, 30);
    for (size_t i = 0; i < RECEIVERS; i++) {
        assert_int_equal(rtp_receiver_take(receivers[i], 80, 3000), 80);
        assert_int_equal(rtp_receiver_unbroken(receivers[i], 960), 80);
    }
    for (size_t p = 0; p < 80; p++) {
        const struct rtp_received *a = &receivers[0]->packets[p];
        const struct rtp_received *b = &receivers[1]->packets[p];
        const struct rtp_received *c = &receivers[2]->packets[p];
        assert_int_equal(a->n_bytes, c->n_bytes);
        assert_memory_equal(a->payload, c->payload, a->n_bytes);
        bool together = p < 20 || p >= 50;
        assert_true(together ==
                    (a->n_bytes == b->n_bytes && memcmp(a->payload, b->payload, a->n_bytes) == 0));
        assert_int_equal(a->ssrc, b->ssrc);
        assert_int_equal(a->sequence, b->sequence);
    }
    /* Heard by a loudspeaker that knows nothing of it: one decoder through it all. */
    size_t n = 0;
    size_t delay = 0;
    float *heard = rtp_receiver_opus(receivers[1], 0, 80, 1, &n);
    assert_true(likeness(1, 2, heard + 2 * N, 17 * N, &delay) > 0.95);
    assert_true(likeness(2, 22, heard + 22 * N, 27 * N, &delay) > 0.95);
    assert_true(likeness(1, 52, heard + 52 * N, 27 * N, &delay) > 0.95);
    free(heard);
    check_opus(receivers[0], 0, 80, 1, 1);
    radio_end(&radio);
    for (size_t i = 0; i < RECEIVERS; i++) {
        rtp_receiver_close(receivers[i]);
    }
}

static void check_l16(const struct rtp_receiver *receiver, int channels, unsigned programme)
{
    size_t n = 0;
    float *heard = rtp_receiver_l16(receiver, 0, receiver->n, channels, &n);
    assert_int_equal(n, 30 * N);
    for (size_t i = 0; i < n; i++) {
        assert_true(fabsf(heard[i] - programme_at(programme, FIRST + (int64_t)i)) < 1.0f / 32768);
    }
    free(heard);
}

static void sound_that_is_not_packed_comes_to_the_bit(void **state)
{
    (void)state;
    struct rtp_receiver *mono = rtp_receiver_open("127.0.0.1", 0, NULL);
    struct rtp_receiver *stereo = rtp_receiver_open("::1", 0, NULL);
    char to[160];
    snprintf(to, sizeof to, "rtp://127.0.0.1:%d?codec=l16, rtp://[::1]:%d?codec=l16&channels=2",
             mono->port, stereo->port);
    struct radio_case radio = radio_begin((const char *[]){to}, 1);
    radio.programmes[0] = 1;
    play(&radio, 30);
    assert_int_equal(rtp_receiver_take(mono, 60, 3000), 60);
    assert_int_equal(rtp_receiver_take(stereo, 90, 3000), 90);
    assert_int_equal(rtp_receiver_unbroken(mono, 480), 60);
    assert_int_equal(rtp_receiver_unbroken(stereo, 320), 90);
    assert_int_equal(mono->packets[0].payload_type, 97);
    check_l16(mono, 1, 1);
    check_l16(stereo, 2, 1);
    radio_end(&radio);
    rtp_receiver_close(mono);
    rtp_receiver_close(stereo);
}

static void telephones_hear_their_kind_of_sound(void **state)
{
    (void)state;
    struct rtp_receiver *narrow = rtp_receiver_open("127.0.0.1", 0, NULL);
    struct rtp_receiver *wide = rtp_receiver_open("127.0.0.1", 0, NULL);
    char to[128];
    snprintf(to, sizeof to, "rtp://127.0.0.1:%d?codec=pcmu, rtp://127.0.0.1:%d?codec=g722",
             narrow->port, wide->port);
    struct radio_case radio = radio_begin((const char *[]){to, "null:"}, 2);
    radio.programmes[0] = 2;
    play(&radio, 40);
    assert_int_equal(rtp_receiver_take(narrow, 40, 3000), 40);
    assert_int_equal(rtp_receiver_take(wide, 40, 3000), 40);
    assert_int_equal(rtp_receiver_unbroken(narrow, 160), 40);
    assert_int_equal(rtp_receiver_unbroken(wide, 160), 40); /* 16 kHz by a clock of 8 */
    assert_int_equal(narrow->packets[0].payload_type, 0);
    assert_int_equal(wide->packets[0].payload_type, 9);
    size_t n = 0;
    size_t delay = 0;
    float *heard = rtp_receiver_pcmu(narrow, &n);
    assert_int_equal(n, 40 * 160);
    assert_true(likeness_at(2, 2, 6, heard + 320, n - 320, &delay) > 0.99);
    assert_in_range(delay, 0, 80); /* 10 ms */
    free(heard);
    heard = rtp_receiver_g722(wide, &n);
    assert_int_equal(n, 40 * 320);
    assert_true(likeness_at(2, 2, 3, heard + 640, n - 640, &delay) > 0.98);
    assert_in_range(delay, 0, 160);
    free(heard);
    radio_end(&radio);
    rtp_receiver_close(narrow);
    rtp_receiver_close(wide);
}

static const char KEY_TEXT[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd\n"; /* 0, 1, 2 … 29 */

static void who_has_the_key_hears_although_switched_on_in_the_middle(void **state)
{
    (void)state;
    enum { BEFORE_WRAP = 25, BLOCKS = 50 };
    char dir[TEMP_DIR_MAX];
    char path[TEMP_DIR_MAX + 8];
    char to[3][96];
    uint8_t key[30];
    struct rtp_receiver *receivers[3];
    temp_dir_make(dir);
    temp_dir_write(dir, "khoa", KEY_TEXT);
    snprintf(path, sizeof path, "%s/khoa", dir);
    assert_int_equal(chmod(path, 0600), 0);
    for (size_t i = 0; i < 3; i++) {
        receivers[i] = rtp_receiver_open("127.0.0.1", 0, NULL);
        snprintf(to[i], sizeof to[i], "rtp://127.0.0.1:%d%s", receivers[i]->port,
                 i < 2 ? "?srtp=khoa" : "");
    }
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)i;
    }
    struct radio_case radio = radio_begin_in(dir, (const char *[]){to[0], to[1], to[2]}, 3);
    /* The packets' numbers wrap while it plays. */
    radio.n_blocks = 65536 - FIRST / N % 65536 - BEFORE_WRAP;
    int64_t first = radio.n_blocks;
    radio.begin_ns -= first * 20000000;
    radio.programmes[0] = radio.programmes[2] = 1;
    radio.programmes[1] = 2;
    play(&radio, BLOCKS);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rtp_receiver_take(receivers[i], BLOCKS, 3000), BLOCKS);
    }
    const struct rtp_received *a = receivers[0]->packets;
    const struct rtp_received *b = receivers[1]->packets;
    assert_int_equal(a[BEFORE_WRAP].sequence, 0);
    assert_true(a[0].ssrc != a[BEFORE_WRAP].ssrc);
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_int_equal(a[i].sequence, b[i].sequence);
        assert_true(a[i].ssrc != b[i].ssrc); /* one key for two programmes */
        const struct rtp_received *open = &receivers[2]->packets[i];
        assert_int_equal(a[i].n_bytes, open->n_bytes + 10);
        assert_true(memcmp(a[i].payload, open->payload, open->n_bytes) != 0);
    }
    assert_true(rtp_receiver_unseal(receivers[0], key));
    assert_true(rtp_receiver_unseal(receivers[1], key));
    for (size_t i = 0; i < BLOCKS; i++) { /* encoded once, for those with a key and without */
        assert_memory_equal(a[i].payload, receivers[2]->packets[i].payload, a[i].n_bytes);
    }
    size_t n = 0;
    size_t delay = 0;
    float *heard = rtp_receiver_opus(receivers[1], 0, BLOCKS, 1, &n);
    assert_true(likeness(2, first + 2, heard + 2 * N, n - 2 * N, &delay) > 0.95);
    free(heard);
    radio_end(&radio);
    for (size_t i = 0; i < 3; i++) {
        rtp_receiver_close(receivers[i]);
    }
    temp_dir_remove(dir);
}

static void a_key_that_is_none_is_told_of_and_nothing_is_sent(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char path[TEMP_DIR_MAX + 8];
    char to[96];
    temp_dir_make(dir);
    temp_dir_write(dir, "ngan", "AAECAwQF\n");
    snprintf(path, sizeof path, "%s/ngan", dir);
    assert_int_equal(chmod(path, 0600), 0);
    struct rtp_receiver *receiver = rtp_receiver_open("127.0.0.1", 0, NULL);
    snprintf(to, sizeof to, "rtp://127.0.0.1:%d?srtp=ngan", receiver->port);
    struct radio_case radio = radio_begin_in(
        dir, (const char *[]){"rtp://127.0.0.1:9?srtp=ngan", "rtp://127.0.0.1:9?srtp=none", to}, 3);
    size_t line = 0;
    struct fault fault;
    assert_true(outputs_take_fault(radio.outputs, &line, &fault));
    assert_int_equal(line, 0);
    assert_non_null(strstr(fault.text, "openssl rand -base64 30"));
    assert_true(outputs_take_fault(radio.outputs, &line, &fault));
    assert_int_equal(line, 1);
    assert_int_equal(fault.err, ENOENT);
    play(&radio, 10);
    radio_end(&radio);
    assert_int_equal(rtp_receiver_take(receiver, 1, 0), 0);
    rtp_receiver_close(receiver);
    temp_dir_remove(dir);
}

static void a_receiver_of_another_make_plays_what_is_described_to_it(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char to[96];
    struct rtp_receiver *free_port = rtp_receiver_open("127.0.0.1", 0, NULL);
    snprintf(to, sizeof to, "rtp://127.0.0.1:%d?codec=l16", free_port->port & ~1);
    rtp_receiver_close(free_port);
    struct radio_case radio = radio_begin((const char *[]){to}, 1);
    struct strbuf text;
    strbuf_init(&text, 4096);
    struct sdp_origin origin = {7, 8, NULL};
    assert_true(sdp_add_line(&text, &radio.station->lines[0], &origin));
    temp_dir_make(dir);
    temp_dir_write(dir, "heard.sdp", strbuf_text(&text));
    strbuf_finish(&text);
    struct sound sound = radio_heard_by_ffmpeg(&radio, dir, "");
    assert_int_equal(sound.channels, 1);
    assert_in_range(sound.frames, 47000, 49000);
    /* Where it came in is not known: the tone's 480 Hz are, crossings of zero in a second. */
    int crossings = 0;
    for (int64_t i = 1; i < sound.frames; i++) {
        crossings += (sound.samples[i - 1] < 0) != (sound.samples[i] < 0);
    }
    assert_in_range(crossings, 940, 980);
    sound_free(&sound);
    radio_end(&radio);
    temp_dir_remove(dir);
}

static void a_line_is_described_output_by_output(void **state)
{
    (void)state;
    struct radio_case radio =
        radio_begin((const char *[]){"rtp://239.77.1.9:5004?interface=lo&ttl=3, null:, "
                                     "rtp://[::1]:5006?codec=g722",
                                     "null:"},
                    2);
    struct strbuf text;
    strbuf_init(&text, 4096);
    struct sdp_origin origin = {7, 8, NULL};
    assert_true(sdp_add_line(&text, &radio.station->lines[0], &origin));
    assert_string_equal(strbuf_text(&text),
                        "v=0\r\no=loa 7 8 IN IP4 0.0.0.0\r\ns=a\r\nt=0 0\r\n"
                        "m=audio 5004 RTP/AVP 96\r\nc=IN IP4 239.77.1.9/3\r\n"
                        "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 sprop-stereo=0\r\na=ptime:20\r\n"
                        "a=sendonly\r\n"
                        "m=audio 5006 RTP/AVP 9\r\nc=IN IP6 ::1\r\n"
                        "a=rtpmap:9 G722/8000\r\na=ptime:20\r\na=sendonly\r\n");
    strbuf_clear(&text);
    assert_false(sdp_add_line(&text, &radio.station->lines[1], &origin));
    strbuf_finish(&text);
    radio_end(&radio);
}

static void a_multicast_group_gets_one_packet_a_programme(void **state)
{
    (void)state;
    struct rtp_receiver *receiver = rtp_receiver_open("239.77.1.1", 0, "239.77.1.1");
    char to[96];
    snprintf(to, sizeof to, "rtp://239.77.1.1:%d?interface=lo&ttl=2", receiver->port);
    /* Two lines that lead to the same group. */
    struct radio_case radio = radio_begin((const char *[]){to, to}, 2);
    radio.programmes[0] = radio.programmes[1] = 1;
    play(&radio, 40);
    assert_int_equal(rtp_receiver_take(receiver, 40, 3000), 40);
    radio_end(&radio);
    assert_int_equal(rtp_receiver_take(receiver, 41, 100), 40);
    assert_int_equal(rtp_receiver_unbroken(receiver, 960), 40);
    check_opus(receiver, 0, 40, 1, 1);
    rtp_receiver_close(receiver);
}

/* Play until a line says that it has failed, or works; at most 15 s. */
static bool play_until(struct radio_case *radio, size_t line, bool failed)
{
    for (int i = 0; i < 750; i++) {
        play(radio, 1);
        if (outputs_stats(radio->outputs, line).failed == failed) {
            return true;
        }
    }
    return false;
}

static void
a_receiver_that_is_off_is_told_of_and_comes_back_and_the_others_lose_nothing(void **state)
{
    (void)state;
    struct rtp_receiver *good = rtp_receiver_open("127.0.0.1", 0, NULL);
    struct rtp_receiver *bad = rtp_receiver_open("127.0.0.1", 0, NULL);
    int port = bad->port;
    rtp_receiver_close(bad); /* the port is closed: the system answers with an ICMP message */
    char to_good[64];
    char to_bad[64];
    snprintf(to_good, sizeof to_good, "rtp://127.0.0.1:%d", good->port);
    snprintf(to_bad, sizeof to_bad, "rtp://127.0.0.1:%d", port);
    /* Class E is refused by the system at once. */
    struct radio_case radio =
        radio_begin((const char *[]){to_bad, to_good, "rtp://255.255.255.255:9"}, 3);
    radio.programmes[1] = 1;
    assert_true(play_until(&radio, 0, true));
    assert_true(play_until(&radio, 2, true));
    bool told[3] = {false};
    size_t line = 0;
    struct fault fault;
    while (outputs_take_fault(radio.outputs, &line, &fault)) {
        assert_false(told[line]);
        told[line] = true;
        assert_non_null(strstr(fault.text, line == 0 ? to_bad : "rtp://255.255.255.255:9"));
    }
    assert_true(told[0] && !told[1] && told[2]);
    assert_true(outputs_stats(radio.outputs, 2).frames_dropped > 0);
    bad = rtp_receiver_open("127.0.0.1", port, NULL);
    assert_true(play_until(&radio, 0, false));
    rtp_receiver_take(bad, SIZE_MAX, 0);
    size_t n_before = bad->n; /* tries */
    play(&radio, 20);
    assert_true(rtp_receiver_take(bad, n_before + 18, 3000) >= n_before + 18);
    assert_int_equal(rtp_receiver_take(good, (size_t)radio.n_blocks, 3000), radio.n_blocks);
    assert_int_equal(rtp_receiver_unbroken(good, 960), radio.n_blocks);
    assert_int_equal(outputs_stats(radio.outputs, 1).frames_dropped, 0);
    assert_false(outputs_take_fault(radio.outputs, &line, &fault));
    radio_end(&radio);
    rtp_receiver_close(good);
    rtp_receiver_close(bad);
}

static void an_interface_that_is_not_there_is_not_replaced_by_another(void **state)
{
    (void)state;
    struct rtp_receiver *receiver = rtp_receiver_open("239.77.1.2", 0, "239.77.1.2");
    char to[96];
    snprintf(to, sizeof to, "rtp://239.77.1.2:%d?interface=loa-none", receiver->port);
    struct radio_case radio = radio_begin((const char *[]){to}, 1);
    size_t line = 1;
    struct fault fault;
    assert_true(play_until(&radio, 0, true));
    assert_true(outputs_take_fault(radio.outputs, &line, &fault));
    assert_int_equal(line, 0);
    assert_int_equal(rtp_receiver_take(receiver, 1, 0), 0);
    radio_end(&radio);
    rtp_receiver_close(receiver);
}

static void a_receiver_is_found_by_its_name_and_an_unknown_one_is_told_of(void **state)
{
    (void)state;
    struct rtp_receiver *receiver = rtp_receiver_open("127.0.0.1", 0, NULL);
    struct rtp_receiver *six = rtp_receiver_open("::1", receiver->port, NULL);
    char to[64];
    snprintf(to, sizeof to, "rtp://localhost:%d", receiver->port);
    struct radio_case radio =
        radio_begin((const char *[]){to, "rtp://loa-kh\xc3\xb4ng-c\xc3\xb3.invalid:5004"}, 2);
    size_t line = 0;
    struct fault fault = {0};
    bool told = false;
    for (int i = 0; i < 750 && !(told && receiver->n + six->n > 20); i++) {
        play(&radio, 1);
        told = told || outputs_take_fault(radio.outputs, &line, &fault);
        rtp_receiver_take(receiver, SIZE_MAX, 0);
        rtp_receiver_take(six, SIZE_MAX, 0);
    }
    assert_true(told);
    assert_int_equal(line, 1);
    assert_non_null(strstr(fault.text, "invalid:5004"));
    assert_true(outputs_stats(radio.outputs, 1).failed);
    assert_false(outputs_stats(radio.outputs, 0).failed);
    assert_true(receiver->n + six->n > 20);
    radio_end(&radio);
    rtp_receiver_close(receiver);
    rtp_receiver_close(six);
}

static void
what_is_a_second_late_is_dropped_and_what_is_less_late_is_not_sent_in_a_burst(void **state)
{
    (void)state;
    struct rtp_receiver *receiver = rtp_receiver_open("127.0.0.1", 0, NULL);
    char to[64];
    snprintf(to, sizeof to, "rtp://127.0.0.1:%d", receiver->port);
    struct radio_case radio = radio_begin((const char *[]){to}, 1);
    radio.programmes[0] = 1;
    int64_t at_ns = now_ns();
    for (int i = 0; i < 5; i++) {
        carry_block(&radio, at_ns - 3000000000 + i * 20000000);
    }
    for (int i = 0; i < 10; i++) {
        carry_block(&radio, at_ns - 200000000 + i * 20000000);
    }
    assert_int_equal(rtp_receiver_take(receiver, 10, 3000), 10);
    assert_true(receiver->packets[9].arrived_ns - receiver->packets[0].arrived_ns > 80000000);
    struct output_stats stats = outputs_stats(radio.outputs, 0);
    assert_int_equal(stats.frames_dropped, 5 * N);
    assert_int_equal(stats.frames_pushed, 15 * N);
    radio_end(&radio);
    assert_int_equal(rtp_receiver_take(receiver, 11, 0), 10);
    rtp_receiver_close(receiver);
}

static void a_line_that_is_stopped_is_silent_although_the_mixer_was_ahead(void **state)
{
    (void)state;
    struct rtp_receiver *receiver = rtp_receiver_open("127.0.0.1", 0, NULL);
    char to[64];
    snprintf(to, sizeof to, "rtp://127.0.0.1:%d?codec=l16", receiver->port);
    struct radio_case radio = radio_begin((const char *[]){to}, 1);
    uint64_t line = 1;
    radio.programmes[0] = 1;
    play(&radio, 5);
    outputs_hush(radio.outputs, (struct line_set){&line, 1}, FIRST + 2 * N, FIRST + 4 * N);
    assert_int_equal(rtp_receiver_take(receiver, 10, 3000), 10);
    size_t n = 0;
    float *heard = rtp_receiver_l16(receiver, 0, 10, 1, &n);
    assert_true(fabsf(heard[N + 100]) > 0);
    for (size_t i = 2 * N + 240; i < 4 * (size_t)N; i++) {
        assert_true(heard[i] == 0);
    }
    assert_true(fabsf(heard[4 * N + 100]) > 0);
    free(heard);
    radio_end(&radio);
    rtp_receiver_close(receiver);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receiver_hears_its_programme_without_a_gap_and_never_early),
        cmocka_unit_test(an_item_is_heard_within_twenty_milliseconds_of_its_instant),
        cmocka_unit_test(receivers_of_one_programme_get_the_same_packets),
        cmocka_unit_test(sound_that_is_not_packed_comes_to_the_bit),
        cmocka_unit_test(telephones_hear_their_kind_of_sound),
        cmocka_unit_test(who_has_the_key_hears_although_switched_on_in_the_middle),
        cmocka_unit_test(a_key_that_is_none_is_told_of_and_nothing_is_sent),
        cmocka_unit_test(a_receiver_of_another_make_plays_what_is_described_to_it),
        cmocka_unit_test(a_line_is_described_output_by_output),
        cmocka_unit_test(a_multicast_group_gets_one_packet_a_programme),
        cmocka_unit_test(
            a_receiver_that_is_off_is_told_of_and_comes_back_and_the_others_lose_nothing),
        cmocka_unit_test(an_interface_that_is_not_there_is_not_replaced_by_another),
        cmocka_unit_test(a_receiver_is_found_by_its_name_and_an_unknown_one_is_told_of),
        cmocka_unit_test(
            what_is_a_second_late_is_dropped_and_what_is_less_late_is_not_sent_in_a_burst),
        cmocka_unit_test(a_line_that_is_stopped_is_silent_although_the_mixer_was_ahead),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
