/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_MEDIA_LIBRARY_FIXTURE_H
#define TESTS_UNIT_MEDIA_LIBRARY_FIXTURE_H

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/paths.h"
#include "base/zone.h"
#include "media/import.h"
#include "media/library.h"
#include "station/station.h"
#include "tests/fakes/signal.h"
#include "tests/fakes/temp_dir.h"
#include "tests/test.h"

/* A small station in a folder of its own, with an empty library. */
struct library_fixture {
    char dir[TEMP_DIR_MAX];
    char recordings[PATHS_MAX]; /* a folder for what is to be imported */
    struct station station;
    struct db *db;
    struct arena *arena;
};

static const int64_t FIXTURE_NOW_US = 1683712800000000; /* 2023-05-10T17:00+07:00 */

static inline int library_fixture_make(void **state)
{
    static const struct kind_def kinds[] = {{.id = "tin", .title = "Tin"},
                                            {.id = "chuyen-muc", .title = "Chuyên mục"}};
    static const struct topic_def topics[] = {{.id = "cchc", .title = "Cải cách hành chính"},
                                              {.id = "cchc-a"}};
    static const struct tag_def tags[] = {{.id = "tthc", .title = "Thủ tục hành chính"},
                                          {.id = "chi-dao"},
                                          {.id = "so"}};
    struct library_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    temp_dir_make(f->dir);
    assert_int_equal(path_join(f->recordings, f->dir, "recordings", NULL), 0);
    assert_int_equal(path_make_dirs(f->recordings, NULL), 0);
    f->station = (struct station){.dir = f->dir,
                                  .file = "station.ini",
                                  .loudness_lufs = -18,
                                  .ceiling_dbtp = -1,
                                  .kinds = kinds,
                                  .n_kinds = ARRAY_LEN(kinds),
                                  .topics = topics,
                                  .n_topics = ARRAY_LEN(topics),
                                  .tags = tags,
                                  .n_tags = ARRAY_LEN(tags)};
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "loa.db", NULL), 0);
    assert_int_equal(db_open(path, DB_SCRATCH, &f->db, NULL), 0);
    assert_int_equal(zone_use("Asia/Ho_Chi_Minh", NULL), 0);
    f->arena = arena_create(64 << 20);
    assert_non_null(f->arena);
    *state = f;
    return 0;
}

static inline int library_fixture_remove(void **state)
{
    struct library_fixture *f = *state;
    arena_destroy(f->arena);
    db_close(f->db);
    temp_dir_remove(f->dir);
    free(f);
    return 0;
}

#define LIBRARY_TEST(name)                                                                         \
    cmocka_unit_test_setup_teardown(name, library_fixture_make, library_fixture_remove)

/* recordings/NAME, kept until the test ends. */
static inline const char *recording_path(struct library_fixture *f, const char *name)
{
    const char *path = arena_printf(f->arena, "%s/%s", f->recordings, name);
    assert_non_null(path);
    return path;
}

/* A tone of some frames, written under recordings/. */
static inline const char *recording_make(struct library_fixture *f, const char *name,
                                         struct signal_spec spec)
{
    const char *path = recording_path(f, name);
    signal_write(path, &spec);
    return path;
}

static inline struct signal_spec tone(int rate, int channels, int64_t frames)
{
    return (struct signal_spec){
        .rate = rate, .channels = channels, .frames = frames, .hz = 1000, .amplitude = 0.1};
}

/* What a test keeps of a result. */
struct outcome {
    int r;
    struct import_result result; /* its findings are gone */
    int err;                     /* of the first finding */
    unsigned line;
    size_t n_errors;
    size_t n_findings;
    char file[FAULT_FILE_MAX];
    char text[FAULT_TEXT_MAX];
    char rule[64];
};

