/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "scheduler/calendar/lunar.h"
#include "scheduler/calendar/lunar_steps.h"
#include "scheduler/calendar/recur_int.h"

/* The parts of an RRULE to a rule of the lunar calendar. */

static const char *const skip_names[] = {"OMIT", "BACKWARD", "FORWARD"};

static enum lunar_skip skip_of(const struct recur_parser *parser)
{
    const char *value = parser->values[PART_SKIP];
    size_t skip = 0;
    while (value && skip < ARRAY_LEN(skip_names) && strcasecmp(value, skip_names[skip]) != 0) {
        skip++;
    }
    return (enum lunar_skip)skip; /* ARRAY_LEN(): none of them */
}

int recur_read_scale(struct recur_parser *parser, bool event_is_lunar)
{
    const char *scale = parser->values[PART_RSCALE];
    const char *skip = parser->values[PART_SKIP];
    bool is_chinese = scale && strcasecmp(scale, "CHINESE") == 0;
    bool is_gregorian = scale && strcasecmp(scale, "GREGORIAN") == 0;
    if (scale && !is_chinese && !is_gregorian) {
        return recur_wrong(
            parser,
            _("RSCALE=%s is not played; the calendars are GREGORIAN and, for that of "
              "Vietnam, CHINESE"),
            scale);
    }
    if (is_gregorian && event_is_lunar) {
        return recur_wrong(parser,
                           _("the rule says RSCALE=%s and its event X-LOA-LUNAR:YES; remove one"),
                           scale);
    }
    parser->is_lunar = is_chinese || event_is_lunar;
    if (skip_of(parser) == ARRAY_LEN(skip_names)) {
        return recur_wrong(parser, _("SKIP=%s is not possible; it is OMIT, BACKWARD or FORWARD"),
                           skip);
    }
    if (!parser->is_lunar && skip_of(parser) != LUNAR_OMIT) {
        return recur_wrong(
            parser,
            _("SKIP=%s is only possible in rules of the lunar calendar; for the last "
              "day of a month write BYMONTHDAY=-1"),
            skip);
    }
    return 0;
}

int recur_check_lunar(struct recur_parser *parser)
{
    static const enum part others[] = {PART_BYYEARDAY, PART_BYWEEKNO};
    if (parser->freq < RECUR_DAILY || parser->freq == RECUR_WEEKLY) {
        return recur_wrong(parser,
                           _("FREQ=%s has no lunar dates; a rule of the lunar calendar is YEARLY, "
                             "MONTHLY or DAILY"),
                           parser->values[PART_FREQ]);
    }
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (parser->values[others[i]]) {
            return recur_wrong(
                parser,
                _("%s is not possible in a rule of the lunar calendar; write BYMONTH "
                  "and BYMONTHDAY"),
                recur_part_name(others[i]));
        }
    }
    return 0;
}

static int read_days(struct recur_parser *parser, struct lunar_rule *rule)
{
    const struct recur_list *list = &parser->list;
    int r = recur_read_list(parser, PART_BYMONTH);
    for (size_t i = 0; r == 0 && i < list->n; i++) {
        bool is_leap = list->numbers[i] > RECUR_LEAP;
        uint16_t *months = is_leap ? &rule->leap_months : &rule->months;
        *months = (uint16_t)(*months | 1 << (list->numbers[i] - (is_leap ? RECUR_LEAP : 0)));
    }
    r = r < 0 ? r : recur_read_list(parser, PART_BYMONTHDAY);
    for (size_t i = 0; r == 0 && i < list->n; i++) {
        uint32_t *days = list->numbers[i] < 0 ? &rule->days_from_end : &rule->days;
        *days |= (uint32_t)1 << abs(list->numbers[i]);
    }
    r = r < 0 ? r : recur_read_list(parser, PART_BYDAY);
    for (size_t i = 0; r == 0 && i < list->n; i++) {
        if (list->numbers[i] < 0 || list->numbers[i] >= 8) {
            return recur_wrong(
                parser,
                _("BYDAY=%s counts weekdays, which a rule of the lunar calendar does "
                  "not; for the first Monday write BYDAY=MO;BYMONTHDAY=1,2,3,4,5,6,7"),
                parser->values[PART_BYDAY]);
        }
        rule->weekdays = (uint8_t)(rule->weekdays | 1 << list->numbers[i]);
    }
    return r;
}

