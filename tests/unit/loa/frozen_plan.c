/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/frozen_plan.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "airtime/ledger.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/paths.h"
#include "loa/app.h"
#include "media/import.h"
#include "media/library.h"
#include "playout/radio.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"
#include "tests/fakes/signal.h"
#include "tests/fakes/temp_dir.h"
#include "tests/test.h"

/* The plan of a radio that is started, more than once by one process. */

static const int64_t NOW_US = 1683712800000000; /* 2023-05-10T17:00+07:00 */
static const int64_t MINUTE_US = 60LL * 1000000;

static const char STATION[] = "[station]\n"
                              "timezone = Asia/Ho_Chi_Minh\n"
                              "[line fm]\n"
                              "fallback = segment:rung, silence\n"
                              "[layer regular]\n"
                              "calendar = regular.ics\n";

static const char CALENDAR[] =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:e1\r\n"
    "DTSTART:20230510T170500\r\nDURATION:PT5M\r\nSUMMARY:News\r\n"
    "ATTACH:segment:news\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

static const char ADDRESS[] = "https://lich.example/dai/regular.ics";

struct fixture {
    char dir[TEMP_DIR_MAX];
    const char *calendar; /* the calendar's file */
    struct app app;
    struct db *ledger_db;
    struct ledger *ledger;
    struct log log;
};

static void bring_in(struct fixture *f, const char *code, double hz)
{
    char path[PATHS_MAX];
    char name[32];
    AUTO(importer_close) struct importer *importer = NULL;
    struct import_options options = IMPORT_OPTIONS_NONE;
    const struct import_result *result = NULL;
    options.code = code;
    options.kind = "tin";
    options.approve = true;
    snprintf(name, sizeof name, "%s.wav", code);
    assert_int_equal(path_join(path, f->dir, name, NULL), 0);
    signal_write(path,
                 &(struct signal_spec){
                     .rate = 48000, .channels = 1, .frames = 48000, .hz = hz, .amplitude = 0.1});
    assert_int_equal(importer_open(f->app.station, f->app.db, "lan", &importer, NULL), 0);
    AUTO(import_job_destroy)
    struct import_job *job = import_prepare(importer, path, &options, NULL);
    assert_non_null(job);
    assert_int_equal(import_commit(importer, job, NOW_US - MINUTE_US, &result), 0);
}

static int make_with(void **state, const char *station, const char *calendar)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[PATHS_MAX];
    assert_non_null(f);
    temp_dir_make(f->dir);
    f->calendar = calendar;
    temp_dir_write(f->dir, "station.ini", station);
    temp_dir_write(f->dir, f->calendar, CALENDAR);
    f->app = (struct app){.dir = f->dir, .clock = clock_virtual(NOW_US)};
    f->log = (struct log){.stream = tmpfile(), .prefix = "test", .clock = &f->app.clock};
    assert_non_null(f->log.stream);
    assert_int_equal(app_need(&f->app, APP_STATION | APP_DB_WRITE | APP_CALENDARS), 0);
    bring_in(f, "news", 1000);
    bring_in(f, "rung", 700);
    assert_int_equal(app_need(&f->app, APP_SEGMENTS), 0);
    assert_int_equal(path_join(path, f->dir, "loa.db", NULL), 0);
    assert_int_equal(db_open(path, DB_WRITE, &f->ledger_db, NULL), 0);
    assert_int_equal(ledger_open(f->ledger_db, f->app.station, &f->ledger, NULL), 0);
    *state = f;
    return 0;
}

static int make(void **state)
{
    return make_with(state, STATION, "regular.ics");
}

/* The calendar lies at an address, of which the station has a copy. */
static int make_fetched(void **state)
{
    char station[sizeof STATION + sizeof ADDRESS];
    const char *at = strstr(STATION, "regular.ics");
    snprintf(station, sizeof station, "%.*s%s\n", (int)(at - STATION), STATION, ADDRESS);
    return make_with(state, station, "calendars/regular.ics");
}

static int finish(void **state)
{
    struct fixture *f = *state;
    ledger_close(f->ledger);
    db_close(f->ledger_db);
    app_finish(&f->app);
    fclose(f->log.stream);
    temp_dir_remove(f->dir);
    free(f);
    return 0;
}

static void withdraw(struct fixture *f, const char *code)
{
    struct library_decision decision = {.who = "lan", .now_us = clock_now_us(&f->app.clock)};
    assert_int_equal(library_withdraw(f->app.db, code, &decision, NULL), 0);
}

