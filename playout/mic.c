/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/mic.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/mic_int.h"
#include "playout/rt/mix.h"

enum {
    LOOK_FRAMES = 2 * AIR_RATE,
    SPARE_FRAMES = 3840, /* more than this left over at the least is too much … */
    CLOSE_FRAMES = 480,  /* … and less than this too little */
    GLUT_FRAMES = 14400, /* a radio that was held up: more than this is let go of */
};

/* As fast as nobody hears. */
static const double FASTER = 1.0004;
static const double SLOWER = 0.9996;

/* ---- making one */

static int spec_check(const struct mic_spec *spec, size_t n_lines, struct fault *reterr)
{
    if (strlen(spec->id) >= MIC_ID_MAX || strlen(spec->name) >= MIC_NAME_MAX) {
        return fault_set(reterr, EINVAL, NULL, 0, _("the name of the input is too long"));
    }
    if (spec->lines.n_words > line_set_n_words(n_lines) || line_set_is_empty(spec->lines)) {
        return fault_set(reterr, EINVAL, NULL, 0, _("the microphone is for no line"));
    }
    if (!(spec->bed_gain >= 0 && spec->bed_gain <= 1 && spec->voice_gain >= 0 &&
          spec->voice_gain <= 1)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("what lies under a voice is as loud as before, or less loud"));
    }
    if (spec->until_us <= spec->given_us) {
        return fault_set(reterr, EINVAL, NULL, 0, _("the time of the microphone is over already"));
    }
    return 0;
}

