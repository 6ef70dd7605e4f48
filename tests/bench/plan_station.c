/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/frames.h"
#include "tests/bench/plan_bench.h"

/* A province's station as its calendars might have grown over the years. Everything follows
 * from counting; nothing is random. */

enum { N_ZONES = 200, N_RULES = 1000, N_COMMON = 50, N_TOPICS = 12, N_RECORDINGS = 4000 };

static const char *const WEEKDAYS[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

static FILE *open_file(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        exit(3);
    }
    return file;
}

static void close_file(FILE *file)
{
    if (fclose(file) != 0) {
        perror("bench_plan");
        exit(3);
    }
}

/* -- station.ini -------------------------------------------------------------- */

static void write_lines(FILE *file, size_t n_lines)
{
    static const char *const hours[] = {"04:50-21:30", "05:00-21:00", "05:00-11:45, 13:30-21:00"};
    for (size_t i = 0; i < n_lines; i++) {
        fprintf(file, "[line l%zu]\nhours = %s\ngain = 0 dB, 05:00-06:00 -9 dB\n", i, hours[i % 3]);
    }
    for (size_t z = 0; z < N_ZONES; z++) {
        size_t first = z * n_lines / N_ZONES;
        size_t end = (z + 1) * n_lines / N_ZONES;
        fprintf(file, "[zone z%zu]\nlines = l%zu", z, n_lines < N_ZONES ? z % n_lines : first);
        for (size_t i = first + 1; n_lines >= N_ZONES && i < end; i++) {
            fprintf(file, ", l%zu", i);
        }
        fputs("\n", file);
    }
}

static void write_station(FILE *file, size_t n_lines)
{
    fputs("[station]\ntitle = big\ntimezone = Asia/Ho_Chi_Minh\nhours = 04:50-21:30\n"
          "filler = ca-nhac\n",
          file);
    write_lines(file, n_lines);
    for (int t = 0; t < N_TOPICS; t++) { /* three trees of four */
        fprintf(file, "[topic t%d]\n", t);
        if (t % 4) {
            fprintf(file, "parent = t%d\n", t - t % 4);
        }
        fprintf(file, "quota = 2027: %d min, %d features, %d items\n", 3000 + 500 * t, 20 + t,
                100 + 10 * t);
        if (t % 3 == 0) {
            fputs("quota = 2027-q1: 800 min, 20 items\n", file);
        }
    }
    fputs("[clock chieu]\nitems = segment:tune, 4 tin, 2 bai, 1 hoi-dap, segment:tune\n"
          "[clock xa]\nitems = segment:tune, 2 tin, 1 bai\n"
          "[clock chuyen-muc]\nitems = segment:tune, 1 chuyen-muc\n"
          "[clock diem-tin]\nitems = segment:tune, * tin, segment:tune\n",
          file);
    fputs("[layer regular]\ncalendar = regular.ics\n[layer local]\ncalendar = local.ics\n"
          "[layer notices]\ncalendar = notices.ics\n",
          file);
}

/* -- the calendars ------------------------------------------------------------ */

struct writer {
    FILE *file;
    size_t i; /* of all rules */
    const char *calendar;
};

static void begin(struct writer *writer, const char *dir, const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "%s.ics", name);
    writer->file = open_file(dir, file);
    writer->calendar = name;
    fputs("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//loa//bench//VI\r\n", writer->file);
}

static void end(struct writer *writer)
{
    fputs("END:VCALENDAR\r\n", writer->file);
    close_file(writer->file);
}

/* Some rules began years ago, and some end. */
static void write_rule(FILE *file, size_t i, const char *rule)
{
    static const char *const ends[] = {"", "", ";UNTIL=20271231T165959Z",
                                       ";UNTIL=20270930T165959Z"};
    fprintf(file, "RRULE:%s%s\r\n", rule, ends[i % 4]);
}

