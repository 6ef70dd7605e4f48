/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/planner.h"
#include "station/station.h"
#include "tests/fakes/case_plan.h"
#include "tests/fakes/temp_dir.h"

/*
 * The same inputs give the same plan, byte for byte: twice, with the components of every
 * calendar shuffled, and with the recordings entered in another order. The station is the
 * example station, with some random events on top. The seed is printed: LOA_SEED=… runs one
 * again.
 */
#define EXAMPLE LOA_SOURCE_DIR "/schedules/tu-ky-2023"

enum { N_EXTRA = 40, N_RECORDINGS = 160, PLAN_TEXT_MAX = 64 << 20, CALENDAR_MAX = 1 << 20 };

static const char *const calendars_of_example[] = {"schedules/regular.ics",
                                                   "schedules/chuyen-muc.ics",
                                                   "schedules/thong-bao.ics"};

static uint64_t random_state;

static unsigned below(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % n;
}

static void shuffle(void *items, size_t n, size_t bytes)
{
    char kept[512];
    char *at = items;
    assert_true(bytes <= sizeof kept);
    for (size_t i = n; i > 1; i--) {
        size_t other = below((unsigned)i);
        memcpy(kept, at + (i - 1) * bytes, bytes);
        memmove(at + (i - 1) * bytes, at + other * bytes, bytes);
        memcpy(at + other * bytes, kept, bytes);
    }
}

/* -- random events, beside those of the example ------------------------------ */

static void add_change(struct strbuf *text, unsigned uid, unsigned day, unsigned hour)
{
    strbuf_printf(text,
                  "BEGIN:VEVENT\r\nUID:them-%u\r\nRECURRENCE-ID%s:202305%02uT%02u0500\r\n"
                  "DTSTART:202305%02uT%02u2000\r\nDURATION:PT%uM\r\nSUMMARY:Khác\r\n"
                  "CATEGORIES:bai\r\nSEQUENCE:%u\r\nEND:VEVENT\r\n",
                  uid, below(3) ? "" : ";RANGE=THISANDFUTURE", day, hour, day, hour, 5 + below(20),
                  below(4));
}

static void add_event(struct strbuf *text, unsigned uid)
{
    static const char *const whats[] = {"CATEGORIES:tin",
                                        "CATEGORIES:bai",
                                        "CATEGORIES:chuyen-muc",
                                        "CATEGORIES:ca-nhac",
                                        "ATTACH:segment:r-7",
                                        "ATTACH:segment:r-50\r\nATTACH:segment:khong-co"};
    static const char *const starts[] = {"hard", "soft;PT3M", "next"};
    static const char *const overruns[] = {"fade", "finish", "push"};
    unsigned hour = 5 + below(15);
    strbuf_printf(text,
                  "BEGIN:VEVENT\r\nUID:them-%u\r\nDTSTART:20230501T%02u0500\r\nDURATION:PT%uM\r\n"
                  "RRULE:FREQ=DAILY;INTERVAL=%u\r\nSUMMARY:Thêm %u\r\n%s\r\nX-LOA-START:%s\r\n"
                  "X-LOA-OVERRUN:%s\r\nPRIORITY:%u\r\n%sEND:VEVENT\r\n",
                  uid, hour, 1 + below(40), 1 + below(3), uid, whats[below(ARRAY_LEN(whats))],
                  starts[below(3)], overruns[below(3)], below(10),
                  below(2) ? "RESOURCES:fm\r\n" : "");
    for (unsigned i = below(3); i > 0; i--) {
        add_change(text, uid, 8 + 3 * i, hour);
    }
}

/* -- a station folder -------------------------------------------------------- */

struct fixture {
    char dir[TEMP_DIR_MAX];
    struct arena *arena;
    char *texts[ARRAY_LEN(calendars_of_example)];
    struct case_library recordings;
    struct station *station;
};

static char *read_example(const char *name)
{
    char path[PATHS_MAX];
    char *text = NULL;
    size_t n = 0;
    assert_int_equal(path_join(path, EXAMPLE, name, NULL), 0);
    assert_int_equal(path_read_file(path, CALENDAR_MAX, &text, &n, NULL), 0);
    return text;
}

