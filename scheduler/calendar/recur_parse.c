/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "scheduler/calendar/ical.h"
#include "scheduler/calendar/recur_int.h"
#include "scheduler/calendar/slot.h"

/* The text of an RRULE to a struct recur. */

static const char *const part_names[N_PARTS] = {"FREQ",      "INTERVAL", "COUNT",   "UNTIL",
                                                "WKST",      "RSCALE",   "SKIP",    "BYSECOND",
                                                "BYMINUTE",  "BYHOUR",   "BYDAY",   "BYMONTHDAY",
                                                "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"};

static const char *const freq_names[] = {"SECONDLY", "MINUTELY", "HOURLY", "DAILY",
                                         "WEEKLY",   "MONTHLY",  "YEARLY"};
static const char *const day_names[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

const char *recur_part_name(enum part part)
{
    return part_names[part];
}

int recur_wrong(struct recur_parser *parser, const char *sentence, const char *what)
{
    return fault_set(parser->reterr, EINVAL, parser->file, parser->line, sentence, what);
}

static int wrong_ordinal(struct recur_parser *parser)
{
    return recur_wrong(
        parser,
        _("BYDAY with a number, such as 2MO, needs FREQ=MONTHLY or FREQ=YEARLY without "
          "BYMONTHDAY and BYWEEKNO; else write MO alone"),
        NULL);
}

static int split_parts(struct recur_parser *parser, char *text)
{
    char *rest = text;
    while (rest) {
        char *value = NULL;
        char *name = strsep(&rest, ";");
        if (*name == '\0' && !rest) {
            break; /* a ';' at the end is common */
        }
        value = strchr(name, '=');
        if (!value) {
            return recur_wrong(parser, _("\"%s\" in the rule is not NAME=VALUE"), name);
        }
        *value++ = '\0';
        size_t part = 0;
        while (part < N_PARTS && strcasecmp(name, part_names[part]) != 0) {
            part++;
        }
        if (part == N_PARTS) {
            return recur_wrong(parser, _("\"%s\" is no part of a recurrence rule"), name);
        }
        if (parser->values[part]) {
            return recur_wrong(parser, _("%s comes twice in the rule"), name);
        }
        parser->values[part] = value;
    }
    return 0;
}

static int weekday_of(const char *text)
{
    for (int day = 0; day < 7; day++) {
        if (strcasecmp(text, day_names[day]) == 0) {
            return day;
        }
    }
    return -1;
}

/* A whole number in [min, max] that ends at *end; false: none. */
static bool read_int(const char *text, long min, long max, const char **end, long *ret)
{
    const char *digits = *text == '-' || *text == '+' ? text + 1 : text;
    if (!isdigit((unsigned char)*digits)) {
        return false;
    }
    errno = 0;
    char *after = NULL;
    *ret = strtol(text, &after, 10);
    *end = after;
    return errno == 0 && *ret >= min && *ret <= max;
}

static int compare_ints(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;
    return (x > y) - (x < y);
}

static bool read_item(const struct recur_parser *parser, enum part part, const char *item, int *ret)
{
    static const struct {
        int min;
        int max;
    } ranges[N_PARTS] = {
        [PART_BYSECOND] = {0, 59},   [PART_BYMINUTE] = {0, 59},     [PART_BYHOUR] = {0, 23},
        [PART_BYDAY] = {-53, 53},    [PART_BYMONTHDAY] = {-31, 31}, [PART_BYYEARDAY] = {-366, 366},
        [PART_BYWEEKNO] = {-53, 53}, [PART_BYMONTH] = {1, 12},      [PART_BYSETPOS] = {-366, 366},
    };
    const char *end = item;
    long number = 0;
    bool has_number = isdigit((unsigned char)*item) || *item == '-' || *item == '+';
    if (has_number && (!read_int(item, ranges[part].min, ranges[part].max, &end, &number) ||
                       (number == 0 && ranges[part].min < 0))) {
        return false;
    }
    if (part == PART_BYDAY) {
        int day = weekday_of(end);
        *ret = (int)number * 8 + day;
        return day >= 0;
    }
    *ret = (int)number;
    if (part == PART_BYMONTH && parser->is_lunar && (*end == 'L' || *end == 'l') && number < 12) {
        *ret += RECUR_LEAP;
        end++;
    }
    bool is_day_31 = part == PART_BYMONTHDAY && parser->is_lunar && labs(number) > 30;
    return has_number && *end == '\0' && !is_day_31;
}

int recur_read_list(struct recur_parser *parser, enum part part)
{
    static const char *const allowed[N_PARTS] = {
        [PART_BYSECOND] = "0…59",
        [PART_BYMINUTE] = "0…59",
        [PART_BYHOUR] = "0…23",
        [PART_BYDAY] = "MO, TU, WE, TH, FR, SA, SU, 1MO, -1FR",
        [PART_BYMONTHDAY] = "1…31, -1…-31",
        [PART_BYYEARDAY] = "1…366, -1…-366",
        [PART_BYWEEKNO] = "1…53, -1…-53",
        [PART_BYMONTH] = "1…12",
        [PART_BYSETPOS] = "1…366, -1…-366",
    };
    static const char *const allowed_lunar[N_PARTS] = {
        [PART_BYMONTHDAY] = "1…30, -1…-30",
        [PART_BYMONTH] = "1…12, 1L…11L",
    };
    struct recur_list *list = &parser->list;
    list->n = 0;
    const char *at = parser->values[part];
    while (at) {
        char item[16];
        size_t n = strcspn(at, ",");
        snprintf(item, sizeof item, "%.*s", (int)(n < sizeof item ? n : sizeof item - 1), at);
        if (n >= sizeof item || list->n == RECUR_LIST_MAX ||
            !read_item(parser, part, item, &list->numbers[list->n])) {
            return fault_set(parser->reterr, EINVAL, parser->file, parser->line,
                             _("\"%s\" in %s is not possible; allowed is %s"), item,
                             part_names[part],
                             parser->is_lunar && allowed_lunar[part] ? allowed_lunar[part]
                                                                     : allowed[part]);
        }
        list->n++;
        at = at[n] == ',' ? at + n + 1 : NULL;
    }
    qsort(list->numbers, list->n, sizeof list->numbers[0], compare_ints);
    size_t n_unique = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (i == 0 || list->numbers[i] != list->numbers[i - 1]) {
            list->numbers[n_unique++] = list->numbers[i];
        }
    }
    list->n = n_unique;
    return 0;
}

