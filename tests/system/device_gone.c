/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/paths.h"
#include "playout/aside/capture.h"
#include "playout/radio.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/studio.h"
#include "tests/system/jack_capture.h"
#include "tests/test.h"

/*
 * A sound device that is pulled out, that comes later, whose player is killed: a JACK server with
 * the dummy driver is the device. Beside it another line goes into a file, and loses nothing.
 * What is heard after the trouble is the programme where it is by then, sample by sample.
 */
enum {
    PROGRAMME_SECONDS = 200,
    HEARD_FRAMES = AIR_RATE,
    MAX_FRAMES = 120 * AIR_RATE,
    COPY_PERIOD = 30000
};

static const int64_t PATIENCE_US = 60 * INT64_C(1000000);

struct air {
    struct jack_capture *capture;
    struct stage *stage;
    struct studio *studio;
    int64_t start; /* air frame of the programme's first */
};

/* One line on the device, one into a file; one long recording on both, under way at once. */
static void air_begin(struct air *air)
{
    static struct output_spec specs[2] = {
        {.kind = OUTPUT_DEVICE, .target = "default", .channels = {1, 2}, .n_channels = 2},
        {.kind = OUTPUT_FILE, .target = "sound", .format = "wav"}};
    air->stage = stage_create(2);
    for (size_t line = 0; line < 2; line++) {
        air->stage->lines[line].outputs = &specs[line];
        air->stage->lines[line].n_outputs = 1;
    }
    stage_copy(air->stage, 2, (int64_t)PROGRAMME_SECONDS * AIR_RATE);
    air->studio = studio_open(air->stage, clock_system(), RADIO_OUTPUTS);
    air->start = frames_from_us(clock_now_us(&air->studio->clock)) + AIR_RATE / 2;
    stage_item(air->stage, 0, air->start, 3);
    studio_give(air->studio);
}

static void air_for(struct air *air, int64_t us)
{
    int64_t until_us = clock_now_us(&air->studio->clock) + us;
    assert_int_equal(radio_run_until(air->studio->radio, until_us, NULL, NULL), 0);
}

/* On air until the line on the device has failed, or plays again. */
static void air_until(struct air *air, bool failed)
{
    struct radio_line line;
    int64_t give_up_us = clock_now_us(&air->studio->clock) + PATIENCE_US;
    do {
        air_for(air, 50000);
        radio_line(air->studio->radio, 0, &line);
        if (clock_now_us(&air->studio->clock) > give_up_us) {
            fail_msg("the line on the device is %s", failed ? "still well" : "still failed");
        }
    } while ((line.state == RADIO_LINE_FAILED) != failed);
}

/* Which frame of the recording a sample of the left side is; -1: none from `from` on. */
static int64_t place_of(const float *heard, int64_t from)
{
    for (int64_t k = from; k < from + COPY_PERIOD; k++) {
        int64_t i = 0;
        while (i < 64 && fabsf(heard[i] - stage_sample(0, k + i)) <= 1e-6f) {
            i++;
        }
        if (i == 64) {
            return k;
        }
    }
    return -1;
}

/* Is a second of it, from the first sound after `from`, without a hole and in its place? */
static bool plays_in_its_place(const struct air *air, const float *heard, size_t from, size_t n,
                               int64_t began)
{
    size_t at = from;
    while (at < n && heard[at] == 0) {
        at++;
    }
    int64_t place = n - at > HEARD_FRAMES ? place_of(heard + at, 0) : -1;
    for (int64_t i = 0; i < HEARD_FRAMES && place >= 0; i++) {
        if (fabsf(heard[at + (size_t)i] - stage_sample(0, place + i)) > 1e-6f) {
            return false;
        }
    }
    /* A copy's samples come again after 30000 frames: by so much a place is known. */
    int64_t off = (air->start + place - (int64_t)(at - from) - began) % COPY_PERIOD;
    off += off < -COPY_PERIOD / 2 ? COPY_PERIOD : off > COPY_PERIOD / 2 ? -COPY_PERIOD : 0;
    return place >= 0 && off > -AIR_RATE / 5 && off < AIR_RATE / 5;
}

/* A machine that is too busy for a real driver makes holes of its own: some seconds are tried. */
static void assert_plays_in_its_place(struct air *air)
{
    size_t from = 0;
    for (int i = 0; i < 15; i++) {
        jack_capture_heard(air->capture, 0, &from);
        jack_capture_listen(air->capture);
        int64_t began = frames_from_us(clock_now_us(&air->studio->clock));
        air_for(air, 1300000);
        size_t n = 0;
        const float *heard = jack_capture_heard(air->capture, 0, &n);
        if (plays_in_its_place(air, heard, from, n, began)) {
            return;
        }
    }
    fail_msg("no second of the programme is heard in its place");
}

static int64_t place_of_stereo(const float *frames)
{
    float left[64];
    for (int i = 0; i < 64; i++) {
        left[i] = frames[2 * i];
    }
    return place_of(left, 0);
}

