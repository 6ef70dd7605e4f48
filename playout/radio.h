/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RADIO_H
#define PLAYOUT_RADIO_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "station/line_set.h"

struct clock;
struct fault;
struct ledger;
struct log;
struct plan;
struct segments;
struct station;

/*
 * The radio: an engine under a clock, with a ledger and ways out. It is handed plans and
 * asks nobody for anything.
 *
 * On air (RADIO_OUTPUTS). A thread of the radio's own mixes each block of 20 ms about
 * 150 ms before its time, so that neither planning nor the disk nor a slow output
 * is between the clock and the sound. It follows the clock: a late wake-up is caught up
 * with, a backlog older than a second is skipped and never played late. When the
 * clock is set back by less than a minute the radio goes on by its own count, and waits for the
 * clock once nothing is on air; by more, it has to be opened anew (radio_run_until()). The
 * ledger's playhead is never ahead of what was handed to the outputs.
 *
 * Rehearsing (RADIO_SILENT, RADIO_FILES). The same engine as fast as the machine can,
 * on the caller's thread; the clock, which must be a virtual one, is moved along.
 *
 * Starting again. What a killed process left open in the ledger is closed at the
 * playhead (ledger_recover()). What has aired is not aired again; what is under way is
 * joined at the frame where it would be by now.
 *
 * Units   _us: instants UTC. Threads: one, the control thread.
 */
struct radio;

enum radio_sound {
    RADIO_SILENT,  /* the ledger only */
    RADIO_FILES,   /* one file a line: FILES_DIR/LINE.flac, from start to finish */
    RADIO_OUTPUTS, /* the station's outputs, live */
};

struct radio_options {
    const struct station *station;   /* borrowed, as all that follows, until radio_close() */
    const struct segments *segments; /* for the fallback ladders; borrowed for the call only; NULL:
                                        none until radio_revise() brings them */
    struct clock *clock;             /* RADIO_OUTPUTS: used by several threads at once */
    struct ledger *ledger;           /* the radio's alone until radio_close(); NULL: none */
    const struct log *log;
    enum radio_sound sound;
    const char *files_dir;    /* RADIO_FILES; made if missing */
    const char *files_format; /* "flac" or "wav"; NULL: flac */
    struct line_set lines;    /* words NULL: every line */
    _Atomic uint64_t *pulse; /* live: counts while sound is mixed, 0 before and after; NULL: none */
    int64_t lead_us;         /* how far ahead of its time a block is mixed; 0: 150 ms */
};

/* From the clock's now on. Given to the caller: radio_close(). -ENOMEM, -EAGAIN (no
 * thread), or what the ledger or the files say. An output that cannot be opened is only
 * logged: the other lines go on. */
MUST_CHECK int radio_open(const struct radio_options *options, struct radio **ret_radio,
                          struct fault *reterr);

/* Takes the plan. Items that are known already stay as they were. -ENOMEM, or the
 * ledger's errno: the plan is still the caller's. */
MUST_CHECK int radio_give_plan(struct radio *radio, struct plan *plan, struct fault *reterr);

/* Replace what is planned: items of plans handed over before whose slot starts at or after from_us
 * (plan_item.slot_start_us) and that have not begun are dropped, even if already prepared
 * (copies opened ahead), and those of this plan, which holds the slots that start at or after
 * from_us, take their place, with this plan's levels from its first on. What has begun goes
 * on, and an item of the plan with its key is ignored; on air that is all that was mixed by
 * the time the plan is taken up, in the order given.
 * `segments` is the library as it is now, borrowed for the call; NULL: as it was. The ladders
 * take from it, and what was withdrawn is taken off the air even if it has begun: it fades out
 * over 0.1 s and ends as stopped, what was to follow of it in a slot that has begun is not begun,
 * and the ladders have its time.
 * Takes the plan. Errors as radio_give_plan(), and nothing is changed then. */
MUST_CHECK int radio_revise(struct radio *radio, struct plan *plan, const struct segments *segments,
                            int64_t from_us, struct fault *reterr);

/* Say in the status that scheduled items are held, because the clock is not believed. Whoever
 * plans holds them, by giving no plan; what is played at once still is. [ctl] */
