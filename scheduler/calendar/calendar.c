/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "scheduler/calendar/ahead.h"
#include "scheduler/calendar/calendar_int.h"
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
    if (places_make(station, arena, &calendars->places) < 0) {
        return NULL;
    }
    zones_init(&calendars->zones, arena, station->timezone);
    calendars->arena = STEAL(arena);
    return calendars;
}

struct calendars *calendars_destroy(struct calendars *calendars)
{
    if (calendars) {
        for (size_t i = 0; i < calendars->n_series; i++) {
            ahead_finish(calendars->series[i].ahead);
        }
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

/* A text in place of a layer's calendar. */
struct replacement {
    size_t layer;
    const char *file; /* NULL: the layer's own */
    const char *text;
    size_t n_bytes;
};

/* What lies at an address is read from its last good copy (remote.h). */
static int read_layer_file(const struct station *station, const struct layer_def *def,
                           bool may_lack_copy, const char *path, char **ret_text, size_t *ret_n,
                           struct findings *findings)
{
    struct fault fault;
    int r = path_read_file(path, CALENDAR_FILE_MAX_BYTES, ret_text, ret_n, &fault);
    if (r == -ENOENT && def->url && may_lack_copy) {
        return 0;
    }
    if (r == -ENOENT && def->url) {
        fault_set(&fault, ENOENT, station->file, def->file_line,
                  _("the calendar of layer \"%s\" was never fetched; run `loa fetch`"), def->id);
    }
    if (r < 0) {
        findings_add_fault(findings, "calendar-unreadable", &fault);
    }
    return r;
}

/* ---- kept copies */

static int kept_path(const struct station *station, size_t layer, const char *ending,
                     char out[static PATHS_MAX], struct fault *reterr)
{
    char name[PATHS_MAX];
    snprintf(name, sizeof name, "calendars/%s.%s.ics", station->layers[layer].id, ending);
    return path_join(out, station->dir, name, reterr);
}

static bool is_in_file(const char *path, const char *text, size_t n_bytes)
{
    AUTO_FREE char *there = NULL;
    size_t n_there = 0;
    return path_read_file(path, CALENDAR_FILE_MAX_BYTES, &there, &n_there, NULL) == 0 &&
           n_there == n_bytes && memcmp(there, text, n_bytes) == 0;
}

/* Lay what was read beside the copy that is kept, which it replaces when all calendars turn out
 * to be good. Without room for it the calendars are as good as with it. */
static void stage(const struct station *station, size_t layer, const char *text, size_t n_bytes,
                  struct findings *findings)
{
    char folder[PATHS_MAX];
    char kept[PATHS_MAX];
    char staged[PATHS_MAX];
    struct fault fault = {0};
    int r = path_join(folder, station->dir, "calendars", &fault);
    r = r < 0 ? r : kept_path(station, layer, "kept", kept, &fault);
    r = r < 0 ? r : kept_path(station, layer, "new", staged, &fault);
    if (r == 0) {
        unlink(staged); /* of a radio that was killed before it knew whether that is good */
    }
    if (r == 0 && !is_in_file(kept, text, n_bytes)) {
        r = path_make_dirs(folder, &fault);
        r = r < 0 ? r : path_write_file(staged, text, n_bytes, &fault);
    }
    if (r < 0) {
        findings_add(findings, SEVERITY_WARNING, CALENDAR_NOT_KEPT, fault.file, fault.line, "%s",
                     fault.text);
    }
}

static void settle_staged(const struct station *station, bool are_good)
{
    for (size_t i = 0; i < station->n_layers; i++) {
        char kept[PATHS_MAX];
        char staged[PATHS_MAX];
        if (kept_path(station, i, "kept", kept, NULL) < 0 ||
            kept_path(station, i, "new", staged, NULL) < 0) {
            continue;
        }
        if (!are_good || rename(staged, kept) < 0) {
            unlink(staged);
        }
    }
}

/* ---- reading */

struct loading {
    const struct replacement *replacement; /* or NULL */
    bool from_kept;                        /* the copies, instead of the files */
    bool keeps;
};

/* -ENOMEM, or what kept the file from being read; mistakes in it are findings only. */
static int load_layer(struct calendars *calendars, size_t layer, const struct loading *loading,
                      struct findings *findings)
{
    const struct station *station = calendars->station;
    const struct layer_def *def = &station->layers[layer];
    const struct replacement *replacement = loading->replacement;
    char path[PATHS_MAX];
    struct fault fault;
    int r = loading->from_kept ? kept_path(station, layer, "kept", path, &fault)
                               : path_join(path, station->dir, def->calendar, &fault);
    if (r < 0) {
        findings_add_fault(findings, "calendar-unreadable", &fault);
        return r;
    }
    if (replacement && replacement->layer == layer) {
        return calendar_read(calendars, layer, replacement->file ? replacement->file : path,
                             replacement->text, replacement->n_bytes, findings);
    }
    AUTO_FREE char *text = NULL;
    size_t n_bytes = 0;
    r = read_layer_file(station, def, replacement != NULL, path, &text, &n_bytes, findings);
    if (r < 0 || !text) {
        return r;
    }
    if (loading->keeps) {
        stage(station, layer, text, n_bytes, findings);
    }
    return calendar_read(calendars, layer, path, text, n_bytes, findings);
}

static int load(const struct station *station, const struct loading *loading,
                struct calendars **ret_calendars, struct findings *findings)
{
    size_t errors_before = findings->n_errors;
    struct calendars *calendars = calendars_create(station);
    if (!calendars) {
        return out_of_memory(findings, station->file);
    }
    int r = 0;
    for (size_t i = 0; i < station->n_layers && r != -ENOMEM; i++) {
        int r_layer = load_layer(calendars, i, loading, findings);
        r = r == 0 || r_layer == -ENOMEM ? r_layer : r;
    }
    r = finish(calendars, errors_before, r, findings, ret_calendars);
    if (loading->keeps) {
        settle_staged(station, r == 0);
    }
    return r;
}

int calendars_load(const struct station *station, struct calendars **ret_calendars,
                   struct findings *findings)
{
    return load(station, &(struct loading){0}, ret_calendars, findings);
}

int calendars_load_and_keep(const struct station *station, struct calendars **ret_calendars,
                            struct findings *findings)
{
    return load(station, &(struct loading){.keeps = true}, ret_calendars, findings);
}

int calendars_load_kept(const struct station *station, struct calendars **ret_calendars,
                        struct findings *findings)
{
    return load(station, &(struct loading){.from_kept = true}, ret_calendars, findings);
}

int calendars_load_text(const struct station *station, size_t layer, const char *file,
                        const char *text, size_t n_bytes, struct calendars **ret_calendars,
                        struct findings *findings)
{
    const struct replacement replacement = {layer, file, text, n_bytes};
    return load(station, &(struct loading){.replacement = &replacement}, ret_calendars, findings);
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
