/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <opus/opus.h>
#include <sndfile.h>
#include <spandsp.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fakes/rtp_receiver.h"
#include "tests/soak/soak.h"

enum { AIR_RATE = 48000 };

static void die(const char *text)
{
    fprintf(stderr, "%s\n", text);
    abort();
}

static int64_t frame_at(int64_t ns)
{
    return ns / 1000000000 * AIR_RATE + ns % 1000000000 * 3 / 62500;
}

/* ---- a sound file */

struct file_source {
    SNDFILE *file;
    int channels;
    int64_t guess;
    bool begun;
};

static bool next_of_file(struct soak_source *source, struct soak_chunk *ret_chunk)
{
    struct file_source *from = source->context;
    static float frames[SOAK_CHUNK * 2];
    sf_count_t n = sf_readf_float(from->file, frames, SOAK_CHUNK);
    *ret_chunk = (struct soak_chunk){.breaks = !from->begun, .guess = from->guess};
    ret_chunk->n = n > 0 ? (size_t)n : 0;
    from->begun = true;
    for (size_t i = 0; i < ret_chunk->n; i++) {
        ret_chunk->samples[i] =
            from->channels == 1 ? frames[i] : 0.5f * (frames[2 * i] + frames[2 * i + 1]);
    }
    return ret_chunk->n > 0;
}

static bool open_file(struct soak_source *source, const char *path, int64_t guess)
{
    struct file_source *from = calloc(1, sizeof *from);
    SF_INFO info = {0};
    if (!from || !(from->file = sf_open(path, SFM_READ, &info)) || info.channels > 2) {
        fprintf(stderr, "%s: %s\n", path, sf_strerror(NULL));
        return false;
    }
    from->channels = info.channels;
    from->guess = guess;
    source->rate = info.samplerate;
    source->context = from;
    source->next = next_of_file;
    return true;
}

/* ---- packets */

struct packet_source {
    FILE *file;
    srtp_t sealed; /* NULL: it is not */
    int ticks;     /* of the timestamp in a second */
    bool begun;
    struct soak_packet before;
    uint32_t ticks_before; /* that the packet before lasts */
    size_t (*decode)(struct packet_source *from, const uint8_t *bytes, size_t n_bytes, float *out);
    OpusDecoder *opus;
    g722_decode_state_t *g722;
};

static size_t decode_opus(struct packet_source *from, const uint8_t *bytes, size_t n_bytes,
                          float *out)
{
    int n = opus_decode_float(from->opus, bytes, (opus_int32)n_bytes, out, SOAK_CHUNK, 0);
    if (n < 0) {
        die("a packet is no Opus");
    }
    return (size_t)n;
}

static size_t decode_l16(struct packet_source *from, const uint8_t *bytes, size_t n_bytes,
                         float *out)
{
    (void)from;
    for (size_t i = 0; i < n_bytes / 2; i++) {
        out[i] = (float)(int16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]) / 32768.0f;
    }
    return n_bytes / 2;
}

static size_t decode_pcmu(struct packet_source *from, const uint8_t *bytes, size_t n_bytes,
                          float *out)
{
    (void)from;
    for (size_t i = 0; i < n_bytes; i++) {
        out[i] = (float)ulaw_to_linear(bytes[i]) / 32768.0f;
    }
    return n_bytes;
}

static size_t decode_g722(struct packet_source *from, const uint8_t *bytes, size_t n_bytes,
                          float *out)
{
    int16_t samples[2 * RTP_RECEIVED_BYTES_MAX];
    int n = g722_decode(from->g722, samples, bytes, (int)n_bytes);
    for (int i = 0; i < n; i++) {
        out[i] = (float)samples[i] / 32768.0f;
    }
    return (size_t)n;
}

static srtp_t begin_unsealing(const uint8_t *key)
{
    srtp_t session = NULL;
    srtp_policy_t policy;
    uint8_t copy[30];
    memset(&policy, 0, sizeof policy);
    memcpy(copy, key, sizeof copy);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    policy.ssrc.type = ssrc_any_inbound;
    policy.key = copy;
    policy.window_size = 128;
    if (srtp_init() != srtp_err_status_ok || srtp_create(&session, &policy) != srtp_err_status_ok) {
        die("nothing can be decrypted");
    }
    return session;
}

/* A packet that is encrypted, as it was. */
static void unseal(struct packet_source *from, struct soak_packet *head, uint8_t *payload)
{
    uint8_t bytes[12 + RTP_RECEIVED_BYTES_MAX] = {2 << 6, 96};
    uint16_t sequence = htons(head->sequence);
    uint32_t words[2] = {htonl(head->timestamp), htonl(head->ssrc)};
    int n = head->n_bytes + 12;
    memcpy(bytes + 2, &sequence, 2);
    memcpy(bytes + 4, words, 8);
    memcpy(bytes + 12, payload, head->n_bytes);
    if (srtp_unprotect(from->sealed, bytes, &n) != srtp_err_status_ok) {
        die("a packet cannot be decrypted");
    }
    head->n_bytes = (uint16_t)(n - 12);
    memcpy(payload, bytes + 12, head->n_bytes);
}