void radio_doubt_clock(struct radio *radio, bool doubted);

/*
 * Stop these lines: nothing that was mixed already is heard from now on, nor what follows, until
 * they are released; then what is under way is joined where it would be by now. decided_us: when
 * that was decided; what a person decides after it is heard. Waits for nobody: the outputs are
 * hushed before it returns, the rest is done by the mixing thread. May be called from the opening
 * on.
 *
 * Threads: one, which may be another than the control thread. -ENOMEM; -EAGAIN: the mixing
 * thread takes no more orders; the lines are silent all the same, and stay so.
 */
MUST_CHECK int radio_hold(struct radio *radio, struct line_set lines, int64_t decided_us,
                          struct fault *reterr);
MUST_CHECK int radio_release(struct radio *radio, struct line_set lines, struct fault *reterr);

/* Play until the instant has come, or *stop is not 0 (-EINTR; reterr is untouched).
 * stop may be NULL. The ledger then holds all that aired before (live: but for the last
 * half second). Live: -ETIME when the clock was set back by more than a minute: finish, and begin
 * anew. Offline: -ENOSPC and the like when the ledger or a file cannot be written. */
MUST_CHECK int radio_run_until(struct radio *radio, int64_t until_us,
                               const volatile sig_atomic_t *stop, struct fault *reterr);

/* End what is on air as stopped (live: over a fade of 0.1 s), or as failed after -ETIME; send what
 * is queued, complete the files and the ledger. Nothing but the states below may be asked
 * afterwards. */
MUST_CHECK int radio_finish(struct radio *radio, struct fault *reterr);

/* Finishes first if that was not done, ignoring its errors. NULL is a no-op; returns NULL. */
struct radio *radio_close(struct radio *radio);
DEFINE_AUTO(struct radio, radio_close)

enum radio_line_state {
    RADIO_LINE_IDLE,
    RADIO_LINE_ON_AIR,
    RADIO_LINE_CLOSED,  /* outside its hours */
    RADIO_LINE_FAILED,  /* an output of it carries nothing */
    RADIO_LINE_STOPPED, /* by a person */
};

enum { RADIO_CODE_MAX = 96, RADIO_TITLE_MAX = 256 };

/* A line as it was at most a quarter of a second ago; any thread. */
struct radio_line {
    enum radio_line_state state;
    bool is_open;                      /* within its hours */
    char segment_code[RADIO_CODE_MAX]; /* "": nothing is on */
    char title[RADIO_TITLE_MAX];
    double peak_dbfs; /* -INFINITY: silence */
    double rms_dbfs;
    int64_t since_us; /* when what is on began to be heard, and will end; 0: nothing is on */
    int64_t until_us;
    int64_t quiet_us;               /* how long what is on has been below -60 dBFS; 0: it is not */
    bool is_quiet;                  /* for longer than the line's `silence` allows */
    int64_t start_error_us;         /* of what is on: first frame mixed minus planned */
    char next_code[RADIO_CODE_MAX]; /* what is planned next; "": nothing */
    char next_title[RADIO_TITLE_MAX];
    int64_t next_us;       /* when it is to begin; 0: nothing is planned */
    uint64_t n_underruns;  /* of its outputs, since the start */
    uint64_t n_reconnects; /* of what had failed */
    uint64_t frames_lost;  /* that its outputs could not send */
};
void radio_line(const struct radio *radio, size_t line, struct radio_line *ret_line);

struct radio_status {
    int64_t position_us; /* mixed up to here */
    uint64_t n_parts;    /* see engine_counts */
    uint64_t n_mixes;
    uint64_t frames_missing; /* of recordings, that came too late from the disk */
    uint64_t frames_skipped; /* that were not aired because the machine was too late */
    bool is_clock_doubted;   /* see radio_doubt_clock() */
    uint64_t n_late;         /* blocks mixed after their time had begun */
};
void radio_status(const struct radio *radio, struct radio_status *ret_status);

/* "idle", "on-air", "closed", "failed", "stopped" */
const char *radio_line_state_name(enum radio_line_state state);

#endif
