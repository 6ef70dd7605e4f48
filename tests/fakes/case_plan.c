/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/case_plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/planner.h"
#include "scheduler/planner_int.h"
#include "station/station.h"

static void *need(void *memory)
{
    if (!memory) {
        abort();
    }
    return memory;
}

/* "1:02:03.5" or "2:03" */
static double seconds_of(const char *text)
{
    double seconds = 0;
    while (*text) {
        char *end = NULL;
        seconds = seconds * 60 + strtod(text, &end);
        if (end == text) {
            return 0;
        }
        text = end + (*end == ':');
    }
    return seconds;
}

static bool take_word(const char *word, struct segment *segment)
{
    if (strcmp(word, "draft") == 0) {
        segment->state = SEGMENT_DRAFT;
        return true;
    }
    if (strcmp(word, "withdrawn") == 0) {
        segment->state = SEGMENT_WITHDRAWN;
        return true;
    }
    if (strncmp(word, "topic=", 6) == 0) {
        segment->topic = word + 6;
        return true;
    }
    bool is_from = strncmp(word, "from=", 5) == 0;
    if (!is_from && strncmp(word, "until=", 6) != 0) {
        return false;
    }
    int64_t *at = is_from ? &segment->valid_from_us : &segment->valid_until_us;
    return zone_parse_instant(strchr(word, '=') + 1, at, NULL) == 0;
}

bool case_recording(struct case_library *library, const char *text)
{
    char *rest = need(arena_strdup(library->arena, text));
    const char *words[8] = {NULL};
    size_t n = 0;
    for (char *word = strsep(&rest, " "); word && n < 8; word = strsep(&rest, " ")) {
        if (*word) {
            words[n++] = word;
        }
    }
    if (n < 3 || seconds_of(words[2]) <= 0) {
        return false;
    }
    int64_t frames = (int64_t)llround(seconds_of(words[2]) * AIR_RATE);
    struct segment segment = {.id = (int64_t)library->n + 1,
                              .code = words[0],
                              .version = 1,
                              .title = words[0],
                              .kind = words[1],
                              .tags = "",
                              .state = SEGMENT_APPROVED,
                              .valid_from_us = INT64_MIN,
                              .valid_until_us = INT64_MAX,
                              .air_sha256 = "00",
                              .channels = 1,
                              .frames = frames,
                              .copy_frames = frames,
                              .decided_us = INT64_MIN};
    for (size_t i = 3; i < n; i++) {
        if (!take_word(words[i], &segment)) {
            return false;
        }
    }
    library->items = need(arena_grow(library->arena, library->items, library->n, &library->capacity,
                                     sizeof *library->items));
    library->items[library->n++] = segment;
    return true;
}

static int compare_segments(const void *a, const void *b)
{
    const struct segment *x = a;
    const struct segment *y = b;
    return strcmp(x->code, y->code);
}

struct segments case_segments(struct case_library *library)
{
    if (library->n > 1) {
        qsort(library->items, library->n, sizeof *library->items, compare_segments);
    }
    return (struct segments){.items = library->items, .n = library->n};
}

/* "17:00", "17:00:30.5", with the date if it is not the plan's first, and with the offset in
 * stations that are not in Vietnam. */
static void add_start(const struct station *station, const struct plan *plan, int64_t us,
                      struct strbuf *into)
{
    char day[ZONE_INSTANT_MAX];
    char text[ZONE_INSTANT_MAX];
    zone_format_date(plan->from_us, day);
    zone_format_instant(us, text);
    size_t n_day = strlen(day);
    const char *time = strncmp(day, text, n_day) == 0 ? text + n_day + 1 : text;
    const char *clock = text + n_day + 1;
    size_t n_clock = strcspn(clock, "+-Z");
    const char *offset = clock + n_clock;
    if (n_clock == 8 && strncmp(clock + 5, ":00", 3) == 0) {
        n_clock = 5;
    }
    strbuf_printf(into, "%.*s", (int)(clock + n_clock - time), time);
    if (strcmp(station->timezone, "Asia/Ho_Chi_Minh") != 0) {
        strbuf_add(into, offset);
    }
}

/* "5:00", "1:02:03", "0:00.250" */
static void add_length(int64_t frames, struct strbuf *into)
{
    int64_t ms = llround(frames_to_seconds(frames) * 1000);
    int64_t seconds = ms / 1000;
    if (seconds >= 3600) {
        strbuf_printf(into, "%d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
                      (int)(seconds % 60));
    } else {
        strbuf_printf(into, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
    }
    if (ms % 1000) {
        strbuf_printf(into, ".%03d", (int)(ms % 1000));
    }
}

static void add_lines(const struct station *station, struct line_set lines, struct strbuf *into)
{
    if (line_set_count(lines) == station->n_lines) {
        return;
    }
    const char *comma = " ";
    for (size_t l = line_set_next(lines, 0); l != SIZE_MAX; l = line_set_next(lines, l + 1)) {
        strbuf_printf(into, "%s%s", comma, station->lines[l].id);
        comma = ",";
    }
}

static void add_item(const struct station *station, const struct plan *plan,
                     const struct plan_item *item, struct strbuf *into)
{
    add_start(station, plan, frames_to_us(item->start_frame), into);
    if (item->n_frames == 0) {
        strbuf_printf(into, " %s %s", plan_state_name(item->state), item->title);
        add_lines(station, item->lines, into);
        strbuf_printf(into, ": %s\n", item->reason);
        return;
    }
    strbuf_add(into, "/");
    add_length(item->n_frames, into);
    bool is_live = item->source != ITEM_SOURCE_COPY;
    strbuf_printf(into, " %s", is_live ? item->source_name : item->segment_code);
    if (item->offset_frames) {
        strbuf_add(into, " @");
        add_length(item->offset_frames, into);
    }
    add_lines(station, item->lines, into);
    if (item->end_cause != END_COMPLETE) {
        strbuf_printf(into, " %s", end_cause_name(item->end_cause));
    }
    strbuf_add(into, item->repeat ? " repeat" : "");
    strbuf_add(into, item->state == PLAN_FILLER ? " filler\n" : "\n");
}

void case_plan_text(const struct station *station, const struct plan *plan, struct strbuf *into)
{
    for (size_t i = 0; i < plan->n_items; i++) {
        add_item(station, plan, &plan->items[i], into);
    }
    if (plan->n_items == 0) {
        strbuf_add(into, "none\n");
    }
}

void case_plan(const struct station *station, struct calendars *calendars,
               struct case_library *library, int64_t from_us, int64_t to_us, struct strbuf *into)
{
    struct segments segments = case_segments(library);
    struct planner_inputs inputs = {.station = station,
                                    .calendars = calendars,
                                    .segments = &segments};
    AUTO(plan_destroy) struct plan *plan = NULL;
    struct fault fault = {0};
    if (plan_make(&inputs, from_us, to_us, &plan, &fault) < 0) {
        strbuf_printf(into, "no plan: %s\n", fault.text);
        return;
    }
    case_plan_text(station, plan, into);
}
