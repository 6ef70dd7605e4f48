/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/fakes/stage.h"
#include "tests/test.h"

static void *volatile kept;

static void allocates(void)
{
    kept = malloc(10);
}

static void frees(void)
{
    free(kept);
}

static void locks(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
}

static void sleeps(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1}, NULL);
}

/* How a child that does this while sound is made ends. */
static int status_of(void (*act)(void), int depth)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        for (int i = 0; i < depth; i++) {
            rt_enter();
        }
        act();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void what_may_block_aborts_where_sound_is_made(void **state)
{
    (void)state;
    void (*const acts[])(void) = {allocates, frees, locks, sleeps};
    for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
        int status = status_of(acts[i], 1);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        status = status_of(acts[i], 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

static void a_day_of_sound_passes_under_the_guard(void **state)
{
    (void)state;
    enum { DAY = 24 * 3600, EVERY = 1800, ITEMS = DAY / EVERY };
    struct stage *stage = stage_create(3);
    stage_copy(stage, 1, 30 * 48000);
    stage_copy(stage, 2, 10 * 48000);
    for (int i = 0; i < ITEMS; i++) {
        struct plan_item *item =
            stage_item(stage, (size_t)i % 2, (int64_t)i * EVERY * 48000 + i * 17, i % 3 ? 7 : 5);
        item->fade_in_frames = 100 * i;
        item->fade_out_frames = 2000;
        item->gain_db = -0.5 * i;
    }
    stage_level(stage, 0, 5LL * 3600 * 48000, true, -9);
    stage_level(stage, 1, 6LL * 3600 * 48000, false, 0);
    stage->catch_from = 0;
    for (size_t i = 0; i < 3; i++) {
        stage->carried_until[i] = 0;
    }
    struct engine_counts counts = stage_play(stage, ENGINE_OFFLINE, (int64_t)DAY * 48000);
    assert_true(counts.n_mixes > ITEMS * 10 * 50);
    assert_int_equal(counts.frames_missing, 0);
    stage_destroy(stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_may_block_aborts_where_sound_is_made),
    cmocka_unit_test(a_day_of_sound_passes_under_the_guard),
};
TEST_MAIN(tests)
