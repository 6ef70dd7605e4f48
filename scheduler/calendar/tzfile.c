/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/tzfile.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "scheduler/calendar/wall.h"

enum { HEADER_BYTES = 44, FOOTER_MAX_BYTES = 128, OFFSET_MAX_S = 26 * 3600 };

/* When one of the two changes of a year comes, by the wall clock before it. */
struct change_day {
    char kind; /* 'M' month, week, weekday; 'J' day of the year without 29 February; '0' with it */
    int month; /* 1..12 */
    int week;  /* 1..5, 5 is the last */
    int day;   /* 'M': weekday; 'J': 1..365; '0': 0..365 */
    int64_t time_s; /* of that day; may be before or after it */
};

/* What holds after the last change that is listed (section 3.3.1). */
struct footer {
    bool is_there;
    bool has_summer;
    int64_t standard_s;
    int64_t summer_s;
    struct change_day to_summer;
    struct change_day to_standard;
};

struct tzfile {
    size_t n;
    int64_t *times; /* of the changes, ascending */
    int64_t *offsets_s;
    int64_t first_offset_s; /* before the first change */
    struct footer footer;
};

static int64_t read_int(const unsigned char *at, size_t n)
{
    uint64_t value = *at & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < n; i++) {
        value = value << 8 | at[i];
    }
    return (int64_t)value;
}

/* The counts of a header, in the order of the file. */
enum count { UT, STANDARD, LEAP, TIMES, TYPES, CHARS, N_COUNTS };

struct block {
    size_t counts[N_COUNTS];
    size_t time_bytes;
    const unsigned char *data;
    size_t n_bytes;
};

static bool read_block(const unsigned char *bytes, size_t n_bytes, size_t time_bytes,
                       struct block *ret)
{
    if (n_bytes < HEADER_BYTES || memcmp(bytes, "TZif", 4) != 0) {
        return false;
    }
    *ret = (struct block){.time_bytes = time_bytes, .data = bytes + HEADER_BYTES};
    for (size_t i = 0; i < N_COUNTS; i++) {
        int64_t count = read_int(bytes + 20 + 4 * i, 4);
        if (count < 0 || count > (int64_t)n_bytes) {
            return false;
        }
        ret->counts[i] = (size_t)count;
    }
    const size_t *n = ret->counts;
    ret->n_bytes = n[TIMES] * (time_bytes + 1) + n[TYPES] * 6 + n[CHARS] +
                   n[LEAP] * (time_bytes + 4) + n[STANDARD] + n[UT];
    return ret->n_bytes <= n_bytes - HEADER_BYTES;
}

/* -- the footer: "CET-1CEST,M3.5.0,M10.5.0/3" -------------------------------- */

static bool take_int(const char **at, int max, int *ret)
{
    int value = 0;
    if (!isdigit((unsigned char)**at)) {
        return false;
    }
    for (; isdigit((unsigned char)**at); (*at)++) {
        value = value * 10 + (**at - '0');
        if (value > max) {
            return false;
        }
    }
    *ret = value;
    return true;
}

/* "[+-]hh[:mm[:ss]]" */
static bool take_time(const char **at, int max_hours, int64_t *ret_s)
{
    int parts[3] = {0, 0, 0};
    int sign = **at == '-' ? -1 : 1;
    *at += **at == '-' || **at == '+';
    for (size_t i = 0; i < 3; i++) {
        if (i > 0) {
            if (**at != ':') {
                break;
            }
            (*at)++;
        }
        if (!take_int(at, i == 0 ? max_hours : 59, &parts[i])) {
            return false;
        }
    }
    *ret_s = sign * (parts[0] * 3600LL + parts[1] * 60 + parts[2]);
    return true;
}

static bool take_name(const char **at)
{
    const char *start = *at;
    if (**at == '<') {
        *at += strcspn(*at, ">");
        *at += **at == '>';
        return (*at)[-1] == '>';
    }
    while (isalpha((unsigned char)**at)) {
        (*at)++;
    }
    return *at - start >= 3;
}

static bool take_day(const char **at, struct change_day *ret)
{
    *ret = (struct change_day){.kind = '0', .time_s = 2 * 3600};
    bool ok = **at == ',';
    *at += ok;
    if (ok && **at == 'M') {
        ret->kind = *(*at)++;
        ok = take_int(at, 12, &ret->month) && ret->month >= 1 && *(*at)++ == '.' &&
             take_int(at, 5, &ret->week) && ret->week >= 1 && *(*at)++ == '.' &&
             take_int(at, 6, &ret->day);
    } else if (ok && **at == 'J') {
        ret->kind = *(*at)++;
        ok = take_int(at, 365, &ret->day) && ret->day >= 1;
    } else {
        ok = ok && take_int(at, 365, &ret->day);
    }
    if (ok && **at == '/') {
        (*at)++;
        ok = take_time(at, 167, &ret->time_s);
    }
    return ok;
}

static bool read_footer(const char *text, struct footer *ret)
{
    const char *at = text;
    *ret = (struct footer){.is_there = *text != '\0'};
    if (!ret->is_there) {
        return true;
    }
    if (!take_name(&at) || !take_time(&at, 24, &ret->standard_s)) {
        return false;
    }
    ret->standard_s = -ret->standard_s; /* written west of UTC */
    if (*at == '\0') {
        return true;
    }
    ret->has_summer = true;
    ret->summer_s = ret->standard_s + 3600;
    if (!take_name(&at)) {
        return false;
    }
    if (*at != ',') {
        if (!take_time(&at, 24, &ret->summer_s)) {
            return false;
        }
        ret->summer_s = -ret->summer_s;
    }
    return take_day(&at, &ret->to_summer) && take_day(&at, &ret->to_standard) && *at == '\0';
}

