/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/app.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "loa/args.h"
#include "loa/say.h"
#include "media/library.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/planner.h"
#include "station/station.h"

static const size_t APP_MEMORY_MAX = (size_t)2 << 30;
enum { LINES_SHOWN_MAX = 8 };

static int out_of_memory(void)
{
    say(_("out of memory"));
    return 3;
}

/* What a loader found, and what its return value means for the exit status. */
static int told_findings(int r, struct findings *findings)
{
    say_findings(findings);
    if (r < 0 && findings->n == 0) {
        say("%s", errno_text(-r));
    }
    findings_finish(findings);
    return r < 0 ? fault_exit_status(-r) : 0;
}

static int need_station(struct app *app)
{
    struct findings findings = {0};
    int r = station_load(app->dir, &app->station, &findings);
    return told_findings(r, &findings);
}

static int need_calendars(struct app *app)
{
    struct findings findings = {0};
    int r = calendars_load(app->station, &app->calendars, &findings);
    return told_findings(r, &findings);
}

static int need_db(struct app *app, unsigned parts)
{
    char path[PATHS_MAX];
    struct fault fault = {0};
    int r = path_join(path, app->dir, "loa.db", &fault);
    if (r == 0 && (parts & APP_DB_MAYBE) && access(path, F_OK) != 0) {
        return 0;
    }
    if (r == 0) {
        r = db_open(path, parts & APP_DB_WRITE ? DB_WRITE : DB_READ, &app->db, &fault);
    }
    return r < 0 ? say_fault(&fault) : 0;
}

static int need_segments(struct app *app)
{
    struct fault fault = {0};
    if (!app->db) {
        return 0;
    }
    return library_read(app->db, app->arena, &app->segments, &fault) < 0 ? say_fault(&fault) : 0;
}

int app_need(struct app *app, unsigned parts)
{
    int status = 0;
    if (!app->arena && !(app->arena = arena_create(APP_MEMORY_MAX))) {
        return out_of_memory();
    }
    if ((parts & APP_STATION) && !app->station) {
        status = need_station(app);
    }
    if (status == 0 && (parts & (APP_DB_READ | APP_DB_WRITE | APP_DB_MAYBE)) && !app->db) {
        status = need_db(app, parts);
    }
    if (status == 0 && (parts & APP_CALENDARS) && !app->calendars) {
        status = need_calendars(app);
    }
    if (status == 0 && (parts & APP_SEGMENTS)) {
        status = need_segments(app);
    }
    return status;
}

void app_finish(struct app *app)
{
    app->calendars = calendars_destroy(app->calendars);
    app->db = db_close(app->db);
    app->station = station_destroy(app->station);
    app->arena = arena_destroy(app->arena);
}

const char *app_who(void)
{
    const char *who = getenv("LOA_USER");
    bool is_name = who && *who && utf8_is_valid(who);
    for (const char *c = who; is_name && *c; c++) {
        is_name = !iscntrl((unsigned char)*c);
    }
    if (is_name) {
        return who;
    }
    const struct passwd *user = getpwuid(getuid());
    return user ? user->pw_name : "?";
}

int64_t app_day_start(int64_t us)
{
    struct civil day;
    zone_to_civil(us, &day);
    day.hour = day.minute = day.second = 0;
    return zone_from_civil(&day);
}

int64_t app_next_day_start(int64_t us)
{
    struct civil day;
    zone_to_civil(us, &day);
    day.hour = day.minute = day.second = 0;
    day.day++;
    return zone_from_civil(&day);
}

int app_window(struct app *app, const struct args *args, int64_t *ret_from_us, int64_t *ret_to_us)
{
    const char *from = args_value(args, "from");
    const char *to = args_value(args, "to");
    const char *day = args_value(args, "day");
    struct fault fault = {0};
    if (day && (from || to)) {
        return say_usage(args->spec->name,
                         _("--day stands for --from and --to; give one or the other"));
    }
    if (day || !from) {
        int64_t us = clock_now_us(&app->clock);
        if (to) {
            return say_usage(args->spec->name, _("--to needs --from"));
        }
        if (day && zone_parse_instant(day, &us, &fault) < 0) {
            return say_usage(args->spec->name, "%s", fault.text);
        }
        *ret_from_us = app_day_start(us);
        *ret_to_us = app_next_day_start(us);
        return 0;
    }
    if (zone_parse_instant(from, ret_from_us, &fault) < 0 ||
        (to && zone_parse_instant(to, ret_to_us, &fault) < 0)) {
        return say_usage(args->spec->name, "%s", fault.text);
    }
    if (!to) {
        *ret_to_us = app_next_day_start(*ret_from_us);
    }
    if (*ret_to_us <= *ret_from_us) {
        return say_usage(args->spec->name, _("--to must come after --from"));
    }
    return 0;
}

/* A few lines are named; where there are many, so is the file that has them. */
static void say_unknown_line(const struct station *station, const char *id)
{
    if (station->n_lines > LINES_SHOWN_MAX) {
        say(_("there is no line \"%s\"; the [line] sections of %s are the lines that exist"), id,
            station->file);
        return;
    }
    struct strbuf ids;
    strbuf_init(&ids, FAULT_TEXT_MAX);
    for (size_t i = 0; i < station->n_lines; i++) {
        strbuf_printf(&ids, "%s%s", i ? ", " : "", station->lines[i].id);
    }
    say(_("there is no line \"%s\"; the lines are %s"), id, strbuf_text(&ids));
    strbuf_finish(&ids);
}

/* A zone is a set of lines, of which one is asked for. */
static bool say_zone(const struct station *station, const char *id)
{
    for (size_t i = 0; i < station->n_zones; i++) {
        struct line_set lines = station->zones[i].lines;
        size_t first = line_set_next(lines, 0);
        if (strcmp(station->zones[i].id, id) != 0 || first == SIZE_MAX) {
            continue;
        }
        size_t second = line_set_next(lines, first + 1);
        if (second == SIZE_MAX) {
            say(_("\"%s\" is a zone, and one line is asked for: %s"), id, station->lines[first].id);
        } else {
            say(_("\"%s\" is a zone, and one line is asked for, such as %s or %s"), id,
                station->lines[first].id, station->lines[second].id);
        }
        return true;
    }
    return false;
}

int app_line(struct app *app, const struct args *args, size_t *ret_line)
{
    const char *id = args_value(args, "line");
    *ret_line = SIZE_MAX;
    if (!id) {
        return 0;
    }
    *ret_line = station_find_line(app->station, id);
    if (*ret_line != SIZE_MAX) {
        return 0;
    }
    if (say_zone(app->station, id)) {
        return 1;
    }
    const char *near = station_nearest_id(id, &app->station->lines[0].id, app->station->n_lines,
                                          sizeof app->station->lines[0]);
    if (near) {
        say(_("there is no line \"%s\"; did you mean \"%s\"?"), id, near);
    } else {
        say_unknown_line(app->station, id);
    }
    return 1;
}
