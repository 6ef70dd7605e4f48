/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_RTP_H
#define PLAYOUT_OUTPUTS_RTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct fault;
struct hush;
struct output;
struct output_hub;
struct output_spec;

/*
 * rtp: packets to single receivers and multicast groups (RFC 3550, 3551, 7587).
 *
 * One worker has all of them. A block is encoded just before its time and sent at it, never
 * before: what took longer than that is sent late but at most twice as fast as it sounds, and
 * what is more than a second late is dropped and counted. Each programme is encoded once a codec
 * setting, and all its receivers get the same packets: their numbers and timestamps count the
 * frames of the air, and one SSRC stands for the setting, so that a line that changes its
 * programme stays one stream to its receiver. An encoder stays with its lines; when others join
 * them, it begins anew, so that these join cleanly.
 *
 * A receiver that cannot be reached is tried again at growing pauses of up to a second, and
 * neither it nor the look-up of its name delays the others.
 *
 * Private to outputs/. Threads as transports.h says.
 */

/* Lines are those of a station of n_lines; its folder and the hushes (one a line, or NULL) are
 * borrowed. Given to the caller: its destroy(). -ENOMEM. */
MUST_CHECK int rtp_hub_create(size_t n_lines, const char *station_dir, const struct hush *hushes,
                              struct output_hub **ret_hub, struct fault *reterr);

/* One more output, before start(). The spec is borrowed while the hub lives. -ENOMEM, -ENOTSUP,
 * or why it cannot be sent. */
MUST_CHECK int rtp_hub_add(struct output_hub *hub, uint32_t line, const struct output_spec *spec,
                           struct output **ret_output, struct fault *reterr);

#endif
