/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errno_text.h"
#include "base/i18n.h"
#include "base/log.h"

enum { NICENESS = 19, STOP_MS = 2000, STOP_STEP_MS = 20 };

/* ioprio_set(2): best effort, the lowest of its levels. */
enum { IOPRIO_OF_PROCESS = 1, IOPRIO_LOWEST_EFFORT = 2 << 13 | 7 };

static const int64_t SECOND_NS = 1000000000;
static const int64_t LONGEST_PAUSE_NS = INT64_C(300) * 1000000000;
static const int64_t LASTING_NS = INT64_C(600) * 1000000000;

/* execv() takes words that it could change, and does not. */
static char *as_word(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* In the new process: calls that are safe after a fork of a process with threads, and no others. */
static void become_watcher(const struct child *child, pid_t parent)
{
    char *const words[] = {(char[]){"loa"},         (char[]){"-C"},      as_word(child->dir),
                           as_word(child->command), (char[]){"--watch"}, NULL};
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(0); /* the radio has ended meanwhile */
    }
    setpriority(PRIO_PROCESS, 0, NICENESS);
    syscall(SYS_ioprio_set, IOPRIO_OF_PROCESS, 0, IOPRIO_LOWEST_EFFORT);
    int badness = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (badness >= 0) {
        (void)!write(badness, "1000", 4); /* a file that asks for all memory takes not the radio */
    }
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
    }
    dup2(STDERR_FILENO, STDOUT_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0); /* sound devices are the radio's */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv("/proc/self/exe", words);
    _exit(3);
}

static void start(struct child *child, int64_t now_ns)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become_watcher(child, parent);
    }
    if (pid < 0) {
        child->next_ns = now_ns + LONGEST_PAUSE_NS;
        log_line(child->log, LOG_ERROR, _("`loa %s --watch` cannot be started: %s"), child->command,
                 errno_text(errno));
        return;
    }
    child->pid = pid;
    child->began_ns = now_ns;
}

static void has_ended(struct child *child, int status, int64_t now_ns)
{
    bool lasted = now_ns - child->began_ns >= LASTING_NS;
    child->pid = 0;
    child->pause_ns = child->pause_ns == 0 || lasted ? SECOND_NS : 2 * child->pause_ns;
    child->pause_ns = child->pause_ns < LONGEST_PAUSE_NS ? child->pause_ns : LONGEST_PAUSE_NS;
    child->next_ns = now_ns + child->pause_ns;
    int pause_s = (int)(child->pause_ns / SECOND_NS);
    if (WIFSIGNALED(status)) {
        log_line(child->log, LOG_WARNING,
                 _("`loa %s --watch` was ended by signal %d; it is started again in %d s"),
                 child->command, WTERMSIG(status), pause_s);
    } else {
        log_line(child->log, LOG_WARNING,
                 _("`loa %s --watch` ended with status %d; it is started again in %d s"),
                 child->command, WEXITSTATUS(status), pause_s);
    }
}

static void tend(struct child *child)
{
    int64_t now_ns = clock_steady_ns(child->clock);
    int status = 0;
    if (child->pid > 0 && waitpid(child->pid, &status, WNOHANG) == child->pid) {
        has_ended(child, status, now_ns);
    }
    if (child->pid == 0 && (child->next_ns == 0 || now_ns >= child->next_ns)) {
        start(child, now_ns);
    }
}

void children_tend(struct child *children, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tend(&children[i]);
    }
}

/* How many still run. */
static size_t count_running(struct child *children, size_t n)
{
    size_t n_running = 0;
    for (size_t i = 0; i < n; i++) {
        if (children[i].pid > 0 && waitpid(children[i].pid, NULL, WNOHANG) != 0) {
            children[i].pid = 0;
        }
        n_running += children[i].pid > 0;
    }
    return n_running;
}

void children_stop(struct child *children, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (children[i].pid > 0) {
            kill(children[i].pid, SIGTERM);
        }
    }
    for (int ms = 0; count_running(children, n) > 0 && ms < STOP_MS; ms += STOP_STEP_MS) {
        poll(NULL, 0, STOP_STEP_MS);
    }
    for (size_t i = 0; i < n; i++) {
        if (children[i].pid > 0) {
            kill(children[i].pid, SIGKILL);
            waitpid(children[i].pid, NULL, 0);
            children[i].pid = 0;
        }
    }
}
