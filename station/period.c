/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "station/period.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/zone.h"

#define REFORM_PREFIX "cchc-"
enum { YEAR_MIN = 1970, YEAR_MAX = 9998, REFORM_FIRST_DAY = 15 };

/* Months of a period, counted from January of its year; the end is exclusive. */
struct months {
    int from;
    int until;
};

/* What follows the year: "", "-q1" .. "-q4", "-h1", "-h2", "-01" .. "-12". */
static bool parse_part(const char *part, struct months *ret_months)
{
    if (*part == '\0') {
        *ret_months = (struct months){0, 12};
        return true;
    }
    if (strlen(part) != 3 || part[0] != '-' || !isdigit((unsigned char)part[2])) {
        return false;
    }
    int number = part[2] - '0';
    if (part[1] == 'q' && number >= 1 && number <= 4) {
        *ret_months = (struct months){(number - 1) * 3, number * 3};
        return true;
    }
    if (part[1] == 'h' && number >= 1 && number <= 2) {
        *ret_months = (struct months){(number - 1) * 6, number * 6};
        return true;
    }
    int month = (part[1] - '0') * 10 + number;
    if (!isdigit((unsigned char)part[1]) || month < 1 || month > 12) {
        return false;
    }
    *ret_months = (struct months){month - 1, month};
    return true;
}

/* The decree knows a year, its first half, quarters one and three, and months. */
static bool is_reform_part(const char *part)
{
    return strcmp(part, "-q2") != 0 && strcmp(part, "-q4") != 0 && strcmp(part, "-h2") != 0;
}

static int64_t day_us(int year, int month_from_0, int day)
{
    struct civil civil = {.year = year + (month_from_0 < 0 ? -1 : month_from_0 / 12),
                          .month = (month_from_0 + 12) % 12 + 1,
                          .day = day};
    return zone_from_civil(&civil);
}

static bool parse_period(const char *text, int64_t *ret_from_us, int64_t *ret_until_us)
{
    bool is_reform = strncmp(text, REFORM_PREFIX, strlen(REFORM_PREFIX)) == 0;
    text += is_reform ? strlen(REFORM_PREFIX) : 0;
    int year = 0;
    for (int i = 0; i < 4; i++, text++) {
        if (!isdigit((unsigned char)*text)) {
            return false;
        }
        year = year * 10 + (*text - '0');
    }
    struct months months;
    if (year < YEAR_MIN || year > YEAR_MAX || !parse_part(text, &months) ||
        (is_reform && !is_reform_part(text))) {
        return false;
    }
    /* The reporting year of administrative reform runs half a month ahead: its January
     * begins on 15 December. */
    int shift = is_reform ? 1 : 0;
    int day = is_reform ? REFORM_FIRST_DAY : 1;
    *ret_from_us = day_us(year, months.from - shift, day);
    *ret_until_us = day_us(year, months.until - shift, day);
    return true;
}

int period_parse(const char *text, int64_t *ret_from_us, int64_t *ret_until_us,
                 struct fault *reterr)
{
    int64_t from_us = 0;
    int64_t until_us = 0;
    if (!parse_period(text, &from_us, &until_us)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("\"%s\" is not a period; write 2023, 2023-q1, 2023-h1, 2023-05, "
                           "cchc-2023, cchc-2023-q1, cchc-2023-h1 or cchc-2023-05"),
                         text);
    }
    *ret_from_us = from_us;
    *ret_until_us = until_us;
    return 0;
}

int period_first_day(int64_t from_us)
{
    struct civil civil;
    zone_to_civil(from_us, &civil);
    return civil.day == REFORM_FIRST_DAY ? REFORM_FIRST_DAY : 1;
}

int64_t period_month_end(int64_t at_us, int first_day)
{
    struct civil civil;
    zone_to_civil(at_us, &civil);
    civil = (struct civil){.year = civil.year,
                           .month = civil.month + (civil.day >= first_day),
                           .day = first_day};
    return zone_from_civil(&civil);
}

void period_month_name(int64_t end_us, char out[static PERIOD_MONTH_MAX])
{
    struct civil civil;
    zone_to_civil(end_us - 1, &civil);
    snprintf(out, PERIOD_MONTH_MAX, "%04d-%02d", civil.year, civil.month);
}
