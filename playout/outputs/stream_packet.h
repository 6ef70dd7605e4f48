/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_STREAM_PACKET_H
#define PLAYOUT_OUTPUTS_STREAM_PACKET_H

#include <stdint.h>

#include "base/frames.h"

/*
 * What a stream hub hands to those who send or keep a line's stream: encoded sound, and what is
 * on the air from which packet on.
 */
enum stream_codec {
    STREAM_OPUS, /* packets of 20 ms, RFC 6716 */
    STREAM_MP3,  /* frames of 1152, MPEG-1 layer III; each can be decoded without the one before */
    STREAM_AAC,  /* frames of 1024 in ADTS, AAC-LC stereo */
};

struct stream_settings {
    enum stream_codec codec;
    int bitrate_bps;
};

enum {
    STREAM_BLOCKS_IN_STEP = 12,
    /* What is encoded at once, 240 ms: whole packets of Opus and MP3, on a grid of air frames. */
    STREAM_STEP_FRAMES = STREAM_BLOCKS_IN_STEP * AIR_BLOCK_FRAMES,
    STREAM_OPUS_FRAMES = 960,
    STREAM_MP3_FRAMES = 1152,
    STREAM_AAC_FRAMES = 1024,
    STREAM_PACKETS_IN_STEP_MAX = STREAM_STEP_FRAMES / STREAM_OPUS_FRAMES,
    STREAM_PACKET_BYTES_MAX = 1544, /* AAC: 7 + 6144 bits a channel; Opus: 1275; MP3: 960 */
    STREAM_TITLE_MAX = 256,
    /* Of a packet with air frame f, the first frame that a decoder gives is f - this. */
    STREAM_OPUS_DELAY_FRAMES = 312, /* of OPUS_APPLICATION_AUDIO at 48 kHz */
    STREAM_MP3_DELAY_FRAMES = 1105, /* LAME's 576 and the decoder's 529 */
    STREAM_AAC_DELAY_FRAMES = 0,    /* but the first packet that is decoded fades in */
};

enum stream_packet_kind {
    STREAM_SOUND,
    STREAM_TITLE, /* bytes: what is on the air from the next packet on, UTF-8 without an end */
};

struct stream_packet {
    int64_t frame;  /* of the air; SOUND: of its first, see the delays above */
    int64_t due_ns; /* CLOCK_MONOTONIC at which that is heard */
    uint16_t kind;
    uint16_t n_bytes;
    uint32_t n_frames; /* that it decodes to */
    unsigned char bytes[STREAM_PACKET_BYTES_MAX];
};

#endif
