/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_PLANNER_INT_H
#define SCHEDULER_PLANNER_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airtime/quota.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/frames.h"
#include "media/segment.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/plan.h"
#include "station/station.h"

/*
 * Inside the planner. A plan is made in this order, one file a step:
 *
 *     daily.c      when each line may sound, and how loud, by time of day
 *     modes.c      what a station mode withholds, on which lines, when
 *     recordings.c what may air: the newest approved version of each code
 *     asks.c       slot -> asks: what it wants, in order
 *     jobs.c       slots in their order; which may air at all; how long they hold lines
 *     ownership.c  job -> cells: which of its lines it really has, when
 *     starts.c     a soft start waits for the item that is running
 *     fill.c       asks -> picks: the slot's timeline (rotation.c chooses)
 *     pieces.c     pick -> pieces: what is left of it on which lines
 *     stretches.c  fills job after job, and again what has moved
 *     planner.c    runs the steps and writes pieces down as plan items
 *
 * Every slot has one timeline, whoever holds its lines; a line that returns to it
 * joins where it is by then. So what a slot airs does not depend on who interrupts it.
 *
 * Memory  `arena` is the plan's own; `scratch` goes when planning is done, `moment` serves
 *         one job after the other, and `tried` one stretch.
 */
struct db;
struct fault;

enum {
    FADE_OUT_FRAMES = 2 * AIR_RATE, /* where a slot's end cuts its last item */
    TAIL_SHARE_MIN = 4, /* a recording overlaps if it is so many times as long as the crossfade */
    FADE_SHORT_FRAMES = AIR_RATE / 5, /* where lines are taken, given back or closed */
    SOUND_MIN_FRAMES = AIR_RATE,      /* less is not begun: nobody understands it */
    ROUNDS_MAX = 8,
    PLAN_MAX_BYTES = 1 << 30,
};

/* -- daily.c ---------------------------------------------------------------- */

/* From this frame on, until the next span. */
struct span {
    int64_t from_frame;
    bool open;
    double gain_db;
};

/* Lines with the same hours and levels. */
struct daily_group {
    struct line_set lines;
    const struct hours *hours;
    const struct level *level;
    struct span *spans; /* neighbours differ; the first is at or before the time asked for */
    size_t n_spans;
};

struct daily {
    struct daily_group *groups;
    size_t n_groups;
    struct daily_group *kinds; /* when each kind may be chosen; without spans: always */
};

/* Every line's hours and levels over [from_us, to_us). -ENOMEM. */
MUST_CHECK int daily_make(const struct station *station, int64_t from_us, int64_t to_us,
                          struct arena *arena, struct daily *ret_daily);
/* When rotation may choose each kind in that time. -ENOMEM. */
MUST_CHECK int daily_make_kinds(const struct station *station, int64_t from_us, int64_t to_us,
                                struct arena *arena, struct daily *daily);
/* The first time at or after a frame in which a kind may be chosen; INT64_MAX: none. */
struct kind_time {
    int64_t from_frame;
    int64_t until_frame;
};
struct kind_time daily_kind_time(const struct daily *daily, size_t kind, int64_t frame);
/* The span that holds a frame; before the first: the first. */
const struct span *daily_span(const struct daily_group *group, int64_t frame);
/* Give a plan with items its levels, in its own arena. -ENOMEM. */
MUST_CHECK int plan_make_levels(const struct station *station, struct plan *plan,
                                struct arena *scratch);

/* -- modes.c ---------------------------------------------------------------- */

/* A mode holds on these lines in [from, until). */
struct hold {
    int64_t from_frame;
    int64_t until_frame;
    struct line_set lines;
    const struct mode_def *mode;
};

struct holds {
    struct hold *items; /* by start; of one mode on the same lines no two touch */
    size_t n;
    int64_t *last_until_frame; /* the latest end of items 0..i */
    struct line_set room;      /* a set at work */
};

/* When modes hold, of the slots that declare them. Lines are borrowed from the slots. -ENOMEM. */
MUST_CHECK int holds_make(const struct station *station, const struct slots *slots,
                          struct arena *arena, struct holds *ret_holds);
