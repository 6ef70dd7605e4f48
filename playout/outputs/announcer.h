/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_ANNOUNCER_H
#define PLAYOUT_OUTPUTS_ANNOUNCER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;
struct station;

/*
 * Tells receivers what goes out by RTP, as long as it does: in files (sdp_files.h), and for
 * multicast groups by announcements in the network (sap.h), one an output that is to be announced.
 * They go as far as the stream does, by the same interface and with the same TTL, so that nobody
 * is told of what he cannot hear (RFC 2974 recommends a TTL of 255 and scopes by address for that;
 * with addresses of any scope and the TTL of 1 that streams have by default, it would promise too
 * much). At the end they are taken back. What others announce is not counted when the interval is
 * computed.
 *
 * All of it is done by a thread of its own, which the sound knows nothing of. An announcement that
 * cannot be sent is tried again every 10 seconds.
 *
 * Threads: all by the control thread.
 */
struct announcer;

/* The station is borrowed until close. -ENOMEM, -EAGAIN. */
MUST_CHECK int announcer_open(const struct station *station, struct announcer **ret_announcer,
                              struct fault *reterr);
/* Takes back what is announced. NULL is a no-op; returns NULL. */
struct announcer *announcer_close(struct announcer *announcer);
DEFINE_AUTO(struct announcer, announcer_close)

/* What has gone wrong since the last call, if something has; told once for all, until it was well
 * again. */
bool announcer_take_fault(struct announcer *announcer, struct fault *ret_fault);

#endif
