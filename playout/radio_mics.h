/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RADIO_MICS_H
#define PLAYOUT_RADIO_MICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/fault.h"
#include "playout/mic.h"
#include "station/station.h"

struct radio;

/*
 * Microphones of a radio on air (playout/mic.h): who asks for one is named by a number of theirs
 * (a connection), has one at a time, and keeps it open by asking how it fares.
 *
 * The control thread opens the input, which is recorded by a process of its own, and hands the
 * microphone to the mixing thread once sound comes from it: nothing is ducked for a device that is
 * dead. Its owner closes it, or is gone: that takes the way straight to the mixing thread, which
 * takes what lies beneath up again with the next block it mixes. An owner who has not asked for
 * RADIO_MIC_QUIET_MS is gone, too: one that hangs must not leave a village with an open microphone.
 *
 * Threads  any for all but tend, open and close of playout/radio_int.h; nothing waits.
 */
enum {
    RADIO_MICS_MAX = 8,
    RADIO_MIC_QUIET_MS = 5000,
    RADIO_MIC_OPENING_MS = 5000, /* until its device gives sound */
    RADIO_MIC_WHO_MAX = 64,
};

struct radio_mic_ask {
    const struct source_def *input; /* of the radio's station */
    const char *name;               /* "input:ID" */
    const char *who;
    int64_t until_us;
    double bed_gain; /* as mic_spec */
    bool emergency;
    struct line_set lines;
};

/*
 * -EINVAL what cannot be; -ENOTSUP this radio is not on air; -EPERM a line is outside its hours,
 * and this is no emergency; -EBUSY a line hears another microphone, or this owner has one;
 * -ENOSPC too many are open; -ENOMEM.
 */
MUST_CHECK int radio_mic_open(struct radio *radio, uint64_t owner, const struct radio_mic_ask *ask,
                              struct fault *reterr);
/* Its owner is gone, or has done with it. Nothing happens if there is none. */
void radio_mic_close(struct radio *radio, uint64_t owner);

enum radio_mic_phase {
    RADIO_MIC_OPENING, /* no sound has come yet */
    RADIO_MIC_ON_AIR,
    RADIO_MIC_ENDED,
};

struct radio_mic_state {
    enum radio_mic_phase phase;
    int64_t heard_us; /* when its first frame is heard; INT64_MIN: not yet */
    size_t n_lines;   /* that hear it now */
    double peak_dbfs; /* at the input; -INFINITY: silence */
    enum mic_end end;
    struct fault why; /* ENDED by none of its owner's doing: a sentence */
};
/* And stay open. -ENOENT: the owner has none. */
MUST_CHECK int radio_mic_ask(struct radio *radio, uint64_t owner, struct radio_mic_state *ret_state,
                             struct fault *reterr);

/* Who speaks on a line. False: nobody. */
struct radio_mic_on_line {
    char who[RADIO_MIC_WHO_MAX];
    char name[MIC_NAME_MAX];
    int64_t since_us;
    double peak_dbfs;
};
bool radio_mic_on_line(struct radio *radio, size_t line, struct radio_mic_on_line *ret_mic);

#endif
