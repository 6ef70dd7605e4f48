/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "airtime/ledger.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/frames.h"
#include "base/paths.h"
#include "playout/radio.h"
#include "tests/fakes/studio.h"
#include "tests/test.h"

static _Atomic int64_t set_by_us;

static int64_t drifting_now_us(struct clock *clock)
{
    (void)clock;
    struct clock system = clock_system();
    return clock_now_us(&system) + atomic_load(&set_by_us);
}

static struct clock drifting_clock(void)
{
    struct clock clock = clock_system();
    atomic_store(&set_by_us, 0);
    clock.now_us = drifting_now_us;
    return clock;
}

static void run_for(struct studio *studio, int64_t us)
{
    assert_int_equal(radio_run_until(studio->radio, clock_now_us(&studio->clock) + us, NULL, NULL),
                     0);
}

enum { OUTAGES_MAX = 8 };

struct caught {
    struct {
        char line[8];
        char reason[200];
        int64_t start_us;
        int64_t end_us;
    } items[OUTAGES_MAX];
    size_t n;
};

static int catch_one(void *context, const struct outage *outage)
{
    struct caught *caught = context;
    assert_true(caught->n < OUTAGES_MAX);
    snprintf(caught->items[caught->n].line, sizeof caught->items[0].line, "%s", outage->line);
    snprintf(caught->items[caught->n].reason, sizeof caught->items[0].reason, "%s", outage->reason);
    caught->items[caught->n].start_us = outage->start_us;
    caught->items[caught->n++].end_us = outage->end_us;
    return 0;
}

static struct caught outages_in_the_ledger(const struct stage *stage)
{
    char path[PATHS_MAX];
    AUTO(db_close) struct db *db = NULL;
    struct caught caught = {.n = 0};
    snprintf(path, sizeof path, "%s/loa.db", stage->dir);
    assert_int_equal(db_open(path, DB_READ, &db, NULL), 0);
    assert_int_equal(ledger_visit_outages(db, INT64_MIN, INT64_MAX, catch_one, &caught, NULL), 0);
    return caught;
}

static void give_output(struct stage *stage, size_t line, const struct output_spec *specs, size_t n)
{
    stage->lines[line].outputs = specs;
    stage->lines[line].n_outputs = n;
}

/* Line l0 is recorded into a folder that goes and comes back, l1 goes nowhere, of l2 one of two
 * ways out never works, of l3 the only one. */
static void the_ledger_has_from_when_to_when_a_line_got_nothing(void **state)
{
    (void)state;
    static const struct output_spec to_file[] = {
        {.kind = OUTPUT_FILE, .target = "air", .format = "wav"}};
    static const struct output_spec to_nowhere[] = {{.kind = OUTPUT_NULL, .target = ""}};
    static const struct output_spec one_fails[] = {{.kind = OUTPUT_FILE,
                                                    .target = "stone/air",
                                                    .format = "wav"},
                                                   {.kind = OUTPUT_NULL, .target = ""}};
    struct stage *stage = stage_create(4);
    give_output(stage, 0, to_file, 1);
    give_output(stage, 1, to_nowhere, 1);
    give_output(stage, 2, one_fails, 2);
    give_output(stage, 3, one_fails, 1);
    char folder[PATHS_MAX];
    snprintf(folder, sizeof folder, "%s/air", stage->dir);
    temp_dir_write(stage->dir, "stone", "no folder can be made in here");
    temp_dir_write(stage->dir, "air", "nor here, as yet");
    struct studio *studio = studio_open(stage, drifting_clock(), RADIO_OUTPUTS);
    int64_t opened_us = clock_now_us(&studio->clock);
    struct radio_line line;
    do {
        run_for(studio, 20000);
        radio_line(studio->radio, 0, &line);
    } while (line.state != RADIO_LINE_FAILED);
    run_for(studio, 200000);
    assert_int_equal(unlink(folder), 0);
    atomic_store(&set_by_us, 11000000); /* it is tried again after 10 s */
    do {
        run_for(studio, 20000);
        radio_line(studio->radio, 0, &line);
    } while (line.state == RADIO_LINE_FAILED);
    run_for(studio, 200000);
    int64_t closing_us = clock_now_us(&studio->clock);
    studio_close(studio);
    struct caught caught = outages_in_the_ledger(stage);
    assert_int_equal(caught.n, 2);
    size_t recorded = strcmp(caught.items[0].line, "l0") == 0 ? 0 : 1;
    assert_string_equal(caught.items[recorded].line, "l0");
    assert_true(*caught.items[recorded].reason);
    /* To the block: nothing was recorded before the folder was back, all was since. */
    assert_true(caught.items[recorded].start_us >= opened_us - 20000);
    assert_true(caught.items[recorded].end_us - caught.items[recorded].start_us > 10000000);
    assert_true(caught.items[recorded].end_us < closing_us);
    assert_string_equal(caught.items[1 - recorded].line, "l3");
    assert_non_null(strstr(caught.items[1 - recorded].reason, "needs a folder"));
    assert_true(caught.items[1 - recorded].start_us <= opened_us + 1000000);
    assert_true(caught.items[1 - recorded].end_us >= closing_us);
    stage_destroy(stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_ledger_has_from_when_to_when_a_line_got_nothing),
};
TEST_MAIN(tests)
