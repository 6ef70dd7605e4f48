/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "media/repair.h"
#include "media/verify.h"
#include "tests/unit/media/library_fixture.h"

/* Every file is read again, and what is lost is told and, where it can be, made anew. */

enum { TOLD_MAX = 16 };

struct told {
    struct library_fixture *f;
    struct verify_counts counts;
    struct verify_file files[TOLD_MAX];
    size_t n;
    bool repairs;
    enum repair_outcome outcomes[TOLD_MAX];
    char said[TOLD_MAX][FAULT_TEXT_MAX];
    int64_t done_bytes;
    int64_t total_bytes;
};

static void note_file(void *context, const struct verify_file *file)
{
    struct told *told = context;
    assert_true(told->n < TOLD_MAX);
    struct verify_file *kept = &told->files[told->n];
    *kept = *file;
    kept->code = file->code ? arena_strdup(told->f->arena, file->code) : NULL;
    kept->path = arena_strdup(told->f->arena, file->path);
    kept->sha256 = arena_strdup(told->f->arena, file->sha256);
    if (told->repairs) {
        struct findings findings = {0};
        struct repair repair = {&told->f->station, told->f->db, "lan", FIXTURE_NOW_US};
        told->outcomes[told->n] = repair_file(&repair, file, &findings);
        assert_true(findings.n > 0);
        snprintf(told->said[told->n], FAULT_TEXT_MAX, "%s",
                 findings.items[findings.n - 1].fault.text);
        findings_finish(&findings);
    }
    told->n++;
}

static void note_bytes(void *context, int64_t done_bytes, int64_t total_bytes)
{
    struct told *told = context;
    assert_true(done_bytes >= told->done_bytes);
    told->done_bytes = done_bytes;
    told->total_bytes = total_bytes;
}

static struct told look(struct library_fixture *f, bool repairs)
{
    struct told told = {.f = f, .repairs = repairs};
    struct verify verify = {note_file, note_bytes, &told};
    struct fault fault = {0};
    if (verify_library(f->dir, f->db, &verify, &told.counts, &fault) < 0) {
        fail_msg("%s: %s", fault.file, fault.text);
    }
    return told;
}

static void import_tone(struct library_fixture *f, const char *name, int64_t frames)
{
    assert_imported(import_as_tin(f, recording_make(f, name, tone(48000, 1, frames))));
}

static const struct library_version *newest(struct library_fixture *f, const char *code)
{
    struct library_history history = {0};
    assert_int_equal(library_read_history(f->db, code, f->arena, &history, NULL), 0);
    return &history.items[history.n - 1];
}

static const char *air_of(struct library_fixture *f, const char *code)
{
    char path[PATHS_MAX];
    assert_int_equal(library_air_path(path, f->dir, newest(f, code)->segment.air_sha256, NULL), 0);
    return arena_strdup(f->arena, path);
}

static const char *original_of(struct library_fixture *f, const char *code)
{
    char path[PATHS_MAX];
    const struct library_version *version = newest(f, code);
    assert_int_equal(library_original_path(path, f->dir, version->original_sha256,
                                           version->original_name, NULL),
                     0);
    return arena_strdup(f->arena, path);
}

static const char *peaks_of(struct library_fixture *f, const char *code)
{
    char path[PATHS_MAX];
    assert_int_equal(library_peaks_path(path, f->dir, newest(f, code)->segment.air_sha256, NULL),
                     0);
    return arena_strdup(f->arena, path);
}

/* One bit, somewhere in the middle; the length stays. */
static void damage(const char *path)
{
    AUTO_FD int fd = open(path, O_RDWR);
    unsigned char byte = 0;
    assert_int_equal(pread(fd, &byte, 1, 5000), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, 5000), 1);
}

static size_t count_set_aside(struct library_fixture *f)
{
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "library/set-aside", NULL), 0);
    return count_files_below(path);
}

/* --- looking ---------------------------------------------------------------------------- */

