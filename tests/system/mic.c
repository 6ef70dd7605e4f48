/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/frames.h"
#include "tests/fakes/signal.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/temp_dir.h"
#include "tests/system/jack_capture.h"

/*
 * The program itself with a microphone: `loa run` plays a calendar into a sound device without
 * hardware, `loa mic` speaks over it from the device's other side, and what is heard is as loud as
 * `loa render` makes the calendar, ducked under what was said.
 */
enum { PROGRAMME_SECONDS = 45, MAX_FRAMES = 90 * AIR_RATE, WINDOW = 9600, WAIT_MS = 20000 };

static const double PROGRAMME_HZ = 300; /* whole periods in a window, and so has … */
static const double SAID_HZ = 1000;
static const float SAID = 0.5F;
static const double DUCK = 0.17782794; /* -15 dB */
static const double CEILING = 0.89125094;

static int loa(const char *dir, const char *arguments, const char *into)
{
    char line[2048];
    snprintf(line, sizeof line, "'%s' -C '%s' %s >'%s/%s' 2>&1", LOA_PROGRAM, dir, arguments, dir,
             into);
    int status = system(line);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void wait_until(time_t instant)
{
    struct timespec until = {.tv_sec = instant};
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) != 0) {
    }
}

static void rest_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static bool file_has(const char *dir, const char *name, const char *text)
{
    char path[TEMP_DIR_MAX + 32];
    char bytes[65536];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(bytes, 1, sizeof bytes - 1, file) : 0;
    if (file) {
        fclose(file);
    }
    bytes[n] = '\0';
    return strstr(bytes, text) != NULL;
}

static void wait_for(const char *dir, const char *name, const char *text)
{
    for (long ms = 0; ms < WAIT_MS; ms += 20) {
        if (file_has(dir, name, text)) {
            return;
        }
        rest_ms(20);
    }
    fail_msg("\"%s\" does not come in %s", text, name);
}

static pid_t start(const char *dir, const char *out, const char *const *words)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const char *argv[16] = {LOA_PROGRAM, "-C", dir};
        char path[TEMP_DIR_MAX + 32];
        for (size_t i = 0; words[i]; i++) {
            argv[3 + i] = words[i];
        }
        snprintf(path, sizeof path, "%s/%s", dir, out);
        int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        execv(LOA_PROGRAM, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return pid;
}