/* Count what does not follow; a new SSRC, with SRTP, is a new line of numbers. */
static bool follows(struct soak_source *source, const struct soak_packet *head)
{
    struct packet_source *from = source->context;
    if (!from->begun || head->ssrc != from->before.ssrc) {
        return false;
    }
    uint16_t n_missing = (uint16_t)(head->sequence - from->before.sequence - 1);
    if (n_missing != 0) {
        source->n_lost += n_missing;
        return false;
    }
    if (head->timestamp != from->before.timestamp + from->ticks_before) {
        source->n_apart++;
        return false;
    }
    return true;
}

static bool next_packet(struct soak_source *source, struct soak_chunk *ret_chunk)
{
    struct packet_source *from = source->context;
    struct soak_packet head;
    uint8_t bytes[RTP_RECEIVED_BYTES_MAX];
    if (fread(&head, sizeof head, 1, from->file) != 1 || head.n_bytes > sizeof bytes ||
        fread(bytes, 1, head.n_bytes, from->file) != head.n_bytes) {
        return false; /* the listener may have been killed over the last */
    }
    struct soak_packet as_sent = head;
    if (from->sealed) {
        unseal(from, &head, bytes);
    }
    *ret_chunk = (struct soak_chunk){.breaks = !follows(source, &as_sent),
                                     .timed = true,
                                     .heard_ns = head.heard_ns,
                                     .guess = frame_at(head.heard_ns)};
    ret_chunk->n = from->decode(from, bytes, head.n_bytes, ret_chunk->samples);
    from->before = as_sent;
    from->ticks_before = (uint32_t)((int64_t)ret_chunk->n * from->ticks / source->rate);
    from->begun = true;
    return true;
}

static bool open_codec(struct soak_source *source, struct packet_source *from, const char *kind)
{
    static const struct {
        const char *name;
        int rate;
        int ticks;
        float tolerance;
        size_t (*decode)(struct packet_source *, const uint8_t *, size_t, float *);
    } codecs[] = {{"opus", 48000, 48000, 0, decode_opus},
                  {"l16", 48000, 48000, 2.0f / 32768, decode_l16},
                  {"pcmu", 8000, 8000, 0, decode_pcmu},
                  {"g722", 16000, 8000, 0, decode_g722}};
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        if (strcmp(codecs[i].name, kind) == 0) {
            int err = 0;
            source->rate = codecs[i].rate;
            source->tolerance = codecs[i].tolerance;
            from->ticks = codecs[i].ticks;
            from->decode = codecs[i].decode;
            from->opus = opus_decoder_create(48000, 1, &err);
            from->g722 = g722_decode_init(NULL, 64000, 0);
            return from->opus && from->g722;
        }
    }
    fprintf(stderr, "%s: nobody knows that kind\n", kind);
    return false;
}

/* ---- a device */

static bool next_cycle(struct soak_source *source, struct soak_chunk *ret_chunk)
{
    struct packet_source *from = source->context;
    struct soak_packet head;
    if (fread(&head, sizeof head, 1, from->file) != 1 || head.n_bytes > SOAK_CHUNK ||
        fread(ret_chunk->samples, sizeof(float), head.n_bytes, from->file) != head.n_bytes) {
        return false;
    }
    bool follows = from->begun && head.sequence == 0 &&
                   head.timestamp == from->before.timestamp + from->ticks_before;
    source->n_lost += head.sequence != 0;
    source->n_apart += from->begun && !follows;
    ret_chunk->breaks = !follows;
    ret_chunk->timed = true;
    ret_chunk->heard_ns = head.heard_ns;
    ret_chunk->guess = frame_at(head.heard_ns);
    ret_chunk->n = head.n_bytes;
    from->before = head;
    from->ticks_before = head.n_bytes;
    from->begun = true;
    return true;
}

static bool open_packets(struct soak_source *source, const char *kind, const char *path,
                         const uint8_t *key)
{
    struct packet_source *from = calloc(1, sizeof *from);
    if (!from || !(from->file = fopen(path, "rb"))) {
        perror(path);
        return false;
    }
    source->before = source->after = AIR_RATE / 2;
    source->context = from;
    from->sealed = key ? begin_unsealing(key) : NULL;
    if (strcmp(kind, "jack") == 0) {
        source->rate = AIR_RATE;
        source->tolerance = 2e-7f;
        source->is_device = true;
        source->next = next_cycle;
        return true;
    }
    source->next = next_packet;
    return open_codec(source, from, kind);
}

struct soak_source *soak_source_open(const char *kind, const char *path, int64_t guess,
                                     const uint8_t *key)
{
    struct soak_source *source = calloc(1, sizeof *source);
    if (!source) {
        die("out of memory");
    }
    if (strcmp(kind, "file") == 0) { /* its name tells the second */
        source->after = AIR_RATE;
        source->tolerance = 2e-7f;
        return open_file(source, path, guess) ? source : NULL;
    }
    if (strcmp(kind, "stream") == 0) { /* a server sends some of what was before */
        source->before = 30 * (int64_t)AIR_RATE;
        source->after = 3 * (int64_t)AIR_RATE;
        return open_file(source, path, guess) ? source : NULL;
    }
    return open_packets(source, kind, path, key) ? source : NULL;
}
