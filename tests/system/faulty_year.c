/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rehearses a station day after day on all its lines while a seeded source of misfortune kills the
 * radio (also between what happened and its commit, and in the middle of a write), fills the disk,
 * sets the clock forth and back, takes prepared copies away or damages them, and breaks the lines'
 * ways out. Then every frame that was planned has to be accounted for.
 *
 *     faulty_year STATION DATABASE FROM_US DAYS SEED
 *
 * With `calm` for SEED nothing goes wrong, in one process, which says its memory each day; that has
 * to be as much after the last week as after the first. DATABASE is made anew from the station's
 * library by its caller. Exit 0: all is well.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <malloc.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "airtime/ledger.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/log.h"
#include "base/paths.h"
#include "media/library.h"
#include "playout/radio.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/planner.h"
#include "station/station.h"
#include "tests/system/faulty_year.h"

struct world world;

static int64_t any(int64_t from, int64_t until)
{
    world.random ^= world.random << 13;
    world.random ^= world.random >> 7;
    world.random ^= world.random << 17;
    return from + (int64_t)(world.random >> 1) % (until - from);
}

void must(int r, const struct fault *fault, const char *what)
{
    if (r < 0) {
        fprintf(stderr, "FAILED: %s: %s: %s (%d)\n", what, fault->file, fault->text, r);
        exit(1);
    }
}

/* ---- the disk */

static enum { DISK_WELL, DISK_FULL, DISK_KILLS } disk;
static long n_writes_left;
static sqlite3_syscall_ptr real_pwrite;
static sqlite3_syscall_ptr real_pwrite64;

static bool write_fails(void)
{
    if (disk == DISK_KILLS && --n_writes_left < 0) {
        _exit(KILLED);
    }
    errno = ENOSPC;
    return disk == DISK_FULL;
}

static ssize_t faulty_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return write_fails()
               ? -1
               : ((ssize_t(*)(int, const void *, size_t, off_t))real_pwrite)(fd, bytes, n, at);
}

static ssize_t faulty_pwrite64(int fd, const void *bytes, size_t n, off_t at)
{
    return write_fails()
               ? -1
               : ((ssize_t(*)(int, const void *, size_t, off_t))real_pwrite64)(fd, bytes, n, at);
}

static void take_over_disk(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    real_pwrite = vfs->xGetSystemCall(vfs, "pwrite");
    real_pwrite64 = vfs->xGetSystemCall(vfs, "pwrite64");
    if (real_pwrite) {
        vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)faulty_pwrite);
    }
    if (real_pwrite64) {
        vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)faulty_pwrite64);
    }
}

static int note_copy(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)ftw;
    if (type == FTW_F && world.n_copies < COPIES_MAX) {
        world.copies[world.n_copies++] = strdup(path);
    }
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void aside(const char *path, char out[static PATHS_MAX])
{
    snprintf(out, PATHS_MAX, "%s.aside", path);
}

/* Gone, or cut off in the middle; heal_copy() brings it back. */
static void hurt_copy(const char *path)
{
    char kept[PATHS_MAX];
    aside(path, kept);
    struct stat status;
    if (rename(path, kept) < 0 || any(0, 2) || stat(kept, &status) < 0) {
        return;
    }
    char command[2 * PATHS_MAX + 64];
    snprintf(command, sizeof command, "head -c %lld '%s' >'%s'", (long long)status.st_size / 2,
             kept, path);
    must(system(command) == 0 ? 0 : -EIO, &(struct fault){0}, "damaging a copy");
}

static void heal_copy(const char *path)
{
    char kept[PATHS_MAX];
    aside(path, kept);
    must(rename(kept, path), &(struct fault){0}, "healing a copy");
}

/* ---- one pass, in a process of its own */

static int64_t dies_at_us = INT64_MAX;

static int sleep_or_die(struct clock *clock, int64_t us)
{
    if (us >= dies_at_us) {
        _exit(KILLED);
    }
    clock->virtual_us = us > clock->virtual_us ? us : clock->virtual_us;
    return 0;
}

struct run {
    struct pass *pass;
    struct clock clock;
    struct db *db;
    struct db *ledger_db;
    struct ledger *ledger;
    struct radio *radio;
    int64_t planned_us;
    int64_t open[OPEN_MAX]; /* outages */
    size_t n_open;
};

struct planner_inputs inputs_of(struct db *db)
{
    return (struct planner_inputs){world.station, world.calendars, &world.segments, db};
}

