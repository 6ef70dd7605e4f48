/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/planner_int.h"
#include "station/station.h"

/* Any bytes as a calendar: they are refused with a sentence, or give slots that keep
 * what slot.h promises and a plan that keeps what plan.h promises, the same ones twice. */
static const char station_text[] =
    "[station]\ntimezone = Europe/Berlin\n[line fm]\noutput = null:\n[line xa]\noutput = null:\n"
    "[zone cu]\nlines = xa\nfrom = 2023-01-01\nuntil = 2023-06-01\n[topic tthc]\n[tag ma]\n"
    "[clock sang]\nitems = segment:khan, 2 tin, * phong-su\n[mode m]\nwithholds = tin\n"
    "[layer r]\ncalendar = r.ics\n";

static const int64_t FROM_US = 1679000000LL * 1000000; /* March 2023, over a change of clocks */
static const int64_t TO_US = 1681000000LL * 1000000;

/* More are left to the unit tests: a plan of them takes long. */
enum { PLANNED_MAX = 300 };

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

/* Something for each kind that rotation and clocks ask for. */
static struct segments library(void)
{
    static struct segment items[] = {
        {.id = 1, .code = "ban-tin", .kind = "tin", .topic = "tthc", .frames = 30 * AIR_RATE},
        {.id = 2, .code = "khan", .kind = "khan-cap", .frames = 60 * AIR_RATE},
        {.id = 3, .code = "nhac", .kind = "ca-nhac", .frames = 200 * AIR_RATE},
        {.id = 4,
         .code = "phong-su",
         .kind = "phong-su",
         .topic = "tthc",
         .frames = 400 * AIR_RATE},
        {.id = 5, .code = "thong-bao", .kind = "thong-bao", .frames = 90 * AIR_RATE},
    };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        items[i].version = 1;
        items[i].title = items[i].code;
        items[i].tags = "";
        items[i].state = SEGMENT_APPROVED;
        items[i].valid_from_us = INT64_MIN;
        items[i].valid_until_us = INT64_MAX;
        items[i].air_sha256[0] = '0';
        items[i].channels = 1;
        items[i].copy_frames = items[i].frames;
    }
    return (struct segments){.items = items, .n = sizeof items / sizeof *items};
}

static void check_plan(const struct plan *plan, const struct plan *again)
{
    int64_t busy_until[2] = {INT64_MIN, INT64_MIN};
    require(plan->n_items == again->n_items && plan->n_lines == 2);
    for (size_t i = 0; i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        const struct plan_item *same = &again->items[i];
        bool sounds = item->state == PLAN_PLANNED || item->state == PLAN_FILLER;
        bool live = item->source != ITEM_SOURCE_COPY; /* as long as it likes, and no segment */
        require(sounds == (item->n_frames > 0) && (sounds && !live) == (item->segment_id != 0));
        require(!sounds || live || item->offset_frames + item->n_frames <= item->whole_frames);
        require(!sounds || live == (*item->source_target != '\0'));
        require(item->start_frame == same->start_frame && item->n_frames == same->n_frames &&
                item->segment_id == same->segment_id && item->state == same->state &&
                line_set_equal(item->lines, same->lines) &&
                strcmp(item->reason, same->reason) == 0);
        for (size_t l = line_set_next(item->lines, 0); sounds && l != SIZE_MAX;
             l = line_set_next(item->lines, l + 1)) {
            require(item->start_frame >= busy_until[l]);
            busy_until[l] = item->start_frame + item->n_frames;
        }
    }
}

static void plan_them(const struct station *station, const struct slots *slots)
{
    struct segments segments = library();
    AUTO(plan_destroy) struct plan *plan = NULL;
    AUTO(plan_destroy) struct plan *again = NULL;
    struct fault fault = {0};
    require(plan_from_slots(station, slots, &segments, NULL, FROM_US, TO_US, &plan, &fault) == 0);
    require(plan_from_slots(station, slots, &segments, NULL, FROM_US, TO_US, &again, &fault) == 0);
    check_plan(plan, again);
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
            if (slots.n <= PLANNED_MAX) {
                plan_them(station, &slots);
            }
        }
    }
    findings_finish(&findings);
    calendars_destroy(calendars);
    return 0;
}
