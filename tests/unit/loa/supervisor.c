/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/supervisor.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/test.h"

/*
 * A radio that dies again and again, and the pauses before it is started again, by a clock that
 * goes on by 100 ms whenever it is looked at, and by as much as a radio is to have lived.
 */
enum { RADIOS_MAX = 32, LOOK_MS = 100, DIES_BY_SIGNAL = -9 };

static const int64_t MS_NS = 1000000;

struct life {
    int64_t lives_ms;
    int status; /* DIES_BY_SIGNAL, or its exit status */
};

/* In memory that the radios share with the test. */
struct story {
    _Atomic int64_t now_ns;
    _Atomic int n_radios;
    _Atomic int64_t born_ns[RADIOS_MAX];
    _Atomic int64_t died_ns[RADIOS_MAX];
};
static struct story *story;

static int64_t story_now_ns(struct clock *clock)
{
    (void)clock;
    return atomic_fetch_add(&story->now_ns, LOOK_MS * MS_NS);
}

static int make_story(void **state)
{
    (void)state;
    story = mmap(NULL, sizeof *story, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return story == MAP_FAILED ? -1 : 0;
}

/* Supervise radios of these lives; the last one's is how it all ends. */
static int supervise_lives(const struct life *lives)
{
    struct clock clock = clock_system();
    int status = 0;
    _Atomic uint64_t *pulse = NULL;
    memset(story, 0, sizeof *story);
    atomic_store(&story->now_ns, 1000 * MS_NS);
    clock.steady_ns = story_now_ns;
    struct supervisor supervisor = {&LOG_SILENT, &clock};
    if (supervise(&supervisor, &pulse, &status)) { /* the radio: another process */
        int i = atomic_fetch_add(&story->n_radios, 1);
        atomic_store(&story->born_ns[i], atomic_load(&story->now_ns));
        atomic_store(pulse, 1);
        atomic_fetch_add(&story->now_ns, lives[i].lives_ms * MS_NS);
        int64_t seen_ns = atomic_load(&story->now_ns) + 3 * LOOK_MS * MS_NS;
        while (atomic_load(&story->now_ns) < seen_ns) { /* until its pulse was looked at */
            usleep(1000);
        }
        atomic_store(&story->died_ns[i], atomic_load(&story->now_ns));
        if (lives[i].status == DIES_BY_SIGNAL) {
            kill(getpid(), SIGKILL);
        }
        _exit(lives[i].status);
    }
    return status;
}

static int64_t pause_ms_before(int radio)
{
    return (atomic_load(&story->born_ns[radio]) - atomic_load(&story->died_ns[radio - 1])) / MS_NS;
}

static void a_radio_that_dies_at_once_is_started_again_after_growing_pauses(void **state)
{
    (void)state;
    const struct life lives[] = {
        {0, DIES_BY_SIGNAL}, {0, 1}, {0, DIES_BY_SIGNAL}, {0, 3}, {0, 1}, {0, 0}};
    int64_t expected_ms = 100;
    assert_int_equal(supervise_lives(lives), 0);
    assert_int_equal(atomic_load(&story->n_radios), 6);
    for (int i = 1; i < 6; i++, expected_ms *= 2) {
        int64_t pause_ms = pause_ms_before(i);
        if (pause_ms < expected_ms || pause_ms > expected_ms + 5 * LOOK_MS) {
            fail_msg("%lld ms before radio %d", (long long)pause_ms, i);
        }
    }
}

static void one_that_lived_long_is_started_again_within_a_second(void **state)
{
    (void)state;
    const struct life lives[] = {{0, 1}, {0, 1}, {0, 1}, {0, 1}, {60000, DIES_BY_SIGNAL},
                                 {0, 1}, {0, 0}};
    assert_int_equal(supervise_lives(lives), 0);
    assert_true(pause_ms_before(4) >= 800);
    assert_true(pause_ms_before(5) < 1000);
    assert_true(pause_ms_before(6) >= 200 && pause_ms_before(6) < 800);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_radio_that_dies_at_once_is_started_again_after_growing_pauses),
    cmocka_unit_test(one_that_lived_long_is_started_again_within_a_second),
};

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, make_story, NULL);
}
