/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <shout/shout.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "playout/outputs/mount.h"

/*
 * libshout 2.4.6 frees nothing of what shout_new() made, and at the end of a connection nothing of
 * what it still had to send. A radio that connects anew for months must not pay for that, so:
 * what shout_new() made is used again by whoever comes next; libshout is asked for a connection
 * only when the server takes one; and it is given only what the network takes at once.
 */
enum { SOCKETS_MAX = 1024, GIVE_UP_MS = 10000, SEND_BYTES = 4096 };

struct mount {
    shout_t *shout;
    int fd;           /* of its socket; -1: it is not known */
    char server[300]; /* HOST:PORT/MOUNT, for the messages */
    struct mount *next;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
/* One connection is begun at a time, so that its socket can be told from the others'. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t idle_lock = PTHREAD_MUTEX_INITIALIZER;
static struct mount *idle; /* those that nobody uses now */

static int unreachable(const char *server, const char *why, struct fault *reterr)
{
    return fault_set(reterr, ECONNREFUSED, server, 0,
                     _("the server cannot be reached (%s); check its address and whether it runs"),
                     why);
}

static int mount_failed(const struct mount *mount, int err, struct fault *reterr)
{
    if (err == SHOUTERR_NOLOGIN) {
        return fault_set(reterr, EACCES, mount->server, 0,
                         _("the server refuses the stream: the password is wrong, or another "
                           "program sends to this mount"));
    }
    if (err == SHOUTERR_MALLOC) {
        return fault_set(reterr, ENOMEM, mount->server, 0,
                         _("there is not enough memory for the outputs"));
    }
    if (err == SHOUTERR_TLSBADCERT || err == SHOUTERR_NOTLS) {
        return fault_set(reterr, EPROTO, mount->server, 0,
                         _("the server's certificate is not trusted, or it has none; correct it "
                           "there, or write the output without tls=yes"));
    }
    return unreachable(mount->server, shout_get_error(mount->shout), reterr);
}

/* ---- one that is used again */

static struct mount *mount_take(void)
{
    pthread_mutex_lock(&idle_lock);
    struct mount *mount = idle;
    if (mount) {
        idle = mount->next;
    }
    pthread_mutex_unlock(&idle_lock);
    if (!mount && (mount = calloc(1, sizeof *mount)) && !(mount->shout = shout_new())) {
        free(mount);
        return NULL;
    }
    return mount;
}

static void mount_give_back(struct mount *mount)
{
    pthread_mutex_lock(&idle_lock);
    mount->next = idle;
    idle = mount;
    pthread_mutex_unlock(&idle_lock);
}

static struct mount *mount_make(const struct mount_spec *spec, unsigned blocking)
{
    struct mount *mount = mount_take();
    unsigned format = spec->codec == STREAM_OPUS ? SHOUT_FORMAT_OGG : SHOUT_FORMAT_MP3;
    char bitrate[16];
    if (!mount) {
        return NULL;
    }
    mount->fd = -1;
    snprintf(mount->server, sizeof mount->server, "%s:%d%s", spec->host, spec->port, spec->mount);
    snprintf(bitrate, sizeof bitrate, "%d", spec->bitrate_bps / 1000);
    shout_t *shout = mount->shout;
    if (shout_set_host(shout, spec->host) || shout_set_port(shout, (unsigned short)spec->port) ||
        shout_set_mount(shout, spec->mount) || shout_set_user(shout, spec->user) ||
        shout_set_password(shout, spec->password) ||
        shout_set_protocol(shout, SHOUT_PROTOCOL_HTTP) ||
        shout_set_content_format(shout, format, SHOUT_USAGE_AUDIO, NULL) ||
        shout_set_tls(shout, spec->tls ? SHOUT_TLS_RFC2818 : SHOUT_TLS_DISABLED) ||
        shout_set_agent(shout, "loa") || shout_set_meta(shout, SHOUT_META_NAME, spec->name) ||
        shout_set_audio_info(shout, SHOUT_AI_BITRATE, bitrate) ||
        shout_set_audio_info(shout, SHOUT_AI_SAMPLERATE, "48000") ||
        shout_set_audio_info(shout, SHOUT_AI_CHANNELS, "2") ||
        shout_set_nonblocking(shout, blocking)) {
        mount_give_back(mount);
        return NULL;
    }
    return mount;
}

/* ---- connecting */

/* The errno of connecting there; 0: somebody listens. */
static int try_address(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
    if (fd < 0) {
        return errno;
    }
    int err = connect(fd, at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (err == EINPROGRESS) {
        struct pollfd connected = {.fd = fd, .events = POLLOUT};
        socklen_t n = sizeof err;
        if (poll(&connected, 1, GIVE_UP_MS) != 1 ||
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &n) != 0) {
            err = ETIMEDOUT;
        }
    }
    close(fd);
    return err;
}

static int reach(const struct mount *mount, const struct mount_spec *spec, struct fault *reterr)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[16];
    snprintf(port, sizeof port, "%d", spec->port);
    int err = getaddrinfo(spec->host, port, &hints, &found);
    if (err) {
        return unreachable(mount->server, gai_strerror(err), reterr);
    }
    err = EHOSTUNREACH;
    for (const struct addrinfo *at = found; at && err; at = at->ai_next) {
        err = try_address(at);
    }
    freeaddrinfo(found);
    return err ? unreachable(mount->server, errno_text(err), reterr) : 0;
}

