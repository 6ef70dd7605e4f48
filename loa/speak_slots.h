/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_SPEAK_SLOTS_H
#define LOA_SPEAK_SLOTS_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct app;
struct arena;
struct calendars;
struct fault;
struct import_result;
struct slot;
struct station;

/*
 * The texts of the calendars, spoken ahead: for each slot that may air and has a text
 * (scheduler/calendar/slot.h: slot_speech()) whose recording the library lacks, or whose files are
 * gone, the station's voice speaks it, and it is imported with the slot's title, approved with the
 * event by "calendar FILE". Where the station wants another person's approval the import leaves a
 * draft, with a warning. What a person has withdrawn is left alone.
 *
 * A command calls it once; a watch calls it every few seconds with one struct. Then the
 * calendars are read anew when their files change, a round in which nothing has changed costs
 * next to nothing, and what failed is tried again after SPEAK_AGAIN_US but told only once for
 * a text, as long as it fails with the same sentence.
 *
 * Threads One: that of the app's db, which must be open for writing. A voice takes its time:
 *         up to minutes a text.
 */
struct slot_speaking {
    struct app *app; /* borrowed; its station and db */
    /* A text was spoken and imported, or imported as a draft: see the result's findings. */
    void (*spoken)(void *context, const struct slot *slot, const struct import_result *result);
    /* One could not be: the fault is at the event's line and names its title; or no text can
     * be, because the voice is missing, or because a calendar is broken, once for all. */
    void (*failed)(void *context, const struct fault *fault);
    void *context;
    const volatile sig_atomic_t *stop; /* set: end the voice and return -EINTR; NULL: never */
    /* The rest begins as zero. */
    struct calendars *calendars;
    uint64_t sources; /* plan_sources_number() of the last round */
    int64_t again_us; /* not before this, unless they change */
    struct speech_failure *failures;
    size_t n_failures;
    size_t n_known; /* of the last round: texts that needed nothing */
};

static const int64_t SPEAK_AGAIN_US = 5LL * 60 * 1000000;

/* Speak what slots that start in [from, until) lack. -EINTR, or what kept everything from
 * being looked at; failures of single texts are told and not returned. */
MUST_CHECK int speak_slots(struct slot_speaking *speaking, int64_t from_us, int64_t until_us,
                           struct fault *reterr);
/* Free what it holds. It may be used again: the calendars are read anew, for another station too.
 */
void slot_speaking_finish(struct slot_speaking *speaking);

/* How far ahead texts are spoken: until a week from now, or where the frozen plan ends. */
int64_t speak_slots_until(const struct station *station, int64_t now_us);

#endif