static int read_heads(struct recur_parser *parser, struct recur *recur)
{
    const char *const *values = parser->values;
    size_t freq = 0;
    while (values[PART_FREQ] && freq < ARRAY_LEN(freq_names) &&
           strcasecmp(values[PART_FREQ], freq_names[freq]) != 0) {
        freq++;
    }
    if (!values[PART_FREQ] || freq == ARRAY_LEN(freq_names)) {
        return recur_wrong(parser, _("the rule has no FREQ that is known, such as FREQ=DAILY"),
                           NULL);
    }
    recur->freq = parser->freq = (enum recur_freq)freq;
    long number = 1;
    const char *end = "";
    if (values[PART_INTERVAL] &&
        (!read_int(values[PART_INTERVAL], 1, SHRT_MAX, &end, &number) || *end)) {
        return recur_wrong(parser, _("INTERVAL=%s is not possible; it is 1 to 32767"),
                           values[PART_INTERVAL]);
    }
    recur->interval = (int)number;
    number = 0;
    if (values[PART_COUNT] &&
        (!read_int(values[PART_COUNT], 1, SLOTS_MAX, &end, &number) || *end)) {
        return recur_wrong(parser, _("COUNT=%s is not possible; it is 1 to 1000000"),
                           values[PART_COUNT]);
    }
    recur->count = number;
    if (values[PART_UNTIL]) {
        if (recur->count) {
            return recur_wrong(parser, _("the rule has both COUNT and UNTIL; keep one"), NULL);
        }
        if (!when_parse(values[PART_UNTIL], &recur->until)) {
            return recur_wrong(parser, _("UNTIL=%s is not a date or a time"), values[PART_UNTIL]);
        }
        recur->has_until = true;
    }
    if (values[PART_WKST] && weekday_of(values[PART_WKST]) < 0) {
        return recur_wrong(parser, _("WKST=%s is not a weekday"), values[PART_WKST]);
    }
    return 0;
}

/* Do days counted from both ends stand in one list? Two of them may be the same day,
 * and then libical counts it twice for BYSETPOS. */
static bool counts_both_ways(const char *list)
{
    bool has[2] = {false, false};
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        has[*at == '-'] = true;
    }
    return has[0] && has[1];
}

