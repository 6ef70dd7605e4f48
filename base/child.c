/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errno_text.h"
#include "base/i18n.h"
#include "base/log.h"

enum { NICENESS = 19, STOP_MS = 2000, STOP_STEP_MS = 20, WORDS_MAX = 16, FDS_MAX = 8 };
enum { FIRST_FD = STDERR_FILENO + 1, BUSY_US = 5000000 };

/* ioprio_set(2): best effort, the lowest of its levels. */
enum { IOPRIO_OF_PROCESS = 1, IOPRIO_LOWEST_EFFORT = 2 << 13 | 7 };

static const int64_t SECOND_NS = 1000000000;
static const char *program_in_tests;

void child_use_program(const char *path)
{
    program_in_tests = path;
}

/* execv() takes words that it could change, and does not. */
static char *as_word(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* What a new process is made of, gathered before there is one. */
struct birth {
    const char *program;
    char *words[WORDS_MAX + 2];
    const struct child_spec *spec;
    pid_t parent;
};

/* ---- in the new process: calls that are safe after a fork of a process with threads, and no
 * others */

static void go_behind_everything(void)
{
    setpriority(PRIO_PROCESS, 0, NICENESS);
    syscall(SYS_ioprio_set, IOPRIO_OF_PROCESS, 0, IOPRIO_LOWEST_EFFORT);
    int badness = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (badness >= 0) {
        (void)!write(badness, "1000", 4); /* a file that asks for all memory takes not the radio */
    }
}

/* First out of the way of each other, then each to its place. */
static bool place_descriptors(const struct child_spec *spec)
{
    int moved[FDS_MAX];
    for (size_t i = 0; i < spec->n_fds; i++) {
        moved[i] = fcntl(spec->fds[i], F_DUPFD, FIRST_FD + FDS_MAX);
        if (moved[i] < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < spec->n_fds; i++) {
        if (dup2(moved[i], FIRST_FD + (int)i) < 0) {
            return false;
        }
    }
    close_range(FIRST_FD + (unsigned)spec->n_fds, ~0U, 0); /* the rest is the radio's */
    return true;
}

static void become(const struct birth *birth)
{
    int death_signal = birth->spec->death_signal ? birth->spec->death_signal : SIGTERM;
    prctl(PR_SET_PDEATHSIG, death_signal);
    if (getppid() != birth->parent) {
        _exit(0); /* the radio has ended meanwhile */
    }
    if (birth->spec->is_background) {
        go_behind_everything();
    }
    if (birth->spec->realtime_priority > 0) { /* a loop that never rests takes not the machine */
        setrlimit(RLIMIT_RTTIME, &(struct rlimit){BUSY_US, BUSY_US});
    }
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
    }
    dup2(STDERR_FILENO, STDOUT_FILENO);
    if (!place_descriptors(birth->spec)) {
        _exit(3);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv(birth->program, birth->words);
    _exit(3);
}

/* ---- in the radio */

static int64_t longer_pause(const struct child *child, bool lasted)
{
    const struct child_spec *spec = child->spec;
    int64_t pause =
        child->current_pause_ns == 0 || lasted ? spec->pause_ns : 2 * child->current_pause_ns;
    return pause < spec->longest_pause_ns ? pause : spec->longest_pause_ns;
}

static void ask_for_priority(struct child *child)
{
    struct sched_param priority = {.sched_priority = child->spec->realtime_priority};
    bool refused =
        priority.sched_priority > 0 && sched_setscheduler(child->pid, SCHED_FIFO, &priority) < 0;
    child->priority_error = refused ? errno : 0;
    if (refused && !child->told_priority) {
        log_line(child->log, LOG_INFO,
                 _("`%s` runs without real-time priority: %s; `ulimit -r` or LimitRTPRIO= of "
                   "systemd allows it"),
                 child->name, errno_text(child->priority_error));
        child->told_priority = true;
    }
}

static void start(struct child *child, int64_t now_ns)
{
    const struct child_spec *spec = child->spec;
    struct birth birth = {.program = spec->program      ? spec->program
                                     : program_in_tests ? program_in_tests
                                                        : "/proc/self/exe",
                          .words = {as_word("loa")},
                          .spec = spec,
                          .parent = getpid()};
    for (size_t i = 0; spec->words[i] && i < WORDS_MAX; i++) {
        birth.words[i + 1] = as_word(spec->words[i]);
    }
    pid_t pid = fork();
    if (pid == 0) {
        become(&birth);
    }
    child->start_error = pid < 0 ? errno : 0;
    if (pid < 0) {
        child->next_ns = now_ns + spec->longest_pause_ns;
        log_line(child->log, LOG_ERROR, _("`%s` cannot be started: %s"), child->name,
                 errno_text(child->start_error));
        return;
    }
    child->pid = pid;
    child->began_ns = now_ns;
    ask_for_priority(child);
}

static void has_ended(struct child *child, int status, int64_t now_ns)
{
    child->pid = 0;
    child->status = status;
    child->n_ends++;
    child->current_pause_ns =
        longer_pause(child, now_ns - child->began_ns >= child->spec->lasting_ns);
    child->next_ns = now_ns + child->current_pause_ns;
    int pause_s = (int)((child->current_pause_ns + SECOND_NS - 1) / SECOND_NS);
    if (WIFSIGNALED(status)) {
        log_line(child->log, LOG_WARNING,
                 _("`%s` was ended by signal %d; it is started again in %d s"), child->name,
                 WTERMSIG(status), pause_s);
    } else {
        log_line(child->log, LOG_WARNING,
                 _("`%s` ended with status %d; it is started again in %d s"), child->name,
                 WEXITSTATUS(status), pause_s);
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
