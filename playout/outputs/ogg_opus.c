/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/ogg_opus.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ogg/ogg.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/outputs/stream_packet.h"

enum { BEFORE_PACKETS = 4 /* 80 ms, as RFC 7845, 4.6 wants it */, TAGS_BYTES_MAX = 512 };

struct kept {
    size_t n;
    unsigned char bytes[STREAM_PACKET_BYTES_MAX];
};

struct ogg_opus {
    ogg_stream_state stream;
    bool is_open;
    int serial;
    size_t n_in_page;
    size_t n_on_page; /* packets since the last page */
    int64_t granule;
    int64_t n_packets; /* of the link */
    struct kept before[BEFORE_PACKETS];
    size_t n_before;
    int64_t next_frame; /* of the air, behind the last packet */
    struct kept held;   /* the last packet, which may have to carry the end */
    bool has_held;
};

int ogg_opus_create(size_t n_in_page, struct ogg_opus **ret_ogg, struct fault *reterr)
{
    struct ogg_opus *ogg = calloc(1, sizeof *ogg);
    if (!ogg) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    ogg->serial = (int)((unsigned)now.tv_sec * 1000003u + (unsigned)now.tv_nsec);
    ogg->n_in_page = n_in_page;
    *ret_ogg = ogg;
    return 0;
}

struct ogg_opus *ogg_opus_destroy(struct ogg_opus *ogg)
{
    if (ogg) {
        ogg_opus_break(ogg);
        free(ogg);
    }
    return NULL;
}

static void put_page(const ogg_page *page, struct strbuf *out)
{
    strbuf_add_bytes(out, (const char *)page->header, (size_t)page->header_len);
    strbuf_add_bytes(out, (const char *)page->body, (size_t)page->body_len);
}

static void flush(struct ogg_opus *ogg, struct strbuf *out)
{
    ogg_page page;
    while (ogg_stream_flush(&ogg->stream, &page)) {
        put_page(&page, out);
    }
    ogg->n_on_page = 0;
}

static void put_packet(struct ogg_opus *ogg, unsigned char *bytes, size_t n, bool is_last)
{
    ogg_packet packet = {
        .packet = bytes,
        .bytes = (long)n,
        .b_o_s = ogg->n_packets == 0,
        .e_o_s = is_last,
        .granulepos = ogg->granule,
        .packetno = ogg->n_packets++,
    };
    ogg_stream_packetin(&ogg->stream, &packet);
    ogg->n_on_page++;
}

static unsigned char *put_le32(unsigned char *at, size_t value)
{
    for (int i = 0; i < 4; i++) {
        *at++ = (unsigned char)(value >> 8 * i);
    }
    return at;
}

static unsigned char *put_text(unsigned char *at, const char *name, const char *text, size_t n)
{
    size_t n_name = strlen(name);
    at = put_le32(at, n_name + n);
    memcpy(at, name, n_name);
    memcpy(at + n_name, text, n);
    return at + n_name + n;
}

static void put_headers(struct ogg_opus *ogg, const char *title, size_t skip, struct strbuf *out)
{
    unsigned char head[19] = "OpusHead\1\2"; /* version, channels */
    head[10] = (unsigned char)skip;
    head[11] = (unsigned char)(skip >> 8);
    put_le32(head + 12, AIR_RATE);
    put_packet(ogg, head, sizeof head, false);
    flush(ogg, out);
    unsigned char tags[TAGS_BYTES_MAX] = "OpusTags";
    size_t n_title = strlen(title);
    n_title = n_title < STREAM_TITLE_MAX ? n_title : STREAM_TITLE_MAX;
    unsigned char *at = put_text(tags + 8, "", "loa", 3);
    at = put_le32(at, n_title > 0);
    if (n_title > 0) {
        at = put_text(at, "TITLE=", title, n_title);
    }
    put_packet(ogg, tags, (size_t)(at - tags), false);
    flush(ogg, out);
}

void ogg_opus_begin(struct ogg_opus *ogg, const char *title, struct strbuf *out)
{
    ogg_opus_end(ogg, out);
    ogg_stream_init(&ogg->stream, ogg->serial++);
    ogg->is_open = true;
    ogg->granule = 0;
    ogg->n_packets = 0;
    ogg->n_on_page = 0;
    bool goes_on = ogg->n_before == BEFORE_PACKETS;
    put_headers(ogg, title,
                goes_on ? BEFORE_PACKETS * STREAM_OPUS_FRAMES : STREAM_OPUS_DELAY_FRAMES, out);
    for (size_t i = 0; goes_on && i < BEFORE_PACKETS; i++) {
        ogg->granule += STREAM_OPUS_FRAMES;
        put_packet(ogg, ogg->before[i].bytes, ogg->before[i].n, false);
    }
}

static void put_held(struct ogg_opus *ogg, bool is_last, struct strbuf *out)
{
    if (ogg->has_held) {
        ogg->granule += STREAM_OPUS_FRAMES;
        put_packet(ogg, ogg->held.bytes, ogg->held.n, is_last);
        ogg->has_held = false;
    }
    if (is_last || ogg->n_on_page >= ogg->n_in_page) {
        flush(ogg, out);
    }
}

void ogg_opus_add(struct ogg_opus *ogg, const struct stream_packet *packet, struct strbuf *out)
{
    struct kept *last = &ogg->before[BEFORE_PACKETS - 1];
    if (packet->frame != ogg->next_frame) {
        ogg->n_before = 0;
    }
    ogg->next_frame = packet->frame + packet->n_frames;
    memmove(ogg->before, ogg->before + 1, sizeof ogg->before - sizeof *last);
    memcpy(last->bytes, packet->bytes, packet->n_bytes);
    last->n = packet->n_bytes;
    ogg->n_before += ogg->n_before < BEFORE_PACKETS;
    if (ogg->is_open) {
        put_held(ogg, false, out);
        ogg->held = *last;
        ogg->has_held = true;
    }
}

void ogg_opus_end(struct ogg_opus *ogg, struct strbuf *out)
{
    if (ogg->is_open) {
        put_held(ogg, true, out);
        ogg_opus_break(ogg);
    }
}

void ogg_opus_break(struct ogg_opus *ogg)
{
    if (ogg->is_open) {
        ogg_stream_clear(&ogg->stream);
    }
    ogg->is_open = false;
    ogg->has_held = false;
}
