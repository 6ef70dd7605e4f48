/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/tap.h"

#include <stdlib.h>

#include "tests/test.h"

enum { RING_FRAMES = 4096 };

struct tap_case {
    struct tap tap;
    float memory[RING_FRAMES];
};

/* A mono tap whose worker has delivered frames first .. first + n, each worth its number. */
static struct tap_case *tapped(int64_t first, int n)
{
    struct tap_case *made = aligned_alloc(_Alignof(struct tap_case), sizeof *made);
    assert_non_null(made);
    tap_init(&made->tap, made->memory, RING_FRAMES, 1, first);
    for (int i = 0; i < n; i++) {
        float frame = (float)(first + i);
        assert_int_equal(ring_write(&made->tap.ring, &frame, 1), 1);
    }
    return made;
}

static void frames_come_in_their_order(void **state)
{
    (void)state;
    struct tap_case *made = tapped(100, 1000);
    assert_int_equal(tap_pull(&made->tap, 100, 960), 960);
    assert_true(made->tap.block[0] == 100 && made->tap.block[959] == 1059);
    assert_int_equal(tap_pull(&made->tap, 1060, 960), 40);
    assert_true(made->tap.block[39] == 1099 && made->tap.block[40] == 0 &&
                made->tap.block[959] == 0);
    free(made);
}

static void what_comes_too_late_is_never_played(void **state)
{
    (void)state;
    struct tap_case *made = tapped(0, 500);
    assert_int_equal(tap_pull(&made->tap, 0, 960), 500);
    for (int i = 500; i < 2000; i++) { /* the worker has caught up */
        float frame = (float)i;
        assert_int_equal(ring_write(&made->tap.ring, &frame, 1), 1);
    }
    assert_int_equal(tap_pull(&made->tap, 960, 960), 960);
    assert_true(made->tap.block[0] == 960 && made->tap.block[959] == 1919);
    assert_int_equal(tap_pull(&made->tap, 5000, 960), 0); /* far ahead: all of it is late */
    assert_int_equal(ring_readable(&made->tap.ring), 0);
    free(made);
}

static void before_the_first_frame_there_is_silence(void **state)
{
    (void)state;
    struct tap_case *made = tapped(300, 1000);
    assert_int_equal(tap_pull(&made->tap, 0, 200), 0);
    assert_true(made->tap.block[0] == 0 && made->tap.block[199] == 0);
    assert_int_equal(tap_pull(&made->tap, 200, 200), 100);
    assert_true(made->tap.block[99] == 0 && made->tap.block[100] == 300);
    assert_int_equal(tap_pull(&made->tap, 400, 100), 100);
    assert_true(made->tap.block[0] == 400);
    free(made);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(frames_come_in_their_order),
    cmocka_unit_test(what_comes_too_late_is_never_played),
    cmocka_unit_test(before_the_first_frame_there_is_silence),
};
TEST_MAIN(tests)
