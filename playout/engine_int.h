/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ENGINE_INT_H
#define PLAYOUT_ENGINE_INT_H

#include "base/frames.h"
#include "media/segment.h"
#include "playout/agenda.h"
#include "playout/airable.h"
#include "playout/alerts/alert_airing.h"
#include "playout/engine.h"
#include "playout/mic_int.h"
#include "playout/rt/mix.h"
#include "playout/voice.h"

/*
 * Inside the engine. engine.c walks through time; acts.c holds what is on or about to be, and
 * who owns which line; alert_acts.c airs what a person has said at once, and displaced.c what
 * becomes of the programmes under it; fallback.c climbs the ladders; withdrawal.c takes off the
 * air what shall not be heard any more; hold.c keeps silent what was stopped; mics.c lays
 * what lines carry under an open microphone; tails.c lets the end of a recording flow into what
 * follows; airings.c says what starts and ends; upcoming.c what comes next; programmes.c groups
 * lines and mixes.
 */
enum {
    PREPARE_FRAMES = 5 * AIR_RATE, /* live: how far ahead a copy is opened */
    PATIENCE_FRAMES =
        AIR_RATE / 2, /* live: how long a copy may give nothing before it has failed */
    LEVEL_RAMP_FRAMES = AIR_BLOCK_FRAMES,
    FALLBACK_FADE_FRAMES = AIR_RATE / 10, /* where the item's time ends before the rung does */
    TAKE_OFF_FRAMES = AIR_RATE / 10,      /* over which fades out what was withdrawn */
    STALL_FRAMES = 2 * AIR_RATE,          /* live: how long a relay may give nothing */
    REJOIN_FADE_FRAMES = AIR_RATE / 5,    /* over which it comes back */
    LOUD_AGAIN_FRAMES = AIR_RATE / 2,     /* live: sound that ends the silence of a source … */
    PAUSE_FRAMES = AIR_RATE,              /* … between which it may pause so long */
};

/* What is over what, whatever the priority. */
enum { RANK_EMERGENCY, RANK_TEST_FORCED, RANK_VOICE, RANK_PROGRAMME, RANK_TEST };

/* A piece of sound that is on, or soon will be: an item, or a rung of a ladder in an item's time.
 */
struct act {
    const struct plan_item *item;
    struct alert *alert;        /* whose sound it is, and item; NULL: of a plan */
    struct mic *mic;            /* the same, of an open microphone */
    int rank_class;             /* before all else; RANK_ */
    const struct segment *rung; /* the fallback that sounds instead; NULL: the item itself */
    struct airable *airable;    /* that the rung is of; held */
    size_t rung_index;
    uint64_t order;
    int64_t from_frame;
    int64_t until_frame;
    int64_t zero_frame; /* the air frame at which the recording's frame 0 would be */
    struct line_set asked;
    struct line_set owned;
    struct line_set wanted;  /* owned, after the next change */
    struct line_set under;   /* lines on which it sounds beneath a voice, without an airing */
    struct line_set denied;  /* lines that are stopped, or spoken over, as an airing of it says */
    struct mix_fade fade;    /* over fade_zero .. */
    int64_t fade_zero_frame; /* the air frame of the fade's frame 0 */
    struct voice *voice;     /* NULL: no sound is made, or it has failed */
    int64_t decided_us;      /* when a person asked for it; INT64_MIN: it was planned */
    bool active;             /* its time has come */
    bool begun;              /* its item's time has come: a revision leaves it alone */
    bool dropped;            /* by a revision; over, but what was prepared can be taken over */
    bool over;
    bool is_tail; /* its airing has ended; `asked` is where its tail sounds */
    bool failed;
    bool withdrawn;           /* and not yet taken off */
    struct mix_step take_off; /* how it fades out once it is; n_frames 0: it is not */
    /* What was interrupted and goes on behind an alert: */
    int64_t yields_frame; /* where its time was over by the plan; INT64_MAX: it was not moved */
    bool yields;          /* it is: any other has the line before it */
    uint64_t waits_for;   /* the order of the alert at whose end it goes on */
    enum end_cause cause; /* that it will end with */
    uint64_t airing;      /* 0: not on air */
    int64_t airing_frame;
    int64_t heard_frames;
    int64_t starved_frames; /* in a row */
    int64_t quiet_frames;   /* of a live source: nothing but silence came for so long; … */
    int64_t loud_frames;    /* … while is_silent: sound, with pauses of at most PAUSE_FRAMES */
    bool stalled;           /* a live source that gives nothing: the ladder has its time … */
    bool is_silent;         /* … or one that gives silence, and is listened to */
    int64_t rejoin_frame;   /* … until it gives sound again, from this frame on; 0: not yet */
};

