/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/voice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "media/air_copy.h"

enum { CHUNK_FRAMES = 4096 };

static const struct voice_source *source_of(const struct voice_spec *spec)
{
    return spec->source == ITEM_SOURCE_COPY    ? &VOICE_COPY
           : spec->source == ITEM_SOURCE_RELAY ? &VOICE_RELAY
                                               : &VOICE_INPUT;
}

void voice_live_passed(struct voice *voice, int64_t first_ns, int64_t now_ns)
{
    int64_t passed = first_ns ? (now_ns - first_ns) / 1000 * AIR_RATE / 1000000 : 0;
    atomic_store_explicit(&voice->tap.passed_frames, passed, memory_order_relaxed);
}

struct voice *voice_create(const struct voice_spec *spec)
{
    bool is_live = spec->source != ITEM_SOURCE_COPY;
    int channels = is_live ? AIR_CHANNELS : spec->channels;
    size_t n_ring = is_live ? VOICE_LIVE_RING_FRAMES : VOICE_RING_FRAMES;
    struct voice *voice = aligned_alloc(_Alignof(struct voice), sizeof *voice);
    float *memory = calloc(n_ring, (size_t)channels * sizeof *memory);
    char *target = strdup(is_live ? spec->target : "");
    struct varispeed_table *table = is_live ? calloc(1, sizeof *table) : NULL;
    if (!voice || !memory || !target || (is_live && !table)) {
        free(voice);
        free(memory);
        free(target);
        free(table);
        return NULL;
    }
    memset(voice, 0, sizeof *voice);
    if (is_live) {
        tap_init_live(&voice->tap, memory, n_ring, table);
    } else {
        tap_init(&voice->tap, memory, n_ring, channels, spec->offset_frames);
    }
    atomic_init(&voice->released, false);
    voice->source = source_of(spec);
    voice->memory = memory;
    voice->table = table;
    voice->target = target;
    voice->station_dir = spec->station_dir;
    memcpy(voice->air_sha256, spec->air_sha256, sizeof voice->air_sha256);
    voice->copy_frames = spec->copy_frames;
    voice->from_frame = spec->cue_in_frames + spec->offset_frames;
    voice->n_left = spec->n_frames;
    return voice;
}

struct voice *voice_destroy(struct voice *voice)
{
    if (voice) {
        voice->source->close(voice);
        free(voice->target);
        free(voice->memory);
        free(voice->table);
        free(voice);
    }
    return NULL;
}

static void voice_set_state(struct voice *voice, enum tap_state state)
{
    atomic_store_explicit(&voice->tap.state, state, memory_order_release);
}

static void voice_fail(struct voice *voice)
{
    voice->source->close(voice);
    voice_set_state(voice, TAP_FAILED);
}

void voice_open(struct voice *voice)
{
    if (voice->table) {
        varispeed_table_init(voice->table);
    }
    if (voice->source->open(voice) < 0) {
        voice_fail(voice);
        return;
    }
    voice_fill(voice);
}

void voice_fill(struct voice *voice)
{
    if (tap_state(&voice->tap) == TAP_FAILED) {
        return;
    }
    if (voice->source->fill(voice) < 0) {
        voice_fail(voice);
    } else if (tap_state(&voice->tap) == TAP_OPENING &&
               (!voice->tap.is_live ||
                VOICE_LIVE_RING_FRAMES - ring_writable(&voice->tap.ring) >= TAP_LIVE_FRAMES)) {
        voice_set_state(voice, TAP_READY);
    }
}

/* --- a prepared copy ----------------------------------------------------------------- */

static int copy_open(struct voice *voice)
{
    struct air_copy *copy = NULL;
    int r = air_copy_open(voice->station_dir, voice->air_sha256, voice->tap.channels,
                          voice->copy_frames, &copy, &voice->fault);
    voice->state = copy;
    return r < 0 ? r : air_copy_seek(copy, voice->from_frame, &voice->fault);
}

static void copy_close(struct voice *voice)
{
    voice->state = air_copy_close(voice->state);
}

/* Read one chunk into the ring. 1: and there is more to do; 0: not for now. */
static int copy_fill_chunk(struct voice *voice)
{
    float frames[CHUNK_FRAMES * AIR_CHANNELS];
    size_t room = ring_writable(&voice->tap.ring);
    size_t n = room < CHUNK_FRAMES ? room : CHUNK_FRAMES;
    n = voice->n_left < (int64_t)n ? (size_t)voice->n_left : n;
    if (n == 0) {
        return 0;
    }
    size_t n_read = 0;
    int r = air_copy_read(voice->state, frames, n, &n_read, &voice->fault);
    if (r == 0 && n_read == 0) {
        fault_set(&voice->fault, EBADMSG, voice->air_sha256, 0,
                  _("the prepared copy ends before the recording does; import it again"));
        r = -EBADMSG;
    }
    if (r < 0) {
        return r;
    }
    voice->n_left -= (int64_t)ring_write(&voice->tap.ring, frames, n_read);
    return 1;
}

static int copy_fill(struct voice *voice)
{
    int r = 1;
    while (r == 1) {
        r = copy_fill_chunk(voice);
    }
    return r;
}

const struct voice_source VOICE_COPY = {copy_open, copy_fill, copy_close};

int voice_check(const struct voice_spec *spec, struct fault *reterr)
{
    struct air_copy *copy = NULL;
    int r = air_copy_open(spec->station_dir, spec->air_sha256, spec->channels, spec->copy_frames,
                          &copy, reterr);
    air_copy_close(copy);
    return r;
}
