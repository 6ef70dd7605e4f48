/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_MOUNT_H
#define PLAYOUT_OUTPUTS_MOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "playout/outputs/stream_packet.h"

struct fault;

/*
 * A mount of an Icecast server, by libshout, which is loaded with the first mount (base/module.h):
 * it brings twenty-five libraries with it, whose loading takes 2.6 ms.
 *
 * Threads One at a time for a mount.
 */
struct mount_spec {
    const char *host;
    int port;
    const char *mount; /* with its '/' */
    const char *user;
    const char *password;
    const char *name; /* of the stream, in the server's list */
    enum stream_codec codec;
    int bitrate_bps;
    bool tls; /* as HTTPS has it, and nothing else */
};

struct mount;

struct mount_ops {
    /* Begin to connect. Looking up the host, and whether anybody listens there, may wait; nothing
     * else here does. */
    int (*open)(const struct mount_spec *spec, struct mount **ret_mount, struct fault *reterr);
    /* 0: it is connected; -EINPROGRESS: not yet; -EACCES: the server says no; or why not. */
    int (*poll)(struct mount *mount, struct fault *reterr);
    /* Send what the network takes now, and say how much that is. The errno of a broken
     * connection. */
    int (*send)(struct mount *mount, const void *bytes, size_t n, size_t *ret_n_taken,
                struct fault *reterr);
    size_t (*n_unsent)(struct mount *mount); /* bytes that were taken and are kept all the same */
    void (*close)(struct mount *mount);      /* and free */
    /* Tell the server the title of an MP3 stream, over a connection of its own. Waits. */
    void (*tell_title)(const struct mount_spec *spec, const char *title);
};

/* -ELIBACC: libshout cannot be loaded. */
MUST_CHECK int mount_ops_find(const struct mount_ops **ret_ops, struct fault *reterr);

/* Of the module itself. */
const struct mount_ops *mount_ops_of_shout(void);

#endif