/* The file holds the whole programme so far, without a hole. */
static void air_end(struct air *air)
{
    struct radio_line line;
    radio_line(air->studio->radio, 1, &line);
    assert_int_equal(line.frames_lost, 0);
    assert_int_equal(line.n_underruns, 0);
    studio_close(air->studio);
    char folder[PATHS_MAX];
    int64_t expected = -1;
    int64_t n_checked = 0;
    snprintf(folder, sizeof folder, "%s/sound", air->stage->dir);
    struct dirent **names = NULL;
    int n_files = scandir(folder, &names, NULL, alphasort); /* two if an hour ends meanwhile */
    assert_true(n_files > 2);
    for (int f = 0; f < n_files; f++) {
        char path[PATHS_MAX + 256];
        snprintf(path, sizeof path, "%s/%s", folder, names[f]->d_name);
        if (names[f]->d_name[0] != '.') {
            struct sound sound = sound_read_file(path);
            for (int64_t i = 0; i < sound.frames - AIR_RATE / 5; i++) { /* but for the last fade */
                if (expected < 0 && sound.samples[2 * i] != 0) {
                    expected = place_of_stereo(sound.samples + 2 * i);
                }
                n_checked += expected >= 0;
                float wanted = expected >= 0 ? stage_sample(0, expected++) : 0;
                if (fabsf(sound.samples[2 * i] - wanted) > 1e-6f) {
                    fail_msg("%s, frame %lld: not what is in the recording", path, (long long)i);
                }
            }
            sound_free(&sound);
        }
        free(names[f]);
    }
    free(names);
    assert_true(n_checked > AIR_RATE);
    stage_destroy(air->stage);
    jack_capture_end(air->capture);
}

static void a_device_that_is_pulled_out_and_put_in_again_plays_on(void **state)
{
    (void)state;
    struct air air = {.capture = jack_capture_start(MAX_FRAMES)};
    air_begin(&air);
    assert_plays_in_its_place(&air);
    jack_capture_unplug(air.capture);
    air_until(&air, true);
    jack_capture_plug(air.capture);
    air_until(&air, false);
    assert_plays_in_its_place(&air);
    air_end(&air);
}

static void a_device_that_is_missing_at_the_start_comes_later(void **state)
{
    (void)state;
    struct air air = {.capture = jack_capture_start(MAX_FRAMES)};
    jack_capture_unplug(air.capture);
    air_begin(&air);
    air_until(&air, true);
    jack_capture_plug(air.capture);
    air_until(&air, false);
    assert_plays_in_its_place(&air);
    air_end(&air);
}

/* The id of this process's child that plays. */
static pid_t find_player(void)
{
    DIR *processes = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *entry = readdir(processes); entry; entry = readdir(processes)) {
        char path[512];
        char words[256] = "";
        int parent = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file) {
            continue;
        }
        if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1) {
            parent = 0;
        }
        fclose(file);
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        file = parent == getpid() ? fopen(path, "r") : NULL;
        if (file) {
            size_t n = fread(words, 1, sizeof words - 1, file);
            fclose(file);
            if (n > 4 && strcmp(words + strlen(words) + 1, "device-player") == 0) {
                found = (pid_t)strtol(entry->d_name, NULL, 10);
            }
        }
    }
    closedir(processes);
    return found;
}

static void a_player_that_is_killed_or_stops_is_replaced(void **state)
{
    (void)state;
    struct air air = {.capture = jack_capture_start(MAX_FRAMES)};
    air_begin(&air);
    assert_plays_in_its_place(&air);
    pid_t first = find_player();
    assert_true(first > 0);
    kill(first, SIGKILL);
    air_until(&air, true);
    air_until(&air, false);
    assert_plays_in_its_place(&air);
    pid_t second = find_player();
    assert_true(second > 0 && second != first);
    kill(second, SIGSTOP); /* a driver that stands still */
    air_until(&air, true);
    kill(second, SIGCONT);
    air_until(&air, false);
    assert_plays_in_its_place(&air);
    air_end(&air);
}

/* The dummy driver's inputs are silent: what is counted is what comes, and that it is steady. */
static void an_input_is_recorded_and_comes_back(void **state)
{
    (void)state;
    struct jack_capture *jack = jack_capture_start(AIR_RATE);
    struct capture *capture = NULL;
    struct capture_stats stats;
    struct fault fault;
    static float frames[2 * AIR_RATE];
    struct clock clock = clock_system();
    size_t n_read = 0;
    int n_faults = 0;
    assert_int_equal(capture_open("default", NULL, 0, &capture, &fault), 0);
    for (int part = 0; part < 2; part++) {
        int64_t give_up_us = clock_now_us(&clock) + PATIENCE_US;
        size_t wanted = n_read + AIR_RATE;
        while (n_read < wanted && clock_now_us(&clock) < give_up_us) {
            n_faults += capture_tend(capture, &fault);
            n_read += capture_read(capture, frames, AIR_RATE / 10);
            assert_int_equal(clock_sleep_until_us(&clock, clock_now_us(&clock) + 20000), 0);
        }
        assert_true(n_read >= wanted);
        capture_get_stats(capture, &stats);
        assert_true(stats.live);
        assert_int_equal(stats.frames_lost, 0);
        assert_true(stats.frames_recorded >= n_read);
        if (part == 0) {
            jack_capture_unplug(jack);
            while (n_faults == 0 && clock_now_us(&clock) < give_up_us) {
                n_faults += capture_tend(capture, &fault);
                n_read += capture_read(capture, frames, AIR_RATE);
                assert_int_equal(clock_sleep_until_us(&clock, clock_now_us(&clock) + 20000), 0);
            }
            assert_true(n_faults > 0);
            jack_capture_plug(jack);
        }
    }
    capture_keep_newest(capture, 0);
    capture_close(capture);
    jack_capture_end(jack);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_device_that_is_pulled_out_and_put_in_again_plays_on),
    cmocka_unit_test(a_device_that_is_missing_at_the_start_comes_later),
    cmocka_unit_test(a_player_that_is_killed_or_stops_is_replaced),
    cmocka_unit_test(an_input_is_recorded_and_comes_back),
};

int main(int argc, char **argv)
{
    child_use_program(LOA_PROGRAM);
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
