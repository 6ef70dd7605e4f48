/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/ical.h"

#include <errno.h>
#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/calendar/wall.h"

/* libical walks on to the year 2582; what it is asked for after that is nothing. */
enum { ICAL_YEAR_MAX = 2582 };

struct ical_steps {
    icalrecur_iterator *iterator;
    int64_t until_wall_s;
};

static struct icaltimetype to_ical(int64_t wall_s)
{
    struct wall_day day = wall_day_of(wall_s);
    int64_t second = wall_s - wall_of_day(day.year, day.month, day.day);
    struct icaltimetype t = icaltime_null_time();
    t.year = day.year;
    t.month = day.month;
    t.day = day.day;
    t.hour = (int)(second / 3600);
    t.minute = (int)(second / 60 % 60);
    t.second = (int)(second % 60);
    return t;
}

static int64_t from_ical(struct icaltimetype t)
{
    return wall_of_day(t.year, t.month, t.day) + t.hour * 3600 + t.minute * 60 + t.second;
}

/* Some of libical's functions fail because an earlier one did and nobody cleared it. */
static bool parse_rule(const char *text, struct icalrecurrencetype *ret_rule)
{
    icalerror_clear_errno();
    *ret_rule = icalrecurrencetype_from_string(text);
    free(ret_rule->rscale);
    ret_rule->rscale = NULL;
    bool valid = ret_rule->freq != ICAL_NO_RECURRENCE && icalerrno == ICAL_NO_ERROR;
    icalerror_clear_errno();
    return valid;
}

bool ical_rule_is_valid(const char *rule)
{
    struct icalrecurrencetype parsed;
    return parse_rule(rule, &parsed);
}

int ical_steps_open(const char *rule, int64_t start_wall_s, int64_t from_wall_s,
                    int64_t until_wall_s, bool in_order, struct ical_steps **ret_steps)
{
    struct icalrecurrencetype parsed;
    if (!parse_rule(rule, &parsed)) {
        return -EINVAL;
    }
    if (wall_day_of(start_wall_s).year > ICAL_YEAR_MAX) {
        return -ENODATA;
    }
    /* Without an end the search for the next time may take centuries of steps. */
    parsed.until = to_ical(in_order ? until_wall_s : until_wall_s + 8 * WALL_DAY_S);
    AUTO(ical_steps_close) struct ical_steps *steps = calloc(1, sizeof *steps);
    if (!steps) {
        return -ENOMEM;
    }
    steps->until_wall_s = until_wall_s;
    steps->iterator = icalrecur_iterator_new(parsed, to_ical(start_wall_s));
    if (!steps->iterator) {
        bool no_memory = icalerrno == ICAL_NEWFAILED_ERROR;
        icalerror_clear_errno();
        return no_memory ? -ENOMEM : -ENODATA;
    }
    if (from_wall_s > start_wall_s && until_wall_s >= from_wall_s &&
        !icalrecur_iterator_set_start(steps->iterator, to_ical(from_wall_s))) {
        icalrecur_iterator_free(steps->iterator); /* nothing comes from there on */
        steps->iterator = NULL;
        icalerror_clear_errno();
    }
    *ret_steps = STEAL(steps);
    return 0;
}

struct ical_steps *ical_steps_close(struct ical_steps *steps)
{
    if (steps) {
        if (steps->iterator) {
            icalrecur_iterator_free(steps->iterator);
        }
        free(steps);
    }
    return NULL;
}

bool ical_steps_next(struct ical_steps *steps, int64_t *ret_wall_s)
{
    while (steps->iterator) {
        struct icaltimetype t = icalrecur_iterator_next(steps->iterator);
        if (icaltime_is_null_time(t) || t.year > ICAL_YEAR_MAX) {
            return false;
        }
        *ret_wall_s = from_ical(t);
        if (*ret_wall_s <= steps->until_wall_s) {
            return true;
        }
    }
    return false;
}

static bool has_errors(icalcomponent *component)
{
    if (icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY)) {
        return true;
    }
    for (icalcomponent *c = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT); c;
         c = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT)) {
        if (has_errors(c)) { /* two deep: VTIMEZONE and its STANDARD and DAYLIGHT */
            return true;
        }
    }
    return false;
}

int ical_zone_parse(const char *vtimezone, struct ical_zone **ret_zone)
{
    icalerror_clear_errno();
    icalcomponent *component = icalparser_parse_string(vtimezone);
    icaltimezone *zone = component ? icaltimezone_new() : NULL;
    if (!zone || icalcomponent_isa(component) != ICAL_VTIMEZONE_COMPONENT ||
        has_errors(component) || !icaltimezone_set_component(zone, component)) {
        bool no_memory = icalerrno == ICAL_NEWFAILED_ERROR;
        if (component) {
            icalcomponent_free(component);
        }
        if (zone) {
            icaltimezone_free(zone, 1);
        }
        icalerror_clear_errno();
        return no_memory ? -ENOMEM : -EINVAL;
    }
    icalerror_clear_errno();
    *ret_zone = (struct ical_zone *)zone;
    return 0;
}

void ical_zone_close(struct ical_zone *zone)
{
    if (zone) {
        icaltimezone_free((icaltimezone *)zone, 1);
    }
}

int64_t ical_zone_offset_s(struct ical_zone *zone, int64_t utc_s)
{
    struct icaltimetype t = to_ical(utc_s);
    t.zone = icaltimezone_get_utc_timezone();
    int is_daylight = 0;
    return icaltimezone_get_utc_offset_of_utc_time((icaltimezone *)zone, &t, &is_daylight);
}