static void a_whole_library_is_read_once_and_nothing_is_told(void **state)
{
    struct library_fixture *f = *state;
    import_tone(f, "a.wav", 9999);
    import_tone(f, "b.wav", 48000);
    /* The same bytes under a second code, and from a name with another ending. */
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = "c";
    assert_imported(import_with(f, recording_path(f, "b.wav"), &options, NULL));
    options.code = "d";
    assert_int_equal(rename(recording_path(f, "b.wav"), recording_path(f, "b")), 0);
    assert_imported(import_with(f, recording_path(f, "b"), &options, NULL));

    struct told told = look(f, false);
    assert_int_equal(told.n, 0);
    assert_int_equal(told.counts.by_state[VERIFY_OK], 5); /* 3 originals, 2 copies */
    assert_int_equal(told.counts.by_state[VERIFY_OK], count_library_files(f));
    assert_true(told.total_bytes > 0 && told.done_bytes > 0);
}

static void an_empty_library_is_whole(void **state)
{
    struct told told = look(*state, false);
    assert_int_equal(told.n, 0);
    assert_int_equal(told.counts.by_state[VERIFY_OK], 0);
}

static void each_file_that_is_not_what_its_row_says_is_told(void **state)
{
    struct library_fixture *f = *state;
    import_tone(f, "a.wav", 9999);
    import_tone(f, "b.wav", 48000);
    import_tone(f, "c.wav", 47999);
    damage(original_of(f, "a"));
    assert_int_equal(truncate(air_of(f, "a"), 700), 0);
    assert_int_equal(unlink(air_of(f, "b")), 0);
    assert_int_equal(unlink(original_of(f, "c")), 0);
    assert_int_equal(mkdir(original_of(f, "c"), 0755), 0); /* there, and no file */

    struct told told = look(f, false);
    assert_int_equal(told.n, 4);
    static const struct {
        const char *code;
        enum verify_what what;
        enum verify_state state;
    } expected[] = {{"a", VERIFY_ORIGINAL, VERIFY_DAMAGED},
                    {"a", VERIFY_AIR, VERIFY_DAMAGED},
                    {"b", VERIFY_AIR, VERIFY_MISSING},
                    {"c", VERIFY_ORIGINAL, VERIFY_DAMAGED}};
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        assert_string_equal(told.files[i].code, expected[i].code);
        assert_int_equal(told.files[i].version, 1);
        assert_int_equal(told.files[i].what, expected[i].what);
        assert_int_equal(told.files[i].state, expected[i].state);
    }
    assert_int_equal(told.counts.by_state[VERIFY_OK], 2);
}

static void what_was_removed_to_make_room_is_not_missed(void **state)
{
    struct library_fixture *f = *state;
    import_tone(f, "a.wav", 9999);
    assert_int_equal(unlink(original_of(f, "a")), 0);
    assert_int_equal(unlink(air_of(f, "a")), 0);
    assert_int_equal(unlink(peaks_of(f, "a")), 0);
    assert_int_equal(db_exec(f->db, "UPDATE segment SET removed_us = 7", NULL), 0);
    struct told told = look(f, false);
    assert_int_equal(told.n, 0);
    assert_int_equal(told.counts.by_state[VERIFY_OK], 0);
}

static void a_long_library_is_read_to_its_end(void **state)
{
    enum { N = 150 }; /* pages, and more than the crew takes at once */
    struct library_fixture *f = *state;
    import_tone(f, "a.wav", 9999);
    for (int i = 0; i < N; i++) {
        char sha256[HASH_HEX_MAX];
        hash_bytes(&i, sizeof i, sha256);
        assert_int_equal(db_run(f->db, NULL,
                                "INSERT INTO segment (code, version, title, kind, state, "
                                "original_sha256, original_name, original_bytes, air_sha256, "
                                "channels, frames, gain_db, imported_us, imported_by) SELECT "
                                "code, ?, title, kind, state, original_sha256, original_name, "
                                "original_bytes, ?, 1, 7, 0, 7, 'lan' FROM segment WHERE id = 1",
                                "it", (int64_t)i + 2, sha256),
                         0);
    }
    struct verify_counts counts;
    assert_int_equal(verify_library(f->dir, f->db, &(struct verify){0}, &counts, NULL), 0);
    assert_int_equal(counts.by_state[VERIFY_OK], 2);
    assert_int_equal(counts.by_state[VERIFY_MISSING], N);
}

