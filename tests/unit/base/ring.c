/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <pthread.h>
#include <sched.h>

#include "base/ring.h"

static void a_full_ring_takes_no_more_and_loses_nothing(void **state)
{
    (void)state;
    int memory[4];
    struct ring ring;
    ring_init(&ring, memory, sizeof memory[0], 4);
    int in[] = {1, 2, 3, 4, 5};
    int out[5] = {0};
    assert_int_equal(ring_write(&ring, in, 3), 3);
    assert_int_equal(ring_read(&ring, out, 2), 2);
    assert_int_equal(ring_write(&ring, in + 3, 2), 2); /* wraps */
    assert_int_equal(ring_write(&ring, in, 5), 1);
    assert_int_equal(ring_writable(&ring), 0);
    assert_int_equal(ring_read(&ring, out, 5), 4);
    int expected[] = {3, 4, 5, 1};
    assert_memory_equal(out, expected, sizeof expected);
    assert_int_equal(ring_read(&ring, out, 5), 0);
}

enum { N_SENT = 200000 };

static void *send_numbers(void *context)
{
    struct ring *ring = context;
    for (uint32_t next = 0; next < N_SENT;) {
        uint32_t batch[7];
        for (uint32_t i = 0; i < 7; i++) {
            batch[i] = next + i;
        }
        size_t n = N_SENT - next < 7 ? N_SENT - next : 7;
        size_t sent = ring_write(ring, batch, n);
        next += (uint32_t)sent;
        if (!sent) {
            sched_yield();
        }
    }
    return NULL;
}

static void two_threads_pass_every_item_in_order(void **state)
{
    (void)state;
    uint32_t memory[64];
    struct ring ring;
    ring_init(&ring, memory, sizeof memory[0], 64);
    pthread_t sender;
    assert_int_equal(pthread_create(&sender, NULL, send_numbers, &ring), 0);
    uint32_t expected = 0;
    while (expected < N_SENT) {
        uint32_t batch[5];
        size_t n = ring_read(&ring, batch, 5);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(batch[i], expected);
            expected++;
        }
        if (!n) {
            sched_yield();
        }
    }
    pthread_join(sender, NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_full_ring_takes_no_more_and_loses_nothing),
    cmocka_unit_test(two_threads_pass_every_item_in_order),
};
TEST_MAIN(tests)
