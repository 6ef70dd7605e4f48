/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ENGINE_H
#define PLAYOUT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airtime/ledger.h"
#include "base/attr.h"
#include "base/cleanup.h"
#include "playout/rt/mix.h"
#include "scheduler/plan.h"
#include "station/line_set.h"

struct airable;
struct alert;
struct fault;
struct mic;
struct segments;
struct station;

/*
 * The engine turns plans into sound and into airings. It is a pure function of plans,
 * prepared copies and the frames it is told to advance: the radio under the system
 * clock, a rehearsal and a render are the same code, and give the same samples and
 * the same airings.
 *
 * What sounds. At every frame each line has at most one owner: of the items that are
 * on and may sound there, the one with the highest priority (1 first), then the latest
 * start, then plan order. A closed line (`plan_level.open`, and a line without any
 * level) carries emergencies only: items of priority 1 and kind khan-cap. The plan
 * promises all this already; here it holds whatever the plan says. When an item
 * loses or gains lines its airing ends, and another begins for the lines it has now.
 *
 * What cannot be played. An item whose copy cannot be opened or read gets an airing of
 * what was heard of it (0 frames if nothing) that ended as failed. Each line's
 * fallback ladder has the rest of its time: every rung sounds once, the next follows when it
 * has ended or cannot be played either; `silence`, and the end of the ladder, is silence.
 *
 * What is carried live. A relay is opened ahead as a copy is, and joined when it comes, late or
 * not. When it has given nothing for 2 s its airing ends as failed (one of 0 frames if it never
 * began), and the ladders have its time until it gives sound again: then what they play fades
 * out over 0.1 s, ends as preempted, and another airing of it begins. The same befalls one that has
 * given nothing but silence (ENGINE_DEAD_DBFS) for as long as its lines' `silence` allows, if there
 * is anything on a ladder: it is listened to, and back once half a second of sound has come. A
 * recording is as silent as it was when it was approved. A relay is heard from the server
 * at the speed of the radio's clock, with what the server gave ahead as its reserve. ENGINE_LEDGER
 * takes it for carried in full; ENGINE_OFFLINE has silence for it, and says so once.
 *
 * What is withdrawn. With a revision comes the library as it is then (playout/airable.h).
 * What sounds of a version that was withdrawn fades out over 0.1 s and ends as stopped; what
 * was still to come of it never begins. The ladders have the rest of its time.
 *
 * What is withheld. Of a kind that a plan withholds (`plan_withheld`) nothing is heard on those
 * lines meanwhile, whatever the plan says besides: a rung of such a kind is passed over, and one
 * that sounds by then fades out before, over 0.1 s, and the next rung has the rest.
 *
 * What is stopped. Of lines that a person has stopped nothing is heard until they are released, not
 * even ladders; what was planned goes on in its place meanwhile. What is mixed ahead has been
 * hushed by then, so an airing ends as stopped at the frame that was heard last; what was to begin
 * gets an airing of 0 frames that ended as stopped. What a person asks for after the stop
 * is heard.
 *
 * Joining in. What is under way when the engine comes to it sounds from where it would
 * be by now: at the exact frame of the recording.
 *
 * What a person has said at once (playout/alerts/alert.h) is over all that. What it interrupts is,
 * by the station's rule (`after-emergency`): rejoined at where it would be by now; resumed where it
 * was interrupted, and then it has the line until its recording ends, the next item starts, or the
 * hours end; or cut, and so is what would have started meanwhile. Rungs of a ladder are not resumed
 * but rejoined.
 *
 * What a person says live (playout/mic.h) is over programmes and under emergencies; what had its
 * lines sounds on beneath it, ducked or silent, and has no airing there meanwhile.
 *
 * Programmes. Lines with the same owner and the same level share one mix.
 *
 * Units   frames of 48 kHz since the epoch, or durations. Sound is cut into parts of at
 *         most AIR_BLOCK_FRAMES that never cross the 20 ms grid.
 * Errors  -ENOMEM, and only where said. What cannot be played is an event, not an error.
 * Threads one, and the callbacks are made on it.
 */
struct engine;

enum engine_mode {
    ENGINE_LEDGER,  /* no sound: copies are checked, and time jumps from event to event */
    ENGINE_OFFLINE, /* copies are read as they are needed: nothing is ever late */
    /* a worker opens copies 5 s ahead, live sources by their pre-roll; what is late is silence,
     * and counted */
    ENGINE_LIVE,
};

enum engine_event_kind {
    ENGINE_STARTED,
    ENGINE_ENDED,
    ENGINE_UNPLAYABLE, /* something could not be played, or not now: for the log */
};

struct engine_event {
    enum engine_event_kind kind;
    int64_t frame;                    /* of the first frame; one past the last */
    uint64_t airing;                  /* names the airing in its two events; from 1 */
    const struct airing_start *start; /* STARTED */
    int64_t n_frames;                 /* ENDED: of the recording, really mixed */
    enum end_cause cause;             /* ENDED */
    const struct fault *fault;        /* UNPLAYABLE */
};

/* Pointers are borrowed for the call. */
typedef void (*engine_event_call)(void *context, const struct engine_event *event);

/* n frames of stereo for these lines (indices, ascending), of which the first is air
 * frame `frame`. Every line is handed every frame, silent ones too; calls come in the
 * order of time. */
typedef void (*engine_carry_call)(void *context, const uint32_t *lines, size_t n_lines,
                                  int64_t frame, const float *frames, size_t n);

