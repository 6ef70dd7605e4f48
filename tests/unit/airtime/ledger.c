/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "airtime/line_sets.h"

static int setup(void **state)
{
    return on_air_setup(state, 12);
}

static struct airing_start news(struct on_air *air, int64_t start_frame)
{
    return (struct airing_start){.slot_uid = "chieu@tu-ky",
                                 .slot_recurrence_us = FIVE_PM_US,
                                 .lines = on_air_lines(air, 1, 2),
                                 .segment_id = 7,
                                 .segment_code = "tin-01",
                                 .segment_version = 2,
                                 .title = "Tin xã Đại Sơn",
                                 .kind = "tin",
                                 .topic = "tthc",
                                 .tags = "cong-dan tthc-linh-vuc",
                                 .planned_start_frame = start_frame,
                                 .planned_frames = 60 * SECOND,
                                 .start_frame = start_frame,
                                 .whole_frames = 60 * SECOND};
}

static int64_t start(struct on_air *air, const struct airing_start *airing)
{
    int64_t id = 0;
    if (ledger_start(air->ledger, airing, &id, &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
    return id;
}

static void end(struct on_air *air, int64_t id, int64_t frame, int64_t n, enum end_cause cause)
{
    if (ledger_end(air->ledger, id, frame, n, cause, &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
}

static void playhead(struct on_air *air, int64_t frame)
{
    if (ledger_playhead(air->ledger, frame, &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
}

static int64_t number(struct on_air *air, const char *sql)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(air->db, sql, &stmt, NULL), 0);
    assert_int_equal(stmt_step(stmt, NULL), 1);
    return stmt_i64(stmt, 0);
}

/* What a reader sees, one line an airing. */
struct listing {
    char text[4096];
    size_t n;
};

static int list_one(void *context, const struct airing *airing)
{
    struct listing *listing = context;
    size_t used = strlen(listing->text);
    char until[32] = "on air";
    if (airing->end_us != INT64_MAX) {
        snprintf(until, sizeof until, "+%lld ms",
                 (long long)((airing->end_us - FIVE_PM_US) / 1000));
    }
    snprintf(listing->text + used, sizeof listing->text - used, "%lld %s [%s] +%lld ms .. %s %s\n",
             (long long)airing->id, airing->segment_code, airing->lines,
             (long long)((airing->start_us - FIVE_PM_US) / 1000), until,
             airing->end_us == INT64_MAX ? "-" : end_cause_name(airing->cause));
    listing->n++;
    return 0;
}

static void assert_listing(struct on_air *air, int64_t from_us, int64_t to_us, const char *expected)
{
    struct listing listing = {0};
    assert_int_equal(ledger_visit(air->db, from_us, to_us, list_one, &listing, NULL), 0);
    assert_string_equal(listing.text, expected);
}

static int keep_one(void *context, const struct airing *airing)
{
    const struct airing *want = context;
    assert_int_equal(airing->id, want->id);
    assert_int_equal(airing->start_us, want->start_us);
    assert_int_equal(airing->end_us, want->end_us);
    assert_int_equal(airing->frames, want->frames);
    assert_int_equal(airing->cause, want->cause);
    assert_int_equal(airing->segment_version, want->segment_version);
    assert_int_equal(airing->slot_recurrence_us, want->slot_recurrence_us);
    assert_int_equal(airing->position, want->position);
    assert_int_equal(airing->piece, want->piece);
    assert_int_equal(airing->planned_start_us, want->planned_start_us);
    assert_int_equal(airing->planned_frames, want->planned_frames);
    assert_int_equal(airing->offset_frames, want->offset_frames);
    assert_int_equal(airing->whole_frames, want->whole_frames);
    assert_int_equal(airing->repeat, want->repeat);
    assert_int_equal(airing->role, want->role);
    assert_string_equal(airing->lines, want->lines);
    assert_string_equal(airing->segment_code, want->segment_code);
    assert_string_equal(airing->title, want->title);
    assert_string_equal(airing->kind, want->kind);
    assert_string_equal(airing->tags, want->tags);
    assert_string_equal(airing->slot_uid, want->slot_uid);
    assert_null(airing->topic);
    return -ECANCELED;
}

static void an_airing_is_read_back_as_it_was_written(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    struct airing_start airing = news(air, at + 7);
    airing.planned_start_frame = at;
    airing.position = 3;
    airing.piece = 1;
    airing.topic = NULL;
    airing.repeat = true;
    airing.role = AIRING_FALLBACK;
    airing.offset_frames = 960;
    int64_t id = start(air, &airing);
    end(air, id, at + 7 + 12345, 12340, END_STOPPED);
    playhead(air, at + SECOND);
    struct airing want = {.id = id,
                          .start_us = frames_to_us(at + 7),
                          .end_us = frames_to_us(at + 7 + 12345),
                          .frames = 12340,
                          .cause = END_STOPPED,
                          .lines = "l1 l2",
                          .segment_code = "tin-01",
                          .segment_version = 2,
                          .title = "Tin xã Đại Sơn",
                          .kind = "tin",
                          .tags = "cong-dan tthc-linh-vuc",
                          .slot_uid = "chieu@tu-ky",
                          .slot_recurrence_us = FIVE_PM_US,
                          .position = 3,
                          .piece = 1,
                          .planned_start_us = FIVE_PM_US,
                          .planned_frames = 60LL * SECOND,
                          .offset_frames = 960,
                          .whole_frames = 60LL * SECOND,
                          .repeat = true,
                          .role = AIRING_FALLBACK};
    /* What the visitor returns ends the walk and comes back. */
    assert_int_equal(ledger_visit(air->db, INT64_MIN, INT64_MAX, keep_one, &want, NULL),
                     -ECANCELED);
}

static void lines_are_named_in_byte_order_and_each_set_once(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    for (int i = 0; i < 3; i++) {
        struct airing_start airing = news(air, at + i * SECOND);
        airing.lines = on_air_lines(air, 1, 11); /* l1 .. l11: "l10" sorts before "l2" */
        end(air, start(air, &airing), at + (i + 1) * SECOND, SECOND, END_CUT);
        playhead(air, at + (i + 1) * SECOND);
    }
    assert_int_equal(number(air, "SELECT count(*) FROM line_set"), 1);
    assert_int_equal(number(air, "SELECT lines = 'l1 l10 l11 l2 l3 l4 l5 l6 l7 l8 l9'"
                                 " FROM line_set"),
                     1);
    AUTO(line_sets_destroy) struct line_sets *sets = NULL;
    struct line_set read = {0};
    assert_int_equal(line_sets_create(air->db, &air->made->station, &sets, NULL), 0);
    assert_int_equal(line_sets_read(sets, 1, &read, NULL), 0);
    assert_true(line_set_equal(read, on_air_lines(air, 1, 11)));
    assert_int_equal(line_sets_read(sets, 99, &read, &air->fault), -EUCLEAN);
}

static void rows_of_the_ledger_cannot_be_changed_or_removed(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    struct airing_start airing = news(air, at);
    end(air, start(air, &airing), at + SECOND, SECOND, END_CUT);
    playhead(air, at + SECOND);
    static const char *const attacks[] = {
        "UPDATE airing SET title = 'other'",
        "DELETE FROM airing",
        "UPDATE airing_end SET frames = 1",
        "DELETE FROM airing_end",
        "UPDATE line_set SET lines = 'l9'",
        "DELETE FROM line_set",
        "REPLACE INTO airing_end SELECT airing_id, end_us, 1, cause FROM airing_end",
    };
    for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
        assert_true(db_exec(air->db, attacks[i], &air->fault) < 0);
    }
    assert_listing(air, INT64_MIN, INT64_MAX, "1 tin-01 [l1 l2] +0 ms .. +1000 ms cut\n");
}

static void a_window_holds_what_overlaps_it(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    static const char *const codes[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        struct airing_start airing = news(air, at + i * 60 * SECOND);
        airing.segment_code = codes[i];
        int64_t id = start(air, &airing);
        if (i < 2) {
            end(air, id, at + (i + 1) * 60 * SECOND, 60 * SECOND, END_COMPLETE);
        }
    }
    playhead(air, at + 121 * SECOND);
    const int64_t minute = 60000000;
    assert_listing(air, FIVE_PM_US, FIVE_PM_US + minute,
                   "1 a [l1 l2] +0 ms .. +60000 ms complete\n");
    assert_listing(air, FIVE_PM_US + minute - 1, FIVE_PM_US + minute + 1,
                   "1 a [l1 l2] +0 ms .. +60000 ms complete\n"
                   "2 b [l1 l2] +60000 ms .. +120000 ms complete\n");
    assert_listing(air, FIVE_PM_US + 5 * minute, FIVE_PM_US + 6 * minute,
                   "3 c [l1 l2] +120000 ms .. on air -\n");
    assert_listing(air, FIVE_PM_US - minute, FIVE_PM_US, "");
}

static void nothing_is_written_before_the_playhead_moves(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    struct airing_start airing = news(air, at);
    start(air, &airing);
    assert_int_equal(number(air, "SELECT count(*) FROM airing"), 0);
    /* Nor does the ledger keep others from writing meanwhile. */
    assert_int_equal(db_begin(air->db, NULL), 0);
    assert_int_equal(db_commit(air->db, NULL), 0);
    playhead(air, at + SECOND / 2);
    assert_int_equal(number(air, "SELECT count(*) FROM airing"), 1);
    int64_t frame = 0;
    assert_int_equal(ledger_read_playhead(air->db, &frame, NULL), 0);
    assert_int_equal(frame, at + SECOND / 2);
}

static void closing_writes_what_waits(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    struct airing_start airing = news(air, at);
    end(air, start(air, &airing), at + SECOND, SECOND, END_STOPPED);
    on_air_close(air);
    on_air_open(air);
    assert_listing(air, INT64_MIN, INT64_MAX, "1 tin-01 [l1 l2] +0 ms .. +1000 ms stopped\n");
}

static void what_cannot_be_recorded_is_refused_and_does_no_harm(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    int64_t id = 0;
    struct airing_start airing = news(air, at);
    airing.tags = NULL;
    assert_int_equal(ledger_start(air->ledger, &airing, &id, &air->fault), -EINVAL);
    airing = news(air, at);
    airing.whole_frames = -1;
    assert_int_equal(ledger_start(air->ledger, &airing, &id, &air->fault), -EINVAL);
    assert_int_equal(ledger_end(air->ledger, 1, at, 1, END_CUT, &air->fault), -EINVAL);
    airing = news(air, at);
    id = start(air, &airing);
    assert_int_equal(ledger_end(air->ledger, id, at, -1, END_CUT, &air->fault), -EINVAL);
    end(air, id, at + SECOND, SECOND, END_CUT);
    assert_int_equal(ledger_end(air->ledger, id, at, 1, END_CUT, &air->fault), -EINVAL);
    playhead(air, at + SECOND);
    assert_listing(air, INT64_MIN, INT64_MAX, "1 tin-01 [l1 l2] +0 ms .. +1000 ms cut\n");
}

static void a_full_disk_loses_no_airing_once_there_is_space(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    char limit[64];
    snprintf(limit, sizeof limit, "PRAGMA max_page_count = %lld",
             (long long)number(air, "PRAGMA page_count"));
    assert_int_equal(db_exec(air->db, limit, NULL), 0);
    char title[2000];
    memset(title, 'x', sizeof title);
    title[sizeof title - 1] = '\0';
    int n_failed = 0;
    int64_t now = at;
    for (int i = 0; i < 200; i++) {
        struct airing_start airing = news(air, now);
        airing.title = title;
        airing.lines =
            on_air_lines(air, (size_t)i % 12, 1); /* new sets are lost with the rollback too */
        int64_t id = start(air, &airing);
        now += SECOND;
        end(air, id, now, SECOND, END_CUT);
        if (ledger_playhead(air->ledger, now, &air->fault) < 0) {
            assert_int_equal(air->fault.err, ENOSPC);
            n_failed++;
        }
    }
    assert_true(n_failed > 100);
    assert_int_equal(db_exec(air->db, "PRAGMA max_page_count = 1000000", NULL), 0);
    playhead(air, now);
    assert_int_equal(number(air, "SELECT count(*) FROM airing"), 200);
    assert_int_equal(number(air, "SELECT count(*) FROM airing_end"), 200);
    assert_int_equal(number(air, "SELECT count(DISTINCT line_set_id) FROM airing"), 12);
    assert_int_equal(number(air, "SELECT count(*) FROM airing a JOIN line_set s ON"
                                 " s.id = a.line_set_id WHERE s.lines = 'l' || ((a.id - 1) % 12)"),
                     200);
    assert_int_equal(number(air, "SELECT sum(frames) FROM airing_end"), 200LL * SECOND);
}

static void another_radio_is_refused_while_this_one_runs(void **state)
{
    struct on_air *air = *state;
    AUTO(db_close) struct db *second_db = NULL;
    struct ledger *second = NULL;
    assert_int_equal(db_open(air->path, DB_WRITE, &second_db, NULL), 0);
    assert_int_equal(ledger_open(second_db, &air->made->station, &second, &air->fault), -EALREADY);
    assert_non_null(strstr(air->fault.text, "another radio is running on this station"));
    /* By another name of the same folder too. */
    AUTO(db_close) struct db *third_db = NULL;
    char link_path[TEMP_DIR_MAX + 16];
    snprintf(link_path, sizeof link_path, "%s/other.db", air->dir);
    assert_int_equal(symlink(air->path, link_path), 0);
    assert_int_equal(db_open(link_path, DB_WRITE, &third_db, NULL), 0);
    assert_int_equal(ledger_open(third_db, &air->made->station, &second, NULL), -EALREADY);
    air->ledger = ledger_close(air->ledger);
    assert_int_equal(ledger_open(second_db, &air->made->station, &second, &air->fault), 0);
    ledger_close(second);
}

/* A radio of three lines in a process of its own: each second a new airing on each line,
 * the playhead twice a second. Says in `mixed` how far it has got. */
static void run_radio(struct on_air *air, _Atomic int64_t *mixed)
{
    on_air_open(air);
    size_t n_closed = 0;
    int64_t frame = atomic_load(mixed);
    int64_t ids[3] = {0};
    if (ledger_recover(air->ledger, &n_closed, &air->fault) < 0) {
        _exit(2);
    }
    for (int64_t first = frame;; frame += AIR_BLOCK_FRAMES) {
        for (size_t line = 0; line < 3 && (frame - first) % SECOND == 0; line++) {
            struct airing_start airing = news(air, frame);
            airing.planned_frames = SECOND;
            airing.whole_frames = SECOND;
            airing.lines = on_air_lines(air, line, 1);
            if ((ids[line] &&
                 ledger_end(air->ledger, ids[line], frame, SECOND, END_COMPLETE, NULL) < 0) ||
                ledger_start(air->ledger, &airing, &ids[line], NULL) < 0) {
                _exit(3);
            }
        }
        atomic_store(mixed, frame + AIR_BLOCK_FRAMES);
        if ((frame - first) / AIR_BLOCK_FRAMES % 24 == 23 &&
            ledger_playhead(air->ledger, frame + AIR_BLOCK_FRAMES, NULL) < 0) {
            _exit(4);
        }
    }
}

struct chain {
    int64_t until[3]; /* where the line's last airing ended, or the first radio began */
    int64_t frames;
};

static int check_chain(void *context, const struct airing *airing)
{
    struct chain *chain = context;
    size_t line = (size_t)(airing->lines[1] - '0');
    int64_t start = frames_from_us(airing->start_us);
    int64_t end = frames_from_us(airing->end_us);
    assert_true(airing->end_us != INT64_MAX);
    assert_true(start >= chain->until[line]);
    assert_true(start - chain->until[line] < SECOND);
    assert_int_equal(airing->frames, end - start);
    chain->until[line] = end;
    chain->frames += airing->frames;
    return 0;
}

static void a_killed_radio_loses_less_than_a_second(void **state)
{
    struct on_air *air = *state;
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    _Atomic int64_t *mixed =
        mmap(NULL, sizeof *mixed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(mixed != MAP_FAILED);
    atomic_store(mixed, frames_from_us(FIVE_PM_US));
    on_air_close(air);
    for (int round = 0; round < 20; round++) {
        int64_t until = atomic_load(mixed) + rand_r(&seed) % (20 * SECOND);
        pid_t pid = fork();
        if (pid == 0) {
            run_radio(air, mixed);
        }
        while (atomic_load(mixed) <= until) {
            usleep(50);
        }
        kill(pid, SIGKILL);
        int status = 0;
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status));
        on_air_open(air); /* the lock went with the process */
        size_t n_closed = 0;
        assert_int_equal(ledger_recover(air->ledger, &n_closed, &air->fault), 0);
        int64_t first =
            frames_from_us(FIVE_PM_US); /* the first may be killed before its first row */
        struct chain chain = {.until = {first, first, first}};
        assert_int_equal(ledger_visit(air->db, INT64_MIN, INT64_MAX, check_chain, &chain, NULL), 0);
        for (size_t line = 0; line < 3; line++) {
            assert_true(atomic_load(mixed) - chain.until[line] < SECOND);
            assert_true(atomic_load(mixed) >= chain.until[line]);
        }
        assert_int_equal(number(air, "SELECT max(id) - count(*) FROM airing"), 0);
        assert_int_equal(number(air, "SELECT (SELECT count(*) FROM airing) - count(*)"
                                     " FROM airing_end"),
                         0);
        on_air_close(air);
    }
    munmap(mixed, sizeof *mixed);
    on_air_open(air);
}

static void what_was_open_ends_at_the_playhead_or_its_planned_end(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    struct airing_start airing = news(air, at); /* still sounds at the playhead */
    start(air, &airing);
    airing.segment_code = "whole"; /* ended by its recording's end before the playhead */
    airing.planned_frames = airing.whole_frames = 5 * SECOND;
    start(air, &airing);
    airing.segment_code = "cut"; /* ended by its slot's end before the playhead */
    airing.whole_frames = 50 * SECOND;
    start(air, &airing);
    airing.segment_code = "taken"; /* the same, and the plan said that another takes the line */
    airing.position = 9;
    start(air, &airing);
    playhead(air, at + 10 * SECOND);
    assert_int_equal(
        db_exec(air->db,
                "INSERT INTO plan_window VALUES (1, 0, 1, 0);"
                "INSERT INTO plan_item SELECT NULL, 1, slot_uid, slot_recurrence_us, start_us, '',"
                " position, piece, line_set_id, start_us, planned_frames, 0, NULL, title, kind, "
                "topic, 5, 0,"
                " 0, 0, 'preempted', 'planned', 0, '', 'copy', '', '', 0 FROM airing"
                " WHERE position = 9",
                &air->fault),
        0);
    airing.segment_code = "late"; /* began after the last playhead that was written */
    airing.start_frame = at + 11 * SECOND;
    airing.planned_frames = 50 * SECOND;
    start(air, &airing);
    on_air_close(air);
    on_air_open(air);
    size_t n_closed = 0;
    assert_int_equal(ledger_recover(air->ledger, &n_closed, &air->fault), 0);
    assert_int_equal(n_closed, 5);
    assert_listing(air, INT64_MIN, INT64_MAX,
                   "1 tin-01 [l1 l2] +0 ms .. +10000 ms crashed\n"
                   "2 whole [l1 l2] +0 ms .. +5000 ms complete\n"
                   "3 cut [l1 l2] +0 ms .. +5000 ms cut\n"
                   "4 taken [l1 l2] +0 ms .. +5000 ms preempted\n"
                   "5 late [l1 l2] +11000 ms .. +11000 ms crashed\n");
    assert_int_equal(ledger_recover(air->ledger, &n_closed, &air->fault), 0);
    assert_int_equal(n_closed, 0);
}

static void a_piece_is_known_by_its_slot_and_place(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    int64_t until = 0;
    struct airing_start airing = news(air, at);
    end(air, start(air, &airing), at + 20 * SECOND, 20 * SECOND, END_STOPPED);
    airing.start_frame = at + 30 * SECOND;
    end(air, start(air, &airing), at + 40 * SECOND, 10 * SECOND, END_CRASHED);
    airing.start_frame = at + 50 * SECOND;
    end(air, start(air, &airing), at + 60 * SECOND, 0, END_FAILED); /* nothing of it was heard */
    playhead(air, at + 40 * SECOND);
    assert_int_equal(ledger_aired_until(air->ledger, "chieu@tu-ky", FIVE_PM_US, 0, 0, &until, NULL),
                     0);
    assert_int_equal(until, at + 40 * SECOND); /* it crashed, but was heard until then */
    assert_int_equal(ledger_aired_until(air->ledger, "chieu@tu-ky", FIVE_PM_US, 0, 1, &until, NULL),
                     0);
    assert_true(until == INT64_MIN);
    assert_int_equal(ledger_aired_until(air->ledger, "chieu@tu-ky", FIVE_PM_US + 1, 0, 0, &until,
                                        NULL),
                     0);
    assert_true(until == INT64_MIN);
}

static int setup_ten_thousand(void **state)
{
    return on_air_setup(state, 10000);
}

static void ten_thousand_lines_cost_one_row_an_airing(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    for (int i = 0; i < 100; i++) {
        struct airing_start airing = news(air, at + i * SECOND);
        airing.lines = on_air_lines(air, (size_t)(i % 2) * 5000, 5000);
        end(air, start(air, &airing), at + (i + 1) * SECOND, SECOND, END_CUT);
        playhead(air, at + (i + 1) * SECOND);
    }
    assert_int_equal(number(air, "SELECT count(*) FROM airing"), 100);
    assert_int_equal(number(air, "SELECT count(*) FROM line_set"), 2);
}

static void a_rehearsal_has_a_ledger_of_its_own(void **state)
{
    struct on_air *air = *state;
    AUTO(db_close) struct db *scratch = NULL;
    char path[TEMP_DIR_MAX + 16];
    snprintf(path, sizeof path, "%s/rehearsal.db", air->dir);
    assert_int_equal(db_open(path, DB_SCRATCH, &scratch, NULL), 0);
    struct ledger *ledger = NULL;
    int64_t id = 0;
    struct airing_start airing = news(air, frames_from_us(FIVE_PM_US));
    assert_int_equal(ledger_open(scratch, &air->made->station, &ledger, &air->fault), 0);
    assert_int_equal(ledger_start(ledger, &airing, &id, NULL), 0);
    assert_int_equal(ledger_playhead(ledger, airing.start_frame + SECOND, NULL), 0);
    ledger_close(ledger);
    AUTO(db_close) struct db *memory = NULL;
    assert_int_equal(db_open(":memory:", DB_SCRATCH, &memory, NULL), 0);
    assert_int_equal(ledger_open(memory, &air->made->station, &ledger, &air->fault), 0);
    ledger_close(ledger);
}

#define AIR_TEST(f) cmocka_unit_test_setup_teardown(f, setup, on_air_teardown)
static const struct CMUnitTest tests[] = {
    AIR_TEST(an_airing_is_read_back_as_it_was_written),
    AIR_TEST(lines_are_named_in_byte_order_and_each_set_once),
    AIR_TEST(rows_of_the_ledger_cannot_be_changed_or_removed),
    AIR_TEST(a_window_holds_what_overlaps_it),
    AIR_TEST(nothing_is_written_before_the_playhead_moves),
    AIR_TEST(closing_writes_what_waits),
    AIR_TEST(what_cannot_be_recorded_is_refused_and_does_no_harm),
    AIR_TEST(a_full_disk_loses_no_airing_once_there_is_space),
    AIR_TEST(another_radio_is_refused_while_this_one_runs),
    AIR_TEST(a_killed_radio_loses_less_than_a_second),
    AIR_TEST(what_was_open_ends_at_the_playhead_or_its_planned_end),
    AIR_TEST(a_piece_is_known_by_its_slot_and_place),
    AIR_TEST(a_rehearsal_has_a_ledger_of_its_own),
    cmocka_unit_test_setup_teardown(ten_thousand_lines_cost_one_row_an_airing, setup_ten_thousand,
                                    on_air_teardown),
};
TEST_MAIN(tests)
