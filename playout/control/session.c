/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/control/session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/i18n.h"

enum { FIRST_CAPACITY = 4096 };

/* ---- what a handler writes */

struct json *control_answer(struct control_call *call)
{
    call->json = json_begin(call->answer);
    json_open(&call->json, NULL, '{');
    return &call->json;
}

void control_answer_end(struct control_call *call)
{
    json_close(&call->json, '}');
    strbuf_add(call->answer, "\n");
}

static void answer_fault(struct strbuf *out, const struct fault *fault)
{
    strbuf_finish(out); /* half an answer is none; also what no memory was left for */
    strbuf_init(out, CONTROL_ANSWER_MAX);
    struct json json = json_begin(out);
    json_open(&json, NULL, '{');
    json_text(&json, "error", fault->text);
    json_close(&json, '}');
    strbuf_add(out, "\n");
}

/* ---- its life */

struct session *session_create(int fd, uint64_t client, int64_t now_ns)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session) {
        close(fd);
        return NULL;
    }
    struct ucred who = {.uid = (uid_t)-1};
    socklen_t n = sizeof who;
    (void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n);
    session->fd = fd;
    session->uid = who.uid;
    session->client = client;
    session->active_ns = now_ns;
    strbuf_init(&session->out, CONTROL_ANSWER_MAX);
    return session;
}

static void close_fds(struct session *session)
{
    for (size_t i = 0; i < session->n_fds; i++) {
        if (session->fds[i] >= 0) {
            close(session->fds[i]);
        }
    }
    session->n_fds = 0;
}

struct session *session_destroy(struct session *session)
{
    if (session) {
        close_fds(session);
        strbuf_finish(&session->out);
        close(session->fd);
        free(session->in);
        free(session);
    }
    return NULL;
}

static bool has_answer_left(const struct session *session)
{
    return session->n_sent < session->out.n;
}

static bool has_request(const struct session *session)
{
    return session->n_in > 0 && memchr(session->in, '\n', session->n_in);
}

bool session_is_waiting(const struct session *session)
{
    return session->ticket;
}

short session_events(const struct session *session)
{
    if (session_is_waiting(session)) {
        return 0;
    }
    return has_answer_left(session) || has_request(session) ? POLLOUT : POLLIN;
}

bool session_is_stuck(const struct session *session, int64_t now_ns)
{
    return has_answer_left(session) &&
           now_ns - session->active_ns > CONTROL_PATIENCE_S * INT64_C(1000000000);
}

/* ---- bytes */

static void keep_fds(struct session *session, struct msghdr *head)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(head); part; part = CMSG_NXTHDR(head, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd = -1;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            if (session->n_fds < CONTROL_FDS_MAX) {
                session->fds[session->n_fds++] = fd;
            } else {
                close(fd);
            }
        }
    }
}

static bool make_room(struct session *session)
{
    if (session->n_in < session->in_capacity) {
        return true;
    }
    size_t capacity = session->in_capacity ? 2 * session->in_capacity : FIRST_CAPACITY;
    char *in = capacity <= 2 * (size_t)CONTROL_LINE_MAX ? realloc(session->in, capacity) : NULL;
    if (!in) {
        return false;
    }
    session->in = in;
    session->in_capacity = capacity;
    return true;
}

/* One piece of what the client sends, if there is one. */
static void receive(struct session *session, int64_t now_ns, bool *ret_over)
{
    if (!make_room(session)) {
        *ret_over = true;
        return;
    }
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * CONTROL_FDS_MAX)];
    } control;
    struct iovec part = {session->in + session->n_in, session->in_capacity - session->n_in};
    struct msghdr head = {.msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = &control,
                          .msg_controllen = sizeof control};
    ssize_t n = recvmsg(session->fd, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0) {
        *ret_over = errno != EAGAIN && errno != EINTR;
        return;
    }
    keep_fds(session, &head);
    *ret_over = n == 0;
    session->n_in += (size_t)n;
    session->active_ns = now_ns;
}

