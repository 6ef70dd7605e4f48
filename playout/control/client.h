/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_CONTROL_CLIENT_H
#define PLAYOUT_CONTROL_CLIENT_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "playout/control/message.h"

struct fault;

/* One line of an answer, without its newline, as bytes and as read; but for the last, which becomes
 * the result. Borrowed for the call. */
typedef void (*control_line_call)(void *context, const char *bytes, size_t n_bytes,
                                  const struct message *line);

/*
 * Ask the radio of the station in `dir` one thing (playout/control/vocabulary.h) and wait for the
 * answer, at most timeout_ms for each part of it. `request` is one line of JSON, without a newline;
 * n_fds descriptors go with it and stay the caller's.
 *
 * Sends and receives on its own; any thread. on_line may be NULL.
 *
 * -ESRCH       no radio runs on this station
 * -ETIMEDOUT   it does not answer
 * -EACCES      one runs, and this user may not ask it
 * -EINVAL      it has refused; the fault is its sentence
 */
struct control_question {
    const char *request;
    const int *fds;
    size_t n_fds;
    int timeout_ms; /* 0: 10 s */
};
MUST_CHECK int control_ask(const char *dir, const struct control_question *question,
                           control_line_call on_line, void *context, struct fault *reterr);

/*
 * A connection on which several things are asked, one after the other: what a radio does for as
 * long as it lasts ends with it. Errors as above; after one it is of no more use. One thread.
 */
struct control_link;
MUST_CHECK int control_link_open(const char *dir, int timeout_ms, struct control_link **ret_link,
                                 struct fault *reterr);
MUST_CHECK int control_link_ask(struct control_link *link, const struct control_question *question,
                                control_line_call on_line, void *context, struct fault *reterr);
struct control_link *control_link_close(struct control_link *link); /* NULL: a no-op */
DEFINE_AUTO(struct control_link, control_link_close)

#endif
