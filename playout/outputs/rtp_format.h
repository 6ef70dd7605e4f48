/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_RTP_FORMAT_H
#define PLAYOUT_OUTPUTS_RTP_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/frames.h"
#include "station/station.h"

/*
 * What RTP says of a codec: RFC 3551 (section 6 has the payload types of PCMU and G.722, the
 * others are dynamic; 4.5.2: the clock of G.722 counts 8,000 although it samples at 16,000) and
 * RFC 7587 (the clock of Opus counts 48,000 and its description names two channels, always).
 */
struct rtp_format {
    enum rtp_codec codec;
    int bitrate_bps; /* Opus; else 0 */
    int channels;
};

enum {
    RTP_HEADER_BYTES = 12,
    RTP_PAYLOAD_BYTES_MAX = 1280, /* a packet fits 1,500 bytes whatever is around it */
    RTP_PACKETS_MAX = 3,          /* in 20 ms */
};

static inline struct rtp_format rtp_format_of(const struct rtp_spec *spec)
{
    return (struct rtp_format){spec->codec, spec->bitrate_bps, spec->channels};
}

static inline int rtp_clock_rate(enum rtp_codec codec)
{
    return codec == RTP_PCMU || codec == RTP_G722 ? 8000 : AIR_RATE;
}

static inline uint8_t rtp_payload_type(enum rtp_codec codec)
{
    static const uint8_t types[] = {
        [RTP_OPUS] = 96, [RTP_L16] = 97, [RTP_PCMU] = 0, [RTP_G722] = 9};
    return types[codec];
}

/* Packets in a block of 20 ms. */
static inline size_t rtp_n_packets(const struct rtp_format *format)
{
    return format->codec == RTP_L16 ? (size_t)format->channels + 1 : 1;
}

#endif
