/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/control/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "playout/control/address.h"
#include "playout/control/session.h"

enum {
    SOCKET_MODE = 0660,
    LOCK_WAIT_MS = 5000,
    LOCK_STEP_MS = 20,
    STUCK_CHECK_MS = 1000,
    ACCEPT_PAUSE_MS = 100,
};

struct control_server {
    struct control_server_options options;
    int dir_fd; /* locked */
    int listen_fd;
    int wake_fds[2]; /* a pipe; its closing end says that it is over */
    pthread_t thread;
    bool running;
    struct session *sessions[CONTROL_CLIENTS_MAX];
    size_t n_sessions;
    uint64_t n_clients; /* that ever came */
};

static int64_t steady_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- clients */

static void drop_session(struct control_server *server, size_t i)
{
    uint64_t client = server->sessions[i]->client;
    session_destroy(server->sessions[i]);
    if (server->options.on_gone) {
        server->options.on_gone(server->options.context, client);
    }
    server->sessions[i] = server->sessions[--server->n_sessions];
}

static void drop_stillest(struct control_server *server)
{
    size_t stillest = 0;
    for (size_t i = 1; i < server->n_sessions; i++) {
        if (server->sessions[i]->active_ns < server->sessions[stillest]->active_ns) {
            stillest = i;
        }
    }
    drop_session(server, stillest);
}

static void accept_one(struct control_server *server, int64_t now_ns)
{
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            if (server->n_sessions > 0) {
                drop_stillest(server);
            } else {
                poll(NULL, 0, ACCEPT_PAUSE_MS);
            }
        }
        return;
    }
    if (server->n_sessions == CONTROL_CLIENTS_MAX) {
        drop_stillest(server);
    }
    struct session *session = session_create(fd, ++server->n_clients, now_ns);
    if (session) {
        server->sessions[server->n_sessions++] = session;
    }
}

/* ---- the thread */

static void *server_main(void *context)
{
    struct control_server *server = context;
    for (;;) {
        struct pollfd polls[2 + CONTROL_CLIENTS_MAX] = {{server->wake_fds[0], POLLIN, 0},
                                                        {server->listen_fd, POLLIN, 0}};
        size_t n = server->n_sessions;
        int wait_ms = n > 0 ? STUCK_CHECK_MS : -1;
        for (size_t i = 0; i < n; i++) {
            wait_ms = session_is_waiting(server->sessions[i]) ? CONTROL_AGAIN_MS : wait_ms;
            polls[2 + i] =
                (struct pollfd){server->sessions[i]->fd, session_events(server->sessions[i]), 0};
        }
        if (poll(polls, 2 + n, wait_ms) < 0) {
            continue; /* EINTR or ENOMEM, which pass */
        }
        if (polls[0].revents) {
            return NULL;
        }
        int64_t now_ns = steady_ns();
        for (size_t i = n; i-- > 0;) { /* from the end, so that dropping moves only those done */
            struct session *session = server->sessions[i];
            bool waits = session_is_waiting(session);
            bool is_due = waits || polls[2 + i].revents;
            bool is_gone = waits && polls[2 + i].revents; /* none but these is asked for then */
            bool goes_on =
                !is_gone && (!is_due || session_go_on(session, &server->options, now_ns));
            if (!goes_on || session_is_stuck(session, now_ns)) {
                drop_session(server, i);
            }
        }
        if (polls[1].revents) {
            accept_one(server, now_ns);
        }
    }
}

/* Signals are for the thread that waits for them. */
static int thread_start(struct control_server *server, struct fault *reterr)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(&server->thread, NULL, server_main, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r) {
        return fault_set(reterr, r, NULL, 0, _("the radio cannot be controlled: %s"),
                         errno_text(r));
    }
    server->running = true;
    return 0;
}

/* ---- opening */

/* Whose station it is: the process that listens there. */
static int busy(int dir_fd, const char *dir, struct fault *reterr)
{
    struct sockaddr_un address = control_address(dir_fd);
    struct ucred who = {.pid = 0};
    socklen_t n = sizeof who;
    AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && who.pid > 0) {
        return fault_set(reterr, EALREADY, dir, 0,
                         _("another radio is running on this station (process %ld); end it first"),
                         (long)who.pid);
    }
    return fault_set(reterr, EALREADY, dir, 0,
                     _("another radio is running on this station; end it first"));
}

static int lock_station(int dir_fd, const char *dir, struct fault *reterr)
{
    for (int ms = 0;; ms += LOCK_STEP_MS) {
        if (flock(dir_fd, LOCK_EX | LOCK_NB) == 0) {
            return 0;
        }
        int err = errno;
        if (err != EWOULDBLOCK && err != EINTR) {
            return fault_set(reterr, err, dir, 0, _("the station folder cannot be locked: %s"),
                             errno_text(err));
        }
        if (ms >= LOCK_WAIT_MS) {
            return busy(dir_fd, dir, reterr);
        }
        poll(NULL, 0, LOCK_STEP_MS);
    }
}

static int listen_there(struct control_server *server, struct fault *reterr)
{
    struct sockaddr_un address = control_address(server->dir_fd);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    server->listen_fd = fd;
    (void)unlinkat(server->dir_fd, CONTROL_SOCKET_NAME,
                   0); /* of a radio that is dead: it is locked */
    /* The mode first, so that there is no moment at which everybody may; then without umask. */
    if (fd < 0 || fchmod(fd, SOCKET_MODE) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
        fchmodat(server->dir_fd, CONTROL_SOCKET_NAME, SOCKET_MODE, 0) < 0 ||
        listen(fd, CONTROL_CLIENTS_MAX) < 0) {
        int err = errno;
        return fault_set(reterr, err, CONTROL_SOCKET_NAME, 0,
                         _("the radio cannot be controlled: %s"), errno_text(err));
    }
    return 0;
}

int control_server_open(const struct control_server_options *options,
                        struct control_server **ret_server, struct fault *reterr)
{
    AUTO(control_server_close) struct control_server *server = calloc(1, sizeof *server);
    if (!server) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    server->options = *options;
    server->dir_fd = server->listen_fd = server->wake_fds[0] = server->wake_fds[1] = -1;
    int r = control_open_dir(options->dir, &server->dir_fd, reterr);
    if (r == 0) {
        r = lock_station(server->dir_fd, options->dir, reterr);
    }
    if (r == 0) {
        r = listen_there(server, reterr);
    }
    if (r == 0 && pipe2(server->wake_fds, O_CLOEXEC) < 0) {
        int err = errno;
        r = fault_set(reterr, err, NULL, 0, _("the radio cannot be controlled: %s"),
                      errno_text(err));
    }
    if (r == 0) {
        r = thread_start(server, reterr);
    }
    if (r == 0) {
        *ret_server = STEAL(server);
    }
    return r;
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

struct control_server *control_server_close(struct control_server *server)
{
    if (!server) {
        return NULL;
    }
    close_fd(server->wake_fds[1]);
    if (server->running) {
        pthread_join(server->thread, NULL);
        unlinkat(server->dir_fd, CONTROL_SOCKET_NAME, 0);
    }
    while (server->n_sessions > 0) {
        drop_session(server, 0);
    }
    close_fd(server->wake_fds[0]);
    close_fd(server->listen_fd);
    close_fd(server->dir_fd);
    free(server);
    return NULL;
}