static void make_recordings(struct fixture *f)
{
    static const char *const kinds[] = {"tin",       "bai",       "chuyen-muc", "ca-nhac",
                                        "thong-bao", "nhac-hieu", "phong-su"};
    f->recordings.arena = f->arena;
    for (unsigned i = 0; i < N_RECORDINGS; i++) {
        char text[128];
        int n = snprintf(text, sizeof text, "r-%u %s %u:%02u", i, kinds[below(ARRAY_LEN(kinds))],
                         below(9), 10 + below(50));
        if (f->station->n_topics && below(2)) {
            snprintf(text + n, sizeof text - (size_t)n, " topic=%s",
                     f->station->topics[below((unsigned)f->station->n_topics)].id);
        }
        assert_true(case_recording(&f->recordings, text));
    }
}

static void make_fixture(struct fixture *f)
{
    *f = (struct fixture){.arena = arena_create((size_t)256 << 20)};
    temp_dir_make(f->dir);
    for (size_t i = 0; i < ARRAY_LEN(f->texts); i++) {
        f->texts[i] = read_example(calendars_of_example[i]);
    }
    struct strbuf text;
    strbuf_init(&text, CALENDAR_MAX);
    strbuf_add(&text, f->texts[0]);
    strbuf_add(&text, "BEGIN:VCALENDAR\r\n");
    for (unsigned i = 0; i < N_EXTRA; i++) {
        add_event(&text, i);
    }
    strbuf_add(&text, "END:VCALENDAR\r\n");
    free(f->texts[0]);
    f->texts[0] = strdup(strbuf_text(&text));
    strbuf_finish(&text);
    AUTO_FREE char *ini = read_example("station.ini");
    struct findings findings = {0};
    assert_int_equal(station_parse(f->dir, "station.ini", ini, strlen(ini), &f->station, &findings),
                     0);
    findings_finish(&findings);
    make_recordings(f);
}

static void finish_fixture(struct fixture *f)
{
    for (size_t i = 0; i < ARRAY_LEN(f->texts); i++) {
        free(f->texts[i]);
    }
    station_destroy(f->station);
    arena_destroy(f->arena);
    temp_dir_remove(f->dir);
}