/* --- strays ----------------------------------------------------------------------------- */

static void what_no_row_names_is_told_and_stays(void **state)
{
    struct library_fixture *f = *state;
    import_tone(f, "a.wav", 9999);
    import_tone(f, "b.wav", 48000);
    const char *original = original_of(f, "b");
    const char *air = air_of(f, "b");
    const char *peaks = peaks_of(f, "b");
    assert_int_equal(db_exec(f->db,
                             "DROP TRIGGER segment_event_is_not_removed; DELETE FROM segment_event;"
                             "DELETE FROM segment WHERE code = 'b'",
                             NULL),
                     0);
    temp_dir_write(f->dir, "library/air/letter", "12345");
    struct told told = look(f, false);
    assert_int_equal(told.n, 4);
    for (size_t i = 0; i < told.n; i++) {
        assert_int_equal(told.files[i].state, VERIFY_STRAY);
        assert_null(told.files[i].code);
        assert_int_equal(access(told.files[i].path, F_OK), 0);
    }
    struct stat st[3];
    assert_int_equal(stat(original, &st[0]) | stat(air, &st[1]) | stat(peaks, &st[2]), 0);
    assert_true(told.counts.stray_bytes == st[0].st_size + st[1].st_size + st[2].st_size + 5);
    assert_int_equal(told.counts.by_state[VERIFY_OK], 2);
}

/* They may be about to get their row. */
static void while_an_import_works_new_files_are_no_strays(void **state)
{
    struct library_fixture *f = *state;
    import_tone(f, "a.wav", 9999);
    temp_dir_write(f->dir, "library/air/letter", "12345");
    struct importer *importer = NULL;
    assert_int_equal(importer_open(&f->station, f->db, "lan", &importer, NULL), 0);
    assert_int_equal(look(f, false).n, 0);
    importer_close(importer);
    assert_int_equal(look(f, false).n, 1);
}

/* --- repairing -------------------------------------------------------------------------- */

static void a_lost_copy_is_made_anew_from_its_original(void **state)
{
    struct library_fixture *f = *state;
    import_tone(f, "a.wav", 9999);
    import_tone(f, "b.wav", 48000);
    assert_int_equal(
        library_approve(f->db, "a",
                        &(struct library_decision){.who = "lan", .now_us = FIXTURE_NOW_US}, NULL),
        0);
    damage(air_of(f, "a"));
    assert_int_equal(unlink(air_of(f, "b")), 0);
    f->station.kinds++; /* even where the station has changed since */
    f->station.n_kinds--;
    struct told told = look(f, true);
    assert_int_equal(told.n, 2);
    assert_int_equal(told.outcomes[0], REPAIR_DONE);
    assert_int_equal(told.outcomes[1], REPAIR_DONE);
    assert_int_equal(count_set_aside(f), 1); /* the damaged one */
    assert_int_equal(look(f, false).n, 0);
    struct segments rows = library_rows(f);
    assert_int_equal(rows.n, 2);
    assert_int_equal(rows.items[0].state, SEGMENT_APPROVED);

    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(f->db, "SELECT count(*) FROM segment_event WHERE act = 'restored'",
                                &stmt, NULL),
                     0);
    assert_int_equal(stmt_step(stmt, NULL), 1);
    assert_int_equal(stmt_i64(stmt, 0), 2);
}

