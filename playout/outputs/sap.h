/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_SAP_H
#define PLAYOUT_OUTPUTS_SAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "playout/outputs/rtp_send.h"

/*
 * The Session Announcement Protocol (RFC 2974): the packets that tell receivers of a multicast
 * group, where they are sent, and how often. Pure.
 */
enum {
    SAP_PORT = 9875,
    SAP_TEXT_BYTES_MAX = 1000, /* of a description; a packet should stay below 1 kB (section 6) */
    SAP_PACKET_BYTES_MAX = SAP_TEXT_BYTES_MAX + 40,
};

struct sap_packet {
    bool deletes;              /* the text is the description's line of origin */
    uint16_t hash;             /* with the source it names this version of the description */
    struct rtp_address source; /* of this machine, on the way to the group */
    const char *text;          /* in SDP */
};

/* As it is sent (section 6). The number of bytes; 0: the text is too long. */
MUST_CHECK size_t sap_write(const struct sap_packet *packet,
                            uint8_t out[static SAP_PACKET_BYTES_MAX]);

/* Where a group is announced: within the same scope as it (section 3; of IPv4 RFC 2365; what lies
 * in 239.0.0.0/8 outside the scopes that are named there is announced as the local one). */
struct rtp_address sap_group_of(const struct rtp_address *stream);

/* The time from one announcement to the next, in the middle, of n_packets which are of n_bytes
 * each: together they take at most 4,000 bit/s, and each comes not more often than every 300 s
 * (section 3.1). `chance`: any number; it is spread by a third to both sides. */
int64_t sap_interval_ns(size_t n_packets, size_t n_bytes, uint32_t chance);

#endif
