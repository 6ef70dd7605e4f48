/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RADIO_INT_H
#define PLAYOUT_RADIO_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/fault.h"
#include "playout/alerts/alert.h"
#include "playout/engine.h"
#include "playout/mic.h"
#include "playout/radio.h"

/* Inside the radio. radio.c is what the caller sees and the radio offline; live.c is the
 * mixing thread of the radio on air. */
struct radio_snapshot {
    pthread_mutex_t lock;
    struct radio_status status;
    struct radio_line *lines; /* one a line */
};

struct radio {
    struct radio_options options;
    struct line_set carried; /* its words are the radio's own */
    struct engine *engine;   /* on air: the mixing thread's, while it runs */
    struct ledger_writer *writer;
    struct sound_file **files; /* RADIO_FILES; one a line, NULL where none */
    struct fault files_fault;  /* the first */
    uint64_t *titled;          /* RADIO_OUTPUTS: the airing whose title each line was given last */
    struct outputs *outputs;   /* RADIO_OUTPUTS */
    int64_t steady_ahead_us;   /* the mixing thread's: the steady clock minus the radio's time */
    struct line_watch *watch;  /* RADIO_OUTPUTS */
    struct live *live;
    struct radio_alerts *alerts; /* RADIO_OUTPUTS */
    struct radio_mics *mics;     /* RADIO_OUTPUTS */
    bool finished;
    _Atomic bool is_clock_doubted; /* any thread asks */
    struct radio_snapshot *snapshot;
};

/* Copy the engine's state into the snapshot, unless somebody reads it right now. */
void radio_take_snapshot(struct radio *radio);

/* A plan on its way to the engine. */
struct given_plan {
    struct plan *plan;
    int64_t *aired_until;
    bool revises; /* what was planned from from_us on */
    int64_t from_us;
    struct airable *airable; /* with a revision; or NULL */
};
/* To the engine itself, which takes the plan and airable but not aired_until. -ENOMEM. */
MUST_CHECK int radio_hand_over(struct radio *radio, const struct given_plan *given,
                               struct fault *reterr);

/* A line's stop or release on its way to the engine. */
struct hold_order {
    bool release;
    struct line_set lines; /* words: the order's own */
    int64_t frame;         /* the first that is not heard */
    int64_t decided_us;
};
/* To the engine itself; frees what the order holds. */
void radio_obey(struct radio *radio, struct hold_order *order);

/* radio_alerts.c; tend by the control thread, which keeps on disk what stands. */
MUST_CHECK int radio_alerts_open(struct radio *radio, struct fault *reterr);
void radio_tend_alerts(struct radio *radio);
void radio_alerts_close(struct radio *radio); /* after the engine is gone */

/* radio_mics.c; the same. */
MUST_CHECK int radio_mics_open(struct radio *radio, struct fault *reterr);
void radio_tend_mics(struct radio *radio);
void radio_mics_close(struct radio *radio); /* after the engine is gone */

/* live.c: the mixing thread. It starts with the first live_run_until(). */
MUST_CHECK int live_create(struct radio *radio, struct live **ret_live, struct fault *reterr);
struct live *live_destroy(struct live *live); /* after live_stop(); NULL is a no-op; returns NULL */
/* Takes what the plan points to. -ENOSPC: too many plans wait; all stays the caller's. */
MUST_CHECK int live_give_plan(struct live *live, const struct given_plan *given,
                              struct fault *reterr);
/* Takes the order. -EAGAIN: too many wait; it stays the caller's. One thread. */
MUST_CHECK int live_order(struct live *live, const struct hold_order *order, struct fault *reterr);
/* What is heard now, in the radio's own time. Any thread. */
int64_t live_air_us(const struct live *live);
/* A command about alerts. */
struct live_alert {
    struct alert *alert;       /* to be said; NULL: */
    char end_id[ALERT_ID_MAX]; /* end this one */
};
/* Lends the alert until it is dropped. One thread at a time. -EAGAIN: the thread takes no more. */
MUST_CHECK int live_alert(struct live *live, const struct live_alert *command,
                          struct fault *reterr);
/* Open a microphone, or close it; the same. *ret_nth numbers the command: until it is done, the
 * mixing thread may still look at the microphone, even at one that has ended. */
struct live_mic {
    struct mic *mic;
    bool close;
};
MUST_CHECK int live_mic(struct live *live, const struct live_mic *command, uint64_t *ret_nth,
                        struct fault *reterr);
bool live_mic_is_done(const struct live *live, uint64_t nth);
MUST_CHECK int live_run_until(struct live *live, int64_t until_us,
                              const volatile sig_atomic_t *stop, struct fault *reterr);
uint64_t live_n_late(const struct live *live);
/* Fade out and end the thread; the engine is the caller's again. */
void live_stop(struct live *live);

#endif
