/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"
#include "tests/fakes/case_plan.h"
#include "tests/fakes/temp_dir.h"

/*
 * Calendars, and the slots and plans that they must give, as text: the .txt files of tests/cases,
 * described in tests/cases/README. Every case is one block; a failure names its file and line, and
 * the others go on. An argument runs only the cases whose name holds it.
 */
#define CASES_DIR LOA_SOURCE_DIR "/tests/cases"

enum { LINE_MAX_BYTES = 1024, TEXT_MAX_BYTES = 1 << 16, LAYERS_MAX = 4 };

struct case_layer {
    char id[64];
    struct strbuf keys; /* lines of its section */
    struct strbuf calendar;
};

struct test_case {
    char name[LINE_MAX_BYTES];
    unsigned line;
    char zone[64];
    char window[128];
    struct case_layer layers[LAYERS_MAX]; /* the first is regular; events go to the last */
    size_t n_layers;
    struct strbuf station;  /* lines of its section */
    struct strbuf sections; /* "NAME\nKEY = VALUE\n…\n\n" */
    struct arena *arena;
    struct case_library library;
    struct strbuf recordings; /* one a line; read when the station's zone is known */
    struct strbuf plan;
    struct strbuf expect;
    struct strbuf modes;
    struct strbuf complaints; /* "error: 3 words" and "warning: …", one a line */
    bool in_event;
    bool has_uid;
    bool has_end;
};

static const char *only;
static const char *case_file;
static unsigned n_cases;
static unsigned n_failed;

static void complain(const struct test_case *c, const char *what, const char *text)
{
    print_message("%s:%u: %s: %s%s\n", path_name(case_file), c->line, c->name, what, text);
    n_failed++;
}

static void layer_begin(struct test_case *c, const char *id)
{
    assert_true(c->n_layers < LAYERS_MAX);
    struct case_layer *layer = &c->layers[c->n_layers++];
    snprintf(layer->id, sizeof layer->id, "%s", id);
    strbuf_init(&layer->keys, TEXT_MAX_BYTES);
    strbuf_init(&layer->calendar, TEXT_MAX_BYTES);
}

static struct strbuf *calendar_of(struct test_case *c)
{
    return &c->layers[c->n_layers - 1].calendar;
}

static void case_begin(struct test_case *c)
{
    *c = (struct test_case){.zone = "Asia/Ho_Chi_Minh", .arena = arena_create(64 << 20)};
    assert_non_null(c->arena);
    c->library.arena = c->arena;
    layer_begin(c, "regular");
    strbuf_init(&c->station, TEXT_MAX_BYTES);
    strbuf_init(&c->sections, TEXT_MAX_BYTES);
    strbuf_init(&c->recordings, TEXT_MAX_BYTES);
    strbuf_init(&c->plan, TEXT_MAX_BYTES);
    strbuf_init(&c->expect, TEXT_MAX_BYTES);
    strbuf_init(&c->modes, TEXT_MAX_BYTES);
    strbuf_init(&c->complaints, TEXT_MAX_BYTES);
}

/* What a case about rules need not repeat stands at the event's end, so that the first
 * line after `event:` is line 3 of the calendar. */
static void end_event(struct test_case *c)
{
    static unsigned n_uids;
    if (c->in_event) {
        if (!c->has_end) {
            strbuf_add(calendar_of(c), "DURATION:PT15M\r\n");
        }
        if (!c->has_uid) {
            strbuf_printf(calendar_of(c), "UID:case-%u\r\n", ++n_uids);
        }
        strbuf_add(calendar_of(c), "END:VEVENT\r\n");
        c->in_event = false;
    }
}

/* Adds a section, or its keys to the one that is there. */
static void add_section(struct strbuf *text, const char *name, const char *keys)
{
    char head[LINE_MAX_BYTES];
    snprintf(head, sizeof head, "[%s]\n", name);
    const char *there = strstr(strbuf_text(text), head);
    if (!there) {
        strbuf_printf(text, "%s%s", head, keys);
        return;
    }
    size_t before = (size_t)(there - strbuf_text(text)) + strlen(head);
    AUTO_FREE char *all = strdup(strbuf_text(text));
    assert_non_null(all);
    strbuf_clear(text);
    strbuf_printf(text, "%.*s%s%s", (int)before, all, keys, all + before);
}