/* The next hold, backwards, that reaches into [from, …) and withholds the kind:
 *     for (size_t i = holds_before(h, until); (i = holds_overlap(h, i, kind, from)) != SIZE_MAX;)
 */
size_t holds_before(const struct holds *holds, int64_t until_frame);
size_t holds_overlap(const struct holds *holds, size_t before, size_t kind, int64_t from_frame);
/* Take from `lines` those on which the kind is withheld at some time of [from, until). */
void holds_take(const struct holds *holds, size_t kind, int64_t from_frame, int64_t until_frame,
                struct line_set lines);
/* Take from `lines` those on which one hold lets nothing of the kind sound in [from, until). */
void holds_leave_silent(const struct holds *holds, size_t kind, int64_t from_frame,
                        int64_t until_frame, struct line_set lines);
/* The first frame from this one on at which some of the lines may hear the kind. */
int64_t holds_free_frame(const struct holds *holds, size_t kind, struct line_set lines,
                         int64_t frame);
/* True if none of the lines may hear all of [from, until). */
bool holds_spoil(const struct holds *holds, size_t kind, struct line_set lines, int64_t from_frame,
                 int64_t until_frame);
/* Give a plan what is withheld around its time, in its own arena. -ENOMEM. */
MUST_CHECK int plan_make_withheld(const struct station *station, const struct holds *holds,
                                  struct plan *plan);

/* -- recordings.c ----------------------------------------------------------- */

/* What airs under a code, with the station's ids resolved. */
struct recording {
    const struct segment *segment;
    size_t kind;  /* index; SIZE_MAX: the station does not know it */
    size_t topic; /* index; SIZE_MAX: none */
    enum counts_as counts;
    int64_t tail_frames;        /* of its end, that sound under what follows */
    bool is_spoken;             /* of a slot's text: never chosen */
    struct past *past;          /* in the planner's standing */
    size_t chosen_by;           /* the filling (planner->n_fillings) that last chose it */
    const struct segment *copy; /* in the plan's arena, made at first use; NULL before */
    /* A live source in the place of a recording: its segment is of no library, has no code, and
     * is longer than any slot. */
    enum item_source source;
    const char *source_name;
    const char *source_target;
};

/* Recordings of one kind and topic: a slot wants all of them or none, and they are behind
 * together. What was spoken for a slot is that slot's, and in no group. */
struct recording_group {
    size_t kind;
    size_t topic; /* SIZE_MAX: none */
    enum counts_as counts;
    size_t n;
    struct recording **by_code;
    struct recording **by_length; /* the longest first, then by code */
    size_t n_aired;               /* so many at least, by code, have aired */
};

struct recordings {
    struct recording *items; /* by code */
    size_t n;
    struct recording_group *groups; /* by kind; none is empty */
    size_t n_groups;
    size_t *kind_first; /* kind k from groups[kind_first[k]] to groups[kind_first[k + 1]] */
};

MUST_CHECK int recordings_make(const struct station *station, const struct segments *segments,
                               struct arena *arena, struct recordings *ret_recordings);
struct recording *recordings_find(const struct recordings *recordings, const char *code);
/* Why a withdrawn version does not air: by whom, when and why it was withdrawn. In the arena;
 * NULL: out of memory. */
const char *withdrawal_text(struct arena *arena, const struct segment *segment);

/* -- asks.c ----------------------------------------------------------------- */

enum ask_kind {
    ASK_RECORDING, /* this one */
    ASK_MISSING,   /* what was named cannot air; `reason` */
    ASK_WITHDRAWN, /* what was named shall not air any more; `reason` */
    ASK_LIVE,      /* carried live for as long as there is time: a relay, an input */
    ASK_ROTATION,  /* `count` that match */
};

struct ask {
    enum ask_kind ask;
    struct recording *recording;
    const char *title;  /* ASK_MISSING, ASK_WITHDRAWN: as the calendar calls it */
    const char *reason; /* a sentence */
    size_t kind;        /* ASK_ROTATION: this kind; SIZE_MAX: what the slot's categories say */
    int count;          /* ASK_ROTATION: 0 is as many as fit */
};

