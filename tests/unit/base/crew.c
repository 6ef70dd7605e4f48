/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdatomic.h>
#include <unistd.h>

#include "base/crew.h"

enum { N_ITEMS = 500 };

struct item {
    int number;
    bool is_slow;
    atomic_bool *gate; /* NULL, or it is not done before this opens */
    int result;
};

static void square(void *context)
{
    struct item *item = context;
    if (item->is_slow) {
        usleep(2000);
    }
    while (item->gate && !atomic_load(item->gate)) {
        usleep(1000);
    }
    item->result = item->number * item->number;
}

static void items_come_back_done_and_in_their_order(void **state)
{
    (void)state;
    static struct item items[N_ITEMS];
    AUTO(crew_stop) struct crew *crew = NULL;
    assert_int_equal(crew_start(square, &crew, NULL), 0);
    int next = 0;
    int back = 0;
    for (;;) {
        while (next < N_ITEMS && crew_has_room(crew)) {
            items[next] = (struct item){.number = next, .is_slow = next % 7 == 0};
            crew_give(crew, &items[next++]);
        }
        if (crew_is_idle(crew)) {
            break;
        }
        const struct item *item = crew_take(crew, 1000);
        if (item) {
            assert_int_equal(item->number, back);
            assert_int_equal(item->result, back * back);
            back++;
        }
    }
    assert_int_equal(back, N_ITEMS);
    assert_null(crew_take(crew, 0));
}

static void nobody_runs_ahead_of_who_takes(void **state)
{
    (void)state;
    static struct item items[N_ITEMS];
    AUTO(crew_stop) struct crew *crew = NULL;
    assert_int_equal(crew_start(square, &crew, NULL), 0);
    int n = 0;
    while (n < N_ITEMS && crew_has_room(crew)) {
        crew_give(crew, &items[n++]);
    }
    assert_true(n > 0 && n <= 32);
    const struct item *first = NULL;
    while (!(first = crew_take(crew, 1000))) {
    }
    assert_ptr_equal(first, &items[0]);
    assert_true(crew_has_room(crew));
}

static void who_waits_is_told_that_it_is_not_done_yet(void **state)
{
    (void)state;
    atomic_bool gate = false;
    struct item item = {.number = 3, .gate = &gate};
    AUTO(crew_stop) struct crew *crew = NULL;
    assert_int_equal(crew_start(square, &crew, NULL), 0);
    crew_give(crew, &item);
    assert_null(crew_take(crew, 5));
    assert_false(crew_is_idle(crew));
    atomic_store(&gate, true);
    struct item *back = NULL;
    while (!(back = crew_take(crew, 1000))) {
    }
    assert_int_equal(back->result, 9);
    assert_true(crew_is_idle(crew));
}

static void stopping_waits_for_what_is_out(void **state)
{
    (void)state;
    struct item items[2] = {{.number = 4, .is_slow = true}, {.number = 5, .is_slow = true}};
    struct crew *crew = NULL;
    assert_int_equal(crew_start(square, &crew, NULL), 0);
    crew_give(crew, &items[0]);
    crew_give(crew, &items[1]);
    crew_stop(crew);
    assert_int_equal(items[0].result, 16);
    assert_int_equal(items[1].result, 25);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(items_come_back_done_and_in_their_order),
    cmocka_unit_test(nobody_runs_ahead_of_who_takes),
    cmocka_unit_test(who_waits_is_told_that_it_is_not_done_yet),
    cmocka_unit_test(stopping_waits_for_what_is_out),
};

TEST_MAIN(tests)