/* The TCP sockets of this process, as a bit each. */
static void find_sockets(unsigned char found[static SOCKETS_MAX])
{
    for (int fd = 0; fd < SOCKETS_MAX; fd++) {
        int protocol = 0;
        socklen_t n = sizeof protocol;
        found[fd] =
            getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &n) == 0 && protocol == IPPROTO_TCP;
    }
}

/* Have libshout connect, and find out its socket, which it does not tell: the one that is new. (It
 * asks without the password first, and connects anew when that is refused.) */
static int go_on(struct mount *mount, int (*connect_on)(shout_t *))
{
    unsigned char before[SOCKETS_MAX];
    unsigned char now[SOCKETS_MAX];
    int n_new = 0;
    pthread_mutex_lock(&opening);
    find_sockets(before);
    int err = connect_on(mount->shout);
    find_sockets(now);
    pthread_mutex_unlock(&opening);
    mount->fd = mount->fd >= 0 && now[mount->fd] ? mount->fd : -1;
    for (int fd = 0; fd < SOCKETS_MAX; fd++) {
        if (now[fd] && !before[fd]) {
            mount->fd = n_new++ ? -1 : fd;
        }
    }
    return err;
}

static void shout_mount_close(struct mount *mount)
{
    if (mount) {
        shout_close(mount->shout);
        mount_give_back(mount);
    }
}

static int shout_mount_open(const struct mount_spec *spec, struct mount **ret_mount,
                            struct fault *reterr)
{
    pthread_once(&once, shout_init);
    struct mount *mount = mount_make(spec, SHOUT_BLOCKING_NONE);
    if (!mount) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    int r = reach(mount, spec, reterr);
    if (r == 0) {
        int err = go_on(mount, shout_open);
        if (err != SHOUTERR_SUCCESS && err != SHOUTERR_BUSY && err != SHOUTERR_RETRY) {
            r = mount_failed(mount, err, reterr);
        }
    }
    if (r < 0) {
        shout_mount_close(mount);
        return r;
    }
    *ret_mount = mount;
    return 0;
}

static int shout_mount_poll(struct mount *mount, struct fault *reterr)
{
    unsigned give_up_ms = GIVE_UP_MS;
    int state = go_on(mount, shout_get_connected);
    if (state == SHOUTERR_CONNECTED) {
        /* Without a limit of its own the kernel would keep what a server does not take, or a
         * network has swallowed, for a quarter of an hour. */
        setsockopt(mount->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &give_up_ms, sizeof give_up_ms);
        return 0;
    }
    int err = shout_get_errno(mount->shout);
    return state == SHOUTERR_BUSY || err == SHOUTERR_BUSY || err == SHOUTERR_RETRY
               ? -EINPROGRESS
               : mount_failed(mount, err, reterr);
}

/* ---- sending */

/* As poll() has it; of a socket that is not known: it takes what comes. */
static short socket_state(const struct mount *mount)
{
    struct pollfd at = {.fd = mount->fd, .events = POLLOUT | POLLRDHUP};
    if (mount->fd < 0) {
        return POLLOUT;
    }
    return poll(&at, 1, 0) < 0 ? 0 : at.revents;
}

static int shout_mount_send(struct mount *mount, const void *bytes, size_t n, size_t *ret_n_taken,
                            struct fault *reterr)
{
    *ret_n_taken = 0;
    do {
        short state = socket_state(mount);
        size_t n_left = n - *ret_n_taken;
        size_t n_now = n_left < SEND_BYTES ? n_left : SEND_BYTES;
        if (state & (POLLERR | POLLHUP | POLLRDHUP | POLLNVAL)) {
            return unreachable(mount->server, errno_text(ECONNRESET), reterr);
        }
        if (!(state & POLLOUT)) {
            return 0;
        }
        ssize_t sent =
            shout_send_raw(mount->shout, (const unsigned char *)bytes + *ret_n_taken, n_now);
        if (sent < 0 && sent != SHOUTERR_BUSY && sent != SHOUTERR_RETRY) {
            return mount_failed(mount, (int)sent, reterr);
        }
        *ret_n_taken += n_now; /* it keeps what it could not send */
    } while (*ret_n_taken < n);
    return 0;
}

static size_t shout_mount_n_unsent(struct mount *mount)
{
    ssize_t n = shout_queuelen(mount->shout);
    return n > 0 ? (size_t)n : 0;
}

static void shout_tell_title(const struct mount_spec *spec, const char *title)
{
    struct mount *mount = mount_make(spec, SHOUT_BLOCKING_FULL);
    shout_metadata_t *metadata = shout_metadata_new();
    struct fault ignored; /* the next title is another try */
    if (mount && metadata && shout_metadata_add(metadata, "song", title) == SHOUTERR_SUCCESS &&
        reach(mount, spec, &ignored) == 0) {
        int err = shout_set_metadata_utf8(mount->shout, metadata);
        (void)err;
    }
    if (metadata) {
        shout_metadata_free(metadata);
    }
    if (mount) {
        mount_give_back(mount);
    }
}

const struct mount_ops *mount_ops_of_shout(void)
{
    static const struct mount_ops ops = {
        .open = shout_mount_open,
        .poll = shout_mount_poll,
        .send = shout_mount_send,
        .n_unsent = shout_mount_n_unsent,
        .close = shout_mount_close,
        .tell_title = shout_tell_title,
    };
    return &ops;
}
