/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_SRTP_SEAL_H
#define PLAYOUT_OUTPUTS_SRTP_SEAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Encryption of RTP (RFC 3711, AES_CM_128_HMAC_SHA1_80) by libsrtp2, the one place that knows it: a
 * part of the module loa-rtp.so. Private to rtp_seal.c, which finds the table below as
 * seal_get_ops() of the module.
 *
 * A seal is for one SSRC and at most 65,536 packets: its rollover counter is always 0, so that
 * whoever begins to listen in the middle can read it.
 *
 * Threads  one at a time for each seal.
 */
enum { SEAL_KEY_BYTES = 30, SEAL_ROOM_BYTES = 148 /* SRTP_MAX_TRAILER_LEN */ };

struct seal;

struct seal_ops {
    /* key: 16 bytes of master key and 14 of salt. NULL: out of memory. */
    struct seal *(*create)(const uint8_t *key, uint32_t ssrc);
    void (*destroy)(struct seal *seal);
    /* n bytes of an RTP packet, in place, with SEAL_ROOM_BYTES behind them; the new length, or 0.
     */
    size_t (*run)(struct seal *seal, uint8_t *packet, size_t n);
};

const struct seal_ops *seal_get_ops(void);

#endif
