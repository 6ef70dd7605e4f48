/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scheduler/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/paths.h"
#include "scheduler/calendar/remote.h"
#include "scheduler/calendar/remote_int.h"
#include "tests/fakes/temp_dir.h"

/* Copies of calendars that lie at an address, as the next command finds them. What is fetched is
 * tried in tests/system/sources.sh. */

static const char text[] = EVENT("UID:a\r\nDTSTART:20230510T010000Z\r\nDURATION:PT5M\r\n");
static const char fetched_at[] = "2023-05-10T08:00";

struct copy {
    char dir[TEMP_DIR_MAX];
    struct station *station;
    struct findings findings;
};

/* A copy of the address, and a state that tells so. */
static void make(struct copy *copy, const char *more)
{
    char ini[1000];
    struct remote_state state = {.kind = REMOTE_FILE, .fetched_us = 0};
    *copy = (struct copy){0};
    temp_dir_make(copy->dir);
    snprintf(ini, sizeof ini, STATION "[layer lich]\ncalendar = https://cal.example/\n%s", more);
    copy->station = parse_station(copy->dir, ini);
    snprintf(state.url, sizeof state.url, "https://cal.example/");
    hash_bytes(text, sizeof text - 1, state.sha256);
    state.fetched_us = instant(fetched_at);
    temp_dir_write(copy->dir, "calendars/lich.ics", text);
    assert_int_equal(remote_state_write(copy->station, &copy->station->layers[0], &state, NULL), 0);
}

static void forget(struct copy *copy)
{
    findings_finish(&copy->findings);
    station_destroy(copy->station);
    temp_dir_remove(copy->dir);
}

static void assert_checked(struct copy *copy, const char *now, const char *rule, const char *words)
{
    findings_finish(&copy->findings);
    remote_check(copy->station, 0, instant(now), &copy->findings);
    assert_int_equal(copy->findings.n, rule ? 1 : 0);
    if (rule) {
        assert_int_equal(copy->findings.items[0].severity, SEVERITY_WARNING);
        assert_string_equal(copy->findings.items[0].rule, rule);
        assert_non_null(strstr(copy->findings.items[0].fault.text, words));
    }
}

static void a_copy_is_old_after_a_day(void **state)
{
    (void)state;
    struct copy copy;
    make(&copy, "");
    assert_checked(&copy, "2023-05-11T08:00", NULL, NULL);
    assert_checked(&copy, "2023-05-11T08:01", "old-copy", "24 hours ago");
    forget(&copy);
    make(&copy, "every = 2 d\n");
    assert_checked(&copy, "2023-05-14T08:00", NULL, NULL);
    assert_checked(&copy, "2023-05-14T09:00", "old-copy", "97 hours ago");
    forget(&copy);
}

static void a_copy_that_was_edited_or_came_from_elsewhere_is_told(void **state)
{
    (void)state;
    struct copy copy;
    make(&copy, "");
    temp_dir_write(copy.dir, "calendars/lich.ics", "edited");
    assert_checked(&copy, fetched_at, "other-copy", "did not come from this address");
    forget(&copy);
    make(&copy, "");
    temp_dir_write(copy.dir, "calendars/lich.state", "url https://elsewhere.example/\n");
    assert_checked(&copy, fetched_at, "other-copy", "calendars/lich.ics");
    temp_dir_write(copy.dir, "calendars/lich.state",
                   "\n \nurl\nkind x\nsha256 \n\x01 \xff\nfetched-us x");
    assert_checked(&copy, fetched_at, "other-copy", "calendars/lich.ics");
    forget(&copy);
}

static void a_refused_download_and_an_open_password_are_told(void **state)
{
    (void)state;
    struct copy copy;
    char path[PATHS_MAX];
    make(&copy, "login = mk\n");
    assert_checked(&copy, fetched_at, "login", "cannot be read");
    temp_dir_write(copy.dir, "mk", "lan:a\n");
    assert_int_equal(path_join(path, copy.dir, "mk", NULL), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_checked(&copy, fetched_at, "login", "chmod 600");
    assert_int_equal(chmod(path, 0600), 0);
    assert_checked(&copy, fetched_at, NULL, NULL);
    temp_dir_write(copy.dir, "mk", "bi-mat\n");
    assert_int_equal(chmod(path, 0600), 0);
    assert_checked(&copy, fetched_at, "login", "name:password");
    temp_dir_write(copy.dir, "mk", "lan:a\n");
    assert_int_equal(chmod(path, 0600), 0);
    temp_dir_write(copy.dir, "calendars/lich.rejected.ics", "x");
    assert_checked(&copy, fetched_at, "rejected-copy", "stays in force");
    forget(&copy);
}

static void the_calendars_are_read_from_the_copy(void **state)
{
    (void)state;
    struct copy copy;
    struct calendars *calendars = NULL;
    char path[PATHS_MAX];
    make(&copy, "");
    assert_int_equal(calendars_load(copy.station, &calendars, &copy.findings), 0);
    calendars_destroy(calendars);
    assert_int_equal(path_join(path, copy.dir, "calendars/lich.ics", NULL), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(calendars_load(copy.station, &calendars, &copy.findings), -ENOENT);
    assert_string_equal(copy.findings.items[0].fault.file, "station.ini");
    assert_int_equal(copy.findings.items[0].fault.line, copy.station->layers[0].file_line);
    assert_non_null(strstr(copy.findings.items[0].fault.text, "run `loa fetch`"));
    forget(&copy);
}

static void after_failures_the_pause_grows_to_the_usual_one(void **state)
{
    (void)state;
    const int64_t minute_us = 60000000;
    assert_int_equal(remote_pause_us(15 * minute_us, 0), 15 * minute_us);
    assert_int_equal(remote_pause_us(15 * minute_us, 1), minute_us);
    assert_int_equal(remote_pause_us(15 * minute_us, 2), 2 * minute_us);
    assert_int_equal(remote_pause_us(15 * minute_us, 4), 8 * minute_us);
    assert_int_equal(remote_pause_us(15 * minute_us, 5), 15 * minute_us);
    assert_int_equal(remote_pause_us(15 * minute_us, UINT32_MAX), 15 * minute_us);
    assert_int_equal(remote_pause_us(minute_us, 1), minute_us);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_copy_is_old_after_a_day),
    cmocka_unit_test(a_copy_that_was_edited_or_came_from_elsewhere_is_told),
    cmocka_unit_test(a_refused_download_and_an_open_password_are_told),
    cmocka_unit_test(the_calendars_are_read_from_the_copy),
    cmocka_unit_test(after_failures_the_pause_grows_to_the_usual_one),
};
TEST_MAIN(tests)