static int64_t read_planned_until(struct db *db, int64_t otherwise)
{
    struct fault fault = {0};
    AUTO(stmt_close) struct stmt *stmt = NULL;
    must(db_prepare(db, "SELECT max(to_us) FROM plan_window", &stmt, &fault), &fault, "plan");
    must(stmt_step(stmt, &fault), &fault, "plan");
    return stmt_is_null(stmt, 0) ? otherwise : stmt_i64(stmt, 0);
}

static void give(struct run *run, struct plan *plan)
{
    struct fault fault = {0};
    must(radio_give_plan(run->radio, plan, &fault), &fault, "giving a plan");
}

/* Midnight in the zone of the example, which has no summer time. */
static int64_t next_midnight(int64_t us)
{
    int64_t zone_us = 7 * 60 * MINUTE_US;
    return ((us + zone_us) / DAY_US + 1) * DAY_US - zone_us;
}

static void plan_until(struct run *run, int64_t until_us)
{
    while (run->planned_us < until_us) {
        struct fault fault = {0};
        struct planner_inputs inputs = inputs_of(run->db);
        struct plan *plan = NULL;
        int64_t to_us = next_midnight(run->planned_us);
        must(plan_make(&inputs, run->planned_us, to_us, &plan, &fault), &fault, "planning");
        must(plan_store(run->db, world.station, plan, run->planned_us, &fault), &fault, "freezing");
        give(run, plan);
        run->planned_us = to_us;
    }
}

static void begin(struct run *run, enum radio_sound sound, const char *files_dir)
{
    struct fault fault = {0};
    struct radio_options options = {.station = world.station,
                                    .segments = &world.segments,
                                    .clock = &run->clock,
                                    .ledger = run->ledger,
                                    .log = &LOG_SILENT,
                                    .sound = sound,
                                    .files_format = "wav",
                                    .files_dir = files_dir};
    must(radio_open(&options, &run->radio, &fault), &fault, "opening the radio");
    struct planner_inputs inputs = inputs_of(run->db);
    struct plan *plan = NULL;
    run->planned_us = read_planned_until(run->db, run->pass->from_us);
    must(plan_load(&inputs, run->planned_us - 3 * SLOT_MAX_US, run->planned_us, &plan, &fault),
         &fault, "reading the plan");
    give(run, plan);
}

static void end_outages(struct run *run)
{
    struct fault fault = {0};
    int64_t at = frames_from_us(clock_now_us(&run->clock));
    for (; run->n_open > 0; run->n_open--) {
        must(ledger_outage_end(run->ledger, run->open[run->n_open - 1], at, &fault), &fault,
             "ending an outage");
    }
}

/* On some lines their ways out break; all are well again at the next turn. */
static void turn_outages(struct run *run)
{
    struct fault fault = {0};
    int64_t at = frames_from_us(clock_now_us(&run->clock));
    end_outages(run);
    if (any(0, 3)) {
        return;
    }
    size_t line = (size_t)any(0, (int64_t)world.station->n_lines);
    for (int64_t n = any(0, 4) ? 1 : any(1, OPEN_MAX); n > 0 && line < world.station->n_lines;
         n--, line++) {
        must(ledger_outage_start(run->ledger, world.station->lines[line].id, at, "made to fail",
                                 &run->open[run->n_open++], &fault),
             &fault, "beginning an outage");
        ++*world.n_outages;
    }
}

/* On to an instant. A full disk costs nothing once there is room. */
static void advance(struct run *run, int64_t until_us)
{
    struct fault fault = {0};
    disk = disk == DISK_WELL && any(0, 8) == 0 ? DISK_FULL : disk;
    int r = radio_run_until(run->radio, until_us, NULL, &fault);
    if (r < 0 && disk == DISK_FULL) {
        disk = DISK_WELL;
        ++*world.n_full;
        r = radio_run_until(run->radio, until_us, NULL, &fault);
    }
    disk = disk == DISK_FULL ? DISK_WELL : disk;
    must(r, &fault, "playing");
    run->pass->sure_us = until_us;
}

