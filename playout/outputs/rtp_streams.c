/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "playout/outputs/rtp_int.h"

/* ---- which streams there are */

/* The stream of an output in its group: the first to ask for it brings its encoder along. */
static size_t stream_for(struct rtp_hub *hub, struct rtp_streams *fresh, size_t group,
                         const struct rtp_output *output)
{
    struct rtp_setting *setting = &hub->settings[output->setting];
    if (setting->stamp != group) {
        setting->stamp = group;
        setting->stream = fresh->n;
        struct rtp_stream *stream = &fresh->items[fresh->n++];
        /* The same sound and codec for those with another key, or none. */
        struct rtp_setting *same = &hub->settings[setting->same];
        if (same->payload_stamp != group) {
            same->payload_stamp = group;
            same->payload_stream = setting->stream;
        }
        *stream = (struct rtp_stream){.setting = output->setting,
                                      .group = group,
                                      .old = output->stream,
                                      .payload_of = same->payload_stream,
                                      .seal_place = output->seal_place};
    }
    struct rtp_stream *stream = &fresh->items[setting->stream];
    stream->joined = stream->joined || output->stream == SIZE_MAX || output->stream != stream->old;
    return setting->stream;
}

/* Streams of this block's groups; what each output had is still in output->stream. Fills in
 * hub->settings[].stamp, and `into`: the stream of each output. */
static void streams_find(struct rtp_hub *hub, const struct block_taken *taken,
                         struct rtp_streams *fresh, size_t *into)
{
    for (size_t s = 0; s < hub->n_settings; s++) {
        hub->settings[s].stamp = SIZE_MAX;
        hub->settings[s].payload_stamp = SIZE_MAX;
    }
    for (size_t g = 0; g < taken->n_groups; g++) {
        for (uint32_t i = taken->first[g]; i < taken->first[g + 1]; i++) {
            uint32_t line = taken->lines[i];
            for (size_t o = hub->first[line]; o < hub->first[line + 1]; o++) {
                into[o] = stream_for(hub, fresh, g, hub->outputs[o]);
            }
        }
    }
}

/* Each stream goes on as that of its lowest line did, with a copy of its encoder; when others have
 * joined, anew. */
static bool encoders_find(struct rtp_hub *hub, struct rtp_streams *fresh)
{
    struct rtp_streams *old = &hub->streams;
    for (size_t s = 0; s < fresh->n; s++) {
        struct rtp_stream *stream = &fresh->items[s];
        stream->encoder = rtp_encoder_create(&hub->settings[stream->setting].format);
        if (hub->settings[stream->setting].key_file) {
            stream->seal = calloc(1, sizeof *stream->seal);
        }
        if (!stream->encoder || (hub->settings[stream->setting].key_file && !stream->seal)) {
            return false;
        }
        if (stream->joined) {
            continue;
        }
        size_t heard = old->items[stream->old].payload_of;
        rtp_encoder_copy(stream->encoder, old->items[heard].encoder);
    }
    return true;
}

void rtp_streams_finish(struct rtp_streams *streams)
{
    for (size_t i = 0; i < streams->n; i++) {
        rtp_encoder_destroy(streams->items[i].encoder);
        if (streams->items[i].seal) {
            rtp_seal_finish(streams->items[i].seal);
            free(streams->items[i].seal);
        }
    }
    free(streams->items);
    *streams = (struct rtp_streams){.n = 0};
}

int rtp_streams_lay_out(struct rtp_hub *hub, const struct block_taken *taken)
{
    if (hub->streams.items && hub->streams.generation == taken->generation) {
        return 0;
    }
    struct rtp_streams fresh = {.generation = taken->generation};
    AUTO_FREE size_t *into = malloc((hub->n_outputs + 1) * sizeof *into);
    /* There is at most one stream an output, and one a group and setting. */
    size_t n_max = taken->n_groups * hub->n_settings;
    n_max = n_max < hub->n_outputs ? n_max : hub->n_outputs;
    fresh.items = calloc(n_max + 1, sizeof *fresh.items);
    if (!into || !fresh.items) {
        free(fresh.items);
        return -ENOMEM;
    }
    streams_find(hub, taken, &fresh, into);
    if (!encoders_find(hub, &fresh)) {
        rtp_streams_finish(&fresh);
        return -ENOMEM;
    }
    for (size_t o = 0; o < hub->n_outputs; o++) {
        hub->outputs[o]->stream = into[o];
    }
    rtp_streams_finish(&hub->streams);
    hub->streams = fresh;
    hub->list_is_stale = true;
    return 0;
}

