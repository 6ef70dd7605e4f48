/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/voice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "media/air_copy.h"

enum { CHUNK_FRAMES = 4096 };

struct voice *voice_create(const struct voice_spec *spec)
{
    struct voice *voice = aligned_alloc(_Alignof(struct voice), sizeof *voice);
    float *memory = calloc(VOICE_RING_FRAMES, (size_t)spec->channels * sizeof *memory);
    if (!voice || !memory) {
        free(voice);
        free(memory);
        return NULL;
    }
    memset(voice, 0, sizeof *voice);
    tap_init(&voice->tap, memory, VOICE_RING_FRAMES, spec->channels, spec->offset_frames);
    atomic_init(&voice->released, false);
    voice->memory = memory;
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
        air_copy_close(voice->copy);
        free(voice->memory);
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
    voice->copy = air_copy_close(voice->copy);
    voice->n_left = 0;
    voice_set_state(voice, TAP_FAILED);
}

void voice_open(struct voice *voice)
{
    int r = air_copy_open(voice->station_dir, voice->air_sha256, voice->tap.channels,
                          voice->copy_frames, &voice->copy, &voice->fault);
    if (r == 0) {
        r = air_copy_seek(voice->copy, voice->from_frame, &voice->fault);
    }
    if (r < 0) {
        voice_fail(voice);
        return;
    }
    voice_fill(voice);
    if (tap_state(&voice->tap) == TAP_OPENING) {
        voice_set_state(voice, TAP_READY);
    }
}

/* Read one chunk into the ring; false: there is no more to do for now. */
static bool voice_fill_chunk(struct voice *voice)
{
    float frames[CHUNK_FRAMES * AIR_CHANNELS];
    size_t room = ring_writable(&voice->tap.ring);
    size_t n = room < CHUNK_FRAMES ? room : CHUNK_FRAMES;
    n = voice->n_left < (int64_t)n ? (size_t)voice->n_left : n;
    if (n == 0) {
        return false;
    }
    size_t n_read = 0;
    int r = air_copy_read(voice->copy, frames, n, &n_read, &voice->fault);
    if (r == 0 && n_read == 0) {
        fault_set(&voice->fault, EBADMSG, voice->air_sha256, 0,
                  _("the prepared copy ends before the recording does; import it again"));
        r = -EBADMSG;
    }
    if (r < 0) {
        voice_fail(voice);
        return false;
    }
    voice->n_left -= (int64_t)ring_write(&voice->tap.ring, frames, n_read);
    return true;
}

void voice_fill(struct voice *voice)
{
    while (voice_fill_chunk(voice)) {
    }
}

int voice_check(const struct voice_spec *spec, struct fault *reterr)
{
    struct air_copy *copy = NULL;
    int r = air_copy_open(spec->station_dir, spec->air_sha256, spec->channels, spec->copy_frames,
                          &copy, reterr);
    air_copy_close(copy);
    return r;
}
