/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/child.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/test.h"

static const int64_t SECOND_NS = 1000000000;

/* A shell in the place of the program, so that what a child finds can be asked. */
static const char *words[] = {"-c", NULL, NULL};

static struct child_spec shell(const char *script)
{
    words[1] = script;
    return (struct child_spec){.program = "/bin/sh",
                               .words = words,
                               .pause_ns = SECOND_NS,
                               .longest_pause_ns = 4 * SECOND_NS,
                               .lasting_ns = 60 * SECOND_NS};
}

static struct child child_of(const struct child_spec *spec, struct clock *clock)
{
    return (struct child){.spec = spec, .name = "sh", .log = &LOG_SILENT, .clock = clock};
}

/* It has ended when it has: the event is waited for, whatever the machine does meanwhile. */
static void wait_for_end(struct child *child)
{
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT), 0);
    children_tend(child, 1);
}

static void a_child_has_its_descriptors_and_no_others(void **state)
{
    (void)state;
    struct clock clock = clock_system();
    int first = memfd_create("first", 0);
    int second = memfd_create("second", 0);
    int secret = memfd_create("secret", 0);
    int fds[] = {second, first};
    struct child_spec spec = shell("echo three >&3; echo four >&4; [ ! -e /proc/self/fd/5 ] && "
                                   "[ $(readlink /proc/self/fd/0) = /dev/null ] && exit 7");
    spec.fds = fds;
    spec.n_fds = 2;
    struct child child = child_of(&spec, &clock);
    assert_true(first >= 0 && second >= 0 && secret >= 0);
    children_tend(&child, 1);
    wait_for_end(&child);
    assert_true(WIFEXITED(child.status));
    assert_int_equal(WEXITSTATUS(child.status), 7);
    char text[16] = "";
    assert_int_equal(pread(second, text, sizeof text - 1, 0), 6);
    assert_string_equal(text, "three\n");
    memset(text, 0, sizeof text);
    assert_int_equal(pread(first, text, sizeof text - 1, 0), 5);
    assert_string_equal(text, "four\n");
    close(first);
    close(second);
    close(secret);
}

static void the_pauses_grow_and_shrink_again_when_it_lasted(void **state)
{
    (void)state;
    struct clock clock = clock_virtual(0);
    struct child_spec spec = shell("exit 1");
    struct child child = child_of(&spec, &clock);
    const int64_t pauses_s[] = {1, 2, 4, 4};
    for (size_t i = 0; i < 4; i++) {
        children_tend(&child, 1);
        assert_true(child.pid > 0);
        wait_for_end(&child);
        assert_int_equal(child.pid, 0);
        assert_int_equal(child.n_ends, i + 1);
        clock_set_us(&clock, clock_now_us(&clock) + pauses_s[i] * 1000000 - 1);
        children_tend(&child, 1);
        assert_int_equal(child.pid, 0);
        clock_set_us(&clock, clock_now_us(&clock) + 1);
    }
    children_tend(&child, 1);
    clock_set_us(&clock, clock_now_us(&clock) + 60LL * 1000000);
    wait_for_end(&child);
    clock_set_us(&clock, clock_now_us(&clock) + 1000000);
    children_tend(&child, 1);
    assert_true(child.pid > 0);
    children_stop(&child, 1);
    assert_int_equal(child.pid, 0);
}

static void a_child_that_will_not_end_is_killed(void **state)
{
    (void)state;
    struct clock clock = clock_system();
    int fds[2];
    char ready = 0;
    assert_int_equal(pipe(fds), 0);
    struct child_spec spec = shell("trap '' TERM; echo >&3; while :; do sleep 1; done");
    spec.fds = &fds[1];
    spec.n_fds = 1;
    struct child child = child_of(&spec, &clock);
    children_tend(&child, 1);
    assert_int_equal(read(fds[0], &ready, 1), 1); /* the trap is set */
    pid_t pid = child.pid;
    children_stop(&child, 1);
    assert_int_equal(kill(pid, 0), -1);
    close(fds[0]);
    close(fds[1]);
}

/* A process whose child outlives it would play on for ever. */
static void a_child_dies_with_its_parent(void **state)
{
    (void)state;
    int fds[2];
    char byte = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t parent = fork();
    if (parent == 0) {
        struct clock clock = clock_system();
        struct child_spec spec = shell("echo >&3; exec sleep 1000");
        spec.fds = &fds[1];
        spec.n_fds = 1;
        struct child child = child_of(&spec, &clock);
        children_tend(&child, 1);
        poll(NULL, 0, -1);
        _exit(0);
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], &byte, 1), 1);
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    assert_int_equal(read(fds[0], &byte, 1), 0); /* nobody holds the other end any more */
    close(fds[0]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_child_has_its_descriptors_and_no_others),
    cmocka_unit_test(the_pauses_grow_and_shrink_again_when_it_lasted),
    cmocka_unit_test(a_child_that_will_not_end_is_killed),
    cmocka_unit_test(a_child_dies_with_its_parent),
};
TEST_MAIN(tests)