static void play(struct run *run)
{
    struct pass *pass = run->pass;
    int64_t last_us =
        pass->end == END_BEFORE_COMMIT ? pass->until_us - any(1, MINUTE_US) : pass->until_us;
    for (int64_t at_us = pass->from_us; at_us < last_us;) {
        int64_t next_us = at_us + any(MINUTE_US, 300 * MINUTE_US);
        next_us = next_us < last_us ? next_us : last_us;
        next_us = next_us < next_midnight(at_us) ? next_us : next_midnight(at_us);
        plan_until(run, next_us);
        if (pass->end == END_IN_WRITE && next_us == last_us) {
            n_writes_left = any(0, 12);
            disk = DISK_KILLS;
        }
        advance(run, next_us);
        turn_outages(run);
        at_us = next_us;
    }
    if (pass->end == END_BEFORE_COMMIT) {
        plan_until(run, pass->until_us);
        dies_at_us = pass->until_us;
        advance(run, pass->until_us);
    }
}

static void run_pass(struct pass *pass, const char *files_dir)
{
    struct fault fault = {0};
    struct run run = {.pass = pass, .clock = clock_virtual(pass->from_us)};
    run.clock.sleep_until_us = sleep_or_die;
    must(db_open(world.path, DB_SCRATCH, &run.db, &fault), &fault, "opening the database");
    must(db_open(world.path, DB_SCRATCH, &run.ledger_db, &fault), &fault, "opening the database");
    must(ledger_open(run.ledger_db, world.station, &run.ledger, &fault), &fault, "the ledger");
    begin(&run, files_dir ? RADIO_FILES : RADIO_SILENT, files_dir);
    play(&run);
    if (pass->end != END_BY_STOP) {
        _exit(KILLED);
    }
    end_outages(&run);
    must(radio_finish(run.radio, &fault), &fault, "stopping");
    radio_close(run.radio);
    ledger_close(run.ledger);
    db_close(run.ledger_db);
    db_close(run.db);
    _exit(0);
}

static void remove_dir(const char *dir)
{
    char command[PATHS_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    must(system(command) == 0 ? 0 : -EIO, &(struct fault){0}, "tidying up");
}

/* What becomes of the radio, and when it is started again: until_us of the whole at the latest. */
static struct pass next_pass(int64_t from_us, int64_t to_us, bool with_sound)
{
    int64_t length = with_sound  ? any(1, 20) * 1000000
                     : any(0, 3) ? any(MINUTE_US, 12 * 60 * MINUTE_US)
                                 : any(1, 10 * MINUTE_US);
    int64_t until_us = from_us + length < to_us ? from_us + length : to_us;
    return (struct pass){.from_us = from_us,
                         .until_us = until_us,
                         .sure_us = from_us,
                         .end = (enum end)any(0, N_ENDS)};
}

static int64_t start_again(struct pass *pass)
{
    int64_t at_us = pass->until_us;
    switch (any(0, 8)) {
    case 0:
        return at_us +
               any(0, 3 * 60 * MINUTE_US); /* the power was gone, or the clock set forward */
    case 1:
        pass->sets_back = true;
        return at_us - any(MINUTE_US, 2 * 60 * MINUTE_US);
    case 2:
        return at_us;
    default:
        return at_us + any(0, 10 * 1000000);
    }
}

static void run_all(int64_t from_us, int64_t to_us)
{
    char files_dir[PATHS_MAX];
    snprintf(files_dir, sizeof files_dir, "%s.sound", world.path);
    for (int64_t at_us = from_us; at_us < to_us && world.n_passes < PASSES_MAX;) {
        bool with_sound = any(0, 20) == 0;
        struct pass *pass = &world.passes[world.n_passes++];
        *pass = next_pass(at_us, to_us, with_sound);
        char *hurt = any(0, 3) ? NULL : world.copies[any(0, (int64_t)world.n_copies)];
        if (hurt) {
            hurt_copy(hurt);
            world.n_copies_hurt++;
        }
        pid_t child = fork();
        if (child == 0) {
            run_pass(pass, with_sound ? files_dir : NULL);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (hurt) {
            heal_copy(hurt);
        }
        if (with_sound) {
            remove_dir(files_dir);
        }
        any(0, 2); /* the child drew from the same source, and so does the next */
        if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != KILLED)) {
            fprintf(stderr, "FAILED: the radio ended with status %x at %lld\n", (unsigned)status,
                    (long long)pass->from_us);
            exit(1);
        }
        at_us = start_again(pass);
    }
}

/* ---- everything that is needed */

