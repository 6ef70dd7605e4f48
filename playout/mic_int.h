/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_MIC_INT_H
#define PLAYOUT_MIC_INT_H

#include <stdatomic.h>

#include "base/frames.h"
#include "playout/mic.h"
#include "playout/rt/varispeed.h"
#include "scheduler/plan.h"

/* Inside a microphone: mic.c makes it and takes its sound, mics.c airs it. */

/* How the voice is kept to the radio's time. What waits to be read goes up and down with the
 * device's buffers; the least of two seconds tells whether the device runs faster or slower. */
struct mic_pace {
    struct varispeed speed;
    uint64_t step;
    bool is_begun;    /* it has been read from */
    size_t reserve;   /* gathered before it is heard (again) */
    size_t least;     /* that was left after a pull, in this look */
    int64_t n_looked; /* frames since the look began */
};

struct mic {
    struct mic_spec spec; /* its pointers are the microphone's own, but for the source's */
    char id[MIC_ID_MAX];
    char uid[MIC_ID_MAX + 8]; /* "mic:ID": its slot in the ledger */
    char name[MIC_NAME_MAX];
    char title[MIC_TITLE_MAX];
    char topic[MIC_KIND_MAX];
    struct plan_item item;
    /* the engine's */
    struct mic *next;
    struct act *act; /* NULL: it is over */
    enum mic_end why;
    int64_t starved_frames; /* in a row */
    struct mic_pace pace;
    struct varispeed_table table;
    float block[AIR_BLOCK_FRAMES * AIR_CHANNELS]; /* what the last pull took */
    float held_peak;
    /* for the control thread */
    _Atomic int64_t begun_frame;
    _Atomic size_t n_lines;
    _Atomic float peak;
    _Atomic int end;
    _Atomic bool dropped;
};

/* Put n (at most AIR_BLOCK_FRAMES) frames into mic->block, silence for what is not there. */
void mic_pull(struct mic *mic, size_t n) RT_SAFE;

#endif
