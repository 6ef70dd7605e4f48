/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/paths.h"
#include "loa/app.h"
#include "loa/speak_slots.h"
#include "media/import.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"
#include "tests/fakes/signal.h"
#include "tests/fakes/temp_dir.h"

/* A watch over the texts of the calendars: round after round, with a clock that stands still. */

enum { TEXT_MAX = 4000 };
static const int64_t NOW_US = 1683712800000000; /* 2023-05-10T17:00+07:00 */

static const char STATION[] = "[station]\n"
                              "timezone = Asia/Ho_Chi_Minh\n"
                              "voice = ./voice {wav}\n"
                              "[line fm]\n"
                              "[layer regular]\n"
                              "calendar = regular.ics\n";

struct fixture {
    char dir[TEMP_DIR_MAX];
    struct app app;
    struct slot_speaking speaking;
    size_t n_spoken;
    size_t n_failed;
    struct fault fault; /* the last that was told */
};

static void on_spoken(void *context, const struct slot *slot, const struct import_result *result)
{
    struct fixture *f = context;
    assert_non_null(slot);
    assert_int_not_equal(result->status, IMPORT_REJECTED);
    f->n_spoken++;
}

static void on_failed(void *context, const struct fault *fault)
{
    struct fixture *f = context;
    f->n_failed++;
    f->fault = *fault;
}