/* The calendar's events in another order. */
static char *shuffled(const char *text)
{
    enum { EVENTS_MAX = 1000 };
    static struct {
        const char *at;
        size_t n;
    } events[EVENTS_MAX];
    static const char begin[] = "BEGIN:VEVENT";
    static const char end[] = "END:VEVENT";
    size_t n_events = 0;
    struct strbuf out;
    strbuf_init(&out, CALENDAR_MAX);
    strbuf_add(&out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//loa//test//VI\r\n");
    for (const char *at = strstr(text, begin); at; at = strstr(at, begin)) {
        const char *after = strstr(at, end);
        assert_non_null(after);
        after += strcspn(after, "\n") + 1;
        assert_true(n_events < EVENTS_MAX);
        events[n_events].at = at;
        events[n_events++].n = (size_t)(after - at);
        at = after;
    }
    shuffle(events, n_events, sizeof events[0]);
    for (size_t i = 0; i < n_events; i++) {
        strbuf_add_bytes(&out, events[i].at, events[i].n);
    }
    strbuf_add(&out, "END:VCALENDAR\r\n");
    char *copy = strdup(strbuf_text(&out));
    strbuf_finish(&out);
    return copy;
}

/* -- the plan, every field of it --------------------------------------------- */

static void add_item(struct strbuf *into, const struct plan_item *i)
{
    strbuf_printf(into, "%lld %lld %lld", (long long)i->start_frame, (long long)i->n_frames,
                  (long long)i->offset_frames);
    for (size_t w = 0; w < i->lines.n_words; w++) {
        strbuf_printf(into, " %llx", (unsigned long long)i->lines.words[w]);
    }
    strbuf_printf(into, " %s %d '%s' %s %s %s", i->segment_code, i->segment_version, i->title,
                  i->kind, i->topic ? i->topic : "-", i->tags);
    strbuf_printf(into, " %lld %lld %a %lld %lld", (long long)i->whole_frames,
                  (long long)i->cue_in_frames, i->gain_db, (long long)i->fade_in_frames,
                  (long long)i->fade_out_frames);
    strbuf_printf(into, " %s %lld %lld '%s' %d %d %d %d %d %d '%s'\n", i->slot_uid,
                  (long long)i->slot_recurrence_us, (long long)i->slot_start_us, i->slot_title,
                  i->position, i->piece, i->priority, (int)i->end_cause, (int)i->state, i->repeat,
                  i->reason);
}

static char *plan_bytes(struct fixture *f)
{
    for (size_t i = 0; i < ARRAY_LEN(f->texts); i++) {
        temp_dir_write(f->dir, calendars_of_example[i], f->texts[i]);
    }
    struct findings findings = {0};
    AUTO(calendars_destroy) struct calendars *calendars = NULL;
    int r = calendars_load(f->station, &calendars, &findings);
    for (size_t i = 0; i < findings.n && r < 0; i++) {
        print_message("%s:%u: %s\n", findings.items[i].fault.file, findings.items[i].fault.line,
                      findings.items[i].fault.text);
    }
    findings_finish(&findings);
    assert_int_equal(r, 0);
    struct segments segments = case_segments(&f->recordings);
    struct planner_inputs inputs = {.station = f->station,
                                    .calendars = calendars,
                                    .segments = &segments};
    AUTO(plan_destroy) struct plan *plan = NULL;
    struct fault fault = {0};
    int64_t from_us = 0;
    int64_t to_us = 0;
    assert_int_equal(zone_parse_instant("2023-05-10", &from_us, NULL), 0);
    assert_int_equal(zone_parse_instant("2023-05-17", &to_us, NULL), 0);
    assert_int_equal(plan_make(&inputs, from_us, to_us, &plan, &fault), 0);
    struct strbuf text;
    strbuf_init(&text, PLAN_TEXT_MAX);
    for (size_t i = 0; i < plan->n_items; i++) {
        add_item(&text, &plan->items[i]);
    }
    for (size_t i = 0; i < plan->n_levels; i++) {
        const struct plan_level *l = &plan->levels[i];
        strbuf_printf(&text, "%lld %u %d %a\n", (long long)l->from_frame, l->line, l->open,
                      l->gain_db);
    }
    assert_true(plan->n_items > 300);
    assert_false(strbuf_failed(&text));
    char *copy = strdup(strbuf_text(&text));
    strbuf_finish(&text);
    return copy;
}

static void assert_same(const char *a, const char *b, const char *what)
{
    if (strcmp(a, b) != 0) {
        size_t at = 0;
        while (a[at] == b[at]) {
            at++;
        }
        while (at > 0 && a[at - 1] != '\n') {
            at--;
        }
        print_message("%s:\n  %.*s\n  %.*s\n", what, (int)strcspn(a + at, "\n"), a + at,
                      (int)strcspn(b + at, "\n"), b + at);
    }
    assert_string_equal(a, b);
}

static void a_plan_made_again_is_the_same_to_the_byte(void **state)
{
    (void)state;
    struct fixture f;
    make_fixture(&f);
    AUTO_FREE char *first = plan_bytes(&f);
    AUTO_FREE char *again = plan_bytes(&f);
    assert_same(first, again, "made again");
    finish_fixture(&f);
}

static void a_calendar_in_another_order_gives_the_same_plan(void **state)
{
    (void)state;
    struct fixture f;
    make_fixture(&f);
    AUTO_FREE char *first = plan_bytes(&f);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < ARRAY_LEN(f.texts); i++) {
            char *other = shuffled(f.texts[i]);
            free(f.texts[i]);
            f.texts[i] = other;
        }
        AUTO_FREE char *again = plan_bytes(&f);
        assert_same(first, again, "events shuffled");
    }
    finish_fixture(&f);
}

static void recordings_entered_in_another_order_give_the_same_plan(void **state)
{
    (void)state;
    struct fixture f;
    make_fixture(&f);
    AUTO_FREE char *first = plan_bytes(&f);
    for (int round = 0; round < 3; round++) {
        shuffle(f.recordings.items, f.recordings.n, sizeof *f.recordings.items);
        for (size_t i = 0; i < f.recordings.n; i++) {
            f.recordings.items[i].id = (int64_t)i + 1;
        }
        AUTO_FREE char *again = plan_bytes(&f);
        assert_same(first, again, "recordings entered in another order");
    }
    finish_fixture(&f);
}

static int print_seed(void **state)
{
    (void)state;
    const char *text = getenv("LOA_SEED");
    random_state = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)random_state);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_plan_made_again_is_the_same_to_the_byte, print_seed),
        cmocka_unit_test_setup(a_calendar_in_another_order_gives_the_same_plan, print_seed),
        cmocka_unit_test_setup(recordings_entered_in_another_order_give_the_same_plan, print_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
