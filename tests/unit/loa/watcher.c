/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "loa/watcher.h"

/* How many lines are logged in ten minutes in which the machine gives no process. */
static int count_lines_without_processes(void)
{
    char *text = NULL;
    size_t n = 0;
    int n_lines = 0;
    FILE *stream = open_memstream(&text, &n);
    struct clock clock = clock_virtual(1683712800000000);
    struct log log = {.stream = stream, .prefix = "run", .most = LOG_INFO, .clock = &clock};
    struct watcher watcher;
    struct rlimit none = {0, 0};
    watcher_init(&watcher, "inbox", ".", &log, &clock);
    if (!stream || setrlimit(RLIMIT_NPROC, &none) != 0 ||
        (geteuid() == 0 && setuid(65534) != 0)) { /* the superuser has no such limit */
        return -1;
    }
    for (int second = 0; second < 600; second++) {
        watchers_tend(&watcher, 1);
        clock_set_us(&clock, clock_now_us(&clock) + 1000000);
    }
    fclose(stream);
    for (const char *c = text; *c; c++) {
        n_lines += *c == '\n';
    }
    free(text);
    return watcher.child.pid == 0 ? n_lines : -1;
}

static void without_processes_it_is_tried_and_told_every_five_minutes(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        _exit((unsigned char)count_lines_without_processes());
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 2);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(without_processes_it_is_tried_and_told_every_five_minutes),
};
TEST_MAIN(tests)