static void a_copy_that_would_sound_otherwise_waits_for_approval(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_make(f, "a.wav", tone(48000, 1, 48000));
    temp_dir_write(f->recordings, "a.txt",
                   "title: Một\nkind: tin\ntopic: cchc-a\ntags: so\n\nLời\n");
    assert_imported(import_with(f, path, NULL, NULL));
    assert_int_equal(
        library_approve(f->db, "a",
                        &(struct library_decision){.who = "lan", .now_us = FIXTURE_NOW_US}, NULL),
        0);
    char sha256[HASH_HEX_MAX];
    hash_bytes("otherwise", 9, sha256);
    assert_int_equal(unlink(air_of(f, "a")), 0);
    assert_int_equal(db_run(f->db, NULL, "UPDATE segment SET air_sha256 = ?", "t", sha256), 0);

    struct told told = look(f, true);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.outcomes[0], REPAIR_NEW_VERSION);
    assert_non_null(strstr(told.said[0], "version 2 of a"));
    const struct library_version *draft = newest(f, "a");
    assert_int_equal(draft->segment.version, 2);
    assert_int_equal(draft->segment.state, SEGMENT_DRAFT);
    assert_string_equal(draft->segment.title, "Một");
    assert_string_equal(draft->segment.topic, "cchc-a");
    assert_string_equal(draft->segment.tags, "so");
    assert_string_equal(draft->script, "Lời");
    assert_string_equal(draft->original_name, "a.wav");
    assert_int_equal(library_rows(f).items[0].state, SEGMENT_APPROVED);

    /* Once: the next look makes no third. */
    told = look(f, true);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.outcomes[0], REPAIR_NONE);
    assert_non_null(strstr(told.said[0], "version 2 of a has the same recording"));
    assert_int_equal(library_rows(f).n, 2);
}

static void a_damaged_original_is_set_aside_and_can_be_imported_again(void **state)
{
    struct library_fixture *f = *state;
    import_tone(f, "a.wav", 9999);
    damage(original_of(f, "a"));
    struct told told = look(f, true);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.outcomes[0], REPAIR_NONE);
    assert_non_null(strstr(told.said[0], "import the recording again"));
    assert_int_equal(count_set_aside(f), 1);
    assert_int_equal(look(f, false).files[0].state, VERIFY_MISSING);
    import_tone(f, "a.wav", 9999);
    assert_int_equal(look(f, false).n, 0);
    assert_int_equal(library_rows(f).n, 1);
}

static void where_both_are_damaged_the_copy_stays_for_the_air(void **state)
{
    struct library_fixture *f = *state;
    import_tone(f, "a.wav", 9999);
    damage(original_of(f, "a"));
    damage(air_of(f, "a"));
    struct told told = look(f, true);
    assert_int_equal(told.n, 2);
    assert_int_equal(told.outcomes[1], REPAIR_NONE);
    assert_non_null(strstr(told.said[1], "put both back"));
    assert_int_equal(access(air_of(f, "a"), F_OK), 0);
    assert_int_equal(count_set_aside(f), 1);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(a_whole_library_is_read_once_and_nothing_is_told),
    LIBRARY_TEST(an_empty_library_is_whole),
    LIBRARY_TEST(each_file_that_is_not_what_its_row_says_is_told),
    LIBRARY_TEST(what_was_removed_to_make_room_is_not_missed),
    LIBRARY_TEST(a_long_library_is_read_to_its_end),
    LIBRARY_TEST(what_no_row_names_is_told_and_stays),
    LIBRARY_TEST(while_an_import_works_new_files_are_no_strays),
    LIBRARY_TEST(a_lost_copy_is_made_anew_from_its_original),
    LIBRARY_TEST(a_copy_that_would_sound_otherwise_waits_for_approval),
    LIBRARY_TEST(a_damaged_original_is_set_aside_and_can_be_imported_again),
    LIBRARY_TEST(where_both_are_damaged_the_copy_stays_for_the_air),
};

TEST_MAIN(tests)
