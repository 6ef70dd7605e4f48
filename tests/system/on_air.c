/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/paths.h"
#include "tests/fakes/signal.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/temp_dir.h"
#include "tests/system/jack_capture.h"

/*
 * The program itself on air: `loa run` plays a calendar into a sound device without
 * hardware (jackd with its dummy driver, through PortAudio), and what the device was
 * given is, sample by sample, what `loa render` makes of the same calendar.
 */
enum { N_TONES = 3, SOUND_SECONDS = 5, MAX_FRAMES = 60 * AIR_RATE };

static void command(const char *dir, const char *arguments)
{
    char line[1024];
    snprintf(line, sizeof line, "'%s' -C '%s' %s >/dev/null", LOA_PROGRAM, dir, arguments);
    int status = system(line);
    if (status != 0) {
        fail_msg("loa %s: status %d", arguments, status);
    }
}

/* A programme of three tones that begins at an instant, on the default device. */
static void make_station(const char *dir, time_t start)
{
    char text[1024];
    struct tm tm;
    gmtime_r(&start, &tm);
    temp_dir_write(dir, "station.ini",
                   "[station]\ntitle=On air\ntimezone=UTC\nhours=00:00-24:00\n"
                   "[line a]\ntitle=A\noutput=device:default#1,2\n"
                   "[layer regular]\ncalendar=schedules/regular.ics\n");
    size_t n = strftime(text, sizeof text,
                        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\n"
                        "UID:p\r\nDTSTAMP:20230101T000000Z\r\nDTSTART:%Y%m%dT%H%M%SZ\r\n",
                        &tm);
    snprintf(text + n, sizeof text - n,
             "DURATION:PT1M\r\nATTACH:segment:tone-0\r\nATTACH:segment:tone-1\r\n"
             "ATTACH:segment:tone-2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    temp_dir_write(dir, "schedules/regular.ics", text);
}

static void import_tones(const char *dir)
{
    for (int i = 0; i < N_TONES; i++) {
        char path[TEMP_DIR_MAX + 32];
        char arguments[TEMP_DIR_MAX + 96];
        struct signal_spec spec = {.rate = 48000,
                                   .channels = 1 + i % 2,
                                   .frames = 70001 + 3000 * i,
                                   .hz = 311 + 130 * i,
                                   .amplitude = 0.3};
        snprintf(path, sizeof path, "%s/tone-%d.wav", dir, i);
        signal_write(path, &spec);
        snprintf(arguments, sizeof arguments, "import --approve --kind tin '%s' 2>/dev/null", path);
        command(dir, arguments);
    }
}

static pid_t run_radio(const char *dir)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char log[TEMP_DIR_MAX + 16];
        snprintf(log, sizeof log, "%s/log", dir);
        if (freopen(log, "w", stderr)) {
            execl(LOA_PROGRAM, LOA_PROGRAM, "-C", dir, "run", (char *)NULL);
        }
        _exit(127);
    }
    return pid;
}

static void stop_radio(pid_t pid)
{
    int status = 0;
    kill(pid, SIGINT);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static struct sound rendered(const char *dir, time_t start)
{
    char arguments[512];
    char path[TEMP_DIR_MAX + 32];
    char from[32];
    char to[32];
    struct tm tm;
    time_t end = start + SOUND_SECONDS;
    strftime(from, sizeof from, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&start, &tm));
    strftime(to, sizeof to, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&end, &tm));
    snprintf(path, sizeof path, "%s/render.wav", dir);
    snprintf(arguments, sizeof arguments, "render --from %s --to %s --line a -o '%s'", from, to,
             path);
    command(dir, arguments);
    return sound_read_file(path);
}

static bool is_heard(struct jack_capture *capture, size_t side, const struct sound *render)
{
    size_t n = 0;
    const float *heard = jack_capture_heard(capture, side, &n);
    int64_t first = 0;
    int64_t onset = 0;
    while (first < render->frames && render->samples[2 * first + (int64_t)side] == 0) {
        first++;
    }
    while (onset < (int64_t)n && heard[onset] == 0) {
        onset++;
    }
    int64_t frames = render->frames - first;
    assert_true(frames > 4 * AIR_RATE);
    if (onset + frames > (int64_t)n) {
        print_message("side %zu: heard %zu frames, of which %lld are silence\n", side, n,
                      (long long)onset);
        return false;
    }
    for (int64_t i = 0; i < frames; i++) {
        float wanted = render->samples[2 * (first + i) + (int64_t)side];
        if (fabsf(heard[onset + i] - wanted) > 1e-7F) {
            print_message("side %zu, frame %lld: %.8f instead of %.8f\n", side, (long long)i,
                          (double)heard[onset + i], (double)wanted);
            return false;
        }
    }
    return true;
}

/* Wait for the wall clock, which is what the radio plays by. */
static void wait_until(time_t instant)
{
    struct timespec until = {.tv_sec = instant};
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) != 0) {
    }
}

static bool be_on_air_once(void)
{
    char dir[TEMP_DIR_MAX];
    temp_dir_make(dir);
    struct jack_capture *capture = jack_capture_start(MAX_FRAMES);
    time_t start = time(NULL) + 5;
    make_station(dir, start);
    import_tones(dir);
    pid_t radio = run_radio(dir);
    wait_until(start - 1);
    jack_capture_listen(capture);
    wait_until(start + SOUND_SECONDS + 1);
    stop_radio(radio);
    struct sound render = rendered(dir, start);
    bool heard = is_heard(capture, 0, &render) && is_heard(capture, 1, &render);
    sound_free(&render);
    jack_capture_end(capture);
    temp_dir_remove(dir);
    return heard;
}

/* A machine that is too busy for a real driver makes holes of its own: it may begin anew. */
static void what_is_on_air_is_what_was_rendered(void **state)
{
    (void)state;
    int n_left = 3;
    setenv("LANG", "en_US.UTF-8", 1);
    while (!be_on_air_once()) {
        assert_int_not_equal(--n_left, 0);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_on_air_is_what_was_rendered),
};
TEST_MAIN(tests)
