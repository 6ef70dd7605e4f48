/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <string.h>

#include "airtime/seal.h"

/* A ledger of some rows of every table, two of them over and one of each going on. */
static int setup(void **state)
{
    on_air_setup(state, 4);
    struct on_air *air = *state;
    on_air_play(air, (struct play){.until = 60, .topic = "tthc", .tags = "a b", .n_lines = 2});
    on_air_settle(air, FIVE_PM_US + 61 * US);
    on_air_play(air, (struct play){.from = 60, .until = 90, .code = "nhạc-1", .line = 2});
    on_air_outage(air, 1, 10, 20);
    on_air_play(air, (struct play){.from = 90, .until = 99, .is_open = true, .repeat = true});
    on_air_outage(air, 2, 95, -1);
    on_air_settle(air, FIVE_PM_US + 100 * US);
    return 0;
}

static struct seal_counts verify(struct on_air *air)
{
    struct seal_check check = {0};
    struct seal_counts counts;
    if (seals_verify(air->db, &check, &counts, &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
    return counts;
}

static size_t n_breaches(const struct seal_counts *counts)
{
    size_t n = 0;
    for (size_t i = 0; i < SEAL_N_STATES; i++) {
        n += counts->by_state[i];
    }
    return n;
}

static void run(struct on_air *air, const char *sql)
{
    if (db_exec(air->db, sql, &air->fault) < 0) {
        fail_msg("%s: %s", sql, air->fault.text);
    }
}

/* As somebody would who has the file and a tool for it. */
static void open_by_force(struct on_air *air)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    char sql[4096] = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;";
    assert_int_equal(db_prepare(air->db, "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
                                &stmt, NULL),
                     0);
    while (stmt_step(stmt, NULL) == 1) {
        size_t n = strlen(sql);
        snprintf(sql + n, sizeof sql - n, "DROP TRIGGER \"%s\";", stmt_text(stmt, 0));
    }
    stmt = stmt_close(stmt);
    run(air, sql);
}

static void a_ledger_as_it_was_written_is_whole(void **state)
{
    struct on_air *air = *state;
    struct seal_counts counts = verify(air);
    assert_int_equal(n_breaches(&counts), 0);
    assert_int_equal(counts.n_rows, 3 + 2 + 2 + 1);
    assert_int_equal(counts.last_id, 8);
    assert_int_equal(strlen(counts.last_sha256), 64);
}

static void the_next_start_seals_on(void **state)
{
    struct on_air *air = *state;
    struct seal_counts before = verify(air);
    size_t n_closed = 0;
    on_air_close(air);
    on_air_open(air);
    assert_int_equal(ledger_recover(air->ledger, &n_closed, &air->fault), 0);
    on_air_play(air, (struct play){.from = 200, .until = 210});
    on_air_settle(air, FIVE_PM_US + 211 * US);
    struct seal_counts after = verify(air);
    assert_int_equal(n_breaches(&after), 0);
    assert_int_equal(after.last_id, before.last_id + 2 + 2); /* an airing and an outage were open */
}

/* One value of one row. */
struct cell {
    const char *table;
    char column[32];
    int64_t rowid;
    char type[8]; /* as SQLite's typeof() calls it */
    int64_t number;
    unsigned char bytes[256];
    size_t n_bytes;
};

/* The value is changed; it must be found out; and it is changed back. */
static void try_instead(struct on_air *air, const struct cell *cell, const unsigned char *bytes,
                        size_t n_bytes, int64_t number)
{
    bool is_number = strcmp(cell->type, "integer") == 0;
    char sql[256];
    snprintf(sql, sizeof sql, "UPDATE OR REPLACE %s SET \"%s\" = %s WHERE rowid = ?2", cell->table,
             cell->column,
             is_number                         ? "?1"
             : strcmp(cell->type, "blob") == 0 ? "CAST(?1 AS BLOB)"
                                               : "CAST(?1 AS TEXT)");
    run(air, "SAVEPOINT one_change");
    int r = is_number ? db_run(air->db, &air->fault, sql, "ii", number, cell->rowid)
                      : db_run(air->db, &air->fault, sql, "bi", (const void *)bytes, n_bytes,
                               cell->rowid);
    assert_int_equal(r, 0);
    struct seal_counts counts = verify(air);
    if (n_breaches(&counts) == 0) {
        fail_msg("not found out: %s of row %lld of %s", cell->column, (long long)cell->rowid,
                 cell->table);
    }
    run(air, "ROLLBACK TO one_change; RELEASE one_change");
}

/* How many changes were tried: every bit of every byte. */
static size_t change_cell(struct on_air *air, const struct cell *cell)
{
    unsigned char bytes[sizeof cell->bytes];
    size_t n = 0;
    if (strcmp(cell->type, "integer") == 0) {
        for (; n < 64; n++) {
            int64_t number = (int64_t)((uint64_t)cell->number ^ UINT64_C(1) << n);
            try_instead(air, cell, NULL, 0, number);
        }
        return n;
    }
    for (; n < 8 * cell->n_bytes; n++) {
        memcpy(bytes, cell->bytes, cell->n_bytes);
        bytes[n / 8] ^= (unsigned char)(1 << n % 8);
        try_instead(air, cell, bytes, cell->n_bytes, 0);
    }
    if (strcmp(cell->type, "null") == 0) {
        try_instead(air, cell, bytes, 0, 0);
        n++;
    } else if (cell->n_bytes > 0) { /* its end is cut off */
        try_instead(air, cell, cell->bytes, cell->n_bytes - 1, 0);
        n++;
    }
    return n;
}

static size_t change_each_value(struct on_air *air, const char *table, const char *column)
{
    AUTO(stmt_close) struct stmt *row = NULL;
    static struct cell cells[16];
    char sql[256];
    size_t n_cells = 0;
    size_t n = 0;
    snprintf(sql, sizeof sql, "SELECT rowid, typeof(\"%s\"), \"%s\" FROM %s", column, column,
             table);
    assert_int_equal(db_prepare(air->db, sql, &row, NULL), 0);
    for (; stmt_step(row, NULL) == 1; n_cells++) {
        struct cell *cell = &cells[n_cells];
        *cell =
            (struct cell){.table = table, .rowid = stmt_i64(row, 0), .number = stmt_i64(row, 2)};
        snprintf(cell->column, sizeof cell->column, "%s", column);
        snprintf(cell->type, sizeof cell->type, "%s", stmt_text(row, 1));
        if (strcmp(cell->type, "integer") != 0) {
            const void *bytes = stmt_bytes(row, 2, &cell->n_bytes);
            memcpy(cell->bytes, bytes, cell->n_bytes);
        }
    }
    row = stmt_close(row);
    for (size_t i = 0; i < n_cells; i++) {
        n += change_cell(air, &cells[i]);
    }
    return n;
}

static size_t change_each_row(struct on_air *air, const char *table)
{
    AUTO(stmt_close) struct stmt *columns = NULL;
    char names[32][32];
    char sql[128];
    size_t n_names = 0;
    size_t n = 0;
    snprintf(sql, sizeof sql, "SELECT name FROM pragma_table_info('%s')", table);
    assert_int_equal(db_prepare(air->db, sql, &columns, NULL), 0);
    while (stmt_step(columns, NULL) == 1) {
        snprintf(names[n_names++], sizeof *names, "%s", stmt_text(columns, 0));
    }
    columns = stmt_close(columns);
    for (size_t i = 0; i < n_names; i++) {
        n += change_each_value(air, table, names[i]);
    }
    return n;
}

static void every_change_of_a_bit_is_found_out(void **state)
{
    struct on_air *air = *state;
    open_by_force(air);
    run(air, "BEGIN");
    size_t n = change_each_row(air, "airing") + change_each_row(air, "airing_end") +
               change_each_row(air, "outage") + change_each_row(air, "outage_end") +
               change_each_row(air, "seal") + change_each_row(air, "line_set");
    run(air, "ROLLBACK");
    assert_true(n > 8000);
    struct seal_counts counts = verify(air);
    assert_int_equal(n_breaches(&counts), 0);
}

/* What somebody does, and the first thing that is found. */
static void assert_found(struct on_air *air, const char *sql, enum seal_state state)
{
    run(air, "SAVEPOINT deed");
    run(air, sql);
    struct seal_counts counts = verify(air);
    if (counts.by_state[state] == 0) {
        fail_msg("%s: nothing %s", sql, seal_state_name(state));
    }
    run(air, "ROLLBACK TO deed; RELEASE deed");
}

static void rows_that_are_removed_added_or_exchanged_are_found_out(void **state)
{
    struct on_air *air = *state;
    open_by_force(air);
    assert_found(air, "DELETE FROM airing WHERE id = 2", SEAL_MISSING);
    assert_found(air, "DELETE FROM airing_end WHERE airing_id = 2", SEAL_MISSING);
    assert_found(air, "DELETE FROM outage", SEAL_MISSING);
    assert_found(air, "DELETE FROM seal WHERE id = 3", SEAL_GAP);
    assert_found(air, "DELETE FROM seal WHERE id = 8", SEAL_UNSEALED);
    assert_found(air, "DELETE FROM seal", SEAL_UNSEALED);
    assert_found(air, "INSERT INTO airing_end VALUES (3, 1683712899000000, 432000, 'complete')",
                 SEAL_UNSEALED);
    assert_found(air, "INSERT INTO outage VALUES (3, 'l0', 1683712899000000, 'x')", SEAL_UNSEALED);
    /* The first two airings change places, ends and all. */
    assert_found(
        air, "UPDATE airing SET id = -id WHERE id < 3; UPDATE airing SET id = 3 + id WHERE id < 0",
        SEAL_CHANGED);
    /* Two seals change places. */
    assert_found(air,
                 "UPDATE seal SET id = -id WHERE id IN (2, 3);"
                 "UPDATE seal SET id = 5 + id WHERE id < 0",
                 SEAL_CHANGED);
}

/* To keep the ledger comes before to keep it sealed: nothing that is done to it stops the radio. */
static void a_ledger_that_somebody_cut_is_written_on(void **state)
{
    struct on_air *air = *state;
    size_t n_closed = 0;
    open_by_force(air);
    run(air, "DELETE FROM airing WHERE id = 3; DELETE FROM airing_end WHERE airing_id = 1;"
             "DELETE FROM outage_end; DELETE FROM seal WHERE id = 8;"
             "INSERT INTO seal VALUES (9223372036854775807, 'airing', 9223372036854775807,"
             " zeroblob(32))");
    on_air_close(air);
    on_air_open(air);
    assert_int_equal(ledger_recover(air->ledger, &n_closed, &air->fault), 0);
    int64_t id = on_air_play(air, (struct play){.from = 200, .until = 210});
    on_air_outage(air, 0, 201, 202);
    on_air_settle(air, FIVE_PM_US + 211 * US);
    assert_int_equal(id, 4); /* 3 is somebody else's for ever */
    struct seal_counts counts = verify(air);
    assert_int_equal(counts.by_state[SEAL_MISSING], 2); /* airing 3, and the row that never was */
    assert_true(counts.by_state[SEAL_CHANGED] > 0);
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(air->db,
                                "SELECT count(*) FROM airing a JOIN airing_end ON airing_id = a.id"
                                " JOIN seal ON row_of = 'airing_end' AND row_id = a.id"
                                " WHERE a.id = 4",
                                &stmt, NULL),
                     0);
    assert_int_equal(stmt_step(stmt, NULL), 1);
    assert_int_equal(stmt_i64(stmt, 0), 1);
}