/* Start, and play for so long; as cmd_run.c does it, but without sound. */
static void run_for(struct fixture *f, int64_t us)
{
    AUTO(radio_close) struct radio *radio = NULL;
    struct frozen_plan frozen = {.app = &f->app, .log = &f->log};
    struct radio_options options = {.station = f->app.station,
                                    .clock = &f->app.clock,
                                    .ledger = f->ledger,
                                    .log = &f->log,
                                    .sound = RADIO_SILENT};
    int64_t now_us = clock_now_us(&f->app.clock);
    struct fault fault = {0};
    if (radio_open(&options, &radio, &fault) < 0 ||
        frozen_plan_start(&frozen, radio, now_us, &fault) < 0 ||
        radio_run_until(radio, now_us + us, NULL, &fault) < 0 || radio_finish(radio, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    frozen_plan_finish(&frozen);
}

/* How often a code was heard. */
static int64_t n_heard(struct fixture *f, const char *code)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(f->app.db, "SELECT count(*) FROM airing WHERE segment_code = ?",
                                &stmt, NULL),
                     0);
    stmt_bind(stmt, "t", code);
    assert_int_equal(stmt_step(stmt, NULL), 1);
    return stmt_i64(stmt, 0);
}

static void what_was_withdrawn_since_is_not_heard_after_another_start(void **state)
{
    struct fixture *f = *state;
    run_for(f, MINUTE_US);
    withdraw(f, "news");
    run_for(f, 20 * MINUTE_US);
    assert_int_equal(n_heard(f, "news"), 0);
}

static void a_ladder_is_as_the_library_is_at_another_start(void **state)
{
    struct fixture *f = *state;
    run_for(f, 5 * MINUTE_US); /* the slot is about to begin, and is frozen */
    withdraw(f, "news");
    withdraw(f, "rung");
    run_for(f, 20 * MINUTE_US);
    assert_int_equal(n_heard(f, "news"), 0);
    assert_int_equal(n_heard(f, "rung"), 0);
}

static void a_calendar_that_changed_is_read_at_another_start(void **state)
{
    struct fixture *f = *state;
    run_for(f, MINUTE_US);
    temp_dir_write(f->dir, "regular.ics",
                   "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nEND:VCALENDAR\r\n");
    run_for(f, 20 * MINUTE_US);
    assert_int_equal(n_heard(f, "news"), 0);
}

static void what_may_air_is_heard(void **state)
{
    struct fixture *f = *state;
    run_for(f, 20 * MINUTE_US);
    assert_int_equal(n_heard(f, "news"), 1);
}

/* As cmd_run.c: look for changes every second. */
static void run_and_tend(struct fixture *f, void (*change)(struct fixture *f))
{
    AUTO(radio_close) struct radio *radio = NULL;
    struct frozen_plan frozen = {.app = &f->app, .log = &f->log};
    struct radio_options options = {.station = f->app.station,
                                    .clock = &f->app.clock,
                                    .ledger = f->ledger,
                                    .log = &f->log,
                                    .sound = RADIO_SILENT};
    int64_t now_us = clock_now_us(&f->app.clock);
    assert_int_equal(radio_open(&options, &radio, NULL), 0);
    assert_int_equal(frozen_plan_start(&frozen, radio, now_us, NULL), 0);
    change(f);
    for (int second = 1; second <= 3; second++) {
        assert_int_equal(radio_run_until(radio, now_us + second * 1000000LL, NULL, NULL), 0);
        frozen_plan_tend(&frozen, radio, clock_now_us(&f->app.clock));
    }
    assert_int_equal(radio_finish(radio, NULL), 0);
    frozen_plan_finish(&frozen);
}

static void execute(struct fixture *f, const char *sql)
{
    assert_int_equal(db_exec(f->app.db, sql, NULL), 0);
}

static int64_t number(struct fixture *f, const char *sql)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(f->app.db, sql, &stmt, NULL), 0);
    stmt_bind(stmt, "");
    assert_int_equal(stmt_step(stmt, NULL), 1);
    return stmt_i64(stmt, 0);
}

/* The only revision has one change, of this kind, and one cause: this subject, act and person. */
static void assert_one_revision(struct fixture *f, const char *change, const char *subject,
                                const char *act, const char *who)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(number(f, "SELECT count(*) FROM plan_revision"), 1);
    assert_int_equal(number(f, "SELECT count(*) FROM plan_change"), 1);
    assert_int_equal(number(f, "SELECT count(*) FROM plan_cause"), 1);
    assert_int_equal(db_prepare(f->app.db,
                                "SELECT change, subject, act, who FROM plan_change, plan_cause",
                                &stmt, NULL),
                     0);
    stmt_bind(stmt, "");
    assert_int_equal(stmt_step(stmt, NULL), 1);
    assert_string_equal(stmt_text(stmt, 0), change);
    assert_string_equal(stmt_text(stmt, 1), subject);
    assert_string_equal(stmt_text(stmt, 2), act);
    assert_string_equal(stmt_text(stmt, 3), who);
}

