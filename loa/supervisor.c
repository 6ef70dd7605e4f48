/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errno_text.h"
#include "base/i18n.h"
#include "base/log.h"
#include "loa/notify.h"

enum {
    LOOK_NS = 100000000,
    LOOKS_TO_HANG = 20, /* 2 s, counted by looks: whoever stops both processes kills none */
    SIGNALLED_STATUS = 128,
    FAILED_STATUS = 3,
};

static const int64_t FIRST_PAUSE_NS = INT64_C(100) * 1000000;
static const int64_t LONGEST_PAUSE_NS = INT64_C(30) * 1000000000;
static const int64_t LASTING_NS = INT64_C(10) * 1000000000;

struct watch {
    const struct supervisor *supervisor;
    _Atomic uint64_t *pulse;
    sigset_t signals; /* blocked, and taken by sigtimedwait() */
    sigset_t before;
    struct notify notify;
    pid_t pid;
    int64_t began_ns;
    uint64_t last_pulse;
    int n_still;
    bool was_on_air; /* any of them ever */
    bool hung;       /* this one was killed for it */
    int asked;       /* the signal that asked for the end; 0: none */
    int64_t pause_ns;
};

static int64_t now_ns(const struct watch *watch)
{
    return clock_steady_ns(watch->supervisor->clock);
}

/* Wait a little, or for a signal. What asks for the end is handed on. */
static void look(struct watch *watch)
{
    int number = sigtimedwait(&watch->signals, NULL, &(struct timespec){.tv_nsec = LOOK_NS});
    if (number > 0 && number != SIGCHLD) {
        if (!watch->asked) {
            notify_send("STOPPING=1");
        }
        watch->asked = number;
        if (watch->pid > 0) {
            kill(watch->pid, number);
        }
    }
    notify_pulse(&watch->notify, atomic_load(watch->pulse), now_ns(watch));
}

static void check_pulse(struct watch *watch)
{
    uint64_t pulse = atomic_load(watch->pulse);
    bool moves = pulse == 0 || pulse != watch->last_pulse;
    watch->was_on_air |= pulse != 0;
    watch->n_still = moves ? 0 : watch->n_still + 1;
    watch->last_pulse = pulse;
    if (watch->n_still >= LOOKS_TO_HANG && !watch->hung) {
        watch->hung = true;
        log_line(watch->supervisor->log, LOG_ERROR,
                 _("no sound was mixed for 2 s: the radio hangs, and is killed"));
        kill(watch->pid, SIGKILL);
    }
}

/* Until the radio has ended; its status as waitpid() gives it. */
static int watch_radio(struct watch *watch)
{
    int status = 0;
    while (waitpid(watch->pid, &status, WNOHANG) != watch->pid) {
        look(watch);
        check_pulse(watch);
    }
    watch->pid = 0;
    return status;
}

static void become_radio(const struct watch *watch, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(0);
    }
    setpgid(0, 0); /* Ctrl-C reaches the parent, which hands it on once */
    sigprocmask(SIG_SETMASK, &watch->before, NULL);
}

static void tell_end(const struct watch *watch, int status)
{
    const struct log *log = watch->supervisor->log;
    double pause_s = (double)watch->pause_ns / 1e9;
    if (WIFSIGNALED(status)) {
        log_line(log, LOG_ERROR,
                 _("the radio was ended by signal %d; it is started again in %.1f s"),
                 WTERMSIG(status), pause_s);
    } else {
        log_line(log, LOG_ERROR, _("the radio ended with status %d; it is started again in %.1f s"),
                 WEXITSTATUS(status), pause_s);
    }
}

/* Is it to be started again? Otherwise *ret_status is how it all ends. */
static bool goes_on(struct watch *watch, int status, int *ret_status)
{
    *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED_STATUS + WTERMSIG(status);
    if (watch->asked || (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || !watch->was_on_air))) {
        return false;
    }
    bool lasted = now_ns(watch) - watch->began_ns >= LASTING_NS;
    watch->pause_ns = lasted || !watch->pause_ns ? FIRST_PAUSE_NS : 2 * watch->pause_ns;
    watch->pause_ns = watch->pause_ns < LONGEST_PAUSE_NS ? watch->pause_ns : LONGEST_PAUSE_NS;
    tell_end(watch, status);
    notify_send("STATUS=the radio is started again");
    int64_t until_ns = now_ns(watch) + watch->pause_ns;
    while (!watch->asked && now_ns(watch) < until_ns) {
        look(watch);
    }
    *ret_status = 0;
    return !watch->asked;
}

static bool watch_begin(struct watch *watch)
{
    void *page =
        mmap(NULL, sizeof *watch->pulse, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return false;
    }
    watch->pulse = page;
    sigemptyset(&watch->signals);
    sigaddset(&watch->signals, SIGINT);
    sigaddset(&watch->signals, SIGTERM);
    sigaddset(&watch->signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &watch->signals, &watch->before);
    return true;
}

bool supervise(const struct supervisor *supervisor, _Atomic uint64_t **ret_pulse, int *ret_status)
{
    struct watch watch = {.supervisor = supervisor};
    if (!watch_begin(&watch)) {
        log_line(supervisor->log, LOG_ERROR, _("the radio cannot be started: %s"),
                 errno_text(errno));
        *ret_status = FAILED_STATUS;
        return false;
    }
    int status = 0;
    do {
        pid_t parent = getpid();
        atomic_store(watch.pulse, 0);
        watch.last_pulse = 0;
        watch.n_still = 0;
        watch.hung = false;
        watch.began_ns = now_ns(&watch);
        watch.pid = fork();
        if (watch.pid == 0) {
            become_radio(&watch, parent);
            *ret_pulse = watch.pulse;
            return true;
        }
        if (watch.pid < 0) {
            log_line(supervisor->log, LOG_ERROR, _("the radio cannot be started: %s"),
                     errno_text(errno));
            watch.pid = 0;
            status = W_EXITCODE(FAILED_STATUS, 0);
        } else {
            status = watch_radio(&watch);
        }
    } while (goes_on(&watch, status, ret_status));
    sigprocmask(SIG_SETMASK, &watch.before, NULL);
    munmap(watch.pulse, sizeof *watch.pulse);
    return false;
}
