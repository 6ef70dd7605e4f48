/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/strbuf.h"
#include "scheduler/calendar/recur.h"

/*
 * Rules that are followed day by day give the times that libical's steps give. Random ones,
 * with the seed printed: LOA_SEED=… runs one again.
 */
enum { N_RULES = 3000 };

static uint64_t random_state;

static unsigned below(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % n;
}

static void add_numbers(struct strbuf *text, const char *part, unsigned n, int most, bool negative)
{
    strbuf_printf(text, ";%s=", part);
    for (unsigned i = 0; i < n; i++) {
        int number = 1 + (int)below((unsigned)most);
        strbuf_printf(text, "%s%d", i ? "," : "", negative && below(3) == 0 ? -number : number);
    }
}

static void add_weekdays(struct strbuf *text, bool ordinals)
{
    static const char *const names[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
    strbuf_add(text, ";BYDAY=");
    for (unsigned i = 0, n = 1 + below(4); i < n; i++) {
        strbuf_add(text, i ? "," : "");
        if (ordinals && below(2)) {
            strbuf_printf(text, "%s%u", below(3) ? "" : "-", 1 + below(5));
        }
        strbuf_add(text, names[below(7)]);
    }
}

static void random_rule(struct strbuf *text)
{
    static const char *const freqs[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
    unsigned freq = below(4);
    strbuf_printf(text, "FREQ=%s", freqs[freq]);
    if (below(2)) {
        strbuf_printf(text, ";INTERVAL=%u", 1 + below(5));
    }
    if (below(4) == 0) {
        strbuf_printf(text, ";WKST=%s", below(2) ? "SU" : "TH");
    }
    bool has_months = below(3) == 0;
    bool has_days = freq != 1 && below(3) == 0;
    if (has_months) {
        add_numbers(text, "BYMONTH", 1 + below(4), 12, false);
    }
    if (has_days) {
        add_numbers(text, "BYMONTHDAY", 1 + below(3), 31, true);
    }
    if (below(2)) {
        add_weekdays(text, !has_days && (freq == 2 || (freq == 3 && has_months)));
    }
    switch (below(4)) {
    case 0:
        strbuf_printf(text, ";COUNT=%u", 1 + below(60));
        break;
    case 1:
        strbuf_printf(text, ";UNTIL=202%u0%u1%uT120000Z", 1 + below(8), 1 + below(9), below(9));
        break;
    default:
        break;
    }
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A rule's times in a window, in order: libical need not be. */
static void times_of(struct recur recur, int64_t start_wall_s, int64_t from_wall_s,
                     int64_t until_wall_s, struct strbuf *into)
{
    static const struct cal_zone utc = {.kind = CAL_ZONE_UTC};
    static int64_t times[20000];
    size_t n = 0;
    int64_t budget = 10000000;
    int64_t first_wall_s = 0;
    struct recur_walk walk = {0};
    int r = recur_settle(&recur, &utc, start_wall_s, &budget, &first_wall_s);
    strbuf_printf(into, "settled %d, first %lld, last %lld\n", r, (long long)first_wall_s,
                  recur.count ? (long long)recur.last_wall_s : 0);
    r = r == 0 ? recur_begin(&walk, &recur, &utc, start_wall_s, from_wall_s, until_wall_s, &budget)
               : r;
    while (r == 0 && n < ARRAY_LEN(times) && recur_next(&walk, &times[n]) == 1) {
        n += times[n] >= from_wall_s;
    }
    recur_end(&walk);
    assert_true(r == 0 || r == -ENODATA);
    qsort(times, n, sizeof *times, compare_times);
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(into, "%lld\n", (long long)times[i]);
    }
}

static void days_that_are_looked_at_are_those_that_libical_steps_on(void **state)
{
    (void)state;
    const char *seed = getenv("LOA_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)random_state);
    size_t n_times = 0;
    for (int i = 0; i < N_RULES; i++) {
        AUTO(arena_destroy) struct arena *arena = arena_create(1 << 20);
        struct strbuf text;
        struct strbuf expected;
        struct strbuf found;
        struct fault fault = {0};
        struct recur recur = {0};
        strbuf_init(&text, 1 << 10);
        strbuf_init(&expected, 1 << 20);
        strbuf_init(&found, 1 << 20);
        int64_t start_wall_s =
            wall_of_day(2012 + (int)below(12), 1 + (int)below(12), 1 + (int)below(31)) +
            below(86400);
        int64_t from_wall_s = wall_of_day(2019 + (int)below(9), 1 + (int)below(12), 1) + 43200;
        int64_t until_wall_s = from_wall_s + (int64_t)below(1500) * WALL_DAY_S;
        random_rule(&text);
        if (recur_parse(arena, strbuf_text(&text), false, start_wall_s, "a", 1, &recur, &fault) <
            0) {
            fail_msg("%s: %s", strbuf_text(&text), fault.text);
        }
        assert_non_null(recur.days);
        times_of(recur, start_wall_s, from_wall_s, until_wall_s, &found);
        recur.days = NULL;
        times_of(recur, start_wall_s, from_wall_s, until_wall_s, &expected);
        if (strcmp(strbuf_text(&found), strbuf_text(&expected)) != 0) {
            fail_msg("%s from %lld, start %lld: found\n%sexpected\n%s", strbuf_text(&text),
                     (long long)from_wall_s, (long long)start_wall_s, strbuf_text(&found),
                     strbuf_text(&expected));
        }
        n_times += found.n;
        strbuf_finish(&text);
        strbuf_finish(&expected);
        strbuf_finish(&found);
    }
    assert_true(n_times > N_RULES * 100);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(days_that_are_looked_at_are_those_that_libical_steps_on),
};
TEST_MAIN(tests)