struct asks {
    struct ask *items;
    size_t n;
    size_t capacity;
};

struct planner;
struct job;

/* True if all that a slot airs is named: by attachments or by its text. */
bool slot_is_named(const struct planner *planner, const struct slot *slot);

/* What a slot asks for. A repeat asks for what rotation chose elsewhere, so its
 * asks are known only when everything before it is planned. */
MUST_CHECK int asks_make(struct planner *planner, const struct job *job, struct asks *ret_asks,
                         struct fault *reterr);
MUST_CHECK int asks_add(struct planner *planner, struct asks *asks, struct ask ask);
/* Add a recording that is named by its code, or why it cannot air at that instant. */
MUST_CHECK int asks_add_code(struct planner *planner, struct asks *asks, const char *code,
                             int64_t at_us, const char *reason);
/* Add a live source by what a calendar calls it, "relay:vov1", "input:mic" or an address, or why
 * it cannot be carried. slot_title: what an address is called; borrowed, like the name. */
MUST_CHECK int asks_add_live(struct planner *planner, struct asks *asks, const char *name,
                             const char *slot_title, const char *reason);
/* Is it a live source's name, and not a code, which has no colon? */
bool names_live(const char *name);
/* Frames that the recordings after ask i need. */
int64_t asks_reserved(const struct asks *asks, size_t i);
/* Why a repeat has nothing to repeat. */
const char *no_source_text(void);
/* Why the recording of a code (NULL: there is none) cannot air at an instant; NULL: it can.
 * "": no memory. */
const char *code_obstacle(struct planner *planner, const char *code,
                          const struct recording *recording, int64_t at_us);
/* Attachments alone, all of kinds that announce something and then give the line back. */
bool job_is_notice(const struct planner *planner, const struct job *job);
/* May sound outside a line's hours as far as its recordings are emergencies. */
bool job_is_emergency(const struct planner *planner, const struct job *job);
bool recording_is_emergency(const struct recording *recording);

/* -- jobs.c ----------------------------------------------------------------- */

struct piece {
    int64_t from_frame;
    int64_t until_frame;
    struct line_set lines; /* in the plan's arena */
    enum end_cause cause;
    bool repeat;
};

/* Lines of a slot that stay silent, and why; NULL: there are none. */
struct refusal {
    struct line_set lines;
    const char *reason;
};

/* One thing on a slot's timeline. */
struct pick {
    struct recording *recording; /* NULL: nothing sounds */
    const char *title;           /* without a recording: what could not air */
    int64_t start_frame;
    int64_t n_frames;
    int64_t fade_in_frames;
    int64_t fade_out_frames;
    int64_t tail_frames; /* beyond n_frames, under what follows */
    enum end_cause cause;
    enum plan_state state;
    const char *reason;
    bool named;  /* the calendar asked for this very recording */
    bool repeat; /* on all of the slot's lines */
    bool counts; /* as a feature or item: its first run on any line */
    struct piece *pieces;
    size_t n_pieces;
    struct refusal withheld; /* lines that a mode keeps from hearing any of it */
};

/* A slot on its way into the plan. */
struct job {
    const struct slot *slot;
    size_t index;
    bool may_air;       /* confirmed, and nothing has refused it … */
    bool airs;          /* … nor did what runs before it last until its end */
    const char *reason; /* why it does not air; NULL: needs no row */
    bool in_window;     /* starts in the plan's window */
    bool emergency;
    int64_t start_frame;         /* of its timeline and its hold on lines */
    int64_t end_frame;           /* of its hold: content, overrun */
    int64_t nominal_end_frame;   /* by the calendar */
    int64_t room_frame;          /* what rotation chooses ends by then; 0: it is not laid out */
    struct line_set muted;       /* a mode withholds there all that a notice says; NULL: nowhere */
    struct line_set lines;       /* the slot's, for the plan, known once it is filled; … */
    struct listeners *listeners; /* … and who asks there */
    struct asks asks;            /* empty for a repeat until it is filled */
    struct pick *picks;
    size_t n_picks;
    size_t pick_capacity;
    struct refusal refusals[2];
    size_t n_refusals;
};