static void a_seal_on_paper_shows_that_all_seals_were_made_anew(void **state)
{
    struct on_air *air = *state;
    struct seal_counts counts = verify(air);
    char paper[17];
    struct seal_check check = {.expected = paper};
    snprintf(paper, sizeof paper, "%.16s", counts.last_sha256);
    assert_int_equal(seals_verify(air->db, &check, &counts, &air->fault), 0);
    assert_true(counts.expected_is_there);
    open_by_force(air);
    run(air, "UPDATE airing SET topic = 'khac' WHERE id = 1");
    assert_int_equal(seals_verify(air->db, &check, &counts, &air->fault), 0);
    assert_false(counts.expected_is_there); /* its own row is as it was, but not all before it */
    run(air, "DELETE FROM seal");
    on_air_close(air);
    on_air_open(air); /* takes it for a ledger of before there were seals */
    counts = verify(air);
    assert_int_equal(n_breaches(&counts), 0);
    assert_int_equal(seals_verify(air->db, &check, &counts, &air->fault), 0);
    assert_false(counts.expected_is_there);
}

/* `expected` as the paper has it. */
static bool is_there(struct on_air *air, const struct seal_mark *mark)
{
    struct seal_check check = {.expected = mark->sha256};
    struct seal_counts counts;
    assert_int_equal(seals_verify(air->db, &check, &counts, &air->fault), 0);
    return counts.expected_is_there;
}