/* What RFC 5545 forbids, and what libical would get wrong without a word. */
static int check_combination(struct recur_parser *parser)
{
    const char *const *has = parser->values;
    enum recur_freq freq = parser->freq;
    if (has[PART_BYWEEKNO] && freq != RECUR_YEARLY) {
        return recur_wrong(parser, _("%s is only possible in a yearly rule"), "BYWEEKNO");
    }
    if (has[PART_BYMONTHDAY] && freq == RECUR_WEEKLY) {
        return recur_wrong(parser, _("%s is not possible in a weekly rule"), "BYMONTHDAY");
    }
    if (has[PART_BYYEARDAY] && freq >= RECUR_DAILY && freq <= RECUR_MONTHLY) {
        return recur_wrong(parser, _("%s is not possible in a daily, weekly or monthly rule"),
                           "BYYEARDAY");
    }
    if (freq == RECUR_YEARLY && has[PART_BYYEARDAY] &&
        (has[PART_BYMONTH] || has[PART_BYMONTHDAY] || has[PART_BYWEEKNO])) {
        return recur_wrong(parser, _("%s cannot be combined with BYMONTH, BYMONTHDAY or BYWEEKNO"),
                           "BYYEARDAY");
    }
    if (has[PART_BYWEEKNO] && (has[PART_BYMONTH] || has[PART_BYMONTHDAY])) {
        return recur_wrong(parser, _("%s cannot be combined with BYMONTH or BYMONTHDAY"),
                           "BYWEEKNO");
    }
    bool one_time_a_day = true;
    for (enum part part = PART_BYSECOND; part <= PART_BYHOUR; part++) {
        one_time_a_day = one_time_a_day && !(has[part] && strchr(has[part], ','));
    }
    if (has[PART_BYSETPOS] && (freq < RECUR_MONTHLY || !one_time_a_day)) {
        return recur_wrong(
            parser, _("%s is only possible in monthly and yearly rules with one time of day"),
            "BYSETPOS");
    }
    if (has[PART_BYSETPOS] &&
        (counts_both_ways(has[PART_BYMONTHDAY]) || counts_both_ways(has[PART_BYYEARDAY]))) {
        return recur_wrong(parser, _("%s is not possible with days counted from both ends"),
                           "BYSETPOS");
    }
    if (has[PART_BYSETPOS] && has[PART_BYWEEKNO]) {
        return recur_wrong(parser, _("%s cannot be combined with BYWEEKNO"), "BYSETPOS");
    }
    if (has[PART_BYSETPOS] && !has[PART_BYDAY] && !has[PART_BYMONTHDAY] && !has[PART_BYYEARDAY] &&
        !has[PART_BYMONTH]) {
        return recur_wrong(parser, _("%s needs another BY… part to choose from"), "BYSETPOS");
    }
    return 0;
}

/* A slot a second would be a million slots in twelve days. */
static int check_density(struct recur_parser *parser, const struct recur *recur)
{
    const char *seconds = parser->values[PART_BYSECOND];
    bool each_second =
        recur->freq == RECUR_SECONDLY && recur->interval < 60 && (!seconds || strchr(seconds, ','));
    if (each_second || (seconds && strchr(seconds, ','))) {
        return recur_wrong(
            parser,
            _("the rule fires more than once a minute; a programme cannot start that "
              "often"),
            NULL);
    }
    return 0;
}

/* Does this part only narrow the rule, so that it is checked here? */
static bool is_limit(enum part part, enum recur_freq freq)
{
    switch (part) {
    case PART_BYSECOND:
        return freq == RECUR_SECONDLY;
    case PART_BYMINUTE:
        return freq <= RECUR_MINUTELY;
    case PART_BYHOUR:
        return freq <= RECUR_HOURLY;
    case PART_BYDAY:
    case PART_BYMONTHDAY:
    case PART_BYYEARDAY:
        return freq <= RECUR_DAILY;
    case PART_BYMONTH:
        return freq <= RECUR_MONTHLY;
    case PART_BYWEEKNO:
        return true;
    default:
        return false;
    }
}

static void set_bits(uint64_t *forward, uint64_t *backward, const struct recur_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        int number = list->numbers[i];
        uint64_t *bits = number < 0 ? backward : forward;
        bits[abs(number) / 64] |= (uint64_t)1 << abs(number) % 64;
    }
}