/* Lines that carry one act, over the same tail, at one level. Where nobody owns the lines the
 * tail itself is the act. Where the act is a microphone's, the bed and its tail lie beneath. */
struct programme {
    struct act *act;
    struct act *tail; /* NULL: none */
    struct act *bed;  /* the same */
    struct mix_step level;
    struct mix_step duck; /* of all but a voice */
    size_t first_line;    /* in engine->lines */
    size_t n_lines;
    struct mix_level measured;
};

struct line_state {
    struct mix_step level;
    int64_t level_frame;      /* of the last plan_level that counted; INT64_MIN: none */
    uint32_t programme;       /* UINT32_MAX: none */
    struct act *tail;         /* that sounds there; NULL: none */
    struct act *bed;          /* beneath a voice; NULL: none */
    struct mix_step duck;     /* the gain of what lies, or lay, beneath a voice */
    int64_t quiet_from_frame; /* where it last was loud, or carried nothing */
    int64_t held_us;          /* when it was stopped last; counts while engine->held has it */
    /* what it is to carry next, as engine_look_up_next() found it; NULL: nothing */
    const struct plan_item *next;
    int64_t next_frame;
};

struct engine {
    struct engine_options options;
    struct agenda *agenda;
    struct voice_worker *worker; /* live */
    struct copy_list *checked;   /* ledger only: copies that were found whole */
    struct airable *airable;     /* what may air by now; held */
    size_t n_lines;
    int64_t position;
    struct act **acts; /* the owner of a line is the first that asks for it and may have it */
    size_t n_acts;
    size_t acts_capacity;
    struct line_state *line_states;
    struct line_set carried; /* the lines this engine is for */
    struct line_set open;
    struct line_set held;    /* stopped by a person */
    struct line_set taken;   /* scratch of acts_own() */
    struct line_set lost;    /* scratch of acts_own() */
    struct line_set spoken;  /* scratch: lines that hear a microphone */
    bool dirty;              /* who owns what may have changed */
    bool regroup;            /* programmes may have changed */
    bool is_next_stale;      /* what comes next on lines may be something else by now */
    int64_t ramps_end_frame; /* when the last ramp of a line is over; INT64_MAX: none runs */
    int64_t withheld_frame;  /* when what modes withhold may be another than now */
    bool told_live;          /* that what is live is not rendered */
    struct alert *alerts;    /* that stand; the newest first */
    uint64_t n_alerts;       /* that were ever given */
    struct mic *mics;        /* that are open */
    uint64_t n_mics;         /* that ever were */
    bool stopping;
    struct mix_step stop_fade;
    uint64_t n_airings;
    struct programme *programmes;
    size_t n_programmes;
    uint32_t *lines;  /* grouped by programme, then those that carry nothing */
    size_t n_carried; /* how many lines that are */
    float block[AIR_BLOCK_FRAMES * AIR_CHANNELS];
    float under[AIR_BLOCK_FRAMES * AIR_CHANNELS]; /* what is scaled before it is added to it */
    struct engine_counts counts;
};

/* acts.c */
float act_gain(double gain_db); /* linear */
struct act *act_create(struct engine *engine, const struct plan_item *item, uint64_t order);
struct act *act_destroy(struct engine *engine, struct act *act);
/* Takes the act. -ENOMEM: destroyed. */
MUST_CHECK int acts_add(struct engine *engine, struct act *act);
/* Open the copy, or have it opened. What cannot be played is marked failed: at once, or
 * (live) by acts_watch(). -ENOMEM. */
MUST_CHECK int act_prepare(struct engine *engine, struct act *act);
/* The items of slots from from_us on that were prepared and have not begun, into `items`, which
 * has room for one an act. Returns how many. */
size_t acts_prepared(const struct engine *engine, int64_t from_us, const struct plan_item **items);
/* Drop them. What is prepared next takes over what of it is the same. */
void acts_drop(struct engine *engine, int64_t from_us);
void acts_begin_due(struct engine *engine);
MUST_CHECK int acts_end_due(struct engine *engine);
MUST_CHECK int acts_watch(struct engine *engine);
/* After a skip: open anew at the position what is read too far behind it to be caught up
 * with. -ENOMEM: an act was lost. */
MUST_CHECK int acts_rejoin(struct engine *engine);
void acts_own(struct engine *engine);
bool act_is_emergency(const struct act *act);
void acts_sweep(struct engine *engine);
int64_t acts_next_frame(const struct engine *engine);

/* fallback.c: add the next playable rungs for the lines that `act` asked for. */
MUST_CHECK int fallback_climb(struct engine *engine, const struct act *act, int64_t from_frame);
/* Would it add one now? */
bool fallback_is_there(const struct engine *engine, const struct act *act);

