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
#include "scheduler/slot.h"
#include "station/station.h"

/*
 * Calendars and what they must give, as text: the .txt files of tests/cases, described in
 * tests/cases/README. Every case is one block; a failure names its file and line, and
 * the others go on. An argument runs only the cases whose name holds it.
 */
#define CASES_DIR LOA_SOURCE_DIR "/tests/cases"

enum { LINE_MAX_BYTES = 1024, TEXT_MAX_BYTES = 1 << 16 };

struct test_case {
    char name[LINE_MAX_BYTES];
    unsigned line;
    char zone[64];
    char window[128];
    struct strbuf calendar;
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

static void case_begin(struct test_case *c)
{
    *c = (struct test_case){.zone = "Asia/Ho_Chi_Minh"};
    strbuf_init(&c->calendar, TEXT_MAX_BYTES);
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
            strbuf_add(&c->calendar, "DURATION:PT15M\r\n");
        }
        if (!c->has_uid) {
            strbuf_printf(&c->calendar, "UID:case-%u\r\n", ++n_uids);
        }
        strbuf_add(&c->calendar, "END:VEVENT\r\n");
        c->in_event = false;
    }
}

static struct station *make_station(const char *zone)
{
    char text[2048];
    snprintf(
        text, sizeof text,
        "[station]\ntimezone = %s\n[line fm]\noutput = null:\n[line an-thanh]\noutput = null:\n"
        "[line ha-thanh]\noutput = null:\n[zone xa]\nlines = an-thanh, ha-thanh\n"
        "[zone cu]\nlines = ha-thanh\nfrom = 2023-01-01\nuntil = 2023-06-01\n"
        "[topic cchc]\n[topic tthc]\nparent = cchc\n[tag ma]\n"
        "[clock sang]\nitems = 2 tin\n[mode quoc-tang]\nwithholds = ca-nhac\n"
        "[layer regular]\ncalendar = regular.ics\n",
        zone);
    struct findings findings = {0};
    struct station *station = NULL;
    int r = station_parse("/dai", "station.ini", text, strlen(text), &station, &findings);
    for (size_t i = 0; i < findings.n; i++) {
        print_message("station.ini:%u: %s\n", findings.items[i].fault.line,
                      findings.items[i].fault.text);
    }
    findings_finish(&findings);
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

static void expand(const struct test_case *c, struct calendars *calendars)
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
    struct arena *arena = arena_create(64 << 20);
    if (calendars_expand(calendars, from_us, to_us, arena, &slots, &fault) < 0) {
        complain(c, "expansion failed: ", fault.text);
    } else {
        struct slots modes = {.items = slots.modes, .n = slots.n_modes};
        compare_slots(c, &c->expect, &slots);
        compare_slots(c, &c->modes, &modes);
    }
    arena_destroy(arena);
}

static void case_run(struct test_case *c)
{
    end_event(c);
    if (c->name[0] && (!only || strstr(c->name, only))) {
        n_cases++;
        struct station *station = make_station(c->zone);
        struct findings findings = {0};
        struct calendars *calendars = NULL;
        struct strbuf text;
        struct strbuf came;
        strbuf_init(&text, TEXT_MAX_BYTES);
        strbuf_init(&came, TEXT_MAX_BYTES);
        bool whole = strncmp(strbuf_text(&c->calendar), "BEGIN:VEVENT", 12) != 0 &&
                     strncmp(strbuf_text(&c->calendar), "BEGIN:VTIMEZONE", 15) != 0;
        strbuf_printf(&text, whole ? "%s" : "BEGIN:VCALENDAR\r\n%sEND:VCALENDAR\r\n",
                      strbuf_text(&c->calendar));
        int r = station ? calendars_parse(station, 0, "regular.ics", strbuf_text(&text), text.n,
                                          &calendars, &findings)
                        : -1;
        words_of(&findings, &came);
        compare_complaints(c, strbuf_text(&came));
        if (r == 0) {
            expand(c, calendars);
        } else if (findings.n_errors == 0) {
            complain(c, "refused without a reason", "");
        }
        findings_finish(&findings);
        calendars_destroy(calendars);
        station_destroy(station);
        strbuf_finish(&text);
        strbuf_finish(&came);
    }
    strbuf_finish(&c->calendar);
    strbuf_finish(&c->expect);
    strbuf_finish(&c->modes);
    strbuf_finish(&c->complaints);
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

static void case_line(struct test_case *c, const char *line, unsigned number)
{
    const char *value = NULL;
    if (line[0] == ' ' && line[1] == ' ') {
        strbuf_printf(&c->calendar, "%s\r\n", line + 2);
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
        strbuf_add(&c->calendar, "BEGIN:VEVENT\r\n");
        c->in_event = true;
        c->has_uid = c->has_end = false;
    } else if (take_value(line, "expect:", &value)) {
        strbuf_printf(&c->expect, "%s\n", value);
    } else if (take_value(line, "modes:", &value)) {
        strbuf_printf(&c->modes, "%s\n", value);
    } else if (strncmp(line, "error:", 6) == 0 || strncmp(line, "warning:", 8) == 0) {
        strbuf_printf(&c->complaints, "%s\n", line);
    } else if (*line && *line != '#' && strcmp(line, "calendar:") != 0) {
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