/* The login name that owns files made here. */
static const char *me(void)
{
    static char number_of_owner[24];
    const struct passwd *user = getpwuid(geteuid());
    snprintf(number_of_owner, sizeof number_of_owner, "%lu", (unsigned long)geteuid());
    return user ? user->pw_name : number_of_owner;
}

static void write_calendar_at(struct fixture *f, const char *start)
{
    char text[sizeof CALENDAR + 32];
    const char *at = strstr(CALENDAR, "20230510T170500");
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - CALENDAR), CALENDAR, start,
             at + strlen("20230510T170500"));
    temp_dir_write(f->dir, f->calendar, text);
}

static void move_news(struct fixture *f)
{
    write_calendar_at(f, "20230510T170600");
}

static void write_the_same(struct fixture *f)
{
    write_calendar_at(f, "20230510T170500");
}

static void withdraw_news(struct fixture *f)
{
    withdraw(f, "news");
}

static void break_calendar(struct fixture *f)
{
    temp_dir_write(f->dir, "regular.ics", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n");
}

static void do_nothing(struct fixture *f)
{
    (void)f;
}

static void an_edited_calendar_is_a_revision_of_the_files_owner(void **state)
{
    struct fixture *f = *state;
    run_and_tend(f, move_news);
    assert_one_revision(f, "moved", "regular.ics", "edited", me());
    run_for(f, 20 * MINUTE_US);
    assert_int_equal(n_heard(f, "news"), 1);
    assert_int_equal(number(f, "SELECT start_us FROM airing"), NOW_US + 6 * MINUTE_US);
}

static void what_was_edited_while_no_radio_ran_is_a_revision_too(void **state)
{
    struct fixture *f = *state;
    run_for(f, MINUTE_US);
    move_news(f);
    run_for(f, MINUTE_US);
    assert_one_revision(f, "moved", "regular.ics", "edited", me());
}

static void a_file_written_anew_with_the_same_events_is_none(void **state)
{
    struct fixture *f = *state;
    run_and_tend(f, write_the_same);
    assert_int_equal(number(f, "SELECT count(*) FROM plan_revision"), 0);
}

static void a_calendar_that_is_broken_is_none(void **state)
{
    struct fixture *f = *state;
    run_and_tend(f, break_calendar);
    assert_int_equal(number(f, "SELECT count(*) FROM plan_revision"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM plan_item"), 1);
}

static void a_calendar_that_was_fetched_anew_is_a_revision_of_its_address(void **state)
{
    struct fixture *f = *state;
    run_and_tend(f, move_news);
    assert_one_revision(f, "moved", ADDRESS, "fetched", "");
}

static void a_withdrawal_is_a_revision_of_whoever_decided(void **state)
{
    struct fixture *f = *state;
    run_and_tend(f, withdraw_news);
    assert_one_revision(f, "changed", "news", "withdrawn", "lan");
}

static void the_station_file_is_a_cause_at_the_next_start(void **state)
{
    struct fixture *f = *state;
    run_for(f, MINUTE_US);
    char text[sizeof STATION + 16];
    snprintf(text, sizeof text, "%s# edited\n", STATION);
    temp_dir_write(f->dir, "station.ini", text);
    move_news(f);
    run_for(f, MINUTE_US);
    assert_int_equal(number(f, "SELECT count(*) FROM plan_revision"), 1);
    assert_int_equal(number(f, "SELECT count(*) FROM plan_cause WHERE kind = 'station' AND subject"
                               " = 'station.ini'"),
                     1);
    assert_int_equal(number(f, "SELECT count(*) FROM plan_cause"), 2);
}

static void what_is_frozen_stays_at_another_start(void **state)
{
    struct fixture *f = *state;
    run_and_tend(f, do_nothing);
    int64_t first = number(f, "SELECT made_us FROM plan_window ORDER BY from_us DESC LIMIT 1");
    /* As a planner would not do it: what is played is what was frozen. */
    assert_int_equal(db_exec(f->app.db, "UPDATE plan_item SET start_us = start_us + 60000000",
                             NULL),
                     0);
    run_for(f, 20 * MINUTE_US);
    assert_int_equal(number(f, "SELECT start_us FROM airing"), NOW_US + 6 * MINUTE_US);
    assert_int_equal(number(f, "SELECT count(*) FROM plan_revision"), 0);
    assert_int_equal(number(f, "SELECT min(made_us) FROM plan_window"), first);
}

static void what_could_not_be_stored_is_stored_within_two_minutes(void **state)
{
    struct fixture *f = *state;
    AUTO(radio_close) struct radio *radio = NULL;
    struct frozen_plan frozen = {.app = &f->app, .log = &f->log};
    struct radio_options options = {.station = f->app.station,
                                    .clock = &f->app.clock,
                                    .ledger = f->ledger,
                                    .log = &f->log,
                                    .sound = RADIO_SILENT};
    assert_int_equal(radio_open(&options, &radio, NULL), 0);
    assert_int_equal(frozen_plan_start(&frozen, radio, NOW_US, NULL), 0);
    execute(f, "CREATE TRIGGER full BEFORE INSERT ON plan_window"
               " BEGIN SELECT raise(ABORT, 'full'); END");
    move_news(f);
    assert_int_equal(radio_run_until(radio, NOW_US + 1000000, NULL, NULL), 0);
    frozen_plan_tend(&frozen, radio, clock_now_us(&f->app.clock));
    assert_int_equal(number(f, "SELECT count(*) FROM plan_revision"), 0);
    execute(f, "DROP TRIGGER full");
    assert_int_equal(radio_run_until(radio, NOW_US + 2 * MINUTE_US, NULL, NULL), 0);
    frozen_plan_tend(&frozen, radio, clock_now_us(&f->app.clock));
    assert_one_revision(f, "moved", "regular.ics", "edited", me());
    assert_int_equal(radio_finish(radio, NULL), 0);
    frozen_plan_finish(&frozen);
}

/* A machine that began in 2099 is put right: what failed there puts nothing off for decades. */
static void a_failure_under_a_wrong_clock_puts_nothing_off_at_another_start(void **state)
{
    struct fixture *f = *state;
    AUTO(radio_close) struct radio *radio = NULL;
    struct frozen_plan frozen = {.app = &f->app,
                                 .log = &f->log,
                                 .retry_us = NOW_US + 365 * 24 * 60 * MINUTE_US};
    struct radio_options options = {.station = f->app.station,
                                    .clock = &f->app.clock,
                                    .ledger = f->ledger,
                                    .log = &f->log,
                                    .sound = RADIO_SILENT};
    assert_int_equal(radio_open(&options, &radio, NULL), 0);
    assert_int_equal(frozen_plan_start(&frozen, radio, NOW_US, NULL), 0);
    withdraw_news(f);
    frozen_plan_tend(&frozen, radio, clock_now_us(&f->app.clock));
    assert_int_equal(number(f, "SELECT count(*) FROM plan_revision"), 1);
    assert_int_equal(radio_finish(radio, NULL), 0);
    frozen_plan_finish(&frozen);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(what_could_not_be_stored_is_stored_within_two_minutes, make,
                                    finish),
    cmocka_unit_test_setup_teardown(a_failure_under_a_wrong_clock_puts_nothing_off_at_another_start,
                                    make, finish),
    cmocka_unit_test_setup_teardown(an_edited_calendar_is_a_revision_of_the_files_owner, make,
                                    finish),
    cmocka_unit_test_setup_teardown(what_was_edited_while_no_radio_ran_is_a_revision_too, make,
                                    finish),
    cmocka_unit_test_setup_teardown(a_file_written_anew_with_the_same_events_is_none, make, finish),
    cmocka_unit_test_setup_teardown(a_calendar_that_is_broken_is_none, make, finish),
    cmocka_unit_test_setup_teardown(a_calendar_that_was_fetched_anew_is_a_revision_of_its_address,
                                    make_fetched, finish),
    cmocka_unit_test_setup_teardown(a_withdrawal_is_a_revision_of_whoever_decided, make, finish),
    cmocka_unit_test_setup_teardown(the_station_file_is_a_cause_at_the_next_start, make, finish),
    cmocka_unit_test_setup_teardown(what_is_frozen_stays_at_another_start, make, finish),
    cmocka_unit_test_setup_teardown(what_may_air_is_heard, make, finish),
    cmocka_unit_test_setup_teardown(what_was_withdrawn_since_is_not_heard_after_another_start, make,
                                    finish),
    cmocka_unit_test_setup_teardown(a_ladder_is_as_the_library_is_at_another_start, make, finish),
    cmocka_unit_test_setup_teardown(a_calendar_that_changed_is_read_at_another_start, make, finish),
};

TEST_MAIN(tests)
