/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "scheduler/slot.h"
#include "station/station.h"

/* Any bytes as a calendar: they are refused with a sentence, or give slots that keep
 * what slot.h promises, the same ones twice. */
static const char station_text[] =
    "[station]\ntimezone = Europe/Berlin\n[line fm]\noutput = null:\n[line xa]\noutput = null:\n"
    "[zone cu]\nlines = xa\nfrom = 2023-01-01\nuntil = 2023-06-01\n[topic tthc]\n[tag ma]\n"
    "[clock sang]\nitems = 2 tin\n[mode m]\nwithholds = tin\n[layer r]\ncalendar = r.ics\n";

static const int64_t FROM_US = 1679000000LL * 1000000; /* March 2023, over a change of clocks */
static const int64_t TO_US = 1681000000LL * 1000000;

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void check(const struct slots *slots, const struct slots *again)
{
    require(slots->n == again->n);
    for (size_t i = 0; i < slots->n; i++) {
        const struct slot *s = &slots->items[i];
        require(s->start_us >= FROM_US && s->start_us < TO_US && !s->mode);
        require(s->end_us > s->start_us && s->end_us - s->start_us <= SLOT_MAX_US);
        require(s->priority >= 1 && s->priority <= 9 && *s->uid && *s->title);
        require(i == 0 || s[-1].start_us <= s->start_us);
        require(s->start_us == again->items[i].start_us &&
                s->recurrence_us == again->items[i].recurrence_us &&
                strcmp(s->uid, again->items[i].uid) == 0);
    }
}

static void check_modes(const struct slots *slots, const struct slots *again)
{
    require(slots->n_modes == again->n_modes);
    for (size_t i = 0; i < slots->n_modes; i++) {
        const struct slot *s = &slots->modes[i];
        require(s->mode && s->end_us > FROM_US && s->start_us < TO_US);
        require(s->end_us > s->start_us && s->end_us - s->start_us <= MODE_MAX_US);
        require(i == 0 || s[-1].start_us <= s->start_us);
        require(!s->n_attachments && s->clock == SIZE_MAX && !s->repeat_of);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    struct findings findings = {0};
    struct calendars *calendars = NULL;
    static struct station *station; /* read once: it is not what is tried */
    require(station || station_parse("/dai", "station.ini", station_text, sizeof station_text - 1,
                                     &station, &findings) == 0);
    int r =
        calendars_parse(station, 0, "r.ics", (const char *)bytes, n_bytes, &calendars, &findings);
    require((r == 0) == (findings.n_errors == 0));
    if (r == 0) {
        struct slots slots = {0};
        struct slots again = {0};
        struct fault fault = {0};
        AUTO(arena_destroy) struct arena *arena = arena_create((size_t)256 << 20);
        r = calendars_expand(calendars, FROM_US, TO_US, arena, &slots, &fault);
        require(r == -fault.err);
        if (r == 0) {
            require(calendars_expand(calendars, FROM_US, TO_US, arena, &again, &fault) == 0);
            check(&slots, &again);
            check_modes(&slots, &again);
        }
    }
    findings_finish(&findings);
    calendars_destroy(calendars);
    return 0;
}