static void station_text(const struct test_case *c, struct strbuf *text)
{
    strbuf_printf(
        text,
        "[station]\ntimezone = %s\n%s[line fm]\noutput = null:\n[line an-thanh]\noutput = null:\n"
        "[line ha-thanh]\noutput = null:\n[zone xa]\nlines = an-thanh, ha-thanh\n"
        "[zone cu]\nlines = ha-thanh\nfrom = 2023-01-01\nuntil = 2023-06-01\n"
        "[topic cchc]\n[topic tthc]\nparent = cchc\n[tag ma]\n"
        "[clock sang]\nitems = 2 tin\n[mode quoc-tang]\nwithholds = ca-nhac\n",
        c->zone, strbuf_text(&c->station));
    for (size_t i = 0; i < c->n_layers; i++) {
        strbuf_printf(text, "[layer %s]\ncalendar = %s.ics\n%s", c->layers[i].id, c->layers[i].id,
                      strbuf_text(&c->layers[i].keys));
    }
    AUTO_FREE char *sections = strdup(strbuf_text(&c->sections));
    assert_non_null(sections);
    char *rest = sections;
    for (char *end; (end = strstr(rest, "\n\n")); rest = end + 2) {
        end[1] = '\0';
        char *keys = strchr(rest, '\n');
        *keys++ = '\0';
        add_section(text, rest, keys);
    }
}

/* The case's station, its files in `dir`. */
static struct station *make_station(const struct test_case *c, const char *dir)
{
    struct strbuf text;
    strbuf_init(&text, TEXT_MAX_BYTES);
    station_text(c, &text);
    struct findings findings = {0};
    struct station *station = NULL;
    int r = station_parse(dir, "station.ini", strbuf_text(&text), text.n, &station, &findings);
    for (size_t i = 0; i < findings.n; i++) {
        print_message("station.ini:%u: %s\n", findings.items[i].fault.line,
                      findings.items[i].fault.text);
    }
    findings_finish(&findings);
    strbuf_finish(&text);
    return r == 0 ? station : NULL;
}

static void words_of(const struct findings *findings, struct strbuf *out)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *f = &findings->items[i];
        strbuf_printf(out, "%s: %u %s\n", f->severity == SEVERITY_ERROR ? "error" : "warning",
                      f->fault.line, f->fault.text);
    }
}

/* Each complaint that is expected is the beginning of one that came, in order. */
static void compare_complaints(const struct test_case *c, const char *came)
{
    const char *wanted = strbuf_text(&c->complaints);
    const char *at = came;
    while (*wanted || *at) {
        size_t n_wanted = strcspn(wanted, "\n");
        size_t n_came = strcspn(at, "\n");
        if (n_wanted == 0 || n_came < n_wanted || memcmp(wanted, at, n_wanted) != 0) {
            print_message("  wanted: %.*s\n  came:   %.*s\n", (int)n_wanted, wanted, (int)n_came,
                          at);
            complain(c, "other complaints than expected", "");
            return;
        }
        wanted += n_wanted + (wanted[n_wanted] == '\n');
        at += n_came + (at[n_came] == '\n');
    }
}