struct engine_options {
    const struct station *station;   /* borrowed */
    const char *station_dir;         /* where library/ is; borrowed */
    const struct segments *segments; /* for the ladders; borrowed for the call; NULL: none */
    enum engine_mode mode;
    int64_t start_frame;
    struct line_set lines; /* carry only these; words NULL: every line */
    engine_event_call on_event;
    void *event_context;
    engine_carry_call carry; /* NULL with ENGINE_LEDGER */
    void *carry_context;
};

/* Given to the caller: engine_destroy(). -ENOMEM, -EAGAIN (no thread). */
MUST_CHECK int engine_create(const struct engine_options *options, struct engine **ret_engine,
                             struct fault *reterr);
/* What is on air is dropped without an event: engine_stop() first. NULL is a no-op; returns NULL.
 */
struct engine *engine_destroy(struct engine *engine);
DEFINE_AUTO(struct engine, engine_destroy)

/*
 * Add a plan of this station. aired_until: NULL, or for each item the frame up to which an
 * earlier run has aired it (INT64_MIN: not at all); it is joined there at the earliest.
 * give takes the plan, lend borrows it until engine_destroy(). -ENOMEM: nothing was
 * added or taken.
 */
MUST_CHECK int engine_give_plan(struct engine *engine, struct plan *plan,
                                const int64_t *aired_until, struct fault *reterr);
MUST_CHECK int engine_lend_plan(struct engine *engine, const struct plan *plan,
                                const int64_t *aired_until, struct fault *reterr);

/*
 * Replace what is planned. Items of plans handed over before whose slot starts at or after
 * from_us and that have not begun are dropped, even if their copies are open already; this
 * plan, which holds the slots that start at or after from_us, takes their place, with its
 * levels from each line's first on. What has begun goes on: an item of the plan with its
 * key is ignored, while one with the key of a dropped item is a new one. The same plan once
 * more changes nothing that is heard or told. aired_until, and failing, as above; takes the
 * plan, and airable: what may air from now on, or NULL for what did before.
 */
MUST_CHECK int engine_revise(struct engine *engine, struct plan *plan, const int64_t *aired_until,
                             struct airable *airable, int64_t from_us, struct fault *reterr);

/* Have an alert said, from the next frame that is made on; one that stands with its id is ended.
 * The alert is the engine's until its progress says dropped. Cannot fail. */
void engine_interject(struct engine *engine, struct alert *alert);
/* It stands no more: what sounds of it fades out over 0.1 s. False: none stands with that id. */
bool engine_end_alert(struct engine *engine, const char *id);

/* A microphone is open from the next frame that is made on, until it is closed or ends by itself;
 * then it fades out over 20 ms. It is the engine's until its progress says dropped. Cannot fail. */
void engine_open_mic(struct engine *engine, struct mic *mic);
void engine_close_mic(struct engine *engine, struct mic *mic);

/* Make everything before `frame` sound. -ENOMEM: an item was lost; calling again goes on. */
MUST_CHECK int engine_advance_to(struct engine *engine, int64_t frame, struct fault *reterr);

/* Go to a later frame without a sound in between. What is on air ends here, as failed; what goes on
 * is joined there, as an airing of its own: a ledger that is cut off has no time that was not
 * heard. */
MUST_CHECK int engine_skip_to(struct engine *engine, int64_t frame, struct fault *reterr);

/* Stop these lines; frame: the first that is not heard of what was mixed already, or later; an
 * instant of the stop, against which later decisions are held. Stopping twice changes only that. */
void engine_hold(struct engine *engine, struct line_set lines, int64_t frame, int64_t decided_us);
/* Let them sound again, from engine_position() on. */
void engine_release(struct engine *engine, struct line_set lines);

/* Live: everything that is on before this frame, and was near enough to be prepared, has
 * been opened. */
bool engine_is_ready(const struct engine *engine, int64_t frame);

/* Nothing is on air, and nothing has been opened to be on soon. */
bool engine_is_idle(const struct engine *engine);

/* Nothing starts any more; what sounds fades out over the next n_fade frames (0: ends at
 * once), with this cause. Advance to engine_position() + n_fade to hear it. */
void engine_stop(struct engine *engine, int64_t n_fade, enum end_cause cause);

int64_t engine_position(const struct engine *engine); /* the next frame to be made */

struct engine_counts {
    uint64_t n_parts;        /* times that sound was made: one a block, more around changes */
    uint64_t n_mixes;        /* programmes mixed, over all parts */
    uint64_t frames_missing; /* silence in the place of a recording's frames that came too late */
    uint64_t frames_skipped; /* by engine_skip_to(), since the first sound */
};
struct engine_counts engine_counts(const struct engine *engine);

/* A line whose every 20 ms have less power than that carries silence. */
enum { ENGINE_QUIET_DBFS = -60 };
/* A live source with less power than that is dead. */
enum { ENGINE_DEAD_DBFS = -80 };

/* What a line carries at the moment. Pointers are borrowed until the next call that advances. */
struct engine_line {
    bool open;
    bool held;                /* stopped by a person */
    const char *segment_code; /* NULL: nothing */
    const char *title;
    int64_t since_frame; /* of its airing, or INT64_MIN */
    int64_t until_frame;
    int64_t quiet_frames;       /* below ENGINE_QUIET_DBFS without a break; 0 if nothing is on */
    int64_t start_error_frames; /* of its airing: first frame mixed minus planned; 0 if nothing */
    struct mix_level level;     /* of its last part */
    const char *next_code;      /* what is planned next; NULL: nothing, or it was not looked up */
    const char *next_title;
    int64_t next_frame;
};
/* Find out what each line is to carry next, which is dear, if that may have changed. */
void engine_look_up_next(struct engine *engine);
struct engine_line engine_line(const struct engine *engine, size_t line);

#endif