static int find_last(struct on_air *air, int from_s, int to_s, struct seal_mark *mark)
{
    return seals_find_last(air->db, FIVE_PM_US + from_s * US, FIVE_PM_US + to_s * US, mark,
                           &air->fault);
}

static void a_period_has_the_last_seal_of_what_began_in_it(void **state)
{
    struct on_air *air = *state;
    struct seal_counts all = verify(air);
    struct seal_mark year;
    struct seal_mark minute;
    struct seal_mark again;
    assert_int_equal(find_last(air, -1000, 0, &year), 0);
    assert_int_equal(find_last(air, 100, 1000, &year), 0);
    assert_int_equal(find_last(air, 0, 1000, &year), 1);
    assert_int_equal(year.id, all.last_id);
    assert_string_equal(year.sha256, all.last_sha256);
    assert_int_equal(find_last(air, 0, 60, &minute), 1);
    assert_in_range(minute.id, 4, all.last_id - 1); /* an airing and an outage, and their ends */
    assert_true(is_there(air, &minute));

    on_air_play(air, (struct play){.from = 200, .until = 210});
    on_air_settle(air, FIVE_PM_US + 211 * US);
    assert_int_equal(find_last(air, 0, 60, &again), 1);
    assert_int_equal(again.id, minute.id);
    assert_string_equal(again.sha256, minute.sha256);

    open_by_force(air);
    run(air, "UPDATE airing_end SET frames = frames + 1 WHERE airing_id = 1");
    assert_false(is_there(air, &minute));
}

