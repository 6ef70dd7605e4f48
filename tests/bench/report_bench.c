/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "airtime/ledger.h"
#include "airtime/report.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/zone.h"
#include "tests/fakes/airtime_station.h"

/*
 * bench_report ledger DB N    a year of a station with 10,000 lines in 200 zones: N airings, each
 * on one of 50 sets of lines, half of all on average bench_report rows DB N      the same airings
 * as a row a line, with an index that covers the question bench_report report DB      the report of
 * that year bench_report sums DB        the peer: seconds and airings a topic, from the covering
 * index bench_report append DB N    N rows of the ledger, each durable before the next bench_report
 * bare FILE N    the peer: as many bytes at the end of a file, each time with fdatasync()
 *
 * The last four print the seconds by the wall clock and of processor time, and the most memory, in
 * kilobytes; "rows" and "ledger" print how many airings of a line there are.
 */
enum {
    LINES = 10000,
    ZONES = 200,
    SETS = 50,
    TOPICS = 8,
    CODES = 400,
    ROW_BYTES = 220, /* about what a row of the ledger holds */
};

static const int64_t YEAR_US = 365LL * 24 * 3600 * 1000000;
static const int64_t BEGIN_US = 1672506000LL * 1000000; /* 2023-01-01, station time */

static struct airtime_station *made;
static struct zone_def zones[ZONES];
static struct line_set sets[SETS];
static char zone_ids[ZONES][16];
static char topic_ids[TOPICS][16];

static void fail(const char *what, const struct fault *fault)
{
    fprintf(stderr, "%s: %s\n", what, fault ? fault->text : strerror(errno));
    exit(3);
}

static uint32_t any(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void make_station(struct arena *arena)
{
    uint32_t seed = 1;
    made = airtime_station_make(LINES);
    for (int i = 0; i < TOPICS; i++) {
        snprintf(topic_ids[i], sizeof topic_ids[i], "t%d", i);
        airtime_station_topic(made, topic_ids[i], topic_ids[i], i ? 0 : SIZE_MAX);
    }
    for (int z = 0; z < ZONES; z++) {
        snprintf(zone_ids[z], sizeof zone_ids[z], "z%d", z);
        zones[z] = (struct zone_def){.id = zone_ids[z],
                                     .title = zone_ids[z],
                                     .lines = line_set_make(arena, LINES),
                                     .from_us = INT64_MIN,
                                     .until_us = INT64_MAX};
        for (size_t line = 0; line < LINES / ZONES; line++) {
            line_set_add(zones[z].lines, (size_t)z * (LINES / ZONES) + line);
        }
    }
    made->station.zones = zones;
    made->station.n_zones = ZONES;
    for (int s = 0; s < SETS; s++) { /* whole zones, as plans have them */
        sets[s] = line_set_make(arena, LINES);
        for (int z = 0; z < ZONES; z++) {
            if (any(&seed) % 2) {
                line_set_or(sets[s], zones[z].lines);
            }
        }
    }
}

/* The i-th airing of n over the year. */
static struct airing_start airing(int i, int n)
{
    static char code[16];
    uint32_t seed = (uint32_t)i;
    int64_t start = frames_from_us(BEGIN_US + YEAR_US / n * i);
    int64_t frames = (int64_t)(60 + any(&seed) % 300) * AIR_RATE;
    snprintf(code, sizeof code, "c%u", any(&seed) % CODES);
    return (struct airing_start){.slot_uid = "su-kien@dai.example",
                                 .slot_recurrence_us = BEGIN_US + YEAR_US / n * i,
                                 .lines = sets[any(&seed) % SETS],
                                 .segment_id = 1,
                                 .segment_code = code,
                                 .segment_version = 1,
                                 .title = "Hỏi đáp về thủ tục hành chính",
                                 .kind = any(&seed) % 4 ? "tin" : "chuyen-muc",
                                 .topic = topic_ids[any(&seed) % TOPICS],
                                 .tags = "",
                                 .repeat = any(&seed) % 2,
                                 .planned_start_frame = start,
                                 .planned_frames = frames,
                                 .start_frame = start,
                                 .whole_frames = frames};
}

static void air(struct ledger *ledger, const struct airing_start *start, struct fault *fault)
{
    int64_t id = 0;
    if (ledger_start(ledger, start, &id, fault) < 0 ||
        ledger_end(ledger, id, start->start_frame + start->planned_frames, start->planned_frames,
                   END_COMPLETE, fault) < 0) {
        fail("ledger", fault);
    }
}

static void write_ledger(const char *path, int n)
{
    struct fault fault = {0};
    struct db *db = NULL;
    struct ledger *ledger = NULL;
    size_t n_lines = 0;
    if (db_open(path, DB_WRITE, &db, &fault) < 0 ||
        ledger_open(db, &made->station, &ledger, &fault) < 0) {
        fail(path, &fault);
    }
    for (int i = 0; i < n; i++) {
        struct airing_start start = airing(i, n);
        n_lines += line_set_count(start.lines);
        air(ledger, &start, &fault);
        if (i % 100 == 99 &&
            ledger_playhead(ledger, start.start_frame + start.planned_frames, &fault) < 0) {
            fail(path, &fault);
        }
    }
    if (ledger_playhead(ledger, frames_from_us(BEGIN_US + YEAR_US), &fault) < 0) {
        fail(path, &fault);
    }
    ledger_close(ledger);
    db_close(db);
    printf("%zu\n", n_lines);
}

/* ---- the peers */

static void sql(sqlite3 *db, const char *text)
{
    char *error = NULL;
    if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", text, error);
        exit(3);
    }
}