/* Each time it is asked it adds a line to `asked`. */
static void set_voice(struct fixture *f, const char *script)
{
    char text[TEXT_MAX];
    char path[PATHS_MAX];
    snprintf(text, sizeof text, "#!/bin/sh\necho >>asked\n%s\n", script);
    temp_dir_write(f->dir, "voice", text);
    assert_int_equal(path_join(path, f->dir, "voice", NULL), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

static void set_calendar(struct fixture *f, const char *words)
{
    char text[TEXT_MAX];
    snprintf(text, sizeof text,
             "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:e1\r\n"
             "DTSTART:20230512T100000\r\nDURATION:PT5M\r\nSUMMARY:Notice\r\n"
             "CATEGORIES:thong-bao\r\nDESCRIPTION:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
             words);
    temp_dir_write(f->dir, "regular.ics", text);
}

static size_t times_asked(const struct fixture *f)
{
    char path[PATHS_MAX];
    struct stat st;
    assert_int_equal(path_join(path, f->dir, "asked", NULL), 0);
    return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

static int make(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    temp_dir_make(f->dir);
    temp_dir_write(f->dir, "station.ini", STATION);
    set_calendar(f, "First words.");
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "tone.wav", NULL), 0);
    signal_write(path,
                 &(struct signal_spec){
                     .rate = 48000, .channels = 1, .frames = 48000, .hz = 1000, .amplitude = 0.1});
    f->app = (struct app){.dir = f->dir, .clock = clock_virtual(NOW_US)};
    assert_int_equal(app_need(&f->app, APP_STATION | APP_DB_WRITE), 0);
    f->speaking = (struct slot_speaking){.app = &f->app,
                                         .spoken = on_spoken,
                                         .failed = on_failed,
                                         .context = f};
    *state = f;
    return 0;
}

static int finish(void **state)
{
    struct fixture *f = *state;
    slot_speaking_finish(&f->speaking);
    app_finish(&f->app);
    temp_dir_remove(f->dir);
    free(f);
    return 0;
}

static void round_at(struct fixture *f, int64_t now_us)
{
    clock_set_us(&f->app.clock, now_us);
    assert_int_equal(speak_slots(&f->speaking, now_us, speak_slots_until(f->app.station, now_us),
                                 NULL),
                     0);
}

static void what_is_new_is_spoken_once(void **state)
{
    struct fixture *f = *state;
    set_voice(f, "cp tone.wav \"$1\"");
    for (int i = 0; i < 4; i++) {
        round_at(f, NOW_US + i * SPEAK_AGAIN_US);
    }
    assert_int_equal(f->n_spoken, 1);
    assert_int_equal(times_asked(f), 1);
    set_calendar(f, "Other words, a little longer.");
    round_at(f, NOW_US + 4 * SPEAK_AGAIN_US + 1);
    round_at(f, NOW_US + 5 * SPEAK_AGAIN_US);
    assert_int_equal(f->n_spoken, 2);
    assert_int_equal(f->n_failed, 0);
}

static void a_failure_is_told_once_for_a_text_and_tried_again_later(void **state)
{
    struct fixture *f = *state;
    set_voice(f, "echo no model >&2; exit 1");
    for (int i = 0; i < 5; i++) {
        round_at(f, NOW_US + i);
    }
    assert_int_equal(f->n_failed, 1);
    assert_int_equal(times_asked(f), 1);
    assert_non_null(strstr(f->fault.text, "the text of \"Notice\" could not be spoken"));
    assert_non_null(strstr(f->fault.text, "no model"));
    assert_int_equal(f->fault.line, 4);
    round_at(f, NOW_US + SPEAK_AGAIN_US);
    assert_int_equal(times_asked(f), 2);
    assert_int_equal(f->n_failed, 1);
    /* Another text is another matter, and so is another complaint. */
    set_calendar(f, "Other words, a little longer.");
    round_at(f, NOW_US + SPEAK_AGAIN_US + 1);
    assert_int_equal(f->n_failed, 2);
    set_voice(f, "echo no licence >&2; exit 1");
    round_at(f, NOW_US + 3 * SPEAK_AGAIN_US);
    assert_int_equal(f->n_failed, 3);
    set_voice(f, "cp tone.wav \"$1\"");
    round_at(f, NOW_US + 4 * SPEAK_AGAIN_US);
    assert_int_equal(f->n_spoken, 1);
    assert_int_equal(f->n_failed, 3);
}

static void a_missing_voice_is_told_once_for_all(void **state)
{
    struct fixture *f = *state;
    round_at(f, NOW_US);
    round_at(f, NOW_US + SPEAK_AGAIN_US);
    set_calendar(f, "Other words, a little longer.");
    round_at(f, NOW_US + SPEAK_AGAIN_US + 1);
    assert_int_equal(f->n_failed, 1);
    assert_non_null(strstr(f->fault.text, "./voice"));
    set_voice(f, "cp tone.wav \"$1\"");
    round_at(f, NOW_US + 3 * SPEAK_AGAIN_US);
    assert_int_equal(f->n_spoken, 1);
}

static void a_broken_calendar_is_told_and_the_one_before_stays(void **state)
{
    struct fixture *f = *state;
    set_voice(f, "exit 1");
    round_at(f, NOW_US);
    assert_int_equal(f->n_failed, 1);
    temp_dir_write(f->dir, "regular.ics", "BEGIN:VCALENDAR\r\n");
    round_at(f, NOW_US + 1);
    assert_int_equal(f->n_failed, 2);
    assert_non_null(strstr(f->fault.file, "regular.ics"));
    set_voice(f, "cp tone.wav \"$1\"");
    round_at(f, NOW_US + SPEAK_AGAIN_US + 1);
    assert_int_equal(f->n_spoken, 1);
}

static void whoever_is_stopped_speaks_no_more(void **state)
{
    struct fixture *f = *state;
    volatile sig_atomic_t stop = 1;
    struct fault fault = {0};
    set_voice(f, "sleep 600");
    f->speaking.stop = &stop;
    assert_int_equal(speak_slots(&f->speaking, NOW_US, speak_slots_until(f->app.station, NOW_US),
                                 &fault),
                     -EINTR);
    assert_int_equal(f->n_spoken + f->n_failed, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(what_is_new_is_spoken_once, make, finish),
    cmocka_unit_test_setup_teardown(a_failure_is_told_once_for_a_text_and_tried_again_later, make,
                                    finish),
    cmocka_unit_test_setup_teardown(a_missing_voice_is_told_once_for_all, make, finish),
    cmocka_unit_test_setup_teardown(a_broken_calendar_is_told_and_the_one_before_stays, make,
                                    finish),
    cmocka_unit_test_setup_teardown(whoever_is_stopped_speaks_no_more, make, finish),
};
TEST_MAIN(tests)