struct simulation;

struct planner {
    const struct station *station;
    const struct segments *segments;
    struct db *db;                 /* NULL: nothing was frozen */
    struct simulation *simulation; /* NULL: a plan that is to air */
    struct standing *standing;
    int64_t from_us;
    int64_t to_us;
    struct arena *arena;
    struct arena *scratch;
    struct arena *moment; /* for one job's cells; gone with them */
    struct arena *tried;  /* for one stretch: what can be taken back */
    struct daily daily;
    struct holds holds;
    struct recordings recordings;
    struct wanted *wanted; /* rotation's room for all groups */
    size_t n_fillings;     /* of jobs, so far */
    struct job *jobs;      /* by start by the calendar, then layer, uid, recurrence */
    size_t n_jobs;
    struct job **by_key; /* those whose layers are valid, by uid and recurrence */
    size_t n_by_key;
    int64_t *last_end_frame; /* the latest end of jobs 0..i */
};

/* layers.c: the layer of the station that silences a slot's own at its start, or NULL. */
const struct layer_def *slot_replacing_layer(const struct station *station,
                                             const struct slot *slot);
bool slot_layer_is_valid(const struct station *station, const struct slot *slot);

/* The jobs of all slots, in order, with what they ask for and how long they hold
 * their lines. */
MUST_CHECK int jobs_make(struct planner *planner, const struct slots *slots, struct fault *reterr);
/* The job of a key that stands for all with it, or NULL. */
const struct job *jobs_find(const struct planner *planner, const char *uid, int64_t recurrence_us);
/* How long a job holds its lines, from its start_frame. -ENOMEM. */
MUST_CHECK int job_measure(const struct planner *planner, struct job *job);
/* Take a filled job back to what it was before, but for the times that it has now. */
MUST_CHECK int job_begin_again(const struct planner *planner, struct job *job);
/* Set last_end_frame anew after jobs[first .. end) have changed. */
void jobs_index_ends(struct planner *planner, size_t first, size_t end);
/* 1 emergency, 2..4, 5 for everything normal. */
int slot_rank(const struct slot *slot);
bool slot_is_urgent(const struct slot *slot); /* outranks what is normal */
/* True if a takes a line from b: rank, later start, higher layer, then uid and
 * recurrence; of two slots exactly one does. */
bool slot_outranks(const struct slot *a, const struct slot *b);

/* Walk the jobs that air and hold lines within [from, until), latest first:
 *     for (size_t i = jobs_before(p, until); (i = jobs_overlap(p, i, from)) != SIZE_MAX;) */
size_t jobs_before(const struct planner *planner, int64_t until_frame);
size_t jobs_overlap(const struct planner *planner, size_t before, int64_t from_frame);

/* -- ownership.c ------------------------------------------------------------ */

/* A time in which nothing changes for a job's lines. */
struct cell {
    int64_t from_frame;
    int64_t until_frame;
    struct line_set owned; /* no better slot holds these */
    struct line_set open;  /* and of those, they may sound by their hours */
};

/* The lines on which a recording may sound in a cell. */
static inline struct line_set cell_lines(bool emergency, const struct cell *cell)
{
    return emergency ? cell->owned : cell->open;
}

struct cells {
    struct cell *items; /* from the job's start to its end without a gap */
    size_t n;
    int64_t open_until_frame; /* when its last line is taken or closed; INT64_MIN: none is open */
};

/* A job's cells, in the arena; notes in the job which lines it never gets. */
MUST_CHECK int cells_make(const struct planner *planner, struct job *job, struct arena *arena,
                          struct cells *ret_cells);

/* -- starts.c --------------------------------------------------------------- */

/* Let a soft start wait: sets job->start_frame. Everything before it must be filled. */
MUST_CHECK int job_wait(struct planner *planner, struct job *job, struct fault *reterr);

/* -- stretches.c ------------------------------------------------------------ */

