/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_RTP_SEAL_H
#define PLAYOUT_OUTPUTS_RTP_SEAL_H

#include <stdint.h>

#include "base/attr.h"
#include "playout/outputs/rtp_format.h"
#include "playout/outputs/srtp_seal.h"

struct fault;

/*
 * How a programme's packets are encrypted for the receivers that have a key.
 *
 * Under one key no SSRC may ever meet the same packet number with another sound, and a
 * loudspeaker that is switched on in the middle knows nothing of how often the numbers have
 * wrapped. So the SSRC changes whenever they wrap (with Opus every 22 minutes), and the wraps
 * need not be known; and it holds the place of one of the outputs that get the packets, which no
 * two programmes share. Packet numbers count time since 1970: they go on over a restart, and an
 * SSRC comes back after ten years (L16: 3).
 */
enum {
    RTP_SEAL_PLACE_BITS = 14,
    RTP_SEALED_OUTPUTS_MAX = 1 << RTP_SEAL_PLACE_BITS,
    RTP_SEALED_BYTES_MAX = RTP_HEADER_BYTES + RTP_PAYLOAD_BYTES_MAX + SEAL_ROOM_BYTES,
};

struct rtp_seal {
    struct seal *seal;
    uint32_t ssrc; /* that it is for */
    uint8_t bytes[RTP_PACKETS_MAX][RTP_SEALED_BYTES_MAX];
};

/* A key file: base64 of 16 bytes of key and 14 of salt on one line, as "openssl rand -base64 30"
 * writes them. -EPERM when others can read it, -EINVAL, -ELIBACC, or the errno of opening it. */
MUST_CHECK int rtp_key_read(const char *path, uint8_t key[static SEAL_KEY_BYTES],
                            struct fault *reterr);

/* The SSRC of the n-th packet since 1970 of an output by its place. */
uint32_t rtp_seal_ssrc(int64_t packet, uint32_t place);

/* Encrypt the i-th packet of a block (its SSRC is in it), n bytes, into seal->bytes[i]; returns its
 * length; 0: it could not be. */
size_t rtp_seal_run(struct rtp_seal *seal, const uint8_t *key, uint32_t ssrc, size_t i,
                    const uint8_t *packet, size_t n);
void rtp_seal_finish(struct rtp_seal *seal);

#endif
