/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <shout/shout.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/outputs/mount.h"

enum { SOCKETS_MAX = 1024, GIVE_UP_MS = 10000 };

struct mount {
    shout_t *shout;
    char server[300]; /* HOST:PORT/MOUNT, for the messages */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
/* One connection is begun at a time, so that its socket can be told from the others'. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

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
    return fault_set(reterr, ECONNREFUSED, mount->server, 0,
                     _("the server cannot be reached (%s); check its address and whether it runs"),
                     mount->shout ? shout_get_error(mount->shout) : "libshout");
}

static shout_t *shout_make(const struct mount_spec *spec)
{
    shout_t *shout = shout_new();
    unsigned format = spec->codec == STREAM_OPUS ? SHOUT_FORMAT_OGG : SHOUT_FORMAT_MP3;
    char bitrate[16];
    snprintf(bitrate, sizeof bitrate, "%d", spec->bitrate_bps / 1000);
    if (shout &&
        (shout_set_host(shout, spec->host) || shout_set_port(shout, (unsigned short)spec->port) ||
         shout_set_mount(shout, spec->mount) || shout_set_user(shout, spec->user) ||
         shout_set_password(shout, spec->password) ||
         shout_set_protocol(shout, SHOUT_PROTOCOL_HTTP) ||
         shout_set_content_format(shout, format, SHOUT_USAGE_AUDIO, NULL) ||
         shout_set_tls(shout, spec->tls ? SHOUT_TLS_RFC2818 : SHOUT_TLS_DISABLED) ||
         shout_set_agent(shout, "loa") || shout_set_meta(shout, SHOUT_META_NAME, spec->name) ||
         shout_set_audio_info(shout, SHOUT_AI_BITRATE, bitrate) ||
         shout_set_audio_info(shout, SHOUT_AI_SAMPLERATE, "48000") ||
         shout_set_audio_info(shout, SHOUT_AI_CHANNELS, "2"))) {
        shout_free(shout);
        return NULL;
    }
    return shout;
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

/* libshout does not tell its socket. Without a limit of its own the kernel would keep what a
 * server does not take, or a network has swallowed, for a quarter of an hour. */
static void limit_waiting(const unsigned char before[static SOCKETS_MAX])
{
    unsigned char now[SOCKETS_MAX];
    unsigned give_up_ms = GIVE_UP_MS;
    find_sockets(now);
    for (int fd = 0; fd < SOCKETS_MAX; fd++) {
        if (now[fd] && !before[fd]) {
            setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &give_up_ms, sizeof give_up_ms);
        }
    }
}

static void shout_mount_close(struct mount *mount)
{
    if (mount) {
        if (mount->shout) {
            shout_close(mount->shout);
            shout_free(mount->shout);
        }
        free(mount);
    }
}

static int shout_mount_open(const struct mount_spec *spec, struct mount **ret_mount,
                            struct fault *reterr)
{
    pthread_once(&once, shout_init);
    struct mount *mount = calloc(1, sizeof *mount);
    if (!mount) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    snprintf(mount->server, sizeof mount->server, "%s:%d%s", spec->host, spec->port, spec->mount);
    mount->shout = shout_make(spec);
    if (!mount->shout) {
        shout_mount_close(mount);
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    shout_set_nonblocking(mount->shout, SHOUT_BLOCKING_NONE);
    unsigned char before[SOCKETS_MAX];
    pthread_mutex_lock(&opening);
    find_sockets(before);
    int err = shout_open(mount->shout);
    limit_waiting(before);
    pthread_mutex_unlock(&opening);
    if (err != SHOUTERR_SUCCESS && err != SHOUTERR_BUSY && err != SHOUTERR_RETRY) {
        int r = mount_failed(mount, err, reterr);
        shout_mount_close(mount);
        return r;
    }
    *ret_mount = mount;
    return 0;
}

static int shout_mount_poll(struct mount *mount, struct fault *reterr)
{
    int state = shout_get_connected(mount->shout);
    if (state == SHOUTERR_CONNECTED) {
        return 0;
    }
    int err = shout_get_errno(mount->shout);
    return state == SHOUTERR_BUSY || err == SHOUTERR_BUSY || err == SHOUTERR_RETRY
               ? -EINPROGRESS
               : mount_failed(mount, err, reterr);
}

static int shout_mount_send(struct mount *mount, const void *bytes, size_t n, struct fault *reterr)
{
    ssize_t sent = shout_send_raw(mount->shout, bytes, n);
    return sent >= 0 || sent == SHOUTERR_BUSY || sent == SHOUTERR_RETRY
               ? 0
               : mount_failed(mount, (int)sent, reterr);
}

static size_t shout_mount_n_unsent(struct mount *mount)
{
    ssize_t n = shout_queuelen(mount->shout);
    return n > 0 ? (size_t)n : 0;
}

static void shout_tell_title(const struct mount_spec *spec, const char *title)
{
    shout_t *shout = shout_make(spec);
    shout_metadata_t *metadata = shout_metadata_new();
    if (shout && metadata && shout_metadata_add(metadata, "song", title) == SHOUTERR_SUCCESS) {
        int err = shout_set_metadata_utf8(shout, metadata);
        (void)err; /* the next title is another try */
    }
    if (metadata) {
        shout_metadata_free(metadata);
    }
    if (shout) {
        shout_free(shout);
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
