/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/sdp.h"

#include <string.h>

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

bool sdp_add_line(struct strbuf *text, const struct line_def *line)
{
    bool any = false;
    for (size_t i = 0; i < line->n_outputs; i++) {
        const struct output_spec *spec = &line->outputs[i];
        if (spec->kind != OUTPUT_RTP) {
            continue;
        }
        if (!any) {
            strbuf_printf(text, "v=0\r\no=loa 1 1 IN IP4 0.0.0.0\r\ns=%s\r\nt=0 0\r\n",
                          *line->title ? line->title : line->id);
        }
        any = true;
        strbuf_printf(text, "m=audio %s RTP/%s %d\r\n", strrchr(spec->target, ':') + 1,
                      spec->rtp.srtp_key_file ? "SAVP" : "AVP", rtp_payload_type(spec->rtp.codec));
        add_connection(text, spec);
        add_codec(text, &spec->rtp);
        strbuf_add(text, "a=sendonly\r\n");
    }
    return any;
}
