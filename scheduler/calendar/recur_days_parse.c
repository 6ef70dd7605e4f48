/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "scheduler/calendar/recur_int.h"

bool recur_is_of_days(const struct recur_parser *parser)
{
    const char *const *has = parser->values;
    bool is_plain = parser->freq >= RECUR_DAILY;
    for (enum part part = PART_BYSECOND; part < N_PARTS; part++) {
        bool tells_days = part == PART_BYDAY || part == PART_BYMONTHDAY || part == PART_BYMONTH;
        is_plain = is_plain && (tells_days || !has[part]);
    }
    /* 2MO of a year is not that of a month. */
    bool by_month = parser->freq != RECUR_YEARLY || has[PART_BYMONTH];
    return is_plain && (by_month || !has[PART_BYDAY] || !strpbrk(has[PART_BYDAY], "0123456789"));
}

int recur_build_days(struct recur_parser *parser, struct arena *arena, int64_t start_wall_s,
                     struct recur *recur)
{
    struct day_rule *days = arena_take(arena, 1, sizeof *days);
    struct recur_limits sets = {0};
    if (!days) {
        return fault_set(parser->reterr, ENOMEM, parser->file, parser->line, _("out of memory"));
    }
    *days = (struct day_rule){.freq = parser->freq,
                              .interval = recur->interval,
                              .start_wall_s = start_wall_s};
    static const enum part parts[] = {PART_BYMONTH, PART_BYMONTHDAY};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(parts); i++) {
        r = recur_read_list(parser, parts[i]);
        r = r == 0 && parser->list.n ? recur_limit_by(parser, parts[i], &sets) : r;
    }
    days->months = sets.months;
    days->days = sets.days;
    days->days_from_end = sets.days_from_end;
    r = r < 0 ? r : recur_read_list(parser, PART_BYDAY);
    for (size_t i = 0; r == 0 && i < parser->list.n; i++) {
        int ordinal = (int)frames_floor_div(parser->list.numbers[i], 8);
        day_rule_add_weekday(days, parser->list.numbers[i] - ordinal * 8, ordinal);
    }
    day_rule_settle(days);
    recur->days = days;
    return r;
}
