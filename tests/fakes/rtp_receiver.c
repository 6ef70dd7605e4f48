/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/rtp_receiver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <netinet/in.h>
#include <opus/opus.h>
#include <poll.h>
#include <spandsp.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void check(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

static void join(int fd, const char *group)
{
    unsigned lo = if_nametoindex("lo");
    struct ipv6_mreq six = {.ipv6mr_interface = lo};
    struct ip_mreqn four = {.imr_ifindex = (int)lo};
    if (inet_pton(AF_INET6, group, &six.ipv6mr_multiaddr) == 1) {
        check(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof six) == 0, group);
    } else {
        check(inet_pton(AF_INET, group, &four.imr_multiaddr) == 1, group);
        check(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof four) == 0, group);
    }
}

struct rtp_receiver *rtp_receiver_open(const char *address, int port, const char *group)
{
    struct rtp_receiver *receiver = calloc(1, sizeof *receiver);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    bool is_six = inet_pton(AF_INET6, address, &six.sin6_addr) == 1;
    check(receiver && (is_six || inet_pton(AF_INET, address, &four.sin_addr) == 1), address);
    struct sockaddr *at = is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four;
    socklen_t n_bytes = is_six ? sizeof six : sizeof four;
    receiver->fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(receiver->fd >= 0, "socket");
    int one = 1;
    int buffer = 4 << 20;
    setsockopt(receiver->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    check(setsockopt(receiver->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) == 0, "stamp");
    check(bind(receiver->fd, at, n_bytes) == 0, address);
    check(getsockname(receiver->fd, at, &n_bytes) == 0, address);
    receiver->port = ntohs(is_six ? six.sin6_port : four.sin_port);
    if (group) {
        join(receiver->fd, group);
    }
    return receiver;
}

struct rtp_receiver *rtp_receiver_close(struct rtp_receiver *receiver)
{
    if (receiver) {
        close(receiver->fd);
        free(receiver->packets);
        free(receiver);
    }
    return NULL;
}

static int64_t ns_of(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return ns_of(now);
}

static uint32_t word(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void take_one(struct rtp_receiver *receiver)
{
    uint8_t bytes[2048];
    char control[128];
    struct iovec place = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &place,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(receiver->fd, &message, 0);
    check(n >= 12 && n <= RTP_RECEIVED_BYTES_MAX, "a packet");
    if (receiver->n == receiver->capacity) {
        receiver->capacity = receiver->capacity ? 2 * receiver->capacity : 256;
        receiver->packets =
            realloc(receiver->packets, receiver->capacity * sizeof *receiver->packets);
        check(receiver->packets, "memory");
    }
    struct rtp_received *packet = &receiver->packets[receiver->n++];
    struct timespec stamp = {0};
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_TIMESTAMPNS) {
            memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
        }
    }
    packet->arrived_ns = ns_of(stamp) - clock_ns(CLOCK_REALTIME) + clock_ns(CLOCK_MONOTONIC);
    packet->version = bytes[0] >> 6;
    packet->payload_type = bytes[1] & 0x7f;
    packet->sequence = (uint16_t)(bytes[2] << 8 | bytes[3]);
    packet->timestamp = word(bytes + 4);
    packet->ssrc = word(bytes + 8);
    packet->n_bytes = (size_t)n - 12;
    memcpy(packet->payload, bytes + 12, packet->n_bytes);
}

size_t rtp_receiver_take(struct rtp_receiver *receiver, size_t n, int wait_ms)
{
    int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + (int64_t)wait_ms * 1000000;
    while (receiver->n < n) {
        int64_t left_ns = until_ns - clock_ns(CLOCK_MONOTONIC);
        struct pollfd ready = {.fd = receiver->fd, .events = POLLIN};
        int r = poll(&ready, 1, left_ns > 0 ? (int)(left_ns / 1000000) + 1 : 0);
        if (r == 1) {
            take_one(receiver);
        } else if (left_ns <= 0) {
            break;
        }
    }
    return receiver->n;
}

size_t rtp_receiver_unbroken(const struct rtp_receiver *receiver, uint32_t ticks)
{
    for (size_t i = 1; i < receiver->n; i++) {
        const struct rtp_received *packet = &receiver->packets[i];
        const struct rtp_received *before = packet - 1;
        if (packet->sequence != (uint16_t)(before->sequence + 1) ||
            packet->timestamp != before->timestamp + ticks || packet->ssrc != before->ssrc) {
            return i;
        }
    }
    return receiver->n;
}