/* "START[/MINUTES][=TITLE][!STATE][@n-lines]": is this slot what the word says? */
static bool slot_is(const struct slot *slot, const char *word)
{
    char start[64];
    size_t n = strcspn(word, "/=!@");
    snprintf(start, sizeof start, "%.*s", (int)n, word);
    int64_t start_us = 0;
    if (zone_parse_instant(start, &start_us, NULL) < 0 || start_us != slot->start_us) {
        return false;
    }
    const char *state = "confirmed";
    char part[64];
    for (const char *at = word + n; *at; at += strcspn(at, "/=!@")) {
        char mark = *at++;
        snprintf(part, sizeof part, "%.*s", (int)strcspn(at, "/=!@"), at);
        if ((mark == '/' && slot->end_us - slot->start_us != strtoll(part, NULL, 10) * 60000000) ||
            (mark == '=' && strcmp(slot->title, part) != 0) ||
            (mark == '@' && line_set_count(slot->lines) != strtoull(part, NULL, 10)) ||
            (mark == '!' && strcmp(slot_state_name(slot->state), part) != 0)) {
            return false;
        }
        state = mark == '!' ? NULL : state;
    }
    return !state || slot->state == SLOT_CONFIRMED;
}

static void compare_slots(const struct test_case *c, const struct strbuf *wanted,
                          const struct slots *slots)
{
    AUTO_FREE char *words = strdup(strbuf_text(wanted));
    char *rest = words;
    size_t i = 0;
    bool same = true;
    for (char *word = strsep(&rest, " \n"); word; word = strsep(&rest, " \n")) {
        if (*word && strcmp(word, "none") != 0) {
            same = same && i < slots->n && slot_is(&slots->items[i], word);
            if (!same) {
                print_message("  wanted: %s\n", word);
                break;
            }
            i++;
        }
    }
    if (!same || i != slots->n) {
        for (size_t k = i > 2 ? i - 2 : 0; k < slots->n && k < i + 4; k++) {
            char start[ZONE_INSTANT_MAX];
            zone_format_instant(slots->items[k].start_us, start);
            print_message("  came:   %s/%lld=%s!%s\n", start,
                          (long long)(slots->items[k].end_us - slots->items[k].start_us) / 60000000,
                          slots->items[k].title, slot_state_name(slots->items[k].state));
        }
        complain(c, "other slots than expected", "");
    }
}

static void compare_plans(const struct test_case *c, const char *came)
{
    const char *wanted = strbuf_text(&c->plan);
    for (const char *at = came; *wanted || *at;) {
        size_t n_wanted = strcspn(wanted, "\n");
        size_t n_came = strcspn(at, "\n");
        bool says_why = memmem(wanted, n_wanted, ": ", 2); /* the beginning will do */
        bool same = n_wanted > 0 && n_came >= n_wanted && memcmp(wanted, at, n_wanted) == 0 &&
                    (n_wanted == n_came || says_why);
        if (!same) {
            print_message("  wanted: %.*s\n  came:   %.*s\n", (int)n_wanted, wanted, (int)n_came,
                          at);
            print_message("the whole plan:\n%s", came);
            complain(c, "another plan than expected", "");
            return;
        }
        wanted += n_wanted + (wanted[n_wanted] == '\n');
        at += n_came + (at[n_came] == '\n');
    }
}

static void plan(struct test_case *c, const struct station *station, struct calendars *calendars,
                 int64_t from_us, int64_t to_us)
{
    char *rest = strdup(strbuf_text(&c->recordings));
    AUTO_FREE char *recordings = rest;
    for (char *text; (text = strsep(&rest, "\n"));) {
        if (*text && !case_recording(&c->library, text)) {
            complain(c, "no recording: ", text);
        }
    }
    struct strbuf came;
    strbuf_init(&came, 1 << 20);
    case_plan(station, calendars, &c->library, from_us, to_us, &came);
    compare_plans(c, strbuf_text(&came));
    strbuf_finish(&came);
}

static void compare(struct test_case *c, const struct station *station, struct calendars *calendars)
{
    char from[128];
    snprintf(from, sizeof from, "%s", c->window);
    char *to = strstr(from, " .. ");
    int64_t from_us = 0;
    int64_t to_us = 0;
    if (!to || (*to = '\0', zone_parse_instant(from, &from_us, NULL) < 0) ||
        zone_parse_instant(to + 4, &to_us, NULL) < 0) {
        complain(c, "the window is not FROM .. TO: ", c->window);
        return;
    }
    struct slots slots;
    struct fault fault;
    if (calendars_expand(calendars, from_us, to_us, c->arena, &slots, &fault) < 0) {
        complain(c, "expansion failed: ", fault.text);
        return;
    }
    if (c->plan.n == 0 || c->expect.n > 0) {
        struct slots modes = {.items = slots.modes, .n = slots.n_modes};
        compare_slots(c, &c->expect, &slots);
        compare_slots(c, &c->modes, &modes);
    }
    if (c->plan.n > 0) {
        plan(c, station, calendars, from_us, to_us);
    }
}

