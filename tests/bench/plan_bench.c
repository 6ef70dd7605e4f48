/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/plan_bench.h"

#include <libical/ical.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/heap.h"
#include "base/zone.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/planner.h"
#include "station/station.h"

/*
 * bench_plan write DIR LINES       the big station, with so many lines
 * bench_plan year DIR              plan its year 2027, window by window
 * bench_plan quarter DIR           the same of three months
 * bench_plan days DIR              plan 48 hours of it, at twenty places of the year
 * bench_plan slots DIR             expand the year, window by window
 * bench_plan iterators DIR         the same year by bare iterators of libical
 *
 * All but the first print the seconds that it took by the wall clock and of processor time, without
 * reading the station, and the most memory that the program had, in kilobytes; and on standard
 * error what came out.
 */

enum { WINDOW_DAYS = 7 };

struct timer {
    struct timespec wall;
    struct timespec cpu;
};

static struct timer timer_start(void)
{
    struct timer timer;
    clock_gettime(CLOCK_MONOTONIC, &timer.wall);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &timer.cpu);
    return timer;
}

static double seconds_between(struct timespec a, struct timespec b)
{
    return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

static void timer_print(const struct timer *from)
{
    struct timer now = timer_start();
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.4f %.4f %ld\n", seconds_between(from->wall, now.wall),
           seconds_between(from->cpu, now.cpu), usage.ru_maxrss);
}

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "bench_plan: %s\n", what);
    exit(3);
}

/* -- loa ---------------------------------------------------------------------- */

struct big {
    struct arena *arena;
    struct station *station;
    struct calendars *calendars;
    struct segments segments;
};

static struct big big_load(const char *dir)
{
    struct big big = {.arena = arena_create((size_t)1 << 30)};
    struct findings findings = {0};
    if (!big.arena || station_load(dir, &big.station, &findings) < 0 ||
        calendars_load(big.station, &big.calendars, &findings) < 0) {
        fail(findings.n ? findings.items[0].fault.text : "out of memory");
    }
    findings_finish(&findings);
    big.segments = big_station_segments(big.arena);
    return big;
}

static void big_finish(struct big *big)
{
    calendars_destroy(big->calendars);
    station_destroy(big->station);
    arena_destroy(big->arena);
}

static int64_t day_us(int month, int day)
{
    return zone_from_civil(&(struct civil){.year = 2027, .month = month, .day = day});
}

/* [from, to) in windows, each of which is forgotten. Returns how many items were planned. */
static size_t plan_windows(const struct big *big, int64_t from_us, int64_t to_us)
{
    struct planner_inputs inputs = {.station = big->station,
                                    .calendars = big->calendars,
                                    .segments = &big->segments};
    size_t n_items = 0;
    for (int64_t at_us = from_us; at_us < to_us;) {
        struct fault fault = {0};
        struct plan *plan = NULL;
        int64_t end_us = at_us + WINDOW_DAYS * SLOT_MAX_US;
        end_us = end_us < to_us ? end_us : to_us;
        if (plan_make(&inputs, at_us, end_us, &plan, &fault) < 0) {
            fail(fault.text);
        }
        n_items += plan->n_items;
        plan_destroy(plan);
        at_us = end_us;
    }
    return n_items;
}

static void plan_days(const char *dir, int n_days)
{
    struct big big = big_load(dir);
    struct timer timer = timer_start();
    size_t n_items = plan_windows(&big, day_us(1, 1), day_us(1, 1 + n_days));
    timer_print(&timer);
    fprintf(stderr, "%zu items\n", n_items);
    big_finish(&big);
}

static void plan_here_and_there(const char *dir)
{
    struct big big = big_load(dir);
    size_t n_items = 0;
    struct timer timer = timer_start();
    for (int day = 1; day < 361; day += 18) {
        n_items += plan_windows(&big, day_us(1, day), day_us(1, day + 2));
    }
    timer_print(&timer);
    fprintf(stderr, "%zu items\n", n_items);
    big_finish(&big);
}