int rtp_list_make(struct rtp_hub *hub)
{
    rtp_sender_clear(hub->sender);
    int made = rtp_index_make(hub);
    if (made < 0) {
        return made;
    }
    for (size_t o = 0; o < hub->n_outputs; o++) {
        hub->outputs[o]->listed_stream = SIZE_MAX;
    }
    for (size_t o = 0; o < hub->n_outputs; o++) {
        struct rtp_output *output = hub->outputs[o];
        if (output->trouble != RTP_WELL || output->stream == output->twin->listed_stream) {
            continue;
        }
        output->twin->listed_stream = output->stream;
        struct rtp_stream *stream = &hub->streams.items[output->stream];
        size_t n = rtp_n_packets(&hub->settings[stream->setting].format);
        for (size_t p = 0; p < n; p++) {
            int r = rtp_sender_add(hub->sender, output->socket, &output->address,
                                   &stream->packets[p], output);
            if (r < 0) {
                rtp_sender_clear(hub->sender);
                return r;
            }
        }
    }
    hub->list_is_stale = false;
    return 0;
}

/* ---- packets */

static void put16(uint8_t *out, uint32_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

static void put32(uint8_t *out, uint32_t value)
{
    put16(out, value >> 16);
    put16(out + 2, value);
}

static int64_t packet_number(const struct rtp_format *format, int64_t frame, size_t i)
{
    return frames_floor_div(frame, AIR_BLOCK_FRAMES) * (int64_t)rtp_n_packets(format) + (int64_t)i;
}

/* RFC 3550, 5.1. The i-th packet of the block that begins at `frame`; both counts go on over
 * whatever was not sent, which the receiver sees as lost. */
static void put_header(uint8_t *out, const struct rtp_setting *setting, uint32_t ssrc,
                       int64_t frame, size_t i)
{
    const struct rtp_format *format = &setting->format;
    int64_t clock = rtp_clock_rate(format->codec);
    int64_t ticks = frames_floor_div(frame, AIR_BLOCK_FRAMES) * (clock / 50) +
                    (int64_t)i * (clock / 50) / (int64_t)rtp_n_packets(format);
    out[0] = 2 << 6;
    out[1] = rtp_payload_type(format->codec);
    put16(out + 2, setting->first_sequence + (uint32_t)packet_number(format, frame, i));
    put32(out + 4, setting->first_timestamp + (uint32_t)ticks);
    put32(out + 8, ssrc);
}

static void stream_encode(struct rtp_hub *hub, struct rtp_stream *stream, const float *frames)
{
    const struct rtp_stream *from = &hub->streams.items[stream->payload_of];
    uint8_t *payloads[RTP_PACKETS_MAX];
    stream->n_packets = rtp_n_packets(&hub->settings[stream->setting].format);
    for (size_t p = 0; p < stream->n_packets; p++) {
        payloads[p] = stream->bytes[p] + RTP_HEADER_BYTES;
        if (from != stream) {
            stream->lengths[p] = from->lengths[p];
            memcpy(payloads[p], from->bytes[p] + RTP_HEADER_BYTES, from->lengths[p]);
        }
    }
    /* An empty payload is a packet that was lost, to every codec. */
    if (from == stream && !rtp_encoder_run(stream->encoder, frames, payloads, stream->lengths)) {
        memset(stream->lengths, 0, sizeof stream->lengths);
    }
}

/* The i-th packet, as it is sent. */
static struct iovec stream_packet(struct rtp_stream *stream, const struct rtp_setting *setting,
                                  int64_t frame, size_t i)
{
    uint32_t ssrc = setting->ssrc;
    if (stream->seal) {
        ssrc = rtp_seal_ssrc(packet_number(&setting->format, frame, i), stream->seal_place);
    }
    size_t n = RTP_HEADER_BYTES + stream->lengths[i];
    put_header(stream->bytes[i], setting, ssrc, frame, i);
    return stream->seal
               ? (struct iovec){stream->seal->bytes[i], rtp_seal_run(stream->seal, setting->key,
                                                                     ssrc, i, stream->bytes[i], n)}
               : (struct iovec){stream->bytes[i], n};
}

void rtp_streams_encode(struct rtp_hub *hub, const struct block_taken *taken)
{
    for (size_t s = 0; s < hub->streams.n; s++) {
        struct rtp_stream *stream = &hub->streams.items[s];
        stream_encode(hub, stream, taken->groups[stream->group].frames);
        for (size_t p = 0; p < stream->n_packets; p++) {
            stream->packets[p] =
                stream_packet(stream, &hub->settings[stream->setting], taken->frame, p);
        }
    }
}
