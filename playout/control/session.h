/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_CONTROL_SESSION_H
#define PLAYOUT_CONTROL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "playout/control/server.h"

/*
 * One client of the server: what it has sent of a request, and what it has not taken yet of an
 * answer. Nothing here ever waits. Private to the room.
 */
struct session {
    int fd;
    uid_t uid;
    uint64_t client;
    char *in; /* bytes that are not a whole line yet, or wait for the answer before */
    size_t n_in;
    size_t in_capacity;
    int fds[CONTROL_FDS_MAX]; /* that came with them */
    size_t n_fds;
    struct strbuf out;
    size_t n_sent;     /* of out */
    int64_t active_ns; /* when a byte last went either way */
    bool ending;       /* nothing more is read */
    uint64_t ticket;   /* of a handler that is to be called again; 0: none */
    int64_t asked_ns;  /* when it was called first */
};

/* Takes the descriptor. NULL: no memory, and it is closed. */
struct session *session_create(int fd, uint64_t client, int64_t now_ns);
struct session *session_destroy(struct session *session); /* NULL is a no-op; returns NULL */

/* What poll() shall wait for; nothing while its handler is to be called again. */
short session_events(const struct session *session);
/* Its handler is to be called again, unless the client is gone. */
bool session_is_waiting(const struct session *session);

/* Read and write what can be, and answer every request that is whole. false: it is over. */
bool session_go_on(struct session *session, const struct control_server_options *options,
                   int64_t now_ns);

/* It has not taken a byte of its answer for too long. */
bool session_is_stuck(const struct session *session, int64_t now_ns);

#endif