/* Months and days that the rule leaves to its start; its leap month counts as the month
 * of that number. */
static void take_from_start(const struct recur_parser *parser, const struct lunar_date *start,
                            struct lunar_rule *rule)
{
    bool has_days = parser->values[PART_BYMONTHDAY] || parser->values[PART_BYDAY];
    if (rule->freq == RECUR_DAILY || has_days) {
        return;
    }
    rule->days = (uint32_t)1 << start->day;
    if (rule->freq == RECUR_YEARLY && !parser->values[PART_BYMONTH]) {
        rule->months = (uint16_t)(1 << start->month.month);
    }
}

static int read_positions(struct recur_parser *parser, struct arena *arena, struct lunar_rule *rule)
{
    int r = recur_read_list(parser, PART_BYSETPOS);
    if (r < 0 || parser->list.n == 0) {
        return r;
    }
    int *positions = arena_take(arena, parser->list.n, sizeof *positions);
    if (!positions) {
        return -ENOMEM;
    }
    memcpy(positions, parser->list.numbers, parser->list.n * sizeof *positions);
    rule->positions = positions;
    rule->n_positions = parser->list.n;
    return 0;
}

/* The hours, minutes and seconds of a day; what the rule does not say is the start's. */
static int read_times(struct recur_parser *parser, struct arena *arena, int64_t start_wall_s,
                      struct lunar_rule *rule)
{
    static const enum part parts[] = {PART_BYHOUR, PART_BYMINUTE, PART_BYSECOND};
    static const int unit_s[] = {3600, 60, 1};
    int start_s = (int)(start_wall_s - frames_floor_div(start_wall_s, WALL_DAY_S) * WALL_DAY_S);
    const int of_start[] = {start_s / 3600, start_s / 60 % 60, start_s % 60};
    int *times_s = arena_take(arena, 1, sizeof *times_s);
    size_t n_times = 1;
    for (size_t i = 0; times_s && i < ARRAY_LEN(parts); i++) {
        struct recur_list *list = &parser->list;
        int r = recur_read_list(parser, parts[i]);
        if (r < 0) {
            return r;
        }
        if (list->n == 0) {
            list->numbers[list->n++] = of_start[i];
        }
        int *more_s = arena_take(arena, n_times * list->n, sizeof *more_s);
        for (size_t j = 0; more_s && j < n_times * list->n; j++) {
            more_s[j] = times_s[j / list->n] + list->numbers[j % list->n] * unit_s[i];
        }
        n_times *= list->n;
        times_s = more_s;
    }
    rule->times_s = times_s;
    rule->n_times = n_times;
    return times_s ? 0 : -ENOMEM;
}

int recur_build_lunar(struct recur_parser *parser, struct arena *arena, int64_t start_wall_s,
                      struct recur *recur)
{
    struct lunar_date start;
    int64_t start_day = frames_floor_div(start_wall_s, WALL_DAY_S);
    if (!lunar_date_of(start_day, &start)) {
        return recur_wrong(parser,
                           _("the lunar calendar is known from 1800 to 2199; DTSTART lies outside"),
                           NULL);
    }
    struct lunar_rule *rule = arena_take(arena, 1, sizeof *rule);
    int r = rule ? 0 : -ENOMEM;
    if (rule) {
        *rule = (struct lunar_rule){.freq = recur->freq,
                                    .interval = recur->interval,
                                    .start_day = start_day,
                                    .start_lunation = start.month.lunation,
                                    .start_year = start.year,
                                    .skip = skip_of(parser)};
        r = read_days(parser, rule);
        take_from_start(parser, &start, rule);
    }
    r = r < 0 ? r : read_positions(parser, arena, rule);
    r = r < 0 ? r : read_times(parser, arena, start_wall_s, rule);
    recur->lunar = rule;
    return r == -ENOMEM
               ? fault_set(parser->reterr, ENOMEM, parser->file, parser->line, _("out of memory"))
               : r;
}