bool rtp_receiver_unseal(struct rtp_receiver *receiver, const uint8_t *key)
{
    uint8_t copy[30];
    srtp_t session = NULL;
    srtp_policy_t policy;
    memset(&policy, 0, sizeof policy);
    memcpy(copy, key, sizeof copy);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    policy.ssrc.type = ssrc_any_inbound;
    policy.key = copy;
    policy.window_size = 128;
    (void)srtp_init(); /* fails where it was done before */
    check(srtp_create(&session, &policy) == srtp_err_status_ok, "srtp");
    bool all = true;
    for (size_t i = 0; i < receiver->n && all; i++) {
        struct rtp_received *packet = &receiver->packets[i];
        uint8_t bytes[12 + RTP_RECEIVED_BYTES_MAX] = {2 << 6, (uint8_t)packet->payload_type};
        uint16_t sequence = htons(packet->sequence);
        uint32_t words[2] = {htonl(packet->timestamp), htonl(packet->ssrc)};
        int n = (int)packet->n_bytes + 12;
        memcpy(bytes + 2, &sequence, 2);
        memcpy(bytes + 4, words, 8);
        memcpy(bytes + 12, packet->payload, packet->n_bytes);
        all = srtp_unprotect(session, bytes, &n) == srtp_err_status_ok;
        if (all) {
            packet->n_bytes = (size_t)n - 12;
            memcpy(packet->payload, bytes + 12, packet->n_bytes);
        }
    }
    srtp_dealloc(session);
    return all;
}

float *rtp_receiver_opus(const struct rtp_receiver *receiver, size_t first, size_t end,
                         int channels, size_t *ret_n)
{
    int err = 0;
    OpusDecoder *decoder = opus_decoder_create(48000, channels, &err);
    float *sound = calloc((end - first + 1) * 960, sizeof *sound);
    check(decoder && sound, "decoder");
    for (size_t i = first; i < end; i++) {
        const struct rtp_received *packet = &receiver->packets[i];
        float frames[960 * 2];
        int n = opus_decode_float(decoder, packet->payload, (opus_int32)packet->n_bytes, frames,
                                  960, 0);
        check(n == 960, "an Opus packet of 20 ms");
        for (int f = 0; f < 960; f++) {
            sound[(i - first) * 960 + (size_t)f] =
                channels == 1 ? frames[f] : 0.5f * (frames[2 * f] + frames[2 * f + 1]);
        }
    }
    opus_decoder_destroy(decoder);
    *ret_n = (end - first) * 960;
    return sound;
}

float *rtp_receiver_l16(const struct rtp_receiver *receiver, size_t first, size_t end, int channels,
                        size_t *ret_n)
{
    float *sound = calloc((end - first + 1) * RTP_RECEIVED_BYTES_MAX, sizeof *sound);
    check(sound, "memory");
    size_t n = 0;
    for (size_t i = first; i < end; i++) {
        const uint8_t *payload = receiver->packets[i].payload;
        for (size_t b = 0; b + 2 * (size_t)channels <= receiver->packets[i].n_bytes;) {
            float sum = 0;
            for (int c = 0; c < channels; c++, b += 2) {
                sum += (float)(int16_t)(payload[b] << 8 | payload[b + 1]) / 32768.0f;
            }
            sound[n++] = sum / (float)channels;
        }
    }
    *ret_n = n;
    return sound;
}

float *rtp_receiver_pcmu(const struct rtp_receiver *receiver, size_t *ret_n)
{
    float *sound = calloc((receiver->n + 1) * RTP_RECEIVED_BYTES_MAX, sizeof *sound);
    check(sound, "memory");
    *ret_n = 0;
    for (size_t i = 0; i < receiver->n; i++) {
        for (size_t b = 0; b < receiver->packets[i].n_bytes; b++) {
            sound[(*ret_n)++] = (float)ulaw_to_linear(receiver->packets[i].payload[b]) / 32768.0f;
        }
    }
    return sound;
}

float *rtp_receiver_g722(const struct rtp_receiver *receiver, size_t *ret_n)
{
    float *sound = calloc((receiver->n + 1) * RTP_RECEIVED_BYTES_MAX * 2, sizeof *sound);
    g722_decode_state_t *decoder = g722_decode_init(NULL, 64000, 0);
    check(sound && decoder, "memory");
    *ret_n = 0;
    for (size_t i = 0; i < receiver->n; i++) {
        int16_t samples[2 * RTP_RECEIVED_BYTES_MAX];
        int n = g722_decode(decoder, samples, receiver->packets[i].payload,
                            (int)receiver->packets[i].n_bytes);
        for (int s = 0; s < n; s++) {
            sound[(*ret_n)++] = (float)samples[s] / 32768.0f;
        }
    }
    g722_decode_free(decoder);
    return sound;
}

double sound_likeness(const float *meant, const float *heard, size_t n, size_t max_delay,
                      size_t *ret_delay)
{
    double best = -1;
    for (size_t delay = 0; delay <= max_delay; delay++) {
        double both = 0;
        double one = 1e-12;
        double other = 1e-12;
        for (size_t i = 0; i + delay < n; i++) {
            both += (double)meant[i] * (double)heard[i + delay];
            one += (double)meant[i] * (double)meant[i];
            other += (double)heard[i + delay] * (double)heard[i + delay];
        }
        double likeness = both / sqrt(one * other);
        if (likeness > best) {
            best = likeness;
            *ret_delay = delay;
        }
    }
    return best;
}
