/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/sdp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "playout/outputs/rtp_format.h"
#include "playout/outputs/rtp_resolve.h"
#include "station/station.h"

/* "IN IP4 239.1.1.1/4": a group of IPv4 tells how far its packets go (RFC 8866, 5.7). */
static void add_connection(struct strbuf *text, const struct output_spec *spec)
{
    struct rtp_address address;
    bool known = rtp_address_read(spec->target, &address);
    bool six = known && address.to.ss_family == AF_INET6;
    int brackets = *spec->target == '[';
    const char *colon = strrchr(spec->target, ':');
    strbuf_printf(text, "c=IN %s ", six ? "IP6" : "IP4");
    strbuf_add_bytes(text, spec->target + brackets,
                     (size_t)(colon - spec->target) - 2 * (size_t)brackets);
    if (known && rtp_address_is_group(&address) && !six) {
        strbuf_printf(text, "/%d", spec->rtp.ttl ? spec->rtp.ttl : 1);
    }
    strbuf_add(text, "\r\n");
}

static void add_codec(struct strbuf *text, const struct rtp_spec *rtp)
{
    int type = rtp_payload_type(rtp->codec);
    switch (rtp->codec) {
    case RTP_OPUS: /* two channels for all that is Opus */
        strbuf_printf(text, "a=rtpmap:%d opus/48000/2\r\na=fmtp:%d sprop-stereo=%d\r\n", type, type,
                      rtp->channels == 2);
        break;
    case RTP_L16:
        strbuf_printf(text, "a=rtpmap:%d L16/%d/%d\r\n", type, AIR_RATE, rtp->channels);
        break;
    case RTP_PCMU:
        strbuf_printf(text, "a=rtpmap:%d PCMU/8000\r\n", type);
        break;
    case RTP_G722:
        strbuf_printf(text, "a=rtpmap:%d G722/8000\r\n", type);
        break;
    }
    struct rtp_format format = rtp_format_of(rtp);
    size_t n_packets = rtp_n_packets(&format);
    strbuf_printf(text, n_packets == 3 ? "a=ptime:6.67\r\n" : "a=ptime:%d\r\n",
                  20 / (int)n_packets);
}

/* ---- which description it is */

enum { HOST_NAME_BYTES = 256, SESSION_DIGITS = 15 };
static const uint64_t SECONDS_1900_TO_1970 = 2208988800u;

static void add_part(struct hash_sum *sum, const char *part)
{
    hash_add(sum, part, strlen(part) + 1);
}

struct sdp_origin sdp_origin_of(const struct station *station, const struct line_def *line,
                                const struct output_spec *output)
{
    struct sdp_origin origin = {.session = 1, .version = 1};
    char host[HOST_NAME_BYTES] = "";
    char hex[HASH_HEX_MAX] = "";
    char path[PATHS_MAX];
    struct stat st;
    AUTO(hash_destroy) struct hash_sum *sum = hash_begin();
    AUTO_FREE char *dir = realpath(station->dir, NULL);
    if (sum) {
        gethostname(host, sizeof host - 1);
        add_part(sum, host);
        add_part(sum, dir ? dir : station->dir);
        add_part(sum, line->id);
        add_part(sum, output ? output->target : "");
        hash_end(sum, hex);
        hex[SESSION_DIGITS] = '\0';
        origin.session = strtoull(hex, NULL, 16);
    }
    if (path_join(path, station->dir, "station.ini", NULL) == 0 && stat(path, &st) == 0) {
        origin.version = SECONDS_1900_TO_1970 + (uint64_t)st.st_mtim.tv_sec;
    }
    return origin;
}

void sdp_add_origin(struct strbuf *text, const struct sdp_origin *origin)
{
    const char *address = origin->address ? origin->address : "0.0.0.0";
    strbuf_printf(text, "o=loa %" PRIu64 " %" PRIu64 " IN %s %s\r\n", origin->session,
                  origin->version, strchr(address, ':') ? "IP6" : "IP4", address);
}

/* ---- descriptions */

static void add_head(struct strbuf *text, const struct line_def *line,
                     const struct sdp_origin *origin)
{
    strbuf_add(text, "v=0\r\n");
    sdp_add_origin(text, origin);
    strbuf_printf(text, "s=%s\r\nt=0 0\r\n", *line->title ? line->title : line->id);
}

static void add_media(struct strbuf *text, const struct output_spec *spec)
{
    strbuf_printf(text, "m=audio %s RTP/%s %d\r\n", strrchr(spec->target, ':') + 1,
                  spec->rtp.srtp_key_file ? "SAVP" : "AVP", rtp_payload_type(spec->rtp.codec));
    add_connection(text, spec);
    add_codec(text, &spec->rtp);
    strbuf_add(text, "a=sendonly\r\n");
}

bool sdp_add_line(struct strbuf *text, const struct line_def *line, const struct sdp_origin *origin)
{
    bool any = false;
    for (size_t i = 0; i < line->n_outputs; i++) {
        if (line->outputs[i].kind != OUTPUT_RTP) {
            continue;
        }
        if (!any) {
            add_head(text, line, origin);
        }
        any = true;
        add_media(text, &line->outputs[i]);
    }
    return any;
}

void sdp_add_output(struct strbuf *text, const struct line_def *line,
                    const struct output_spec *output, const struct sdp_origin *origin)
{
    add_head(text, line, origin);
    add_media(text, output);
}