/*
 * Fill all jobs, each in its time. A start that waits moves with what it waits for, a repeat
 * may finish what the event it repeats was given, and what they interrupt decides what is
 * counted, and so what rotation chooses next. So jobs are filled with the times that are
 * expected of those after them; where one has moved, all that hangs together with it is taken
 * back and filled again with the times found, until none moves. What hangs together reaches
 * from one moment in which no job holds a line to the next: all before is settled then, and
 * nothing that follows changes it.
 */
MUST_CHECK int planner_fill(struct planner *planner, struct fault *reterr);

/* -- rotation.c ------------------------------------------------------------- */

/* Is a topic another one, or below it? */
bool topic_is_under(const struct station *station, size_t topic, size_t above);
/* A group that a slot wants, and how far it is behind its quota. */
struct wanted {
    struct recording_group *group;
    double behind; /* -INFINITY: no quota asks for it */
};

/* Choose for a rotation ask at an instant what fits into room_frames. With nothing
 * to choose, *ret is NULL and rotation_obstacle() says why. */
MUST_CHECK int rotation_choose(struct planner *planner, const struct job *job,
                               const struct ask *ask, int64_t at_us, int64_t room_frames,
                               struct recording **ret, const char **ret_reason);
const char *rotation_obstacle(const struct planner *planner, const struct job *job,
                              const struct ask *ask, int64_t at_us);
/* The station's filler that these lines have not heard for longest, to be laid in the first
 * time at or after a frame in which its kind may be chosen; NULL: there is none. */
struct recording *rotation_filler(const struct planner *planner, const struct job *job,
                                  int64_t frame, struct kind_time *ret_time);
/* May what was chosen for a later time begin at this frame: by its dates, its kind's hours and
 * what modes withhold? */
bool rotation_may_begin(const struct planner *planner, const struct job *job,
                        const struct recording *recording, int64_t frame);

/* -- fill.c, pieces.c ------------------------------------------------------- */

/* Why a mode keeps these lines from hearing a recording; NULL: no memory. */
const char *withheld_text(struct planner *planner, const struct recording *recording,
                          struct line_set lines, int64_t from_frame);
/* Lay a job's timeline out and count it; its asks are known. */
MUST_CHECK int job_fill(struct planner *planner, struct job *job, struct fault *reterr);
/* Cut a filled job anew, after another one's start has moved. */
MUST_CHECK int job_cut_again(struct planner *planner, struct job *job, struct fault *reterr);
/* Cut a pick to the lines and times that its job really has. */
MUST_CHECK int pick_cut(struct planner *planner, const struct job *job, struct pick *pick,
                        const struct cells *cells, struct arena *arena);
/* Which pieces repeat; then count them. */
MUST_CHECK int pick_count(struct planner *planner, const struct job *job, struct pick *pick);

/* -- simulation.c: windows that follow one another without a database ---------- */

/* What an event last aired in the windows before. */
struct carried_event {
    const char *uid;
    const char **codes; /* or names of live sources, in order; borrowed */
    size_t n_codes;
    size_t capacity;
};

/* An item that runs past the end of the window before. */
struct carried_item {
    const char *uid;
    int64_t recurrence_us;
    int64_t start_frame;
    int64_t until_frame;
};

/*
 * A plan that is only looked at, window by window: it writes nothing, and what a window
 * hands on to the next (the standing, what repeats will ask for, what is still running)
 * stays in memory, as much of it as there are events and recordings, however many windows
 * follow. What was frozen before since_us is asked of the database.
 */
struct simulation {
    int64_t since_us;          /* where the first window begins */
    struct standing *standing; /* at the next window's start, all before it counted; … */
    struct arena *standing_arena;
    struct standing *next; /* … and the window's at work */
    struct arena *next_arena;
    struct carried_event *events; /* by uid */
    size_t n_events;
    size_t event_capacity;
    struct carried_item *items;
    size_t n_items;
    size_t item_capacity;
    struct arena *arena;
    /* Sees each window once, settled, with its jobs filled and its standing counted, while
     * `standing` is still as it was before. May end the simulation with a negative errno. */
    int (*see)(void *context, const struct simulation *simulation, const struct planner *planner);
    void *context;
};

/* Begin with what has aired before at_us by the ledger; the caller then notes what is frozen
 * from then to since_us. -ENOMEM, or the database's errno. */
