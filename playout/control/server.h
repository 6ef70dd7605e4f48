/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_CONTROL_SERVER_H
#define PLAYOUT_CONTROL_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "playout/control/vocabulary.h"

struct fault;
struct log;

/*
 * The radio's ear: a thread that answers the requests of the vocabulary on STATION/loa.sock, which
 * the owner's group may use and nobody else (0660).
 *
 * One radio a station. The folder itself is locked (flock) as long as the server is open, so that
 * what a dead radio left of its socket is replaced, and a second radio is refused.
 *
 * Bounds. CONTROL_CLIENTS_MAX clients at once; when one more comes, the one that has been still for
 * longest has to go. A request is at most CONTROL_LINE_MAX bytes, an answer CONTROL_ANSWER_MAX. A
 * client that does not take its answer for CONTROL_PATIENCE_S seconds is let go; no client ever
 * delays another, nor the radio.
 *
 * Threads  open and close by one; handlers run on the server's thread, one at a time, and have to
 *          return at once: they are what `loa stop` waits for. A handler whose answer is not there
 *          yet returns -EINPROGRESS and is called again every CONTROL_AGAIN_MS, others in between.
 */
enum {
    CONTROL_AGAIN_MS = 2,
    CONTROL_CLIENTS_MAX = 32,
    CONTROL_ANSWER_MAX = 32 << 20,
    CONTROL_PATIENCE_S = 10,
};

/* A request as its handler sees it. All of it is borrowed for the call. */
struct control_call {
    enum control_word word;
    const struct message *request; /* as control_request_parse() lets it through */
    uid_t uid;                     /* who asks */
    uint64_t client;               /* the connection; never 0, and no other has it ever again */
    int fds[CONTROL_FDS_MAX];      /* handed over with it; what the handler keeps it sets to -1 */
    size_t n_fds;
    uint64_t ticket;   /* what the handler left when it returned -EINPROGRESS; 0: the first call */
    int64_t waited_ms; /* since the first call */
    struct strbuf *answer;
    struct json json;
};

/* Begin a line of the answer, an object that is open; and end it. */
struct json *control_answer(struct control_call *call);
void control_answer_end(struct control_call *call);

/* 0, or a negative errno and the fault, which is then the whole of the answer; -EINPROGRESS with
 * nothing answered yet and a ticket. */
typedef int (*control_handler)(void *context, struct control_call *call, struct fault *reterr);

struct control_server_options {
    const char *dir;                 /* the station folder; borrowed for the call */
    const struct log *log;           /* borrowed, as what follows, until close */
    const control_handler *handlers; /* CONTROL_N_WORDS; NULL: this radio cannot do it */
    /* A connection is over, however it ended; on the thread of the handlers, or of close. May be
     * NULL. */
    void (*on_gone)(void *context, uint64_t client);
    void *context;
};

struct control_server;

/* -EALREADY: another radio has this station; a dying one is waited for, 5 s. Other errors: the
 * station can be played, but not controlled. Given to the caller: control_server_close(). */
MUST_CHECK int control_server_open(const struct control_server_options *options,
                                   struct control_server **ret_server, struct fault *reterr);
/* Ends the thread, removes the socket, unlocks. NULL is a no-op; returns NULL. */
struct control_server *control_server_close(struct control_server *server);
DEFINE_AUTO(struct control_server, control_server_close)

#endif
