/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_RTP_RESOLVE_H
#define PLAYOUT_OUTPUTS_RTP_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "playout/outputs/rtp_send.h"

/*
 * The addresses of receivers that are written by name. Asking for one may take a long time, so a
 * thread of its own does it: every 5 seconds for a name that is not known, every minute for one
 * that is, as it may move.
 *
 * Threads  rtp_resolver_take() by one, at any time; the rest before it and after.
 */
struct rtp_resolver;

/* "10.0.0.1:5004" and "[::1]:5004" need nobody to be asked. */
bool rtp_address_read(const char *host_and_port, struct rtp_address *ret_address);

/* Is it a multicast group? */
bool rtp_address_is_group(const struct rtp_address *address);

/* Given to the caller. NULL: out of memory. */
MUST_CHECK struct rtp_resolver *rtp_resolver_create(void);
/* Returns at once, even while a question is out. NULL is a no-op; returns NULL. */
struct rtp_resolver *rtp_resolver_destroy(struct rtp_resolver *resolver);
DEFINE_AUTO(struct rtp_resolver, rtp_resolver_destroy)

/* Ask for "name:port" (copied) on behalf of `owner`. -ENOMEM. */
MUST_CHECK int rtp_resolver_ask(struct rtp_resolver *resolver, const char *host_and_port,
                                void *owner);
/* Once all was asked. -EAGAIN. */
MUST_CHECK int rtp_resolver_start(struct rtp_resolver *resolver);

/* The next answer, if there is a new one: whose, and the address; n_bytes 0: nobody knows the
 * name (said once). Never waits. */
bool rtp_resolver_take(struct rtp_resolver *resolver, void **ret_owner,
                       struct rtp_address *ret_address);

#endif