static void a_ledger_of_before_there_were_seals_is_sealed_by_the_next_start(void **state)
{
    struct on_air *air = *state;
    open_by_force(air);
    run(air, "DELETE FROM seal");
    struct seal_counts counts = verify(air);
    assert_int_equal(counts.by_state[SEAL_UNSEALED], 8);
    on_air_close(air);
    on_air_open(air);
    counts = verify(air);
    assert_int_equal(n_breaches(&counts), 0);
    assert_int_equal(counts.n_rows, 8);
}

#define WITH_A_LEDGER(test) cmocka_unit_test_setup_teardown(test, setup, on_air_teardown)

static const struct CMUnitTest tests[] = {
    WITH_A_LEDGER(a_ledger_as_it_was_written_is_whole),
    WITH_A_LEDGER(the_next_start_seals_on),
    WITH_A_LEDGER(every_change_of_a_bit_is_found_out),
    WITH_A_LEDGER(rows_that_are_removed_added_or_exchanged_are_found_out),
    WITH_A_LEDGER(a_ledger_that_somebody_cut_is_written_on),
    WITH_A_LEDGER(a_seal_on_paper_shows_that_all_seals_were_made_anew),
    WITH_A_LEDGER(a_period_has_the_last_seal_of_what_began_in_it),
    WITH_A_LEDGER(a_ledger_of_before_there_were_seals_is_sealed_by_the_next_start),
};
TEST_MAIN(tests)
