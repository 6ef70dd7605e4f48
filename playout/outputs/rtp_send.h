/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_RTP_SEND_H
#define PLAYOUT_OUTPUTS_RTP_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * Packets to many receivers at once: lists of messages that stay as they are from block to block,
 * sent in batches from unconnected sockets (a connected one a receiver costs half as much again).
 * A great list is sent by two threads.
 *
 * Packets are marked for Expedited Forwarding (RFC 3246, DSCP 46). A receiver that cannot be sent
 * to holds up nobody: it is passed over and told of afterwards. What the network reports of a
 * receiver (ICMP) is told too, whichever packet it hits.
 *
 * Threads  one at a time.
 */
struct rtp_sender;

struct rtp_address {
    struct sockaddr_storage to;
    socklen_t n_bytes; /* 0: not known */
};

/* How far what a socket sends may go (ttl 0: the system's choice), and by which network interface
 * if it goes to a group ("": the system's choice). The negative errno. */
MUST_CHECK int rtp_choose_ways(int fd, int family, int ttl, const char *interface);

/* Given to the caller. NULL: out of memory. */
MUST_CHECK struct rtp_sender *rtp_sender_create(void);
struct rtp_sender *rtp_sender_destroy(struct rtp_sender *sender); /* returns NULL */
DEFINE_AUTO(struct rtp_sender, rtp_sender_destroy)

/* Sockets (IPv4 and IPv6) whose packets cross at most ttl routers (0: the system's rule for one
 * receiver, 1 for multicast) and leave by an interface (copied; NULL: the system's choice). The
 * same for the same words. SIZE_MAX: out of memory. */
MUST_CHECK size_t rtp_sender_socket(struct rtp_sender *sender, int ttl, const char *interface);

/* The list of messages: forget it, or add one, whose address and bytes are borrowed until the
 * list is forgotten. owner: who is told of. -ENOMEM. */
void rtp_sender_clear(struct rtp_sender *sender);
MUST_CHECK int rtp_sender_add(struct rtp_sender *sender, size_t socket,
                              const struct rtp_address *address, const struct iovec *bytes,
                              void *owner);

/* Send the list. What the system does not take before until_ns of CLOCK_MONOTONIC is left out. */
void rtp_sender_run(struct rtp_sender *sender, int64_t until_ns);
/* The next message of the last run that was not sent: whose it was and why (an errno). */
bool rtp_sender_take_failure(struct rtp_sender *sender, void **ret_owner, int *ret_err);
/* The next report of the network: no packet reaches this address, and why. */
bool rtp_sender_take_report(struct rtp_sender *sender, struct rtp_address *ret_address,
                            int *ret_err);

/* Try one packet, the socket having been set up anew. The negative errno. */
MUST_CHECK int rtp_sender_try(struct rtp_sender *sender, size_t socket,
                              const struct rtp_address *address, const struct iovec *bytes);

#endif