MUST_CHECK int simulation_init(struct simulation *simulation, const struct station *station,
                               struct db *db, int64_t at_us, int64_t since_us,
                               struct fault *reterr);
void simulation_finish(struct simulation *simulation);
/* Before the first window: count an item that sounds from a frame on, what was before has
 * aired. is_whole: its lines will have heard the recording whole. -ENOMEM. */
MUST_CHECK int simulation_note(struct simulation *simulation, const struct station *station,
                               const struct plan_item *item, int64_t from_frame, bool is_whole);
/* A window begins with a copy of the standing of before, which is kept when it is settled. */
MUST_CHECK int simulation_begin(struct simulation *simulation, struct planner *planner);
MUST_CHECK int simulation_take(struct simulation *simulation, const struct planner *planner);
/* NULL: it aired nothing since the simulation began. */
const struct carried_event *simulation_find_event(const struct simulation *simulation,
                                                  const char *uid);
/* As frozen_running(). */
int64_t simulation_running(const struct simulation *simulation, const struct slot *slot,
                           int64_t frame);

/* -- frozen.c: what the database holds of plans made before ------------------ */

/* Add as asks what the latest occurrence of `uid` before an instant, and before the
 * window, was to play. Nothing is added if there is none. */
MUST_CHECK int frozen_repeat(struct planner *planner, const char *uid, int64_t before_us,
                             struct asks *asks, struct fault *reterr);
/* Until when an item of a slot before the window is planned that runs at this frame;
 * INT64_MIN: none is known. */
MUST_CHECK int frozen_running(struct planner *planner, const struct slot *slot, int64_t frame,
                              int64_t *ret_until_frame, struct fault *reterr);
/* Count what is frozen before the window but has not aired yet. */
MUST_CHECK int frozen_count(struct planner *planner, struct fault *reterr);

/* -- plan.c ----------------------------------------------------------------- */

/* Of plan_state_name(); PLAN_UNFILLED for any other. */
enum plan_state plan_state_parse(const char *name);
/* Of item_source_name(); ITEM_SOURCE_COPY for any other. */
enum item_source item_source_parse(const char *name);

/* -- planner.c -------------------------------------------------------------- */

/*
 * The core of plan_make(): a plan from slots, in any order, that start from a day
 * before from_us to a day after to_us. db may be NULL.
 *
 * A start that waits moves with what it waits for, a repeat may finish what the event it
 * repeats was given, and what they interrupt decides what is counted, and so what rotation
 * chooses next. A round of planning takes the times of the round before; when none has
 * moved, it is settled.
 */
MUST_CHECK int plan_from_slots(const struct station *station, const struct slots *slots,
                               const struct segments *segments, struct db *db, int64_t from_us,
                               int64_t to_us, struct plan **ret_plan, struct fault *reterr);
/* The same as the next window of a simulation. */
MUST_CHECK int plan_simulate(const struct station *station, const struct slots *slots,
                             const struct segments *segments, struct db *db,
                             struct simulation *simulation, int64_t from_us, int64_t to_us,
                             struct fault *reterr);
/* Put items into the order that plan.h promises. */
void plan_sort(struct plan_item *items, size_t n);
/* "out of memory" for a plan, as a fault. */
int plan_no_memory(struct fault *reterr);

/* -- check.c ---------------------------------------------------------------- */

struct checker;

/*
 * The core of plan_check(): a checker looks at the time part by part, each with the plan that
 * was made of these slots, and then tells. Given to the caller: checker_destroy(). -ENOMEM.
 */
MUST_CHECK int checker_create(const struct station *station, const struct segments *segments,
                              int64_t from_us, int64_t to_us, struct checker **ret_checker,
                              struct fault *reterr);
MUST_CHECK int checker_look(struct checker *checker, const struct slots *slots,
                            const struct plan *plan, struct fault *reterr);
MUST_CHECK int checker_tell(struct checker *checker, struct findings *findings,
                            struct fault *reterr);
struct checker *checker_destroy(struct checker *checker); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct checker, checker_destroy)

#endif
