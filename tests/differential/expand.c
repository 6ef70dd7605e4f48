/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/zone.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"

/*
 * The slots of many calendars, for a test that compares them with another program's. Each
 * calendar comes on standard input as a line
 *     calendar ZONE FROM TO BYTES
 * with the station's zone and the window in seconds since the epoch, and then its bytes.
 * Each is answered by
 *     slot UID START END RECURRENCE STATE     seconds since the epoch
 *     finding error|warning LINE SENTENCE
 *     end
 */
enum { CALENDAR_MAX_BYTES = 1 << 20 };

static struct station *station_in(const char *zone)
{
    char text[256];
    snprintf(text, sizeof text,
             "[station]\ntimezone = %s\n[line fm]\noutput = null:\n[layer regular]\n"
             "calendar = regular.ics\n",
             zone);
    struct findings findings = {0};
    struct station *station = NULL;
    if (station_parse("/dai", "station.ini", text, strlen(text), &station, &findings) < 0) {
        fprintf(stderr, "no station in %s\n", zone);
        exit(1);
    }
    findings_finish(&findings);
    return station;
}

static void say_findings(const struct findings *findings)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *f = &findings->items[i];
        printf("finding %s %u %s\n", f->severity == SEVERITY_ERROR ? "error" : "warning",
               f->fault.line, f->fault.text);
    }
}

static void answer(const char *zone, int64_t from_s, int64_t to_s, const char *text, size_t n)
{
    AUTO(station_destroy) struct station *station = station_in(zone);
    AUTO(arena_destroy) struct arena *arena = arena_create((size_t)256 << 20);
    AUTO(calendars_destroy) struct calendars *calendars = NULL;
    struct findings findings = {0};
    struct slots slots = {0};
    struct fault fault = {0};
    int r = calendars_parse(station, 0, "regular.ics", text, n, &calendars, &findings);
    if (r == 0 &&
        calendars_expand(calendars, from_s * 1000000, to_s * 1000000, arena, &slots, &fault) < 0) {
        findings_add_fault(&findings, "expand", &fault);
    }
    for (size_t i = 0; i < slots.n; i++) {
        const struct slot *s = &slots.items[i];
        printf("slot %s %lld %lld %lld %s\n", s->uid, (long long)(s->start_us / 1000000),
               (long long)(s->end_us / 1000000), (long long)(s->recurrence_us / 1000000),
               slot_state_name(s->state));
    }
    say_findings(&findings);
    findings_finish(&findings);
    puts("end");
    fflush(stdout);
}

int main(void)
{
    static char text[CALENDAR_MAX_BYTES];
    char zone[64];
    long long from_s = 0;
    long long to_s = 0;
    size_t n = 0;
    int got = 0;
    while ((got = scanf("calendar %63s %lld %lld %zu", zone, &from_s, &to_s, &n)) == 4) {
        if (getchar() != '\n' || n > sizeof text || fread(text, 1, n, stdin) != n) {
            fputs("the calendar is cut off\n", stderr);
            return 1;
        }
        answer(zone, from_s, to_s, text, n);
    }
    return got == EOF ? 0 : 1;
}
