/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/control/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "playout/control/address.h"
#include "playout/control/vocabulary.h"

enum { TIMEOUT_MS = 10000, PIECE_BYTES = 65536, LINE_MAX_BYTES = 4 << 20 };

static int not_running(struct fault *reterr)
{
    return fault_set(reterr, ESRCH, NULL, 0,
                     _("no radio runs on this station; `loa run` starts it"));
}

static int no_answer(struct fault *reterr)
{
    return fault_set(reterr, ETIMEDOUT, NULL, 0, _("the radio does not answer"));
}

static int broken(int err, struct fault *reterr)
{
    return fault_set(reterr, err, NULL, 0, _("the radio cannot be reached: %s"), errno_text(err));
}

static int connect_there(const char *dir, int timeout_ms, int *ret_fd, struct fault *reterr)
{
    AUTO_FD int dir_fd = -1;
    int r = control_open_dir(dir, &dir_fd, reterr);
    if (r < 0) {
        return r;
    }
    struct sockaddr_un address = control_address(dir_fd);
    AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0) {
        return broken(errno, reterr);
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        int err = errno;
        if (err == ENOENT || err == ECONNREFUSED) {
            return not_running(reterr);
        }
        if (err == EACCES || err == EPERM) {
            return fault_set(reterr, EACCES, NULL, 0,
                             _("you may not control this radio; only its user and group may"));
        }
        return err == EAGAIN ? no_answer(reterr) : broken(err, reterr);
    }
    *ret_fd = fd;
    fd = -1;
    return 0;
}

/* The descriptors go with the first byte. */
static int send_request(int fd, const struct control_question *question, struct fault *reterr)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * CONTROL_FDS_MAX)];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec parts[2] = {{(void *)(uintptr_t)question->request, strlen(question->request)},
                             {(char[]){"\n"}, 1}};
    struct msghdr head = {.msg_iov = parts, .msg_iovlen = 2};
    if (question->n_fds > CONTROL_FDS_MAX) {
        return broken(EINVAL, reterr);
    }
    if (question->n_fds > 0) {
        size_t n_bytes = question->n_fds * sizeof(int);
        head.msg_control = &control;
        head.msg_controllen = CMSG_SPACE(n_bytes);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&head);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(n_bytes);
        memcpy(CMSG_DATA(rights), question->fds, n_bytes);
    }
    while (parts[1].iov_len > 0) {
        ssize_t n = sendmsg(fd, &head, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno == EAGAIN ? no_answer(reterr) : broken(errno, reterr);
        }
        head.msg_control = NULL;
        head.msg_controllen = 0;
        for (size_t i = 0; i < 2; i++) {
            size_t taken = (size_t)n < parts[i].iov_len ? (size_t)n : parts[i].iov_len;
            parts[i].iov_base = (char *)parts[i].iov_base + taken;
            parts[i].iov_len -= taken;
            n -= (ssize_t)taken;
        }
    }
    return 0;
}

struct listener {
    control_line_call on_line;
    void *context;
    bool over;
};

/* -EINVAL: the radio has refused, or speaks otherwise. */
static int hear_line(struct listener *listener, const char *bytes, size_t n_bytes,
                     struct fault *reterr)
{
    AUTO(message_destroy) struct message *line = NULL;
    int r = message_parse(bytes, n_bytes, &line, reterr);
    if (r < 0) {
        return r;
    }
    const char *error = message_text(line, "error");
    if (error) {
        return fault_set(reterr, EINVAL, NULL, 0, "%s", error);
    }
    if (message_flag(line, "done")) {
        listener->over = true;
    } else if (listener->on_line) {
        listener->on_line(listener->context, bytes, n_bytes, line);
    }
    return 0;
}

/* All lines that are whole, which are then taken off. */
static int hear_lines(struct listener *listener, struct strbuf *in, struct fault *reterr)
{
    size_t at = 0;
    int r = 0;
    while (r == 0 && !listener->over && at < in->n) {
        const char *end = memchr(in->text + at, '\n', in->n - at);
        if (!end) {
            break;
        }
        size_t n = (size_t)(end - (in->text + at));
        r = hear_line(listener, in->text + at, n, reterr);
        at += n + 1;
    }
    memmove(in->text, in->text + at, in->n - at);
    in->n -= at;
    return r;
}

static int receive_answer(int fd, struct listener *listener, struct strbuf *in,
                          struct fault *reterr)
{
    AUTO_FREE char *piece = malloc(PIECE_BYTES);
    int r = piece ? 0 : broken(ENOMEM, reterr);
    while (r == 0 && !listener->over) {
        ssize_t n = recv(fd, piece, PIECE_BYTES, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno == EAGAIN ? no_answer(reterr) : broken(errno, reterr);
        }
        if (n == 0) {
            return fault_set(reterr, ESRCH, NULL, 0,
                             _("the radio ended before it had answered; ask again"));
        }
        strbuf_add_bytes(in, piece, (size_t)n);
        if (strbuf_failed(in)) {
            return broken(EMSGSIZE, reterr);
        }
        r = hear_lines(listener, in, reterr);
    }
    return r;
}

struct control_link {
    int fd;
    struct strbuf in; /* of an answer that is not whole yet */
};

int control_link_open(const char *dir, int timeout_ms, struct control_link **ret_link,
                      struct fault *reterr)
{
    struct control_link *link = calloc(1, sizeof *link);
    if (!link) {
        return broken(ENOMEM, reterr);
    }
    int r = connect_there(dir, timeout_ms > 0 ? timeout_ms : TIMEOUT_MS, &link->fd, reterr);
    if (r < 0) {
        free(link);
        return r;
    }
    strbuf_init(&link->in, LINE_MAX_BYTES);
    *ret_link = link;
    return 0;
}

int control_link_ask(struct control_link *link, const struct control_question *question,
                     control_line_call on_line, void *context, struct fault *reterr)
{
    struct listener listener = {.on_line = on_line, .context = context};
    int r = send_request(link->fd, question, reterr);
    return r < 0 ? r : receive_answer(link->fd, &listener, &link->in, reterr);
}

struct control_link *control_link_close(struct control_link *link)
{
    if (link) {
        strbuf_finish(&link->in);
        close(link->fd);
        free(link);
    }
    return NULL;
}

int control_ask(const char *dir, const struct control_question *question, control_line_call on_line,
                void *context, struct fault *reterr)
{
    AUTO(control_link_close) struct control_link *link = NULL;
    int r = control_link_open(dir, question->timeout_ms, &link, reterr);
    return r < 0 ? r : control_link_ask(link, question, on_line, context, reterr);
}