int recur_limit_by(struct recur_parser *parser, enum part part, struct recur_limits *limits)
{
    uint64_t forward[6] = {0};
    uint64_t backward[6] = {0};
    if (part == PART_BYDAY) {
        for (size_t i = 0; i < parser->list.n; i++) {
            int number = parser->list.numbers[i];
            if (number < 0 || number >= 8) {
                return wrong_ordinal(parser);
            }
            limits->weekdays = (uint8_t)(limits->weekdays | 1 << number);
        }
        return 0;
    }
    set_bits(forward, backward, &parser->list);
    switch (part) {
    case PART_BYSECOND:
        limits->seconds = forward[0];
        break;
    case PART_BYMINUTE:
        limits->minutes = forward[0];
        break;
    case PART_BYHOUR:
        limits->hours = (uint32_t)forward[0];
        break;
    case PART_BYMONTHDAY:
        limits->days = (uint32_t)forward[0];
        limits->days_from_end = (uint32_t)backward[0];
        break;
    case PART_BYMONTH:
        limits->months = (uint16_t)forward[0];
        break;
    case PART_BYWEEKNO:
        limits->weeks = forward[0];
        limits->weeks_from_end = backward[0];
        break;
    default:
        memcpy(limits->year_days, forward, sizeof forward);
        memcpy(limits->year_days_from_end, backward, sizeof backward);
        limits->has_year_days = true;
    }
    return 0;
}

static int floor_div8(int number)
{
    return number >= 0 ? number / 8 : -((-number + 7) / 8);
}

static int add_steps(struct recur_parser *parser, enum part part, struct strbuf *steps)
{
    strbuf_printf(steps, ";%s=", part_names[part]);
    for (size_t i = 0; i < parser->list.n; i++) {
        int number = parser->list.numbers[i];
        const char *comma = i ? "," : "";
        if (part != PART_BYDAY) {
            strbuf_printf(steps, "%s%d", comma, number);
            continue;
        }
        int ordinal = floor_div8(number);
        if (ordinal != 0 && (parser->freq < RECUR_MONTHLY || parser->values[PART_BYWEEKNO] ||
                             parser->values[PART_BYMONTHDAY])) {
            return wrong_ordinal(parser);
        }
        strbuf_printf(steps, ordinal ? "%s%d%s" : "%s%.0d%s", comma, ordinal,
                      day_names[number - ordinal * 8]);
    }
    return 0;
}

/* Share the parts out between libical (`steps`) and the limits. */
static int share_parts(struct recur_parser *parser, int64_t start_wall_s, struct strbuf *steps,
                       struct recur_limits *limits, bool *ret_has_limits)
{
    for (enum part part = PART_BYSECOND; part < N_PARTS; part++) {
        int r = recur_read_list(parser, part);
        if (r < 0) {
            return r;
        }
        if (parser->list.n == 0) {
            continue;
        }
        bool limit = is_limit(part, parser->freq);
        *ret_has_limits = *ret_has_limits || limit;
        r = limit ? recur_limit_by(parser, part, limits) : add_steps(parser, part, steps);
        if (r < 0) {
            return r;
        }
    }
    /* What libical would take from the start where RFC 5545 means something else. */
    if (parser->freq == RECUR_YEARLY && parser->values[PART_BYMONTHDAY] &&
        !parser->values[PART_BYMONTH]) {
        strbuf_add(steps, ";BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12");
    }
    if (parser->values[PART_BYWEEKNO] && !parser->values[PART_BYDAY]) {
        strbuf_printf(steps, ";BYDAY=%s", day_names[wall_day_of(start_wall_s).weekday]);
    }
    return 0;
}

/* Is this day of a month among BYDAY? */
static bool is_weekday(const struct recur_list *list, int day, int n_days, int weekday)
{
    int from_start = (day - 1) / 7 + 1;
    int from_end = -((n_days - day) / 7 + 1);
    for (size_t i = 0; i < list->n; i++) {
        int ordinal = floor_div8(list->numbers[i]);
        if (list->numbers[i] - ordinal * 8 == weekday &&
            (ordinal == 0 || ordinal == from_start || ordinal == from_end)) {
            return true;
        }
    }
    return list->n == 0;
}

/* How many days a month can give at most: whatever its length, on whatever weekday it
 * begins. */
static int days_of_a_month(const struct recur_list *weekdays, const struct recur_limits *days)
{
    int most = 0;
    for (int type = 0; type < 28; type++) {
        int n_days = 28 + type / 7;
        int n = 0;
        for (int day = 1; day <= n_days; day++) {
            bool named = (!days->days && !days->days_from_end) || (days->days >> day & 1) ||
                         (days->days_from_end >> (n_days - day + 1) & 1);
            n += named && is_weekday(weekdays, day, n_days, (type + day) % 7);
        }
        most = n > most ? n : most;
    }
    return most;
}

