/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "scheduler/calendar/calendar_text.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"

/* A calendar that loa takes, whatever its bytes: as lines it is the same to the byte; a
 * property that is set in each of its components, and a copy of each behind it, leave a text
 * whose other lines are still there. */
static const char station_text[] =
    "[station]\ntimezone = Europe/Berlin\n[line fm]\noutput = null:\n[layer r]\ncalendar = r.ics\n";

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void edit(struct arena *arena, const char *bytes, size_t n_bytes)
{
    struct calendar_text text;
    struct fault fault = {0};
    size_t n = 0;
    require(calendar_text_parse(arena, "r.ics", bytes, n_bytes, &text, &fault) == 0);
    const char *same = calendar_text_write(&text, &n);
    require(same && n <= n_bytes && memcmp(same, bytes, n) == 0);
    size_t n_parts = 0;
    for (size_t i = 0; i < text.n; i++) {
        struct text_part part;
        struct calendar_text copy;
        if (text.lines[i].depth != 2 || !text_part_at(&text, text.lines[i].line, &part) ||
            part.first != i) {
            continue;
        }
        n_parts++;
        require(text_set(&text, part, "SUMMARY", "Bản tin") == 0);
        require(text_copy_part(&text, part, &copy) == 0);
        part = (struct text_part){.first = 0, .last = copy.n - 1};
        require(text_set(&copy, part, "UID", NULL) == 0);
        require(text_set(&copy, part, "X-A;P=\"b:c\"", "d") == 0);
        require(text_put_behind(&text, (struct text_part){.first = i, .last = i + copy.n - 1},
                                &copy) == 0);
    }
    const char *edited = calendar_text_write(&text, &n);
    struct calendar_text again;
    require(edited && calendar_text_parse(arena, "r.ics", edited, n, &again, &fault) == 0);
    require(n_parts == 0 || again.n > text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    struct findings findings = {0};
    struct calendars *calendars = NULL;
    static struct station *station; /* read once: it is not what is tried */
    require(station || station_parse("/dai", "station.ini", station_text, sizeof station_text - 1,
                                     &station, &findings) == 0);
    AUTO_FREE char *text = malloc(n_bytes + 1); /* as a file is read */
    require(text != NULL);
    memcpy(text, bytes, n_bytes);
    text[n_bytes] = '\0';
    if (calendars_parse(station, 0, "r.ics", text, n_bytes, &calendars, &findings) == 0) {
        AUTO(arena_destroy) struct arena *arena = arena_create((size_t)512 << 20);
        edit(arena, text, n_bytes);
    }
    calendars_destroy(calendars);
    findings_finish(&findings);
    return 0;
}