static void expand_windows(const char *dir)
{
    struct big big = big_load(dir);
    int64_t to_us = day_us(13, 1);
    size_t n_slots = 0;
    struct timer timer = timer_start();
    for (int64_t at_us = day_us(1, 1); at_us < to_us; at_us += WINDOW_DAYS * SLOT_MAX_US) {
        struct arena *arena = arena_create((size_t)1 << 30);
        struct fault fault = {0};
        struct slots slots = {0};
        int64_t end_us = at_us + WINDOW_DAYS * SLOT_MAX_US;
        if (!arena || calendars_expand(big.calendars, at_us, end_us < to_us ? end_us : to_us, arena,
                                       &slots, &fault) < 0) {
            fail(arena ? fault.text : "out of memory");
        }
        n_slots += slots.n;
        arena_destroy(arena);
    }
    timer_print(&timer);
    fprintf(stderr, "%zu slots\n", n_slots);
    big_finish(&big);
}

/* -- its peer: libical alone ---------------------------------------------------- */

struct rule {
    struct icalrecurrencetype rule;
    struct icaltimetype start;
};

static icalcomponent *read_calendar(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.ics", dir, name);
    FILE *file = fopen(path, "r");
    static char text[8 << 20];
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = '\0';
    if (file) {
        fclose(file);
    }
    icalcomponent *calendar = icalparser_parse_string(text);
    if (!calendar) {
        fail(path);
    }
    return calendar;
}

static size_t read_rules(const char *dir, struct rule *rules, size_t room)
{
    static const char *const names[] = {"regular", "local", "notices"};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        icalcomponent *calendar = read_calendar(dir, names[i]);
        for (icalcomponent *event =
                 icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
             event && n < room;
             event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
            icalproperty *rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
            if (rule) {
                rules[n++] = (struct rule){.rule = icalproperty_get_rrule(rule),
                                           .start = icalcomponent_get_dtstart(event)};
            }
        }
        icalcomponent_free(calendar);
    }
    return n;
}

static void walk_iterators(const char *dir)
{
    static struct rule rules[2000];
    size_t n_rules = read_rules(dir, rules, ARRAY_LEN(rules));
    struct icaltimetype from = icaltime_from_string("20270101T000000");
    struct icaltimetype until = icaltime_from_string("20280101T000000");
    size_t n_times = 0;
    struct timer timer = timer_start();
    for (size_t i = 0; i < n_rules; i++) {
        icalrecur_iterator *iterator = icalrecur_iterator_new(rules[i].rule, rules[i].start);
        if (!iterator || (!rules[i].rule.count && !icalrecur_iterator_set_start(iterator, from))) {
            fail("a rule that libical does not take");
        }
        for (struct icaltimetype t = icalrecur_iterator_next(iterator);
             !icaltime_is_null_time(t) && icaltime_compare(t, until) < 0;
             t = icalrecur_iterator_next(iterator)) {
            n_times += icaltime_compare(t, from) >= 0;
        }
        icalrecur_iterator_free(iterator);
    }
    timer_print(&timer);
    fprintf(stderr, "%zu rules, %zu times\n", n_rules, n_times);
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    heap_keep();
    if (strcmp(what, "write") == 0 && argc > 3) {
        big_station_write(argv[2], strtoul(argv[3], NULL, 10));
    } else if (strcmp(what, "year") == 0) {
        plan_days(argv[2], 365);
    } else if (strcmp(what, "quarter") == 0) {
        plan_days(argv[2], 90);
    } else if (strcmp(what, "days") == 0) {
        plan_here_and_there(argv[2]);
    } else if (strcmp(what, "slots") == 0) {
        expand_windows(argv[2]);
    } else if (strcmp(what, "iterators") == 0) {
        walk_iterators(argv[2]);
    } else {
        fputs("bench_plan write DIR LINES | year|quarter|days|slots|iterators DIR\n", stderr);
        return 2;
    }
    return 0;
}