static void load(void)
{
    struct fault fault = {0};
    struct findings findings = {0};
    AUTO(db_close) struct db *db = NULL;
    must(station_load(world.dir, &world.station, &findings), &fault, "the station file");
    must(calendars_load(world.station, &world.calendars, &findings), &fault, "the calendars");
    findings_finish(&findings);
    world.arena = arena_create((size_t)1 << 30);
    must(db_open(world.path, DB_SCRATCH, &db, &fault), &fault, "the database");
    must(library_read(db, world.arena, &world.segments, &fault), &fault, "the library");
    char air[PATHS_MAX];
    snprintf(air, sizeof air, "%s/library", world.dir);
    nftw(air, note_copy, 16, FTW_PHYS);
    qsort(world.copies, world.n_copies, sizeof(char *), compare_paths);
    void *shared = mmap(NULL, PASSES_MAX * sizeof(struct pass) + 64, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(shared == MAP_FAILED || world.n_copies == 0 ? -ENOMEM : 0, &fault, "the copies");
    world.n_outages = shared;
    world.n_full = world.n_outages + 1;
    world.passes = (struct pass *)(void *)((char *)shared + 64);
    take_over_disk();
}

/* ---- nothing goes wrong */

static long resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1) {
        pages = 0;
    }
    if (file) {
        fclose(file);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

/* But for what SQLite keeps of the database, up to 2 MB a handle, as that grows. */
static long heap_bytes(void)
{
    return (long)mallinfo2().uordblks - (long)sqlite3_memory_used();
}

/* A few per cent are the plan of the week; what leaks with each item or day is far more. */
static bool is_flat(const char *what, long first, long last, long more)
{
    printf("%s: %ld kB after the first week, %ld kB after the last\n", what, first / 1024,
           last / 1024);
    return last < first + first / 10 + more;
}

static void tell_memory(int64_t day)
{
    printf("day %lld: %ld kB of the heap in use, %ld kB resident\n", (long long)day,
           heap_bytes() / 1024, resident_bytes() / 1024);
}

static int run_calm(int64_t from_us, int64_t to_us)
{
    struct fault fault = {0};
    struct pass pass = {.from_us = from_us};
    struct run run = {.pass = &pass, .clock = clock_virtual(from_us)};
    long first_heap = 0;
    long first_resident = 0;
    must(db_open(world.path, DB_SCRATCH, &run.db, &fault), &fault, "opening the database");
    must(db_open(world.path, DB_SCRATCH, &run.ledger_db, &fault), &fault, "opening the database");
    must(ledger_open(run.ledger_db, world.station, &run.ledger, &fault), &fault, "the ledger");
    begin(&run, RADIO_SILENT, NULL);
    for (int64_t at_us = from_us + DAY_US; at_us <= to_us; at_us += DAY_US) {
        plan_until(&run, at_us);
        must(radio_run_until(run.radio, at_us, NULL, &fault), &fault, "playing");
        tell_memory((at_us - from_us) / DAY_US);
        if (at_us == from_us + 7 * DAY_US) {
            first_heap = heap_bytes();
            first_resident = resident_bytes();
        }
    }
    bool flat = is_flat("heap in use", first_heap, heap_bytes(), 128L << 10);
    flat = is_flat("resident", first_resident, resident_bytes(), 4L << 20) && flat;
    radio_close(run.radio);
    ledger_close(run.ledger);
    db_close(run.ledger_db);
    db_close(run.db);
    return !flat;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: faulty_year STATION DATABASE FROM_US DAYS SEED\n");
        return 2;
    }
    world.dir = argv[1];
    world.path = argv[2];
    int64_t from_us = strtoll(argv[3], NULL, 10);
    int64_t to_us = from_us + strtoll(argv[4], NULL, 10) * DAY_US;
    world.random = 0x9e3779b97f4a7c15ULL * (strtoull(argv[5], NULL, 10) + 1);
    printf("seed %s\n", argv[5]);
    load();
    if (strcmp(argv[5], "calm") == 0) {
        return run_calm(from_us, to_us);
    }
    run_all(from_us, to_us);
    /* What the last pass left open is closed as by any start. */
    struct pass *last = &world.passes[world.n_passes++];
    *last = (struct pass){to_us, to_us, to_us, END_BY_STOP, false};
    pid_t child = fork();
    if (child == 0) {
        run_pass(last, NULL);
    }
    waitpid(child, NULL, 0);
    size_t n_wrong = faulty_year_check(from_us, to_us);
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    printf("%zu runs, %zu copies hurt, %zu outages, %zu times without room; %ld s\n",
           world.n_passes, world.n_copies_hurt, *world.n_outages, *world.n_full,
           (long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec));
    return n_wrong > 0;
}
