/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>

#include "tests/unit/media/library_fixture.h"

/* Who decided what, when and why; and who may not. */

static struct outcome bring_in(struct library_fixture *f, const char *code, bool approve)
{
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = code;
    options.approve = approve;
    struct outcome outcome =
        import_with(f, recording_make(f, "tone.wav", tone(48000, 1, 48000)), &options, NULL);
    assert_imported(outcome);
    return outcome;
}

static void assert_step(const struct library_version *version, size_t i, int64_t at_us,
                        const char *who, const char *act, const char *reason)
{
    assert_true(i < version->n_steps);
    const struct library_step *step = &version->steps[i];
    assert_true(step->at_us == at_us);
    assert_string_equal(step->who, who);
    assert_string_equal(step->act, act);
    assert_string_equal(step->reason, reason);
}

static void every_step_is_kept_in_order(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", false);
    int64_t now_us = FIXTURE_NOW_US;
    assert_int_equal(approve_as(f, "tin-1", "hoa", now_us + 1, NULL), 0);
    assert_int_equal(approve_as(f, "tin-1", "minh", now_us + 2, NULL), 0); /* is so already */
    assert_int_equal(withdraw_as(f, "tin-1", "minh", now_us + 3, "sai\nsố liệu", NULL), 0);
    assert_int_equal(withdraw_as(f, "tin-1", "hoa", now_us + 4, "khác", NULL), 0);
    assert_int_equal(approve_as(f, "tin-1", "hoa", now_us + 5, NULL), 0);
    struct library_history history = history_of(f, "tin-1");
    const struct library_version *v = &history.items[0];
    assert_int_equal(v->n_steps, 4);
    assert_step(v, 0, now_us, "lan", "imported", "");
    assert_step(v, 1, now_us + 1, "hoa", "approved", "");
    assert_step(v, 2, now_us + 3, "minh", "withdrawn", "sai số liệu");
    assert_step(v, 3, now_us + 5, "hoa", "approved", "");
    assert_string_equal(v->segment.decided_reason, "");
}

static void an_approving_import_is_two_steps(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    struct library_history history = history_of(f, "tin-1");
    assert_int_equal(history.items[0].n_steps, 2);
    assert_step(&history.items[0], 0, FIXTURE_NOW_US, "lan", "imported", "");
    assert_step(&history.items[0], 1, FIXTURE_NOW_US, "lan", "approved", "");
}

static void a_withdrawal_is_a_step_of_each_version_that_was_approved(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = "tin-1";
    for (int64_t frames = 48001; frames <= 48002; frames++) {
        options.approve = frames == 48001;
        assert_imported(
            import_with(f, recording_make(f, "tone.wav", tone(48000, 1, frames)), &options, NULL));
    }
    assert_int_equal(withdraw_as(f, "tin-1", "hoa", FIXTURE_NOW_US + 9, "x", NULL), 0);
    struct library_history history = history_of(f, "tin-1");
    assert_int_equal(history.n, 3);
    assert_int_equal(history.items[0].n_steps, 3);
    assert_step(&history.items[0], 2, FIXTURE_NOW_US + 9, "hoa", "withdrawn", "x");
    assert_step(&history.items[1], 2, FIXTURE_NOW_US + 9, "hoa", "withdrawn", "x");
    assert_string_equal(history.items[1].segment.decided_reason, "x");
    assert_int_equal(history.items[2].n_steps, 1);
    assert_step(&history.items[2], 0, FIXTURE_NOW_US, "lan", "imported", "");
}

static void a_reason_that_is_no_text_withdraws_nothing(void **state)
{
    struct library_fixture *f = *state;
    struct fault fault = {0};
    bring_in(f, "tin-1", true);
    assert_int_equal(withdraw_as(f, "tin-1", "hoa", FIXTURE_NOW_US, "\xff", &fault), -EINVAL);
    assert_non_null(strstr(fault.text, "UTF-8"));
    assert_int_equal(library_rows(f).items[0].state, SEGMENT_APPROVED);
}

static void nobody_approves_what_they_brought_in(void **state)
{
    struct library_fixture *f = *state;
    struct fault fault = {0};
    bring_in(f, "tin-1", false);
    f->station.two_person = true;
    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, &fault), -EPERM);
    assert_non_null(strstr(fault.text, "lan"));
    assert_non_null(strstr(fault.text, "another person"));
    assert_int_equal(fault_exit_status(fault.err), 1);
    assert_int_equal(library_rows(f).items[0].state, SEGMENT_DRAFT);
    assert_int_equal(history_of(f, "tin-1").items[0].n_steps, 1);
    assert_int_equal(approve_as(f, "tin-1", "hoa", FIXTURE_NOW_US, NULL), 0);
    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL), 0); /* is so already */
    assert_int_equal(withdraw_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL, NULL), 0);
    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL), -EPERM);
}

