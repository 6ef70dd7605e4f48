/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ALERTS_ALERT_H
#define PLAYOUT_ALERTS_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "station/line_set.h"

struct fault;

/*
 * An alert: what a person has the radio say at once. Its sound lies in memory, so that neither a
 * database nor a disk stands between the command and the lines.
 *
 * An emergency is over everything else on its lines: over programmes of any priority, closed hours
 * and station modes. It begins with the next frame that is mixed and stands until it has expired
 * or another alert of the same id takes its place. A repeat falls due every `every_us` after the
 * command, to the frame; one that fell due while the radio was off is said at once.
 *
 * Two at once. An alert that is given while another is on interrupts it on the lines they
 * share: the later one has them. The earlier is heard there again at its next repeat; without
 * repeats it is said once more there, whole, when the later one is over. A repeat interrupts no
 * other alert: it waits until all its lines are free, so that of two alerts with the same
 * rhythm neither is cut each time.
 *
 * Units   _us: microseconds UTC, or durations. Sound is 48 kHz, interleaved stereo floats.
 * Threads An alert is made, asked about and destroyed by the control thread; between
 *         engine_interject() and the `dropped` of alert_progress() the engine has it.
 */
struct alert;

enum alert_kind {
    ALERT_EMERGENCY,
    ALERT_TEST,       /* a test tone: any programme is over it, and closed hours silence it */
    ALERT_TEST_FORCED /* a test tone over programmes and closed hours, but no emergency */
};

enum {
    ALERT_ID_MAX = 64,     /* with the final zero */
    ALERT_TITLE_MAX = 256, /* the same */
    ALERT_SECONDS_MAX = 600,
    ALERTS_MAX = 64, /* that stand at once */
};
static const int64_t ALERT_EVERY_MIN_US = 60LL * 1000000;
static const int64_t ALERT_EVERY_MAX_US = 31LL * 24 * 3600 * 1000000;

struct alert_spec {
    enum alert_kind kind;
    const char *id;     /* alert_id_is_good(); copied */
    const char *title;  /* copied */
    int64_t given_us;   /* the command's instant, from which the repeats count */
    int64_t every_us;   /* 0: said once */
    int64_t expires_us; /* no airing begins from here on; INT64_MAX: never */
    int64_t heard_us;   /* when the newest airing that was heard whole fell due; INT64_MIN: none */
    bool restored;      /* stood before the radio was started: it interrupts no other alert */
    bool chime;
    struct line_set lines; /* copied */
    const float *frames;   /* borrowed until alert_destroy(); in [-1, 1], see alert_check_sound() */
    int64_t n_frames;      /* 1 .. ALERT_SECONDS_MAX */
};

/* Given to the caller: alert_destroy(). -EINVAL, with a sentence: what cannot be; -ENOMEM. */
MUST_CHECK int alert_create(const struct alert_spec *spec, size_t n_lines, struct alert **ret_alert,
                            struct fault *reterr);
struct alert *alert_destroy(struct alert *alert); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct alert, alert_destroy)

/* 1 to ALERT_ID_MAX - 1 of a-z, 0-9 and -, not at the ends. */
bool alert_id_is_good(const char *id);

/* Is this sound, every sample in [-1, 1]? -EINVAL. Reads all of it. */
MUST_CHECK int alert_check_sound(const float *frames, int64_t n_frames, struct fault *reterr);

const struct alert_spec *alert_spec(const struct alert *alert);
int64_t alert_frames(const struct alert *alert); /* with the chime */

/* How an alert fares; any thread. */
struct alert_progress {
    int64_t begun_frame; /* first frame of its newest airing; INT64_MIN: none yet */
    uint64_t n_begun;    /* airings by this radio */
    int64_t heard_us;    /* as alert_spec.heard_us, as of now */
    int64_t next_frame;  /* when it falls due next; INT64_MAX: it does not */
    bool on_air;
    bool ending;  /* nothing of it begins any more */
    bool ended;   /* and nothing of it sounds: said once, ended, superseded or expired */
    bool dropped; /* the engine is done with it, and does not touch it any more */
};
struct alert_progress alert_progress(const struct alert *alert);

#endif