/* The calendar of a layer as a file has it. */
static void write_calendar(const struct case_layer *layer, const char *dir)
{
    char name[sizeof layer->id + sizeof ".ics"];
    const char *text = strbuf_text(&layer->calendar);
    bool whole = *text && strncmp(text, "BEGIN:VEVENT", 12) != 0 &&
                 strncmp(text, "BEGIN:VTIMEZONE", 15) != 0;
    struct strbuf file;
    strbuf_init(&file, TEXT_MAX_BYTES);
    strbuf_printf(&file, whole ? "%s" : "BEGIN:VCALENDAR\r\n%sEND:VCALENDAR\r\n", text);
    snprintf(name, sizeof name, "%s.ics", layer->id);
    temp_dir_write(dir, name, strbuf_text(&file));
    strbuf_finish(&file);
}

static void load_and_compare(struct test_case *c, const char *dir)
{
    struct findings findings = {0};
    struct calendars *calendars = NULL;
    struct strbuf came;
    strbuf_init(&came, TEXT_MAX_BYTES);
    struct station *station = make_station(c, dir);
    int r = station ? calendars_load(station, &calendars, &findings) : -1;
    words_of(&findings, &came);
    compare_complaints(c, strbuf_text(&came));
    if (r == 0) {
        compare(c, station, calendars);
    } else if (findings.n_errors == 0) {
        complain(c, "refused without a reason", "");
    }
    findings_finish(&findings);
    calendars_destroy(calendars);
    station_destroy(station);
    strbuf_finish(&came);
}

static void case_finish(struct test_case *c)
{
    for (size_t i = 0; i < c->n_layers; i++) {
        strbuf_finish(&c->layers[i].keys);
        strbuf_finish(&c->layers[i].calendar);
    }
    strbuf_finish(&c->station);
    strbuf_finish(&c->sections);
    strbuf_finish(&c->recordings);
    strbuf_finish(&c->plan);
    strbuf_finish(&c->expect);
    strbuf_finish(&c->modes);
    strbuf_finish(&c->complaints);
    arena_destroy(c->arena);
}

static void case_run(struct test_case *c)
{
    end_event(c);
    if (c->name[0] && (!only || strstr(c->name, only))) {
        char dir[TEMP_DIR_MAX];
        temp_dir_make(dir);
        n_cases++;
        for (size_t i = 0; i < c->n_layers; i++) {
            write_calendar(&c->layers[i], dir);
        }
        load_and_compare(c, dir);
        temp_dir_remove(dir);
    }
    case_finish(c);
}

static bool take_value(const char *line, const char *key, const char **ret_value)
{
    size_t n = strlen(key);
    if (strncmp(line, key, n) != 0) {
        return false;
    }
    *ret_value = line + n + strspn(line + n, " ");
    return true;
}

/* "NAME; KEY = VALUE; …": the name, and the keys one a line. */
static void add_keys(const char *value, char *name, size_t name_max, struct strbuf *keys)
{
    size_t n = strcspn(value, ";");
    snprintf(name, name_max, "%.*s", (int)n, value);
    while (value[n] == ';') {
        value += n + 1 + strspn(value + n + 1, " ");
        n = strcspn(value, ";");
        strbuf_printf(keys, "%.*s\n", (int)n, value);
    }
}

