/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/sap.h"

#include <netinet/in.h>
#include <string.h>

enum {
    VERSION_1 = 1 << 5,
    ADDRESS_IS_SIX = 1 << 4,
    DELETES = 1 << 2,
    BITS_PER_SECOND = 4000,
    SECONDS_MIN = 300,
};

size_t sap_write(const struct sap_packet *packet, uint8_t out[static SAP_PACKET_BYTES_MAX])
{
    static const char type[] = "application/sdp";
    size_t n_text = strlen(packet->text);
    bool six = packet->source.to.ss_family == AF_INET6;
    if (n_text > SAP_TEXT_BYTES_MAX) {
        return 0;
    }
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    memcpy(&in4, &packet->source.to, sizeof in4);
    memcpy(&in6, &packet->source.to, sizeof in6);
    uint8_t *at = out;
    *at++ = (uint8_t)(VERSION_1 | (six ? ADDRESS_IS_SIX : 0) | (packet->deletes ? DELETES : 0));
    *at++ = 0; /* nobody vouches for it */
    *at++ = (uint8_t)(packet->hash >> 8);
    *at++ = (uint8_t)packet->hash;
    memcpy(at, six ? (const void *)&in6.sin6_addr : (const void *)&in4.sin_addr, six ? 16 : 4);
    at += six ? 16 : 4;
    memcpy(at, type, sizeof type);
    at += sizeof type;
    memcpy(at, packet->text, n_text);
    return (size_t)(at - out) + n_text;
}

/* The last address of the scope. */
static uint32_t group_of_four(uint32_t stream)
{
    if (stream >> 8 == 0xe00000) {
        return 0xe00000ff; /* the local link's, 224.0.0.0/24 */
    }
    if (stream >> 18 == 0xefc00000 >> 18) {
        return 0xefc3ffff; /* the organisation's, 239.192.0.0/14 */
    }
    return stream >> 24 == 0xef ? 0xefffffff : 0xe0027ffe;
}

struct rtp_address sap_group_of(const struct rtp_address *stream)
{
    struct rtp_address group = {.n_bytes = stream->n_bytes};
    if (stream->to.ss_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, &stream->to, sizeof six);
        uint8_t scope = six.sin6_addr.s6_addr[1] & 0x0f;
        six.sin6_port = htons(SAP_PORT);
        six.sin6_addr = (struct in6_addr){.s6_addr = {0xff, scope, [13] = 2, [14] = 0x7f, 0xfe}};
        memcpy(&group.to, &six, sizeof six);
    } else {
        struct sockaddr_in four;
        memcpy(&four, &stream->to, sizeof four);
        four.sin_port = htons(SAP_PORT);
        four.sin_addr.s_addr = htonl(group_of_four(ntohl(four.sin_addr.s_addr)));
        memcpy(&group.to, &four, sizeof four);
    }
    return group;
}

int64_t sap_interval_ns(size_t n_packets, size_t n_bytes, uint32_t chance)
{
    int64_t needed_s = (int64_t)(8 * n_packets * n_bytes / BITS_PER_SECOND);
    int64_t middle_ns = (needed_s > SECONDS_MIN ? needed_s : SECONDS_MIN) * 1000000000;
    int64_t spread_ns = middle_ns / 3;
    return middle_ns - spread_ns + (int64_t)((double)chance / UINT32_MAX * 2 * (double)spread_ns);
}
