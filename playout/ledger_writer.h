/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_LEDGER_WRITER_H
#define PLAYOUT_LEDGER_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "playout/engine.h"

struct fault;
struct ledger;
struct log;
struct plan_item;

/*
 * From the engine's events to the ledger. Offline every event is written as it happens.
 * Live, a commit may take as long as a block of sound, so the mixer only copies
 * the event into a queue, and a thread writes it once its frame is past: the ledger is
 * never ahead of what was heard. While something is on air the thread moves the
 * playhead four times a second, one commit for all that happened in between.
 *
 * What cannot be played, and a disk that is full, is logged; the radio plays on and the rows
 * wait in memory (airtime/ledger.h).
 *
 * While more waits than the ledger can hold, events stay in the queue, in their order: none is
 * lost before that is full too, and then that is told.
 *
 * Threads: note and reached by the mixer's; the rest by the control thread.
 */
struct ledger_writer;

/* ledger and log are borrowed until destroy; ledger NULL: events are only logged. */
MUST_CHECK int ledger_writer_create(struct ledger *ledger, const struct log *log, bool live,
                                    struct ledger_writer **ret_writer, struct fault *reterr);
/* Live: stops the thread; what was not finished is lost. NULL is a no-op; returns NULL. */
struct ledger_writer *ledger_writer_destroy(struct ledger_writer *writer);
DEFINE_AUTO(struct ledger_writer, ledger_writer_destroy)

/* An event of the engine. Its pointers are not kept. */
void ledger_writer_note(struct ledger_writer *writer, const struct engine_event *event);

/* [ctl] Live: from this frame on nothing of what a line is given gets out of the station, for this
 * reason (a sentence), or, why NULL, it does again. The id is borrowed until destroy, and the line
 * is its index. What is still open at the end is ended there. False: too many wait to be written,
 * call again later. */
MUST_CHECK bool ledger_writer_outage(struct ledger_writer *writer, size_t line, const char *line_id,
                                     int64_t frame, const char *why);

/* Live: everything before this frame has been handed to the outputs, and its time has come.
 * An earlier frame than before, after the clock was set back, changes nothing. */
void ledger_writer_reached(struct ledger_writer *writer, int64_t frame);
/* [any] What was told last; INT64_MIN: nothing yet. */
int64_t ledger_writer_heard_until(const struct ledger_writer *writer);

/* How far each item of a plan has been aired by earlier runs, for engine_give_plan(); frames[]
 * has one a plan item. */
MUST_CHECK int ledger_writer_aired_until(struct ledger_writer *writer, const struct plan *plan,
                                         int64_t *frames, struct fault *reterr);

/* Offline: the first error of any event so far. */
MUST_CHECK int ledger_writer_check(struct ledger_writer *writer, struct fault *reterr);
/* Offline: make all that was noted readable for others, as heard up to this frame. */
MUST_CHECK int ledger_writer_commit(struct ledger_writer *writer, int64_t frame,
                                    struct fault *reterr);

/* Write all that was noted, and the playhead. The mixer must have stopped. */
MUST_CHECK int ledger_writer_finish(struct ledger_writer *writer, int64_t frame,
                                    struct fault *reterr);

#endif