static void write_rows(const char *path, int n)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    size_t n_lines = 0;
    if (sqlite3_open(path, &db) != SQLITE_OK) {
        fail(path, NULL);
    }
    sql(db,
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
        "CREATE TABLE line_airing (line INTEGER, topic INTEGER, start_us INTEGER, frames INTEGER)");
    sqlite3_prepare_v2(db, "INSERT INTO line_airing VALUES (?1, ?2, ?3, ?4)", -1, &insert, NULL);
    for (int i = 0; i < n; i++) {
        struct airing_start start = airing(i, n);
        for (size_t line = line_set_next(start.lines, 0); line != SIZE_MAX;
             line = line_set_next(start.lines, line + 1), n_lines++) {
            sqlite3_bind_int64(insert, 1, (int64_t)line);
            sqlite3_bind_int64(insert, 2, start.topic[1] - '0');
            sqlite3_bind_int64(insert, 3, frames_to_us(start.start_frame));
            sqlite3_bind_int64(insert, 4, start.planned_frames);
            sqlite3_step(insert);
            sqlite3_reset(insert);
        }
    }
    sqlite3_finalize(insert);
    sql(db, "COMMIT");
    sqlite3_int64 pages = 0;
    sqlite3_stmt *size = NULL;
    sqlite3_prepare_v2(db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                       -1, &size, NULL);
    if (sqlite3_step(size) == SQLITE_ROW) {
        pages = sqlite3_column_int64(size, 0); /* without the index, which only helps to ask */
    }
    sqlite3_finalize(size);
    sql(db, "CREATE INDEX by_topic ON line_airing (topic, start_us, frames)");
    sqlite3_close(db);
    printf("%zu %lld\n", n_lines, (long long)pages);
}

static void ask_sums(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *sums = NULL;
    char text[256];
    snprintf(text, sizeof text,
             "SELECT topic, sum(frames), count(*) FROM line_airing INDEXED BY by_topic "
             "WHERE start_us >= %lld AND start_us < %lld GROUP BY topic",
             (long long)BEGIN_US, (long long)(BEGIN_US + YEAR_US));
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, text, -1, &sums, NULL) != SQLITE_OK) {
        fail(path, NULL);
    }
    while (sqlite3_step(sums) == SQLITE_ROW) {
        fprintf(stderr, "t%d %lld\n", sqlite3_column_int(sums, 0),
                (long long)sqlite3_column_int64(sums, 2));
    }
    sqlite3_finalize(sums);
    sqlite3_close(db);
}

static void append_bare(const char *path, int n)
{
    char row[ROW_BYTES];
    memset(row, 'x', sizeof row);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    for (int i = 0; fd >= 0 && i < n; i++) {
        if (write(fd, row, sizeof row) != (ssize_t)sizeof row || fdatasync(fd) < 0) {
            fail(path, NULL);
        }
    }
    if (fd < 0 || close(fd) < 0) {
        fail(path, NULL);
    }
}

/* ---- ours */

static void make_report(const char *path, struct arena *arena)
{
    struct fault fault = {0};
    struct db *db = NULL;
    struct report report;
    if (db_open(path, DB_READ, &db, &fault) < 0 ||
        report_make(db, &made->station, BEGIN_US, BEGIN_US + YEAR_US, arena, &report, &fault) < 0) {
        fail(path, &fault);
    }
    for (size_t i = 0; i < report.topics.n; i++) {
        fprintf(stderr, "%s %lld s\n", report.topics.items[i].title,
                (long long)(report.topics.items[i].frames / AIR_RATE));
    }
    db_close(db);
}

static struct ledger *open_ledger(const char *path, struct db **ret_db)
{
    struct fault fault = {0};
    struct ledger *ledger = NULL;
    if (db_open(path, DB_WRITE, ret_db, &fault) < 0 ||
        ledger_open(*ret_db, &made->station, &ledger, &fault) < 0) {
        fail(path, &fault);
    }
    return ledger;
}

/* A start is one row, an end another; each is on disk before the next. */
static void append_rows(struct ledger *ledger, int n)
{
    struct fault fault = {0};
    int64_t id = 0;
    for (int i = 0; i < n; i++) {
        struct airing_start start = airing(i / 2, n);
        int64_t end = start.start_frame + start.planned_frames;
        int r = i % 2 == 0
                    ? ledger_start(ledger, &start, &id, &fault)
                    : ledger_end(ledger, id, end, start.planned_frames, END_COMPLETE, &fault);
        if (r < 0 || ledger_playhead(ledger, i % 2 == 0 ? start.start_frame : end, &fault) < 0) {
            fail("append", &fault);
        }
    }
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void timed(const char *what, const char *path, int n, struct arena *arena)
{
    struct rusage usage;
    struct db *db = NULL;
    struct ledger *ledger = strcmp(what, "append") == 0 ? open_ledger(path, &db) : NULL;
    double wall = seconds(CLOCK_MONOTONIC);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (ledger) {
        append_rows(ledger, n);
    } else if (strcmp(what, "report") == 0) {
        make_report(path, arena);
    } else if (strcmp(what, "sums") == 0) {
        ask_sums(path);
    } else {
        append_bare(path, n);
    }
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.5f %.5f %ld\n", wall, cpu, usage.ru_maxrss);
    if (ledger) {
        ledger_close(ledger);
        db_close(db);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: bench_report ledger|rows|report|sums|append|bare PATH [N]\n");
        return 2;
    }
    int n = argc > 3 ? atoi(argv[3]) : 0;
    struct arena *arena = arena_create((size_t)1 << 30);
    make_station(arena);
    if (strcmp(argv[1], "ledger") == 0) {
        write_ledger(argv[2], n);
    } else if (strcmp(argv[1], "rows") == 0) {
        write_rows(argv[2], n);
    } else {
        timed(argv[1], argv[2], n, arena);
    }
    arena_destroy(arena);
    free(made);
    return 0;
}