/* For the rest of the act's time, from its start or from now on. */
MUST_CHECK int act_pass_on(struct engine *engine, const struct act *act);

/* withdrawal.c: find what is withdrawn by now; then end it, and let the ladders have its time.
 * -ENOMEM: a rung was lost. */
void acts_mark_withdrawn(struct engine *engine);
MUST_CHECK int acts_take_off(struct engine *engine);

/* tails.c: does a part of the recording follow the item that sounds under what comes next? At the
 * end of an act: it sounds on as such a tail. Which tail sounds on which line. */
bool item_has_tail(const struct plan_item *item);
bool act_becomes_tail(struct engine *engine, struct act *act);
void tails_lay_under(struct engine *engine);

/* live_act.c: acts whose source is live. */
bool act_is_live(const struct act *act);
/* Note what the n frames that were just pulled from it hold. */
void act_listen(struct act *act, size_t n) RT_SAFE;
/* Has it given nothing but silence for longer than its lines may be silent, while something else
 * could sound there? */
bool act_fell_silent(struct engine *engine, struct act *act);
/* It has given nothing, or nothing but silence, for too long: end its airing as failed; the ladders
 * sound until it gives sound again. -ENOMEM: a rung was lost. */
MUST_CHECK int act_stall(struct engine *engine, struct act *act);
/* Those that give sound again have their lines back, once what sounds instead has faded out. */
void acts_rejoin_live(struct engine *engine);

/* hold.c: take from act->wanted the lines that were stopped after the act was decided on, and tell
 * those that have not been told. */
void act_leave_held(struct engine *engine, struct act *act);
/* An airing of nothing, so that the ledger knows why these lines missed it. */
void act_tell_unheard(struct engine *engine, struct act *act, struct line_set lines,
                      enum end_cause cause);

/* mics.c: end those that are to end by now; after the owners of lines were found, lay them under
 * the voices; the gains of lines and what lies beneath, before they are grouped; who hears them. */
void mics_watch(struct engine *engine);
void mics_take_lines(struct engine *engine);
void lines_duck(struct engine *engine);
void mics_tell(struct engine *engine);
void mics_hold(struct engine *engine, struct line_set lines); /* these lines are stopped */
void mic_collect(struct mic *mic);                            /* its act goes */
void mics_drop_done(struct engine *engine);                   /* after acts_sweep() */
void mics_drop_all(struct engine *engine);

/* alert_acts.c: what begins, is over and is dropped by now. -ENOMEM: tried again with the next
 * frame that is made. */
MUST_CHECK int alerts_begin_due(struct engine *engine);
/* After acts_begin_due(): whose lines an alert has now. -ENOMEM: something does not go on. */
MUST_CHECK int alerts_take_lines(struct engine *engine);
void alert_collect(struct engine *engine, struct alert *alert); /* its airing is over */
void alerts_drop_done(struct engine *engine);                   /* after acts_sweep() */
void alerts_drop_all(struct engine *engine);
int64_t alerts_next_frame(const struct engine *engine);

/* displaced.c: what an alert's act does to programmes, by the station's rule. -ENOMEM. */
MUST_CHECK int acts_displace(struct engine *engine, const struct act *by);
/* The alert's act ends at another frame than it was to: what waits for it goes on then. */
void acts_wait_until(struct engine *engine, uint64_t alert_order, int64_t frame);
/* The earliest end by plan of what was moved; `frame` if nothing was. */
int64_t acts_moved_from(const struct engine *engine, int64_t frame);

/* airings.c */
void airing_begin(struct engine *engine, struct act *act);
void airing_finish(struct engine *engine, struct act *act, int64_t frame, enum end_cause cause);
void airing_unplayable(struct engine *engine, const struct act *act, const struct fault *fault);

/* programmes.c */
static const float QUIET_MEAN_SQUARE = 1e-6F; /* ENGINE_QUIET_DBFS */
void levels_apply(struct engine *engine);
/* Group again at this frame, too: a gain that moves stands from then on. */
void ramps_run_until(struct engine *engine, int64_t frame);
void programmes_group(struct engine *engine);
void programmes_mix(struct engine *engine, size_t n);

/* copy_list.c: the hashes of copies that were found whole, so that a rehearsed year opens each
 * once. */
struct copy_list *copy_list_create(void);
struct copy_list *copy_list_destroy(struct copy_list *list);
bool copy_list_has(const struct copy_list *list, const char *air_sha256, int64_t frames);
void copy_list_add(struct copy_list *list, const char *air_sha256, int64_t frames);

#endif
