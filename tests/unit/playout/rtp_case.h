/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_PLAYOUT_RTP_CASE_H
#define TESTS_UNIT_PLAYOUT_RTP_CASE_H

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fault.h"
#include "base/frames.h"
#include "playout/outputs/output.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/temp_dir.h"
#include "tests/test.h"

/*
 * Programmes are tones that swell: programme p at frame f is programme_at(p, f), programme 0 is
 * silence. A radio plays blocks from frame FIRST on, each handed over 100 ms before its time, as
 * the mixer does.
 */
enum { N = AIR_BLOCK_FRAMES, LINES_MAX = 8, PORTS_MAX = 4, AHEAD_NS = 100000000 };
static const int64_t FIRST = 1683716400LL * AIR_RATE;

struct radio_case {
    struct station *station;
    struct outputs *outputs;
    size_t n_lines;
    int64_t begin_ns;
    int64_t n_blocks;
    unsigned programmes[LINES_MAX]; /* of each line */
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static float programme_at(unsigned programme, int64_t frame)
{
    double t = (double)(frame - FIRST) / AIR_RATE;
    double swell = 0.4 + 0.2 * sin(2 * M_PI * (1.3 + 0.7 * programme) * t);
    return programme ? (float)(swell * sin(2 * M_PI * (310.0 + 170 * programme) * t)) : 0.0f;
}

/* Lines "a", "b" …, with these outputs. */
static struct radio_case radio_begin_in(const char *dir, const char *const *outputs, size_t n_lines)
{
    char text[2048] = "[station]\ntimezone = Asia/Ho_Chi_Minh\n";
    for (size_t l = 0; l < n_lines; l++) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "[line %c]\noutput = %s\n", (char)('a' + l),
                 outputs[l]);
    }
    struct radio_case radio = {.n_lines = n_lines};
    struct findings findings = {0};
    uint64_t all = (1u << n_lines) - 1;
    if (station_parse(dir, "station.ini", text, strlen(text), &radio.station, &findings)) {
        fail_msg("%s", findings.items[0].fault.text);
    }
    findings_finish(&findings);
    assert_int_equal(outputs_open(radio.station, (struct line_set){&all, 1}, &radio.outputs, NULL),
                     0);
    radio.begin_ns = now_ns() + AHEAD_NS + 50000000;
    return radio;
}

static inline struct radio_case radio_begin(const char *const *outputs, size_t n_lines)
{
    return radio_begin_in("/nowhere", outputs, n_lines);
}

static int64_t due_of(const struct radio_case *radio, int64_t block)
{
    return radio->begin_ns + block * 20000000;
}

/* Hand one block over, each programme once, to the lines that carry it; `at`: when it is due. */
static void carry_block(struct radio_case *radio, int64_t at_ns)
{
    int64_t frame = FIRST + radio->n_blocks++ * N;
    for (unsigned programme = 0; programme < LINES_MAX; programme++) {
        uint32_t lines[LINES_MAX];
        size_t n_lines = 0;
        float frames[2 * N];
        for (uint32_t l = 0; l < radio->n_lines; l++) {
            if (radio->programmes[l] == programme) {
                lines[n_lines++] = l;
            }
        }
        for (int i = 0; i < N; i++) {
            frames[2 * i] = frames[2 * i + 1] = programme_at(programme, frame + i);
        }
        if (n_lines) {
            outputs_carry(radio->outputs, lines, n_lines, frame, at_ns, frames, N);
        }
    }
}

static void play(struct radio_case *radio, int64_t n_blocks)
{
    for (int64_t i = 0; i < n_blocks; i++) {
        int64_t due_ns = due_of(radio, radio->n_blocks);
        while (now_ns() < due_ns - AHEAD_NS) {
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        }
        carry_block(radio, due_ns);
    }
}

static void radio_end(struct radio_case *radio)
{
    outputs_close(radio->outputs);
    station_destroy(radio->station);
}

/* What a receiver of another make records of the radio, which plays meanwhile: a second's sound by
 * the description in DIR/heard.sdp. To sound_free(). */
static inline struct sound radio_heard_by_ffmpeg(struct radio_case *radio, const char *dir,
                                                 const char *options)
{
    char command[512];
    char path[TEMP_DIR_MAX + 16];
    snprintf(command, sizeof command,
             "exec ffmpeg -nostdin -loglevel error -protocol_whitelist file,udp,rtp %s "
             "-i %s/heard.sdp -t 1 %s/heard.wav </dev/null",
             options, dir, dir);
    FILE *ffmpeg = popen(command, "r");
    assert_non_null(ffmpeg);
    struct pollfd ended = {.fd = fileno(ffmpeg), .events = POLLIN};
    radio->programmes[0] = 1;
    for (int i = 0; i < 1500 && poll(&ended, 1, 0) == 0; i++) {
        play(radio, 1); /* it listens at some time from now on, and ends by itself */
    }
    assert_int_equal(pclose(ffmpeg), 0);
    snprintf(path, sizeof path, "%s/heard.wav", dir);
    struct sound sound = sound_read_file(path);
    assert_int_equal(sound.rate, 48000);
    assert_in_range(sound.frames, 47000, 49000);
    return sound;
}

#endif
