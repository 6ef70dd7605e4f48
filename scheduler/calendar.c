/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "scheduler/calendar_int.h"
#include "station/station.h"

/* Files to calendars: what slot.h promises, by the work of the other files. */

static int out_of_memory(struct findings *findings, const char *file)
{
    struct fault fault;
    int r = fault_set(&fault, ENOMEM, file, 0,
                      _("out of memory: the calendars are too large for this machine"));
    findings_add_fault(findings, "too-large", &fault);
    return r;
}

static struct calendars *calendars_create(const struct station *station)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(CALENDARS_MAX_BYTES);
    struct calendars *calendars = arena ? arena_take(arena, 1, sizeof *calendars) : NULL;
    if (!calendars) {
        return NULL;
    }
    calendars->station = station;
    calendars->scratch = line_set_make(arena, station->n_lines);
    if (station->n_lines && !calendars->scratch.words) {
        return NULL;
    }
    zones_init(&calendars->zones, arena, station->timezone);
    calendars->arena = STEAL(arena);
    return calendars;
}

struct calendars *calendars_destroy(struct calendars *calendars)
{
    if (calendars) {
        zones_finish(&calendars->zones);
        arena_destroy(calendars->arena); /* the calendars themselves lie in it */
    }
    return NULL;
}

/* -EINVAL when findings became worse since. */
static int finish(struct calendars *calendars, size_t errors_before, int r,
                  struct findings *findings, struct calendars **ret_calendars)
{
    if (r == 0 && findings->n_errors == errors_before) {
        r = calendars_link(calendars, findings);
    }
    if (r == -ENOMEM) {
        r = out_of_memory(findings, NULL);
    } else if (findings->n_errors != errors_before && (r == 0 || r == -E2BIG)) {
        r = -EINVAL;
    }
    if (r == 0) {
        *ret_calendars = calendars;
    } else {
        calendars_destroy(calendars);
    }
    return r;
}

static bool is_address(const char *path)
{
    return strncasecmp(path, "http:", 5) == 0 || strncasecmp(path, "https:", 6) == 0 ||
           strncasecmp(path, "webcal:", 7) == 0;
}

/* -ENOMEM, or what kept the file from being read; mistakes in it are findings only. */
static int load_layer(struct calendars *calendars, size_t layer, struct findings *findings)
{
    const struct station *station = calendars->station;
    const struct layer_def *def = &station->layers[layer];
    char path[PATHS_MAX];
    struct fault fault;
    if (is_address(def->calendar)) {
        findings_add(
            findings, SEVERITY_ERROR, "not-yet", station->file, def->file_line,
            _("layer \"%s\" names a web address; save that calendar to a file and name it"),
            def->id);
        return 0;
    }
    AUTO_FREE char *text = NULL;
    size_t n_bytes = 0;
    int r = path_join(path, station->dir, def->calendar, &fault);
    r = r < 0 ? r : path_read_file(path, CALENDAR_FILE_MAX_BYTES, &text, &n_bytes, &fault);
    if (r < 0) {
        findings_add_fault(findings, "calendar-unreadable", &fault);
        return r;
    }
    return calendar_read(calendars, layer, path, text, n_bytes, findings);
}

static int read_text(struct calendars *calendars, size_t layer, const char *text, size_t n_bytes,
                     struct findings *findings)
{
    const struct station *station = calendars->station;
    char path[PATHS_MAX];
    struct fault fault;
    int r = path_join(path, station->dir, station->layers[layer].calendar, &fault);
    if (r < 0) {
        findings_add_fault(findings, "calendar-unreadable", &fault);
        return r;
    }
    return calendar_read(calendars, layer, path, text, n_bytes, findings);
}

/* A text in place of a layer's file; NULL: none. */
static int load(const struct station *station, size_t layer, const char *text, size_t n_bytes,
                struct calendars **ret_calendars, struct findings *findings)
{
    size_t errors_before = findings->n_errors;
    struct calendars *calendars = calendars_create(station);
    if (!calendars) {
        return out_of_memory(findings, station->file);
    }
    int r = 0;
    for (size_t i = 0; i < station->n_layers && r != -ENOMEM; i++) {
        int r_layer = text && i == layer ? read_text(calendars, i, text, n_bytes, findings)
                                         : load_layer(calendars, i, findings);
        r = r == 0 || r_layer == -ENOMEM ? r_layer : r;
    }
    return finish(calendars, errors_before, r, findings, ret_calendars);
}

int calendars_load(const struct station *station, struct calendars **ret_calendars,
                   struct findings *findings)
{
    return load(station, SIZE_MAX, NULL, 0, ret_calendars, findings);
}

int calendars_load_text(const struct station *station, size_t layer, const char *text,
                        size_t n_bytes, struct calendars **ret_calendars, struct findings *findings)
{
    return load(station, layer, text, n_bytes, ret_calendars, findings);
}

int calendars_parse(const struct station *station, size_t layer, const char *file, const char *text,
                    size_t n_bytes, struct calendars **ret_calendars, struct findings *findings)
{
    size_t errors_before = findings->n_errors;
    struct calendars *calendars = calendars_create(station);
    if (!calendars) {
        return out_of_memory(findings, file);
    }
    int r = calendar_read(calendars, layer, file, text, n_bytes, findings);
    return finish(calendars, errors_before, r, findings, ret_calendars);
}

const char *slot_state_name(enum slot_state state)
{
    static const char *const names[] = {"confirmed", "tentative", "cancelled", "refused"};
    return names[state];
}
