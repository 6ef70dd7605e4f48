/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/paths.h"
#include "base/zone.h"
#include "tests/fakes/signal.h"
#include "tests/fakes/temp_dir.h"

/*
 * A station whose recordings are marked tones: each has its own pitch and an odd length,
 * so that nothing falls on a block or a second. What the program renders must be what
 * this file works out by hand, sample by sample: every onset, no gap, no overlap.
 */
enum { N_TONES = 6 };

static const int64_t tone_frames[N_TONES] = {144017, 96961, 190003, 48959, 47, 120011};

struct place {
    char dir[TEMP_DIR_MAX];
    float *tones[N_TONES]; /* as they should sound: gain applied */
};

static void run_loa(const struct place *place, char *out, size_t out_max, const char *arguments)
{
    char command[2048];
    snprintf(command, sizeof command, "LANG=en_US.UTF-8 '%s' -C '%s' %s", LOA_PROGRAM, place->dir,
             arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(out, 1, out_max - 1, pipe);
    out[n] = '\0';
    int status = pclose(pipe);
    if (status != 0) {
        fail_msg("loa %s: status %d\n%s", arguments, status, out);
    }
}

/* "tone-0" … "tone-5", imported; their sound is kept with the gain that loa reports. */
static void import_tones(struct place *place)
{
    for (int i = 0; i < N_TONES; i++) {
        char name[TEMP_DIR_MAX + 16];
        char arguments[512];
        char out[4096];
        struct signal_spec spec = {.rate = 48000,
                                   .channels = 1,
                                   .frames = tone_frames[i],
                                   .hz = 331.0 + 97 * i,
                                   .amplitude = 0.25 + 0.05 * i};
        place->tones[i] = malloc((size_t)spec.frames * sizeof(float));
        assert_non_null(place->tones[i]);
        signal_sine(&spec, place->tones[i]);
        /* A tone begins and ends with a full step, so that its edges show. */
        place->tones[i][0] = place->tones[i][spec.frames - 1] = 0.5F;
        snprintf(name, sizeof name, "%s/tone-%d.wav", place->dir, i);
        signal_write_samples(name, 48000, 1, place->tones[i], spec.frames);
        snprintf(arguments, sizeof arguments, "import --json --kind thong-bao --approve '%s'",
                 name);
        run_loa(place, out, sizeof out, arguments);
        snprintf(arguments, sizeof arguments, "segment show --json tone-%d", i);
        run_loa(place, out, sizeof out, arguments);
        const char *gain = strstr(out, "\"gain\":");
        assert_non_null(gain);
        double factor = pow(10, strtod(gain + 7, NULL) / 20);
        for (int64_t f = 0; f < spec.frames; f++) {
            place->tones[i][f] *= (float)factor;
        }
    }
}

static void make_station(struct place *place, const char *zone, const char *events)
{
    char text[8192];
    temp_dir_make(place->dir);
    snprintf(text, sizeof text,
             "[station]\ntitle=Tones\ntimezone=%s\nhours=00:00-24:00\nloudness=-23 LUFS\n"
             "[line a]\ntitle=A\noutput=null:\n[line b]\ntitle=B\noutput=null:\n"
             "[layer regular]\ncalendar=schedules/regular.ics\n",
             zone);
    temp_dir_write(place->dir, "station.ini", text);
    snprintf(text, sizeof text,
             "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n%sEND:VCALENDAR\r\n", events);
    temp_dir_write(place->dir, "schedules/regular.ics", text);
    import_tones(place);
    struct fault fault;
    assert_int_equal(zone_use(zone, &fault), 0);
}

static void remove_station(struct place *place)
{
    for (int i = 0; i < N_TONES; i++) {
        free(place->tones[i]);
    }
    temp_dir_remove(place->dir);
}

/* A stretch of stereo sound and the frame it begins at; compared within a 24-bit step. */
struct sound {
    int64_t at;
    int64_t frames;
    float *samples; /* AIR_CHANNELS interleaved */
    bool *loose;    /* frames that a fade touches: only bounded, not compared */
};

static int64_t frame_of(const char *instant)
{
    int64_t us = 0;
    struct fault fault;
    assert_int_equal(zone_parse_instant(instant, &us, &fault), 0);
    return frames_from_us(us);
}

static struct sound silence(const char *from, const char *to)
{
    struct sound sound = {.at = frame_of(from), .frames = frame_of(to) - frame_of(from)};
    sound.samples = calloc((size_t)sound.frames * AIR_CHANNELS, sizeof(float));
    sound.loose = calloc((size_t)sound.frames, sizeof(bool));
    assert_non_null(sound.samples);
    assert_non_null(sound.loose);
    return sound;
}

static void put(struct sound *sound, int64_t at, const float *tone, int64_t frames)
{
    for (int64_t f = 0; f < frames; f++) {
        int64_t i = at + f - sound->at;
        if (i >= 0 && i < sound->frames) {
            sound->samples[i * 2] = sound->samples[i * 2 + 1] = tone[f];
        }
    }
}

/* Tones one after the other from an instant; a digit each. */
static void put_tones(struct sound *sound, const struct place *place, const char *instant,
                      const char *digits)
{
    int64_t at = frame_of(instant);
    for (; *digits; digits++) {
        int i = *digits - '0';
        put(sound, at, place->tones[i], tone_frames[i]);
        at += tone_frames[i];
    }
}

static void assert_renders(const struct place *place, const char *line, const char *from,
                           const char *to, struct sound *expected)
{
    char arguments[512];
    char path[TEMP_DIR_MAX + 16];
    char out[4096];
    snprintf(path, sizeof path, "%s/out.wav", place->dir);
    snprintf(arguments, sizeof arguments, "render --from %s --to %s --line %s -o '%s' 2>&1", from,
             to, line, path);
    run_loa(place, out, sizeof out, arguments);
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(info.samplerate, AIR_RATE);
    assert_int_equal(info.channels, AIR_CHANNELS);
    assert_int_equal(info.frames, expected->frames);
    float *samples = malloc((size_t)info.frames * AIR_CHANNELS * sizeof(float));
    assert_non_null(samples);
    assert_int_equal(sf_readf_float(file, samples, info.frames), info.frames);
    sf_close(file);
    for (int64_t i = 0; i < info.frames * AIR_CHANNELS; i++) {
        double slack = expected->loose[i / 2] ? 0.7 : 3e-7;
        if (fabs((double)samples[i] - (double)expected->samples[i]) > slack) {
            fail_msg("line %s: frame %lld after the start: %.8f instead of %.8f", line,
                     (long long)(i / 2), (double)samples[i], (double)expected->samples[i]);
        }
    }
    free(samples);
    free(expected->samples);
    free(expected->loose);
}

#define EVENT(uid, lines)                                                                          \
    "BEGIN:VEVENT\r\nUID:" uid "\r\nDTSTAMP:20220101T000000Z\r\n" lines "END:VEVENT\r\n"
#define TONE(n) "ATTACH:segment:tone-" n "\r\n"

static void every_line_is_right_to_the_sample(void **state)
{
    (void)state;
    struct place place;
    make_station(&place, "Asia/Ho_Chi_Minh",
                 EVENT("p", "DTSTART:20230510T170000\r\nDURATION:PT1M\r\nRESOURCES:a,b\r\n" TONE(
                                "0") TONE("1") TONE("4") TONE("2") TONE("3"))
                     EVENT("n", "DTSTART:20230510T170130\r\nDURATION:PT10S\r\nRESOURCES:b\r\n" TONE(
                                    "5")));
    const char *from = "2023-05-10T16:59:59";
    const char *to = "2023-05-10T17:01:45";
    for (int line = 0; line < 2; line++) {
        struct sound expected = silence(from, to);
        put_tones(&expected, &place, "2023-05-10T17:00:00", "01423");
        if (line == 1) {
            put_tones(&expected, &place, "2023-05-10T17:01:30", "5");
        }
        assert_renders(&place, line ? "b" : "a", from, to, &expected);
    }
    /* A window that begins and ends inside tones gives just those frames. */
    struct sound part = silence("2023-05-10T17:00:01", "2023-05-10T17:00:04");
    put_tones(&part, &place, "2023-05-10T17:00:00", "01423");
    assert_renders(&place, "a", "2023-05-10T17:00:01", "2023-05-10T17:00:04", &part);
    remove_station(&place);
}

static void a_notice_takes_one_line_and_gives_it_back(void **state)
{
    (void)state;
    struct place place;
    make_station(&place, "Asia/Ho_Chi_Minh",
                 EVENT("p",
                       "DTSTART:20230510T170000\r\nDURATION:PT1M\r\n" TONE("0") TONE("1") TONE("2"))
                     EVENT("n", "DTSTART:20230510T170004\r\nDURATION:PT10S\r\nPRIORITY:3\r\n"
                                "RESOURCES:b\r\n" TONE("3")));
    const char *from = "2023-05-10T17:00:00";
    const char *to = "2023-05-10T17:00:20";
    struct sound plain = silence(from, to);
    put_tones(&plain, &place, from, "012");
    assert_renders(&place, "a", from, to, &plain);

    struct sound taken = silence(from, to);
    put_tones(&taken, &place, from, "012");
    put_tones(&taken, &place, "2023-05-10T17:00:04", "3");
    /* Out over 0.2 s before the notice, in again over 0.2 s after its last frame. */
    int64_t notice = frame_of("2023-05-10T17:00:04") - taken.at;
    for (int64_t f = 0; f < 9600; f++) {
        taken.loose[notice - 1 - f] = taken.loose[notice + tone_frames[3] + f] = true;
    }
    assert_renders(&place, "b", from, to, &taken);
    remove_station(&place);
}

static void midnight_and_new_year_are_not_special(void **state)
{
    (void)state;
    struct place place;
    make_station(&place, "Asia/Ho_Chi_Minh",
                 EVENT("p", "DTSTART:20221231T235955\r\nDURATION:PT40S\r\nRESOURCES:a\r\n" TONE("0")
                                TONE("1") TONE("2") TONE("3"))
                     EVENT("q", "DTSTART:20230101T000003\r\nDURATION:PT40S\r\nRESOURCES:b\r\n" TONE(
                                    "5") TONE("4") TONE("0")));
    struct sound a = silence("2022-12-31T23:59:50", "2023-01-01T00:00:20");
    put_tones(&a, &place, "2022-12-31T23:59:55", "0123");
    assert_renders(&place, "a", "2022-12-31T23:59:50", "2023-01-01T00:00:20", &a);
    /* From midnight on, in the middle of what began the year before. */
    struct sound late = silence("2023-01-01", "2023-01-01T00:00:20");
    put_tones(&late, &place, "2022-12-31T23:59:55", "0123");
    assert_renders(&place, "a", "2023-01-01", "2023-01-01T00:00:20", &late);
    struct sound b = silence("2022-12-31T23:59:50", "2023-01-01T00:00:20");
    put_tones(&b, &place, "2023-01-01T00:00:03", "540");
    assert_renders(&place, "b", "2022-12-31T23:59:50", "2023-01-01T00:00:20", &b);
    remove_station(&place);
}

/* Berlin: on 26 March 02:30 does not exist and is 03:30 summer time; on 29 October it comes twice,
 * and the first is meant. */
static void nights_of_change_elsewhere_are_right(void **state)
{
    (void)state;
    struct place place;
    make_station(&place, "Europe/Berlin",
                 EVENT("d", "DTSTART;TZID=Europe/Berlin:20230320T023000\r\nDURATION:PT1M\r\n"
                            "RRULE:FREQ=DAILY\r\n" TONE("0") TONE("1"))
                     EVENT("e", "DTSTART;TZID=Europe/Berlin:20230320T030000\r\nDURATION:PT1M\r\n"
                                "RESOURCES:b\r\nRRULE:FREQ=DAILY\r\n" TONE("2")));
    struct sound spring = silence("2023-03-26T03:29:58+02:00", "2023-03-26T03:30:10+02:00");
    put_tones(&spring, &place, "2023-03-26T03:30:00+02:00", "01");
    assert_renders(&place, "a", "2023-03-26T03:29:58+02:00", "2023-03-26T03:30:10+02:00", &spring);
    struct sound after = silence("2023-03-27T02:29:58+02:00", "2023-03-27T02:30:10+02:00");
    put_tones(&after, &place, "2023-03-27T02:30:00+02:00", "01");
    assert_renders(&place, "a", "2023-03-27T02:29:58+02:00", "2023-03-27T02:30:10+02:00", &after);
    struct sound autumn = silence("2023-10-29T02:29:58+02:00", "2023-10-29T02:30:10+02:00");
    put_tones(&autumn, &place, "2023-10-29T02:30:00+02:00", "01");
    assert_renders(&place, "a", "2023-10-29T02:29:58+02:00", "2023-10-29T02:30:10+02:00", &autumn);
    struct sound second = silence("2023-10-29T02:29:58+01:00", "2023-10-29T02:30:10+01:00");
    assert_renders(&place, "a", "2023-10-29T02:29:58+01:00", "2023-10-29T02:30:10+01:00", &second);
    struct sound three = silence("2023-10-29T02:59:58+01:00", "2023-10-29T03:00:05+01:00");
    put_tones(&three, &place, "2023-10-29T03:00:00+01:00", "2");
    assert_renders(&place, "b", "2023-10-29T02:59:58+01:00", "2023-10-29T03:00:05+01:00", &three);
    remove_station(&place);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_line_is_right_to_the_sample),
    cmocka_unit_test(a_notice_takes_one_line_and_gives_it_back),
    cmocka_unit_test(midnight_and_new_year_are_not_special),
    cmocka_unit_test(nights_of_change_elsewhere_are_right),
};
TEST_MAIN(tests)