/* false: the client is gone. */
static bool send_answer(struct session *session, int64_t now_ns)
{
    while (has_answer_left(session)) {
        ssize_t n = send(session->fd, session->out.text + session->n_sent,
                         session->out.n - session->n_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        session->n_sent += (size_t)n;
        session->active_ns = now_ns;
    }
    strbuf_finish(&session->out);
    strbuf_init(&session->out, CONTROL_ANSWER_MAX);
    session->n_sent = 0;
    return true;
}

/* ---- requests */

static int call_handler(struct session *session, const struct control_server_options *options,
                        struct control_call *call, struct fault *reterr)
{
    const struct control_verb *verb = &control_verbs[call->word];
    control_handler handler = options->handlers[call->word];
    if (session->n_fds > verb->max_fds) {
        return fault_set(reterr, EINVAL, NULL, 0, _("\"%s\" takes fewer open files along"),
                         verb->word);
    }
    if (!handler) {
        return fault_set(reterr, ENOTSUP, NULL, 0, _("this radio does not understand \"%s\""),
                         verb->word);
    }
    memcpy(call->fds, session->fds, sizeof call->fds);
    call->n_fds = session->n_fds;
    int r = handler(options->context, call, reterr);
    memcpy(session->fds, call->fds, sizeof call->fds);
    session->ticket = r == -EINPROGRESS ? call->ticket : 0;
    if (r == 0) {
        json_bool(control_answer(call), "done", true);
        control_answer_end(call);
    }
    if (r == 0 && strbuf_failed(call->answer)) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the answer"));
    }
    return r;
}

static void answer(struct session *session, const struct control_server_options *options,
                   const char *line, size_t n_bytes, int64_t now_ns)
{
    AUTO(message_destroy) struct message *request = NULL;
    session->asked_ns = session->ticket ? session->asked_ns : now_ns;
    struct control_call call = {.uid = session->uid,
                                .client = session->client,
                                .ticket = session->ticket,
                                .waited_ms = (now_ns - session->asked_ns) / 1000000,
                                .answer = &session->out};
    struct fault fault = {0};
    session->ticket = 0;
    int r = control_request_parse(line, n_bytes, &call.word, &request, &fault);
    if (r == 0) {
        call.request = request;
        r = call_handler(session, options, &call, &fault);
    }
    if (session->ticket) {
        return;
    }
    if (r < 0) {
        answer_fault(&session->out, &fault);
    }
    close_fds(session);
}

/* Answer the first request, if it is whole and there is an answer by now. */
static bool answer_next(struct session *session, const struct control_server_options *options,
                        int64_t now_ns)
{
    const char *end = session->n_in ? memchr(session->in, '\n', session->n_in) : NULL;
    if (!end && session->n_in > CONTROL_LINE_MAX) {
        struct fault fault;
        fault_set(&fault, E2BIG, NULL, 0, _("the message is too long"));
        answer_fault(&session->out, &fault);
        session->n_in = 0;
        session->ending = true;
        return true;
    }
    if (!end) {
        return false;
    }
    size_t n = (size_t)(end - session->in);
    answer(session, options, session->in, n, now_ns);
    if (session->ticket) {
        return false;
    }
    session->n_in -= n + 1;
    memmove(session->in, end + 1, session->n_in);
    return true;
}

bool session_go_on(struct session *session, const struct control_server_options *options,
                   int64_t now_ns)
{
    bool over = false;
    if (!send_answer(session, now_ns)) {
        return false;
    }
    /* One piece and one answer a turn, so that who asks without end keeps nobody waiting. */
    if (!has_answer_left(session) && !session->ending && !has_request(session)) {
        receive(session, now_ns, &over);
    }
    if (!has_answer_left(session) && answer_next(session, options, now_ns) &&
        !send_answer(session, now_ns)) {
        return false;
    }
    return has_answer_left(session) || session->ticket || !(over || session->ending);
}
