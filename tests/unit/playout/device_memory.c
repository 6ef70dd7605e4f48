/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/aside/device_memory.h"

#include <pthread.h>
#include <stdatomic.h>

#include "tests/test.h"

static const int64_t SECOND_NS = 1000000000;

static void an_age_is_told_only_of_times_that_can_have_been(void **state)
{
    (void)state;
    static _Atomic int64_t at_ns;
    const int64_t now_ns = 1000 * SECOND_NS;
    const struct {
        int64_t at_ns;
        int64_t age_ns;
    } cases[] = {
        {0, INT64_MAX}, /* never */
        {-5, INT64_MAX},
        {INT64_MIN, INT64_MAX},
        {INT64_MAX, INT64_MAX}, /* nobody has been there yet */
        {now_ns + 2 * SECOND_NS, INT64_MAX},
        {now_ns - 7, 7},
        {now_ns, 0},
        {now_ns + 1, 0}, /* written while the clock was asked */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        atomic_store(&at_ns, cases[i].at_ns);
        assert_int_equal(device_memory_age_ns(&at_ns, now_ns), cases[i].age_ns);
    }
}

struct heart {
    _Atomic int64_t beat_ns;
    _Atomic bool stops;
};

static void *beat(void *context)
{
    struct heart *heart = context;
    while (!atomic_load(&heart->stops)) {
        atomic_store(&heart->beat_ns, device_now_ns());
    }
    return NULL;
}

/* The player of a sound device beats while the radio looks: one that lives must never be taken for
 * one that hangs, however the two fall together, or it is killed in the middle of a programme. */
static void who_beats_while_it_is_looked_at_does_not_hang(void **state)
{
    (void)state;
    enum { LOOKS = 300000 };
    static struct heart heart;
    pthread_t thread;
    int64_t oldest_ns = 0;
    atomic_store(&heart.beat_ns, device_now_ns());
    assert_int_equal(pthread_create(&thread, NULL, beat, &heart), 0);
    for (int i = 0; i < LOOKS; i++) {
        int64_t age_ns = device_memory_age_ns(&heart.beat_ns, device_now_ns());
        oldest_ns = age_ns > oldest_ns ? age_ns : oldest_ns;
    }
    atomic_store(&heart.stops, true);
    pthread_join(thread, NULL);
    assert_true(oldest_ns < 3600 * SECOND_NS);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_age_is_told_only_of_times_that_can_have_been),
    cmocka_unit_test(who_beats_while_it_is_looked_at_does_not_hang),
};
TEST_MAIN(tests)