/* On the wall clock, in a year. */
static int64_t change_wall_s(const struct change_day *change, int year)
{
    int64_t new_year_s = wall_of_day(year, 1, 1);
    if (change->kind == 'M') {
        int64_t first_s = wall_of_day(year, change->month, 1);
        struct wall_day first = wall_day_of(first_s);
        int day = 1 + (change->day - first.weekday + 7) % 7 + 7 * (change->week - 1);
        day -= day > first.days_in_month ? 7 : 0;
        return first_s + (day - 1) * WALL_DAY_S + change->time_s;
    }
    bool after_february =
        change->kind == 'J' && change->day > 59 && wall_day_of(new_year_s).days_in_year == 366;
    int64_t days = change->kind == 'J' ? change->day - 1 + after_february : change->day;
    return new_year_s + days * WALL_DAY_S + change->time_s;
}

static int64_t footer_offset_s(const struct footer *footer, int64_t utc_s)
{
    if (!footer->has_summer) {
        return footer->standard_s;
    }
    int year = wall_day_of(utc_s + footer->standard_s).year;
    int64_t summer_s = change_wall_s(&footer->to_summer, year) - footer->standard_s;
    int64_t winter_s = change_wall_s(&footer->to_standard, year) - footer->summer_s;
    bool is_summer = summer_s < winter_s ? utc_s >= summer_s && utc_s < winter_s
                                         : utc_s >= summer_s || utc_s < winter_s;
    return is_summer ? footer->summer_s : footer->standard_s;
}

/* -- the table --------------------------------------------------------------- */

static bool read_type(const struct block *block, size_t type, int64_t *ret_offset_s)
{
    if (type >= block->counts[TYPES]) {
        return false;
    }
    const unsigned char *types = block->data + block->counts[TIMES] * (block->time_bytes + 1);
    *ret_offset_s = read_int(types + type * 6, 4);
    return *ret_offset_s > -OFFSET_MAX_S && *ret_offset_s < OFFSET_MAX_S;
}

static bool read_changes(const struct block *block, struct tzfile *tzfile)
{
    const unsigned char *types = block->data + tzfile->n * block->time_bytes;
    for (size_t i = 0; i < tzfile->n; i++) {
        tzfile->times[i] = read_int(block->data + i * block->time_bytes, block->time_bytes);
        if (!read_type(block, types[i], &tzfile->offsets_s[i]) ||
            (i > 0 && tzfile->times[i] <= tzfile->times[i - 1])) {
            return false;
        }
    }
    return read_type(block, 0, &tzfile->first_offset_s);
}

/* Between two newlines behind the data. */
static bool read_footer_of(const unsigned char *bytes, size_t n_bytes, struct footer *ret)
{
    char text[FOOTER_MAX_BYTES] = "";
    const unsigned char *end = n_bytes > 1 ? memchr(bytes + 1, '\n', n_bytes - 1) : NULL;
    if (!end || bytes[0] != '\n' || (size_t)(end - bytes) > sizeof text) {
        return false;
    }
    memcpy(text, bytes + 1, (size_t)(end - bytes) - 1);
    return read_footer(text, ret);
}

int tzfile_parse(struct arena *arena, const unsigned char *bytes, size_t n_bytes,
                 struct tzfile **ret_tzfile)
{
    struct block block;
    if (!read_block(bytes, n_bytes, 4, &block)) {
        return -EINVAL;
    }
    struct footer footer = {0};
    if (bytes[4] >= '2') { /* the same again, with all the years, and a footer */
        size_t used = HEADER_BYTES + block.n_bytes;
        bytes += used;
        n_bytes -= used;
        if (!read_block(bytes, n_bytes, 8, &block) ||
            !read_footer_of(block.data + block.n_bytes, n_bytes - HEADER_BYTES - block.n_bytes,
                            &footer)) {
            return -EINVAL;
        }
    }
    size_t n = block.counts[TIMES];
    struct tzfile *tzfile = arena_take(arena, 1, sizeof *tzfile);
    int64_t *numbers = arena_take(arena, 2 * n, sizeof *numbers);
    if (!tzfile || !numbers) {
        return -ENOMEM;
    }
    *tzfile = (struct tzfile){.n = n, .times = numbers, .offsets_s = numbers + n, .footer = footer};
    if (!read_changes(&block, tzfile)) {
        return -EINVAL;
    }
    *ret_tzfile = tzfile;
    return 0;
}

int64_t tzfile_offset_s(const struct tzfile *tzfile, int64_t utc_s)
{
    size_t low = 0;
    size_t high = tzfile->n;
    while (low < high) { /* the first change after that instant */
        size_t middle = low + (high - low) / 2;
        if (tzfile->times[middle] <= utc_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == tzfile->n && tzfile->footer.is_there) {
        return footer_offset_s(&tzfile->footer, utc_s);
    }
    return low == 0 ? tzfile->first_offset_s : tzfile->offsets_s[low - 1];
}