/* What a plan needs beside events; false: no such line. */
static bool plan_line(struct test_case *c, const char *line)
{
    const char *value = NULL;
    char name[64];
    struct strbuf keys;
    strbuf_init(&keys, TEXT_MAX_BYTES);
    if (take_value(line, "layer:", &value)) {
        add_keys(value, name, sizeof name, &keys);
        layer_begin(c, name);
        strbuf_add(&c->layers[c->n_layers - 1].keys, strbuf_text(&keys));
    } else if (take_value(line, "section:", &value)) {
        add_keys(value, name, sizeof name, &keys);
        strbuf_printf(&c->sections, "%s\n%s\n", name, strbuf_text(&keys));
    } else if (take_value(line, "station:", &value)) {
        strbuf_printf(&c->station, "%s\n", value);
    } else if (take_value(line, "plan:", &value)) {
        strbuf_printf(&c->plan, "%s\n", value);
    } else if (take_value(line, "recording:", &value)) {
        strbuf_printf(&c->recordings, "%s\n", value);
    }
    strbuf_finish(&keys);
    return value != NULL;
}

static void case_line(struct test_case *c, const char *line, unsigned number)
{
    const char *value = NULL;
    if (line[0] == ' ' && line[1] == ' ') {
        strbuf_printf(calendar_of(c), "%s\r\n", line + 2);
        c->has_uid = c->has_uid || strncmp(line + 2, "UID", 3) == 0;
        c->has_end = c->has_end || strncmp(line + 2, "DTEND", 5) == 0 ||
                     strncmp(line + 2, "DURATION", 8) == 0 ||
                     strncmp(line + 2, "DTSTART;VALUE=DATE:", 19) == 0;
        return;
    }
    end_event(c);
    if (take_value(line, "case:", &value)) {
        case_run(c);
        case_begin(c);
        c->line = number;
        snprintf(c->name, sizeof c->name, "%s", value);
    } else if (take_value(line, "zone:", &value)) {
        snprintf(c->zone, sizeof c->zone, "%s", value);
    } else if (take_value(line, "window:", &value)) {
        snprintf(c->window, sizeof c->window, "%s", value);
    } else if (take_value(line, "event:", &value)) {
        strbuf_add(calendar_of(c), "BEGIN:VEVENT\r\n");
        c->in_event = true;
        c->has_uid = c->has_end = false;
    } else if (take_value(line, "expect:", &value)) {
        strbuf_printf(&c->expect, "%s\n", value);
    } else if (take_value(line, "modes:", &value)) {
        strbuf_printf(&c->modes, "%s\n", value);
    } else if (strncmp(line, "error:", 6) == 0 || strncmp(line, "warning:", 8) == 0) {
        strbuf_printf(&c->complaints, "%s\n", line);
    } else if (*line && *line != '#' && strcmp(line, "calendar:") != 0 && !plan_line(c, line)) {
        complain(c, "unknown line: ", line);
    }
}

static void run_file(const char *name)
{
    char path[PATHS_MAX];
    char line[LINE_MAX_BYTES];
    assert_int_equal(path_join(path, CASES_DIR, name, NULL), 0);
    case_file = path;
    AUTO_FILE FILE *file = fopen(path, "r");
    assert_non_null(file);
    struct test_case c;
    case_begin(&c);
    for (unsigned number = 1; fgets(line, sizeof line, file); number++) {
        line[strcspn(line, "\n")] = '\0';
        case_line(&c, line, number);
    }
    case_run(&c);
}

static int is_case_file(const struct dirent *entry)
{
    return strcmp(path_ending(entry->d_name), "txt") == 0;
}

static void every_case_gives_the_slots_that_its_file_says(void **state)
{
    (void)state;
    struct dirent **names = NULL;
    int n = scandir(CASES_DIR, &names, is_case_file, alphasort);
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        run_file(names[i]->d_name);
        free(names[i]);
    }
    free(names);
    print_message("%u cases, %u failed\n", n_cases, n_failed);
    assert_int_equal(n_failed, 0);
    assert_true(only || n_cases >= 100);
}

int main(int argc, char **argv)
{
    only = argc > 1 ? argv[1] : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gives_the_slots_that_its_file_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
