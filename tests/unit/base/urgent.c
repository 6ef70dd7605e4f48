/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/urgent.h"

#include <sched.h>
#include <semaphore.h>

#include "tests/test.h"

static sem_t asked;

static void *wait_until_asked(void *context)
{
    sem_wait(&asked);
    return context;
}

/* As root, or where the limits let us; what the system says is asked of it, not supposed. */
static int system_allows(void)
{
    const struct sched_param urgent = {.sched_priority = URGENT_MIXER};
    const struct sched_param plain = {.sched_priority = 0};
    int allowed = sched_setscheduler(0, SCHED_FIFO, &urgent) == 0;
    assert_int_equal(sched_setscheduler(0, SCHED_OTHER, &plain), 0);
    return allowed;
}

static void a_thread_of_the_sound_goes_before_ordinary_ones_where_that_is_allowed(void **state)
{
    (void)state;
    int allowed = system_allows();
    pthread_t thread;
    int policy = -1;
    struct sched_param how = {.sched_priority = -1};
    assert_int_equal(sem_init(&asked, 0, 0), 0);
    assert_int_equal(pthread_create(&thread, NULL, wait_until_asked, NULL), 0);
    urgent_thread(thread, URGENT_MIXER);
    assert_int_equal(pthread_getschedparam(thread, &policy, &how), 0);
    sem_post(&asked);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(policy, allowed ? SCHED_FIFO : SCHED_OTHER);
    assert_int_equal(how.sched_priority, allowed ? URGENT_MIXER : 0);
    sem_destroy(&asked);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_thread_of_the_sound_goes_before_ordinary_ones_where_that_is_allowed),
};
TEST_MAIN(tests)
