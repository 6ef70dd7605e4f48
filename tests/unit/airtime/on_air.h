/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_AIRTIME_ON_AIR_H
#define TESTS_UNIT_AIRTIME_ON_AIR_H

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "airtime/ledger.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "tests/fakes/airtime_station.h"
#include "tests/fakes/temp_dir.h"

/* A station with a real database and a ledger that is being written, for one test. */
struct on_air {
    char dir[TEMP_DIR_MAX];
    char path[TEMP_DIR_MAX + 16];
    struct airtime_station *made;
    struct arena *arena;
    struct db *db;
    struct ledger *ledger;
    struct fault fault;
};

/* 2023-05-10T17:00:00+07:00 */
static const int64_t FIVE_PM_US = 1683712800000000LL;
static const int64_t US = 1000000;
enum { SECOND = AIR_RATE };

static inline void on_air_open(struct on_air *air)
{
    if (db_open(air->path, DB_WRITE, &air->db, &air->fault) < 0 ||
        ledger_open(air->db, &air->made->station, &air->ledger, &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
}

static inline void on_air_close(struct on_air *air)
{
    air->ledger = ledger_close(air->ledger);
    air->db = db_close(air->db);
}

static inline int on_air_setup(void **state, size_t n_lines)
{
    struct on_air *air = calloc(1, sizeof *air);
    temp_dir_make(air->dir);
    snprintf(air->path, sizeof air->path, "%s/loa.db", air->dir);
    air->made = airtime_station_make(n_lines);
    air->arena = arena_create(512 << 20);
    on_air_open(air);
    *state = air;
    return 0;
}

static inline int on_air_teardown(void **state)
{
    struct on_air *air = *state;
    on_air_close(air);
    arena_destroy(air->arena);
    temp_dir_remove(air->dir);
    free(air->made);
    free(air);
    return 0;
}

static inline struct line_set on_air_lines(struct on_air *air, size_t first, size_t n)
{
    struct line_set set = line_set_make(air->arena, air->made->station.n_lines);
    for (size_t i = first; i < first + n; i++) {
        line_set_add(set, i);
    }
    return set;
}

/* One airing that is over, in seconds. What is left 0 has a plain meaning. */
struct play {
    int64_t at_us;      /* start; 0: FIVE_PM_US */
    int64_t from;       /* seconds after at_us */
    int64_t until;      /* seconds after at_us */
    const char *code;   /* NULL: "tin-01" */
    const char *kind;   /* NULL: "tin" */
    const char *topic;  /* NULL: none */
    const char *tags;   /* NULL: none */
    const char *slot;   /* NULL: "chieu" */
    int64_t recurrence; /* in seconds after FIVE_PM_US */
    int position;
    int piece;
    int64_t offset; /* seconds into the recording */
    int64_t whole;  /* seconds of the recording; 0: ends with this airing */
    size_t line;    /* the first of … */
    size_t n_lines; /* … so many; 0: one */
    enum end_cause cause;
    enum airing_role role;
    bool repeat;
    bool is_open; /* has not ended */
};

static inline const char *or_else(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

static inline int64_t on_air_play(struct on_air *air, struct play play)
{
    int64_t at = frames_from_us(play.at_us ? play.at_us : FIVE_PM_US);
    int64_t seconds = play.until - play.from;
    int64_t whole = play.whole ? play.whole : play.offset + seconds;
    struct airing_start start = {
        .slot_uid = or_else(play.slot, "chieu"),
        .slot_recurrence_us = FIVE_PM_US + play.recurrence * US,
        .position = play.position,
        .piece = play.piece,
        .lines = on_air_lines(air, play.line, play.n_lines ? play.n_lines : 1),
        .segment_id = 1,
        .segment_code = or_else(play.code, "tin-01"),
        .segment_version = 1,
        .title = or_else(play.code, "tin-01"),
        .kind = or_else(play.kind, "tin"),
        .topic = play.topic,
        .tags = or_else(play.tags, ""),
        .repeat = play.repeat,
        .role = play.role,
        .planned_start_frame = at + play.from * SECOND,
        .planned_frames = seconds * SECOND,
        .start_frame = at + play.from * SECOND,
        .offset_frames = play.offset * SECOND,
        .whole_frames = whole * SECOND,
    };
    int64_t id = 0;
    if (ledger_start(air->ledger, &start, &id, &air->fault) < 0 ||
        (!play.is_open && ledger_end(air->ledger, id, at + play.until * SECOND, seconds * SECOND,
                                     play.cause, &air->fault) < 0)) {
        fail_msg("%s", air->fault.text);
    }
    return id;
}

/* The way out of line "l0", "l1" … fails, in seconds after FIVE_PM_US; until < 0: to this day. */
static inline int64_t on_air_outage(struct on_air *air, size_t line, int64_t from, int64_t until)
{
    int64_t at = frames_from_us(FIVE_PM_US);
    int64_t id = 0;
    if (ledger_outage_start(air->ledger, air->made->station.lines[line].id, at + from * SECOND,
                            "no receiver", &id, &air->fault) < 0 ||
        (until >= 0 && ledger_outage_end(air->ledger, id, at + until * SECOND, &air->fault) < 0)) {
        fail_msg("%s", air->fault.text);
    }
    return id;
}

/* Write what was played. */
static inline void on_air_settle(struct on_air *air, int64_t at_us)
{
    if (ledger_playhead(air->ledger, frames_from_us(at_us), &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
}

#endif
