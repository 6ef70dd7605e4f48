/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_RTP_RECEIVER_H
#define TESTS_FAKES_RTP_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A network loudspeaker: a real UDP socket, what came to it, and the sound that it would make.
 * Aborts on anything that a test does not expect.
 */
enum { RTP_RECEIVED_BYTES_MAX = 1500 };

struct rtp_received {
    int64_t arrived_ns; /* CLOCK_MONOTONIC, by the kernel's own stamp */
    int version;
    int payload_type;
    uint16_t sequence;
    uint32_t timestamp;
    uint32_t ssrc;
    size_t n_bytes; /* of the payload */
    uint8_t payload[RTP_RECEIVED_BYTES_MAX];
};

struct rtp_receiver {
    int fd;
    int port;
    struct rtp_received *packets;
    size_t n;
    size_t capacity;
};

/* On an address of this machine ("127.0.0.1", "::1"), port 0: a free one; group: joined on the
 * loopback interface, or NULL. */
struct rtp_receiver *rtp_receiver_open(const char *address, int port, const char *group);
struct rtp_receiver *rtp_receiver_close(struct rtp_receiver *receiver);

/* Take in what came, until there are n packets or wait_ms have gone by; how many there are. */
size_t rtp_receiver_take(struct rtp_receiver *receiver, size_t n, int wait_ms);

/* Every packet is the one after the packet before: sequence numbers by 1, timestamps by `ticks`,
 * one SSRC. The index of the first that is not, or the number of packets. */
size_t rtp_receiver_unbroken(const struct rtp_receiver *receiver, uint32_t ticks);

/* Read packets that are encrypted with a key (16 bytes of key, 14 of salt) as one who has just been
 * switched on and knows nothing of what went before; false: one of them cannot be. */
bool rtp_receiver_unseal(struct rtp_receiver *receiver, const uint8_t *key);

/* The sound of packets [first, end), mono by mixing down; *ret_n samples of `rate`; the caller
 * frees it. */
float *rtp_receiver_opus(const struct rtp_receiver *receiver, size_t first, size_t end,
                         int channels, size_t *ret_n);
float *rtp_receiver_l16(const struct rtp_receiver *receiver, size_t first, size_t end, int channels,
                        size_t *ret_n);

/* 8 kHz and 16 kHz. */
float *rtp_receiver_pcmu(const struct rtp_receiver *receiver, size_t *ret_n);
float *rtp_receiver_g722(const struct rtp_receiver *receiver, size_t *ret_n);

/* How alike two sounds are (1: the same but for loudness), at the best delay of `heard` from 0 to
 * max_delay samples, which goes to *ret_delay. */
double sound_likeness(const float *meant, const float *heard, size_t n, size_t max_delay,
                      size_t *ret_delay);

#endif