static inline struct outcome outcome_of(int r, const struct import_result *result)
{
    struct outcome outcome = {.r = r,
                              .result = *result,
                              .n_errors = result->findings.n_errors,
                              .n_findings = result->findings.n};
    outcome.result.findings = (struct findings){0};
    if (result->findings.n > 0) {
        const struct finding *first = &result->findings.items[0];
        outcome.err = first->fault.err;
        outcome.line = first->fault.line;
        snprintf(outcome.file, sizeof outcome.file, "%s", first->fault.file);
        snprintf(outcome.text, sizeof outcome.text, "%s", first->fault.text);
        snprintf(outcome.rule, sizeof outcome.rule, "%s", first->rule);
    }
    return outcome;
}

/* Import one file with an importer of its own. */
static inline struct outcome import_with(struct library_fixture *f, const char *path,
                                         const struct import_options *options,
                                         const struct import_progress *progress)
{
    AUTO(importer_close) struct importer *importer = NULL;
    struct fault fault = {0};
    if (importer_open(&f->station, f->db, "lan", &importer, &fault) < 0) {
        fail_msg("%s: %s", fault.file, fault.text);
    }
    AUTO(import_job_destroy)
    struct import_job *job = import_prepare(importer, path, options, progress);
    assert_non_null(job);
    const struct import_result *result = NULL;
    int r = import_commit(importer, job, FIXTURE_NOW_US, &result);
    return outcome_of(r, result);
}

static inline struct outcome import_as_tin(struct library_fixture *f, const char *path)
{
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    struct outcome outcome = import_with(f, path, &options, NULL);
    if (outcome.r < 0 && outcome.text[0] == '\0') {
        fail_msg("rejected without a sentence");
    }
    return outcome;
}

/* The library's rows. */
static inline struct segments library_rows(struct library_fixture *f)
{
    struct segments segments = {0};
    assert_int_equal(library_read(f->db, f->arena, &segments, NULL), 0);
    return segments;
}

/* Decide as somebody, by the station's rule. */
static inline int approve_as(struct library_fixture *f, const char *code, const char *who,
                             int64_t now_us, struct fault *reterr)
{
    struct library_decision decision = {.who = who,
                                        .now_us = now_us,
                                        .two_person = f->station.two_person};
    return library_approve(f->db, code, &decision, reterr);
}

static inline int withdraw_as(struct library_fixture *f, const char *code, const char *who,
                              int64_t now_us, const char *reason, struct fault *reterr)
{
    struct library_decision decision = {.who = who, .now_us = now_us, .reason = reason};
    return library_withdraw(f->db, code, &decision, reterr);
}

/* All versions of a code. */
static inline struct library_history history_of(struct library_fixture *f, const char *code)
{
    struct library_history history = {0};
    assert_int_equal(library_read_history(f->db, code, f->arena, &history, NULL), 0);
    return history;
}

/* Files (not folders) at any depth below a folder of the library. */
static inline size_t count_files_below(const char *path)
{
    size_t n = 0;
    DIR *dir = opendir(path);
    if (!dir) {
        return 0;
    }
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
            char below[PATHS_MAX];
            assert_int_equal(path_join(below, path, entry->d_name, NULL), 0);
            n += count_files_below(below);
        } else if (entry->d_type != DT_DIR) {
            n++;
        }
    }
    closedir(dir);
    return n;
}

static inline size_t count_peaks(struct library_fixture *f)
{
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "library/peaks", NULL), 0);
    return count_files_below(path);
}

/* Originals, copies and what is incoming: all but peaks, on which nothing depends. */
static inline size_t count_library_files(struct library_fixture *f)
{
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "library", NULL), 0);
    return count_files_below(path) - count_peaks(f);
}

#define assert_says(outcome, words)                                                                \
    do {                                                                                           \
        if (!strstr((outcome).text, (words))) {                                                    \
            fail_msg("said: %s", (outcome).text);                                                  \
        }                                                                                          \
    } while (0)

#define assert_imported(outcome)                                                                   \
    do {                                                                                           \
        if ((outcome).r < 0) {                                                                     \
            fail_msg("%s:%u: %s", (outcome).file, (outcome).line, (outcome).text);                 \
        }                                                                                          \
    } while (0)

#endif