static void an_approving_import_by_one_person_is_a_draft_where_two_are_asked_for(void **state)
{
    struct library_fixture *f = *state;
    f->station.two_person = true;
    struct outcome outcome = bring_in(f, "tin-1", true);
    assert_int_equal(outcome.result.status, IMPORT_IMPORTED);
    assert_string_equal(outcome.rule, "two-person");
    assert_int_equal(outcome.n_errors, 0);
    assert_says(outcome, "another person");
    assert_int_equal(library_rows(f).items[0].state, SEGMENT_DRAFT);
    struct library_history history = history_of(f, "tin-1");
    assert_null(history.items[0].segment.decided_by);
    assert_int_equal(history.items[0].n_steps, 1);
    assert_int_equal(approve_as(f, "tin-1", "hoa", FIXTURE_NOW_US, NULL), 0);
}

static void what_has_no_files_any_more_is_not_approved(void **state)
{
    struct library_fixture *f = *state;
    struct fault fault = {0};
    bring_in(f, "tin-1", false);
    assert_int_equal(db_exec(f->db, "UPDATE segment SET removed_us = 7", NULL), 0);
    assert_int_equal(approve_as(f, "tin-1", "hoa", FIXTURE_NOW_US, &fault), -ENODATA);
    assert_non_null(strstr(fault.text, "import the recording again"));
    assert_true(history_of(f, "tin-1").items[0].removed_us == 7);
    assert_int_equal(library_rows(f).items[0].state, SEGMENT_DRAFT);
}

static void a_step_that_cannot_be_kept_decides_nothing(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    bring_in(f, "tin-2", false);
    assert_int_equal(db_exec(f->db,
                             "CREATE TRIGGER full BEFORE INSERT ON segment_event "
                             "BEGIN SELECT RAISE(ABORT, 'full'); END",
                             NULL),
                     0);
    assert_true(withdraw_as(f, "tin-1", "hoa", FIXTURE_NOW_US, NULL, NULL) < 0);
    assert_true(approve_as(f, "tin-2", "hoa", FIXTURE_NOW_US, NULL) < 0);
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = "tin-3";
    const char *path = recording_make(f, "other.wav", tone(48000, 1, 50000));
    assert_int_equal(import_with(f, path, &options, NULL).result.status, IMPORT_REJECTED);
    struct segments segments = library_rows(f);
    assert_int_equal(segments.n, 2);
    assert_int_equal(segments.items[0].state, SEGMENT_APPROVED);
    assert_int_equal(segments.items[1].state, SEGMENT_DRAFT);
}

/* --- two at once ------------------------------------------------------------------------ */

enum { N_DECISIONS = 100 };

struct decider {
    const char *path;
    bool approves;
    int n_failed;
};

static void *decide_often(void *context)
{
    struct decider *decider = context;
    AUTO(db_close) struct db *db = NULL;
    struct library_decision decision = {.who = decider->approves ? "hoa" : "minh"};
    decider->n_failed += db_open(decider->path, DB_SCRATCH, &db, NULL) < 0;
    for (int i = 0; db && i < N_DECISIONS; i++) {
        decision.now_us = FIXTURE_NOW_US + i;
        int r = decider->approves ? library_approve(db, "tin-1", &decision, NULL)
                                  : library_withdraw(db, "tin-1", &decision, NULL);
        decider->n_failed += r < 0;
    }
    return NULL;
}

static void of_two_who_decide_at_once_each_takes_the_step_after_the_others(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    struct decider deciders[] = {{db_path(f->db), true, 0}, {db_path(f->db), false, 0}};
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, decide_often, &deciders[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(deciders[i].n_failed, 0);
    }
    struct library_history history = history_of(f, "tin-1");
    const struct library_version *v = &history.items[0];
    for (size_t i = 1; i < v->n_steps; i++) {
        assert_string_equal(v->steps[i].act, i % 2 ? "approved" : "withdrawn");
    }
    assert_string_equal(segment_state_name(v->segment.state), v->steps[v->n_steps - 1].act);
    assert_string_equal(v->segment.decided_by, v->steps[v->n_steps - 1].who);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(every_step_is_kept_in_order),
    LIBRARY_TEST(an_approving_import_is_two_steps),
    LIBRARY_TEST(a_withdrawal_is_a_step_of_each_version_that_was_approved),
    LIBRARY_TEST(a_reason_that_is_no_text_withdraws_nothing),
    LIBRARY_TEST(nobody_approves_what_they_brought_in),
    LIBRARY_TEST(an_approving_import_by_one_person_is_a_draft_where_two_are_asked_for),
    LIBRARY_TEST(what_has_no_files_any_more_is_not_approved),
    LIBRARY_TEST(a_step_that_cannot_be_kept_decides_nothing),
    LIBRARY_TEST(of_two_who_decide_at_once_each_takes_the_step_after_the_others),
};

TEST_MAIN(tests)