static int never_in_a_month(struct recur_parser *parser, bool *ret_never)
{
    struct recur_limits days = {0};
    int r = recur_read_list(parser, PART_BYMONTHDAY);
    r = r < 0 ? r : recur_limit_by(parser, PART_BYMONTHDAY, &days);
    r = r < 0 ? r : recur_read_list(parser, PART_BYSETPOS);
    int position = r == 0 && parser->list.n > 0 ? INT_MAX : 1;
    for (size_t i = 0; r == 0 && i < parser->list.n; i++) {
        int number = abs(parser->list.numbers[i]);
        position = number < position ? number : position;
    }
    r = r < 0 ? r : recur_read_list(parser, PART_BYDAY);
    *ret_never = r == 0 && position > days_of_a_month(&parser->list, &days);
    return r;
}

/* The steps of a rule whose weeks are counted here are those of every week. */
static bool count_weeks(struct recur_parser *parser, int64_t start_wall_s, struct recur *recur,
                        struct recur_limits *limits)
{
    const char *wkst = parser->values[PART_WKST];
    int first_weekday = wkst ? weekday_of(wkst) : 1;
    if (parser->values[PART_BYWEEKNO]) {
        recur->freq = parser->freq = RECUR_WEEKLY;
        limits->first_weekday = first_weekday;
        limits->week_year = recur_week_year(start_wall_s, first_weekday);
        limits->year_step = recur->interval > 1 ? recur->interval : 0;
        return true;
    }
    if (recur->freq != RECUR_WEEKLY || recur->interval == 1) {
        return false;
    }
    int64_t day_s = frames_floor_div(start_wall_s, WALL_DAY_S) * WALL_DAY_S;
    int since = wall_day_of(start_wall_s).weekday - first_weekday;
    limits->week_s = day_s - (since + 7) % 7 * WALL_DAY_S;
    limits->week_step = recur->interval;
    return true;
}

static int recur_build(struct recur_parser *parser, struct arena *arena, int64_t start_wall_s,
                       struct strbuf *steps, struct recur *recur)
{
    struct recur_limits limits = {0};
    bool has_limits = count_weeks(parser, start_wall_s, recur, &limits);
    strbuf_printf(steps, "FREQ=%s;INTERVAL=%d", freq_names[recur->freq],
                  has_limits ? 1 : recur->interval);
    int r = share_parts(parser, start_wall_s, steps, &limits, &has_limits);
    if (r == 0 && recur->freq == RECUR_MONTHLY &&
        (parser->values[PART_BYDAY] || parser->values[PART_BYMONTHDAY])) {
        r = never_in_a_month(parser, &recur->never);
    }
    if (r < 0) {
        return r;
    }
    recur->steps = strbuf_failed(steps) ? NULL : arena_strdup(arena, strbuf_text(steps));
    struct recur_limits *kept = has_limits ? arena_take(arena, 1, sizeof *kept) : NULL;
    if (!recur->steps || (has_limits && !kept)) {
        return fault_set(parser->reterr, ENOMEM, parser->file, parser->line, _("out of memory"));
    }
    if (kept) {
        *kept = limits;
    }
    recur->limits = kept;
    if (recur_is_of_days(parser)) {
        return recur_build_days(parser, arena, start_wall_s, recur);
    }
    if (!ical_rule_is_valid(recur->steps)) {
        return recur_wrong(
            parser,
            _("the rule %s is not one that can be followed; make it simpler, or write the "
              "dates as RDATE"),
            recur->steps);
    }
    return 0;
}

int recur_parse(struct arena *arena, const char *text, bool event_is_lunar, int64_t start_wall_s,
                const char *file, unsigned line, struct recur *ret_recur, struct fault *reterr)
{
    struct recur_parser parser = {.file = file, .line = line, .reterr = reterr};
    struct recur recur = {.line = line, .last_wall_s = INT64_MAX};
    AUTO_FREE char *copy = strdup(text);
    if (!copy) {
        return fault_set(reterr, ENOMEM, file, line, _("out of memory"));
    }
    int r = split_parts(&parser, copy);
    r = r < 0 ? r : recur_read_scale(&parser, event_is_lunar);
    r = r < 0 ? r : read_heads(&parser, &recur);
    r = r == 0 && parser.is_lunar ? recur_check_lunar(&parser) : r;
    r = r < 0 ? r : check_combination(&parser);
    r = r < 0 ? r : check_density(&parser, &recur);
    if (r == 0 && parser.is_lunar) {
        r = recur_build_lunar(&parser, arena, start_wall_s, &recur);
        *ret_recur = recur;
        return r;
    }
    if (r < 0) {
        return r;
    }
    struct strbuf steps;
    strbuf_init(&steps, 16384);
    r = recur_build(&parser, arena, start_wall_s, &steps, &recur);
    strbuf_finish(&steps);
    if (r == 0) {
        *ret_recur = recur;
    }
    return r;
}
