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
 * hardware, `loa mic` speaks over it from the device's other side, and what is heard is what
 * `loa render` makes of the calendar, ducked under what was said.
 */
enum { PROGRAMME_SECONDS = 45, MAX_FRAMES = 90 * AIR_RATE, WINDOW = 9600, WAIT_MS = 20000 };

static const double SAID_HZ = 1000; /* whole periods in a window, as the programme's 300 Hz */
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
                                             .hz = 300,
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

/* What is heard, beside the render laid on its first sound. */
struct heard {
    const float *frames;
    const float *render; /* stereo, from the same frame on */
    int64_t n;
};

static struct heard lay(const float *frames, size_t n, const struct sound *render)
{
    int64_t onset = 0;
    int64_t first = sound_onset(render);
    while (onset < (int64_t)n && frames[onset] == 0) {
        onset++;
    }
    int64_t n_both = render->frames - first;
    n_both = n_both < (int64_t)n - onset ? n_both : (int64_t)n - onset;
    return (struct heard){frames + onset, render->samples + 2 * first, n_both};
}

static bool is_ducked_by(const struct heard *heard, int64_t from, double gain)
{
    for (int64_t i = from; i < from + WINDOW; i++) {
        if (fabs((double)heard->frames[i] - gain * (double)heard->render[2 * i]) > 2e-6) {
            return false;
        }
    }
    return true;
}

/* Over the ducked programme there is nothing but what was said, as loud as it has to be. */
static bool is_said_over(const struct heard *heard, int64_t from)
{
    double re = 0;
    double im = 0;
    double power = 0;
    for (int64_t i = 0; i < WINDOW; i++) {
        double rest =
            (double)heard->frames[from + i] - DUCK * (double)heard->render[2 * (from + i)];
        double angle = 2 * M_PI * SAID_HZ * (double)i / AIR_RATE;
        re += 2 * rest * cos(angle) / WINDOW;
        im += 2 * rest * sin(angle) / WINDOW;
        power += rest * rest / WINDOW;
    }
    double amplitude = sqrt(re * re + im * im);
    double wanted = (double)SAID * (1 - DUCK) * CEILING;
    return fabs(amplitude - wanted) < 0.01 * wanted &&
           fabs(power - amplitude * amplitude / 2) < 0.01 * power;
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

static int64_t voice_onset(const struct heard *heard, int64_t from)
{
    while (from < heard->n &&
           fabs((double)heard->frames[from] - DUCK * (double)heard->render[2 * from]) < 1e-3) {
        from++;
    }
    return from;
}

static void check_sound(struct jack_capture *capture, const char *dir, time_t at, size_t said_at)
{
    size_t n = 0;
    const float *frames = jack_capture_heard(capture, 0, &n);
    struct sound render = rendered(dir, at);
    struct heard heard = lay(frames, n, &render);
    int64_t alone = find_ducked(&heard, 0, 1);
    int64_t ducked = find_ducked(&heard, alone, DUCK);
    int64_t said = find_said(&heard, ducked);
    int64_t again = find_ducked(&heard, said, 1);
    int64_t silent = find_ducked(&heard, again, 0); /* the stop */
    assert_true(silent > again);
    int64_t onset = voice_onset(&heard, ducked) + (heard.frames - frames);
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