/* As much of it as fits, cut between characters. */
static void put(char *out, size_t size, const char *text)
{
    size_t n = strnlen(text, size - 1);
    while (n > 0 && text[n] && ((unsigned char)text[n] & 0xC0U) == 0x80) {
        n--;
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

static void item_fill(struct mic *mic)
{
    const struct mic_spec *spec = &mic->spec;
    snprintf(mic->uid, sizeof mic->uid, "mic:%s", mic->id);
    mic->item = (struct plan_item){
        .lines = spec->lines,
        .segment_code = "",
        .title = mic->title,
        .kind = spec->emergency ? "khan-cap" : "truc-tiep",
        .topic = spec->topic,
        .tags = "",
        .channels = AIR_CHANNELS,
        .source = ITEM_SOURCE_INPUT,
        .source_name = mic->name,
        .source_target = "",
        .slot_uid = mic->uid,
        .slot_recurrence_us = spec->given_us,
        .slot_start_us = spec->given_us,
        .slot_title = mic->title,
        .priority = spec->emergency ? 1 : 5,
        .end_cause = END_COMPLETE,
        .state = PLAN_PLANNED,
        .reason = "",
    };
}

static void texts_take(struct mic *mic, const struct mic_spec *spec)
{
    put(mic->id, sizeof mic->id, spec->id);
    put(mic->name, sizeof mic->name, spec->name);
    put(mic->title, sizeof mic->title, spec->title);
    mic->spec.id = mic->id;
    mic->spec.name = mic->name;
    mic->spec.title = mic->title;
    if (spec->topic) {
        put(mic->topic, sizeof mic->topic, spec->topic);
        mic->spec.topic = mic->topic;
    }
}

int mic_create(const struct mic_spec *spec, size_t n_lines, struct mic **ret_mic,
               struct fault *reterr)
{
    int r = spec_check(spec, n_lines, reterr);
    if (r < 0) {
        return r;
    }
    size_t n_words = line_set_n_words(n_lines);
    struct mic *mic = calloc(1, sizeof *mic);
    uint64_t *words = calloc(n_words + 1, sizeof *words);
    if (!mic || !words) {
        free(mic);
        free(words);
        return fault_set(reterr, ENOMEM, NULL, 0,
                         _("there is not enough memory for the microphone"));
    }
    memcpy(words, spec->lines.words, spec->lines.n_words * sizeof *words);
    mic->spec = *spec;
    mic->spec.lines = (struct line_set){words, n_words};
    texts_take(mic, spec);
    item_fill(mic);
    varispeed_table_init(&mic->table);
    mic->pace.reserve = MIC_RESERVE_FRAMES;
    mic->pace.step = varispeed_step(1);
    mic->pace.least = SIZE_MAX;
    atomic_init(&mic->begun_frame, INT64_MIN);
    atomic_init(&mic->end, MIC_OPEN);
    *ret_mic = mic;
    return 0;
}

struct mic *mic_destroy(struct mic *mic)
{
    if (mic) {
        free(mic->spec.lines.words);
        free(mic);
    }
    return NULL;
}

const struct mic_spec *mic_spec(const struct mic *mic)
{
    return &mic->spec;
}

struct mic_progress mic_progress(const struct mic *mic)
{
    return (struct mic_progress){
        .dropped = atomic_load_explicit(&mic->dropped, memory_order_acquire),
        .begun_frame = atomic_load(&mic->begun_frame),
        .n_lines = atomic_load(&mic->n_lines),
        .peak = (double)atomic_load(&mic->peak),
        .end = (enum mic_end)atomic_load(&mic->end),
    };
}

/* ---- its sound */

/* Enough is there to begin with, or to go on with after it ran dry. */
static bool mic_begin(struct mic *mic)
{
    struct mic_pace *pace = &mic->pace;
    const struct mic_source *source = &mic->spec.source;
    float ahead[VARISPEED_AHEAD * AIR_CHANNELS];
    if (source->readable(source->context) < pace->reserve + VARISPEED_AHEAD) {
        return false;
    }
    source->keep_newest(source->context, pace->reserve + VARISPEED_AHEAD);
    pace->is_begun = source->read(source->context, ahead, VARISPEED_AHEAD) == VARISPEED_AHEAD;
    varispeed_begin(&pace->speed, ahead);
    pace->step = varispeed_step(1);
    pace->least = SIZE_MAX;
    pace->n_looked = 0;
    return pace->is_begun;
}

/* It ran dry: what comes is gathered first, and more of it, as this device needs more. */
static void mic_run_dry(struct mic_pace *pace)
{
    pace->is_begun = false;
    pace->reserve += AIR_BLOCK_FRAMES;
    if (pace->reserve > MIC_RESERVE_MAX_FRAMES) {
        pace->reserve = MIC_RESERVE_MAX_FRAMES;
    }
}

/* Every two seconds: is the device faster or slower than the radio? */
static void mic_look(struct mic *mic, size_t n)
{
    struct mic_pace *pace = &mic->pace;
    const struct mic_source *source = &mic->spec.source;
    size_t left = source->readable(source->context);
    if (left > GLUT_FRAMES) {
        source->keep_newest(source->context, pace->reserve);
        left = pace->reserve;
    }
    pace->least = left < pace->least ? left : pace->least;
    pace->n_looked += (int64_t)n;
    if (pace->n_looked < LOOK_FRAMES) {
        return;
    }
    bool is_steered = pace->step != varispeed_step(1);
    size_t middle = (SPARE_FRAMES + CLOSE_FRAMES) / 2;
    if (pace->least > SPARE_FRAMES) {
        pace->step = varispeed_step(FASTER);
    } else if (pace->least < CLOSE_FRAMES) {
        pace->step = varispeed_step(SLOWER);
    } else if (is_steered && (pace->step > varispeed_step(1)) == (pace->least < middle)) {
        pace->step = varispeed_step(1);
    }
    pace->least = SIZE_MAX;
    pace->n_looked = 0;
}

/* A piece of at most VARISPEED_CHUNK frames; false: it is not there. */
static bool mic_make(struct mic *mic, float *out, size_t n)
{
    float in[VARISPEED_NEED_MAX * AIR_CHANNELS];
    struct mic_pace *pace = &mic->pace;
    const struct mic_source *source = &mic->spec.source;
    size_t n_need = varispeed_need(&pace->speed, pace->step, n);
    if (source->readable(source->context) < n_need ||
        source->read(source->context, in, n_need) < n_need) {
        return false;
    }
    varispeed_run(&pace->speed, &mic->table, pace->step, in, out, n);
    return true;
}

static void mic_measure(struct mic *mic, size_t n)
{
    /* 20 dB a second: a tenth in 48,000 frames, to the first order. */
    float kept = mic->held_peak * (1 - (float)n * 2.302585F / (float)AIR_RATE);
    float peak = mix_measure(mic->block, n).peak;
    mic->held_peak = peak > kept ? peak : kept;
    atomic_store_explicit(&mic->peak, mic->held_peak, memory_order_relaxed);
}

void mic_pull(struct mic *mic, size_t n)
{
    struct mic_pace *pace = &mic->pace;
    size_t done = 0;
    bool has = pace->is_begun || mic_begin(mic);
    while (has && done < n) {
        size_t piece = n - done < VARISPEED_CHUNK ? n - done : VARISPEED_CHUNK;
        has = mic_make(mic, mic->block + done * AIR_CHANNELS, piece);
        done += has ? piece : 0;
    }
    if (pace->is_begun && !has) {
        mic_run_dry(pace);
    } else if (has) {
        mic_look(mic, n);
    }
    memset(mic->block + done * AIR_CHANNELS, 0, (n - done) * AIR_CHANNELS * sizeof *mic->block);
    for (size_t i = 0; i < done * AIR_CHANNELS; i++) { /* a driver may give anything */
        float sample = mic->block[i];
        mic->block[i] = sample >= -1 && sample <= 1 ? sample
                        : sample > 1                ? 1
                        : sample < -1               ? -1
                                                    : 0;
    }
    mic->starved_frames = done ? 0 : mic->starved_frames + (int64_t)n;
    mic_measure(mic, n);
}