static int end_of(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Line a is always open, line b at another time of day. One tone, on a. */
static void make_station(const char *dir, time_t at)
{
    char text[1024];
    char path[TEMP_DIR_MAX + 32];
    struct tm tm;
    gmtime_r(&at, &tm);
    int hour = (tm.tm_hour + 12) % 24;
    snprintf(text, sizeof text,
             "[station]\ntitle=Mic\ntimezone=UTC\nhours=00:00-24:00\n"
             "[line a]\ntitle=A\noutput=device:default#1,2\n"
             "[line b]\ntitle=B\noutput=null:\nhours=%02d:00-%02d:30\n"
             "[input micro]\ntitle=Micro\ndevice=default#1\n"
             "[layer regular]\ncalendar=schedules/regular.ics\n",
             hour, hour);
    temp_dir_write(dir, "station.ini", text);
    size_t n = strftime(text, sizeof text,
                        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\n"
                        "UID:p\r\nDTSTAMP:20230101T000000Z\r\nDTSTART:%Y%m%dT%H%M%SZ\r\n",
                        &tm);
    snprintf(text + n, sizeof text - n,
             "DURATION:PT1M\r\nLOCATION:a\r\nATTACH:segment:tone\r\nEND:VEVENT\r\n"
             "END:VCALENDAR\r\n");
    temp_dir_write(dir, "schedules/regular.ics", text);
    snprintf(path, sizeof path, "%s/tone.wav", dir);
    signal_write(path, &(struct signal_spec){.rate = 48000,
                                             .channels = 1,
                                             .frames = PROGRAMME_SECONDS * (int64_t)AIR_RATE,
                                             .hz = PROGRAMME_HZ,
                                             .amplitude = 0.3});
    snprintf(text, sizeof text, "import --approve --kind tin '%s'", path);
    assert_int_equal(loa(dir, text, "imported"), 0);
}

static struct sound rendered(const char *dir, time_t at)
{
    char arguments[512];
    char from[32];
    char to[32];
    char path[TEMP_DIR_MAX + 32];
    struct tm tm;
    time_t end = at + PROGRAMME_SECONDS;
    strftime(from, sizeof from, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
    strftime(to, sizeof to, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&end, &tm));
    snprintf(path, sizeof path, "%s/render.wav", dir);
    snprintf(arguments, sizeof arguments, "render --from %s --to %s --line a -o '%s'", from, to,
             path);
    assert_int_equal(loa(dir, arguments, "rendered"), 0);
    return sound_read_file(path);
}

/*
 * Tones are compared by what a window has of them, and of nothing else: a machine that is too busy
 * for a real driver makes the device late, and the radio, which follows it, is not where the render
 * is any more, sample by sample.
 */
struct heard {
    const float *frames;
    int64_t n;
    double programme; /* the tone's amplitude in the render */
};

static double amplitude_of(const float *frames, int64_t step, double hz)
{
    double re = 0;
    double im = 0;
    for (int64_t i = 0; i < WINDOW; i++) {
        double angle = 2 * M_PI * hz * (double)i / AIR_RATE;
        re += 2 * (double)frames[i * step] * cos(angle) / WINDOW;
        im += 2 * (double)frames[i * step] * sin(angle) / WINDOW;
    }
    return sqrt(re * re + im * im);
}

static double power_of(const float *frames)
{
    double power = 0;
    for (int64_t i = 0; i < WINDOW; i++) {
        power += (double)frames[i] * (double)frames[i] / WINDOW;
    }
    return power;
}

/* The two tones are as loud as that, and there is nothing else. */
static bool has_tones(const struct heard *heard, int64_t from, double programme, double said)
{
    const float *frames = heard->frames + from;
    double power = power_of(frames);
    double wanted = (programme * programme + said * said) / 2;
    return fabs(amplitude_of(frames, 1, PROGRAMME_HZ) - programme) <= 0.01 * programme + 1e-6 &&
           fabs(amplitude_of(frames, 1, SAID_HZ) - said) <= 0.01 * said + 1e-3 * programme + 1e-6 &&
           fabs(power - wanted) <= 0.02 * wanted + 1e-12;
}

static bool is_ducked_by(const struct heard *heard, int64_t from, double gain)
{
    return has_tones(heard, from, gain * heard->programme, 0);
}

/* Over the ducked programme there is nothing but what was said, as loud as it has to be. */
static bool is_said_over(const struct heard *heard, int64_t from)
{
    return has_tones(heard, from, DUCK * heard->programme, (double)SAID * (1 - DUCK) * CEILING);
}

/* Some window between two frames is so: one may lie in a ramp, or where a busy machine lost sound.
 */
static int64_t find_ducked(const struct heard *heard, int64_t from, double gain)
{
    for (; from + WINDOW <= heard->n; from += WINDOW / 10) {
        if (is_ducked_by(heard, from, gain)) {
            return from;
        }
    }
    fail_msg("no programme at the gain %f", gain);
    return 0;
}

static int64_t find_said(const struct heard *heard, int64_t from)
{
    for (; from + WINDOW <= heard->n; from += WINDOW / 10) {
        if (is_said_over(heard, from)) {
            return from;
        }
    }
    fail_msg("nothing that was said is heard over the ducked programme");
    return 0;
}

/* Back from where it is heard to the first of its periods. */
static int64_t voice_onset(const struct heard *heard, int64_t said)
{
    enum { PERIOD = 48 };
    float peak = SAID;
    while (said >= PERIOD && peak > 0.5F * SAID) {
        said -= PERIOD;
        peak = 0;
        for (int64_t i = said; i < said + PERIOD; i++) {
            peak = fmaxf(peak, fabsf(heard->frames[i]));
        }
    }
    return said + PERIOD;
}

static void check_sound(struct jack_capture *capture, const char *dir, time_t at, size_t said_at)
{
    size_t n = 0;
    const float *frames = jack_capture_heard(capture, 0, &n);
    struct sound render = rendered(dir, at);
    assert_true(render.frames > 10 * AIR_RATE);
    struct heard heard = {frames, (int64_t)n,
                          amplitude_of(render.samples + 10 * AIR_RATE, 2, PROGRAMME_HZ)};
    assert_true(heard.programme > 0.01);
    int64_t alone = find_ducked(&heard, 0, 1);
    int64_t ducked = find_ducked(&heard, alone, DUCK);
    int64_t said = find_said(&heard, ducked);
    int64_t again = find_ducked(&heard, said, 1);
    int64_t silent = find_ducked(&heard, again, 0); /* the stop */
    assert_true(silent > again);
    int64_t onset = voice_onset(&heard, said);
    printf("from the microphone to the loudspeaker: %.0f ms\n",
           (double)(onset - (int64_t)said_at) * 1000 / AIR_RATE);
    sound_free(&render);
}

static void check_refusals(const char *dir)
{
    assert_int_equal(loa(dir, "mic --line b", "closed"), 1);
    assert_true(file_has(dir, "closed", "outside its hours"));
    assert_int_equal(loa(dir, "mic --line a --input x", "unknown"), 1);
    assert_int_equal(loa(dir, "mic", "nowhere"), 2);
    assert_int_equal(loa(dir, "mic --line a --duck 99", "loud"), 2);
}

/* Speak, and let the command die; then once more, until a stop. */
static size_t speak(struct jack_capture *capture, const char *dir)
{
    static const char *const mic[] = {"mic", "--line", "a", "--for", "60s", NULL};
    static const char *const replace[] = {"mic", "--line", "a", "--replace", NULL};
    int64_t asked_ms = now_ms();
    pid_t speaker = start(dir, "first", mic);
    wait_for(dir, "first", "On the air");
    printf("from the command to the air: %lld ms\n", (long long)(now_ms() - asked_ms));
    jack_capture_speak(capture, SAID_HZ);
    assert_int_equal(loa(dir, "status --json", "status"), 0);
    assert_true(file_has(dir, "status", "\"mic\":{\"who\""));
    assert_int_equal(loa(dir, "mic --line a", "second"), 1);
    assert_true(file_has(dir, "second", "has a microphone open on line a"));
    rest_ms(500);
    size_t said_at = jack_capture_say(capture, SAID);
    rest_ms(1500);
    kill(speaker, SIGKILL);
    assert_int_equal(end_of(speaker), -SIGKILL);
    wait_for(dir, "log", "is closed");
    (void)jack_capture_say(capture, 0);
    rest_ms(1500);
    speaker = start(dir, "third", replace);
    wait_for(dir, "third", "On the air");
    assert_int_equal(loa(dir, "stop", "stopped"), 0);
    assert_int_equal(end_of(speaker), 1);
    assert_true(file_has(dir, "third", "loa stop"));
    return said_at;
}

static void a_voice_is_heard_over_the_ducked_programme_until_its_command_dies(void **state)
{
    static const char *const run[] = {"run", NULL};
    (void)state;
    char dir[TEMP_DIR_MAX];
    temp_dir_make(dir);
    setenv("LANG", "en_US.UTF-8", 1);
    setenv("LOA_USER", "Hoa", 1);
    struct jack_capture *capture = jack_capture_start(MAX_FRAMES);
    time_t at = time(NULL) + 5;
    make_station(dir, at);
    pid_t radio = start(dir, "log", run);
    wait_until(at - 1);
    jack_capture_listen(capture);
    wait_until(at + 1);
    check_refusals(dir);
    size_t said_at = speak(capture, dir);
    rest_ms(500);
    kill(radio, SIGINT);
    assert_int_equal(end_of(radio), 0);
    check_sound(capture, dir, at, said_at);
    assert_int_equal(loa(dir, "log --from 2020-01-01 --to 2100-01-01 --json", "ledger"), 0);
    assert_true(file_has(dir, "ledger", "\"kind\":\"truc-tiep\""));
    assert_true(file_has(dir, "ledger", "\"end_cause\":\"preempted\""));
    assert_true(file_has(dir, "ledger", "\"end_cause\":\"stopped\""));
    jack_capture_end(capture);
    temp_dir_remove(dir);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_voice_is_heard_over_the_ducked_programme_until_its_command_dies),
};
TEST_MAIN(tests)