static void write_frequency(FILE *file, size_t i)
{
    char rule[96];
    const char *day = WEEKDAYS[i % 7];
    const char *later = WEEKDAYS[(i + 2) % 7];
    size_t kind = i % 20;
    if (kind < 4) {
        snprintf(rule, sizeof rule, "FREQ=DAILY");
    } else if (kind < 7) {
        snprintf(rule, sizeof rule, "FREQ=WEEKLY;BYDAY=%s,%s", day, later);
    } else if (kind < 9) {
        snprintf(rule, sizeof rule, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
    } else if (kind < 11) {
        snprintf(rule, sizeof rule, "FREQ=WEEKLY;BYDAY=MO,WE,FR");
    } else if (kind < 12) {
        snprintf(rule, sizeof rule, "FREQ=WEEKLY;INTERVAL=2;BYDAY=%s", day);
    } else if (kind < 13) {
        snprintf(rule, sizeof rule, "FREQ=WEEKLY;COUNT=500;BYDAY=%s", day);
    } else if (kind < 15) {
        snprintf(rule, sizeof rule, "FREQ=MONTHLY;BYDAY=%zu%s", 1 + i / 20 % 4, day);
    } else if (kind < 16) {
        snprintf(rule, sizeof rule, "FREQ=MONTHLY;BYDAY=-1%s", day);
    } else if (kind < 18) {
        snprintf(rule, sizeof rule, "FREQ=MONTHLY;BYMONTHDAY=%zu,%zu", 1 + i % 14, 15 + i % 14);
    } else if (kind < 19) {
        snprintf(rule, sizeof rule, "FREQ=YEARLY;BYMONTH=%zu;BYMONTHDAY=%zu", 1 + i % 12,
                 1 + i % 28);
    } else {
        snprintf(rule, sizeof rule, "FREQ=YEARLY;BYMONTH=%zu;BYDAY=2%s", 1 + i % 12, day);
    }
    if (strstr(rule, "COUNT")) {
        fprintf(file, "RRULE:%s\r\n", rule);
    } else {
        write_rule(file, i, rule);
    }
}

/* A tune and one or two recordings; a clock; or whatever rotation finds. */
static void write_content(FILE *file, size_t i)
{
    if (i % 10 < 5) {
        fprintf(file, "ATTACH:segment:tune\r\nATTACH:segment:r%04zu\r\n", i * 37 % N_RECORDINGS);
        if (i % 2) {
            fprintf(file, "ATTACH:segment:r%04zu\r\n", i * 53 % N_RECORDINGS);
        }
    } else if (i % 10 < 7) {
        fputs("X-LOA-CLOCK:xa\r\n", file);
    } else {
        fprintf(file, "CATEGORIES:tin,bai,t%zu\r\n", i / 10 % N_TOPICS);
    }
}

static void write_event(struct writer *writer, const char *times, const char *zone)
{
    fprintf(writer->file, "BEGIN:VEVENT\r\nUID:%s-%zu@big.example\r\nDTSTAMP:20261220T010000Z\r\n",
            writer->calendar, writer->i);
    fprintf(writer->file, "%sSUMMARY:Slot %zu of %s\r\n", times, writer->i, writer->calendar);
    if (zone) {
        fprintf(writer->file, "RESOURCES:%s\r\n", zone);
    }
}

static bool is_soft(size_t i)
{
    return i % 16 == 7;
}

/* Of a zone's slots each has its own minutes, so that few of them are in each other's way; but
 * a soft one begins while all lines hear something, and waits for the end of what runs. */
static void write_times(char *into, size_t n, size_t year, size_t i)
{
    static const int hours[] = {6, 11, 16, 18, 19};
    size_t turn = is_soft(i) ? 2 : i / N_ZONES; /* 0 .. 4 */
    size_t minute = is_soft(i) ? 65 + i % 11 : i % N_ZONES / 24 * 6;
    snprintf(into, n, "DTSTART;TZID=Asia/Ho_Chi_Minh:%04zu0104T%02d%02zu00\r\nDURATION:PT%zuM\r\n",
             year, hours[turn] + (int)minute / 60, minute % 60, 3 + i % 4);
}

static void write_exceptions(struct writer *writer, size_t year, size_t i, const char *zone)
{
    char times[160];
    write_times(times, sizeof times, year, i);
    const char *clock = strchr(times, 'T') + 1; /* of TZID */
    clock = strstr(clock, "0104T") + 5;
    if (i % 5 == 0) {
        fprintf(writer->file, "EXDATE;TZID=Asia/Ho_Chi_Minh:20270430T%.6s,20270902T%.6s\r\n", clock,
                clock);
    }
    fputs("END:VEVENT\r\n", writer->file);
    if (i % 20 == 10) { /* three times a week: one of them a quarter of an hour later */
        char moved[160];
        snprintf(moved, sizeof moved,
                 "RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20270512T%.6s\r\n"
                 "DTSTART;TZID=Asia/Ho_Chi_Minh:20270512T20%.4s\r\nDURATION:PT5M\r\n",
                 clock, clock + 2);
        write_event(writer, moved, zone);
        fputs("CATEGORIES:tin\r\nEND:VEVENT\r\n", writer->file);
    }
}

static void write_local(struct writer *writer, size_t n)
{
    for (size_t end = writer->i + n; writer->i < end; writer->i++) {
        size_t i = writer->i - N_COMMON;
        size_t year = 2017 + i % 10;
        char times[160];
        char zone[16];
        snprintf(zone, sizeof zone, "z%zu", i % N_ZONES);
        write_times(times, sizeof times, year, i);
        write_event(writer, times, zone);
        write_frequency(writer->file, i * 7);
        write_content(writer->file, i / 3);
        if (is_soft(i)) {
            fputs("X-LOA-START:soft;PT2M\r\n", writer->file);
        }
        write_exceptions(writer, year, i, zone);
    }
}

/* What all lines hear: programmes of half an hour, and their repeats the next morning. */
static void write_common(struct writer *writer)
{
    static const char *const clocks[] = {"chieu", "diem-tin", "chuyen-muc"};
    for (; writer->i < N_COMMON; writer->i++) {
        size_t i = writer->i;
        char times[160];
        snprintf(times, sizeof times,
                 "DTSTART;TZID=Asia/Ho_Chi_Minh:%04zu0104T%02zu%s00\r\nDURATION:PT25M\r\n",
                 2019 + i % 7, (size_t[]){5, 7, 9, 10, 14, 15, 17, 20}[i % 8], i % 2 ? "30" : "00");
        write_event(writer, times, NULL);
        write_frequency(writer->file, i);
        if (i % 10 == 9) {
            fprintf(writer->file, "RELATED-TO;RELTYPE=X-LOA-REPEAT:%s-%zu@big.example\r\n",
                    writer->calendar, i - 9);
        } else if (i % 3) {
            fprintf(writer->file, "X-LOA-CLOCK:%s\r\n", clocks[i % 3]);
        } else {
            fprintf(writer->file, "CATEGORIES:tin,bai,hoi-dap,t%zu\r\n", i % N_TOPICS);
        }
        fputs("END:VEVENT\r\n", writer->file);
    }
}

void big_station_write(const char *dir, size_t n_lines)
{
    struct writer writer = {0};
    FILE *station = open_file(dir, "station.ini");
    write_station(station, n_lines);
    close_file(station);
    begin(&writer, dir, "regular");
    write_common(&writer);
    end(&writer);
    begin(&writer, dir, "local");
    write_local(&writer, (N_RULES - N_COMMON) / 2);
    end(&writer);
    begin(&writer, dir, "notices");
    write_local(&writer, N_RULES - writer.i);
    end(&writer);
}

/* -- the library -------------------------------------------------------------- */

static struct segment recording(struct arena *arena, size_t i)
{
    static const struct {
        const char *kind;
        size_t seconds;
        size_t spread;
    } kinds[] = {{"tin", 30, 90},       {"tin", 30, 90},          {"tin", 30, 90},
                 {"tin", 30, 90},       {"bai", 120, 280},        {"bai", 120, 280},
                 {"hoi-dap", 120, 200}, {"chuyen-muc", 300, 120}, {"thong-bao", 20, 60},
                 {"ca-nhac", 150, 120}};
    size_t k = i % 10;
    return (struct segment){.id = (int64_t)i + 1,
                            .code = arena_printf(arena, "r%04zu", i),
                            .version = 1,
                            .title = arena_printf(arena, "Recording %zu", i),
                            .kind = kinds[k].kind,
                            .topic = k < 8 ? arena_printf(arena, "t%zu", i / 10 % N_TOPICS) : NULL,
                            .tags = "",
                            .state = SEGMENT_APPROVED,
                            .valid_from_us = INT64_MIN,
                            .valid_until_us = INT64_MAX,
                            .air_sha256 = "00",
                            .channels = 1,
                            .frames =
                                (int64_t)(kinds[k].seconds + i * 7919 % kinds[k].spread) * AIR_RATE,
                            .decided_us = INT64_MIN};
}

struct segments big_station_segments(struct arena *arena)
{
    struct segment *items = arena_take(arena, N_RECORDINGS + 1, sizeof *items);
    for (size_t i = 0; items && i < N_RECORDINGS; i++) {
        items[i] = recording(arena, i);
        items[i].copy_frames = items[i].frames;
    }
    if (!items) {
        fputs("bench_plan: out of memory\n", stderr);
        exit(3);
    }
    items[N_RECORDINGS] = recording(arena, 8);
    items[N_RECORDINGS].id = N_RECORDINGS + 1;
    items[N_RECORDINGS].code = "tune";
    items[N_RECORDINGS].kind = "nhac-hieu";
    items[N_RECORDINGS].frames = items[N_RECORDINGS].copy_frames = 10 * (int64_t)AIR_RATE;
    return (struct segments){.items = items, .n = N_RECORDINGS + 1};
}
