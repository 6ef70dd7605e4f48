/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/zone.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"

#define ZONEINFO "/usr/share/zoneinfo/"

static bool zone_name_is_clean(const char *name)
{
    if (!isalpha((unsigned char)*name) || strlen(name) > 64 || strstr(name, "..")) {
        return false;
    }
    return name[strspn(name,
                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/")] ==
           '\0';
}

int zone_use(const char *name, struct fault *reterr)
{
    char path[128];
    snprintf(path, sizeof path, ZONEINFO "%s", name);
    char magic[4] = "";
    FILE *file = zone_name_is_clean(name) ? fopen(path, "rb") : NULL;
    bool known = file && fread(magic, 1, 4, file) == 4 && memcmp(magic, "TZif", 4) == 0;
    if (file) {
        fclose(file);
    }
    if (!known) {
        return fault_set(reterr, ENOENT, NULL, 0,
                         _("time zone \"%s\" is not known; write its IANA name, such as "
                           "Asia/Ho_Chi_Minh"),
                         name);
    }
    if (setenv("TZ", name, 1) != 0) {
        return fault_set(reterr, errno, NULL, 0, _("out of memory"));
    }
    tzset();
    return 0;
}

void zone_to_civil(int64_t us, struct civil *ret_civil)
{
    time_t seconds = (time_t)frames_floor_div(us, 1000000);
    struct tm tm;
    localtime_r(&seconds, &tm);
    *ret_civil = (struct civil){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                                tm.tm_hour,        tm.tm_min,     tm.tm_sec};
}

static struct tm tm_from_civil(const struct civil *civil, int is_dst)
{
    return (struct tm){.tm_year = civil->year - 1900,
                       .tm_mon = civil->month - 1,
                       .tm_mday = civil->day,
                       .tm_hour = civil->hour,
                       .tm_min = civil->minute,
                       .tm_sec = civil->second,
                       .tm_isdst = is_dst};
}

int64_t zone_from_civil(const struct civil *civil)
{
    /* Fields beyond their range are settled without a zone, so that the check
     * below compares like with like. */
    struct tm plain = tm_from_civil(civil, 0);
    time_t as_utc = timegm(&plain);
    gmtime_r(&as_utc, &plain);
    /* Summer time first: of a wall clock time that comes twice, it is the earlier. */
    for (int is_dst = 1; is_dst >= 0; is_dst--) {
        struct tm tm = plain;
        tm.tm_isdst = is_dst;
        time_t seconds = mktime(&tm);
        if (tm.tm_hour == plain.tm_hour && tm.tm_min == plain.tm_min &&
            tm.tm_mday == plain.tm_mday) {
            return (int64_t)seconds * 1000000;
        }
    }
    /* Skipped by a change: count with the offset from before it. */
    time_t before = as_utc - 26 * 3600;
    struct tm earlier;
    localtime_r(&before, &earlier);
    return ((int64_t)as_utc - earlier.tm_gmtoff) * 1000000;
}

void zone_format_instant(int64_t us, char out[static ZONE_INSTANT_MAX])
{
    time_t seconds = (time_t)frames_floor_div(us, 1000000);
    int micros = (int)(us - (int64_t)seconds * 1000000);
    struct tm tm;
    localtime_r(&seconds, &tm);
    size_t n = strftime(out, ZONE_INSTANT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    if (micros) {
        n += (size_t)snprintf(out + n, ZONE_INSTANT_MAX - n, ".%06d", micros);
    }
    int offset = (int)(labs(tm.tm_gmtoff) / 60);
    snprintf(out + n, ZONE_INSTANT_MAX - n, "%c%02d:%02d", tm.tm_gmtoff < 0 ? '-' : '+',
             offset / 60 % 100, offset % 60);
}

void zone_format_date(int64_t us, char out[static ZONE_INSTANT_MAX])
{
    time_t seconds = (time_t)frames_floor_div(us, 1000000);
    struct tm tm;
    localtime_r(&seconds, &tm);
    strftime(out, ZONE_INSTANT_MAX, "%Y-%m-%d", &tm);
}

void zone_format_time(int64_t us, char out[static ZONE_INSTANT_MAX])
{
    time_t seconds = (time_t)frames_floor_div(us, 1000000);
    struct tm tm;
    localtime_r(&seconds, &tm);
    strftime(out, ZONE_INSTANT_MAX, "%H:%M:%S", &tm);
}

/* Exactly `digits` digits and then one of `ends` (which may include '\0'). */
static bool take_number(const char **text, int digits, const char *ends, size_t n_ends, int *ret)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)(*text)[i])) {
            return false;
        }
        value = value * 10 + ((*text)[i] - '0');
    }
    char end = (*text)[digits];
    if (!memchr(ends, end, n_ends)) {
        return false;
    }
    *text += digits + (end != '\0');
    *ret = value;
    return true;
}

static bool civil_exists(const struct civil *c)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;
    return c->year >= 1970 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days[c->month - 1] && (c->month != 2 || c->day < 29 || leap) && c->hour < 24 &&
           c->minute < 60 && c->second < 60;
}

/* What follows the seconds: ".123456", then "Z", "+07:00" or nothing. */
static bool parse_tail(const char *text, int *ret_micros, bool *ret_has_offset, int *ret_offset_s)
{
    *ret_micros = 0;
    *ret_has_offset = false;
    *ret_offset_s = 0;
    if (*text == '.') {
        int scale = 100000;
        for (text++; isdigit((unsigned char)*text); text++, scale /= 10) {
            *ret_micros += (*text - '0') * scale;
        }
    }
    if (*text == '\0') {
        return true;
    }
    *ret_has_offset = true;
    if ((*text == 'Z' || *text == 'z') && text[1] == '\0') {
        return true;
    }
    int sign = *text == '-' ? -1 : 1;
    int hours = 0;
    int minutes = 0;
    if (*text != '+' && *text != '-') {
        return false;
    }
    text++;
    if (!take_number(&text, 2, ":", 1, &hours) || !take_number(&text, 2, "", 1, &minutes) ||
        hours > 23 || minutes > 59) {
        return false;
    }
    *ret_offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool parse_instant(const char *text, int64_t *ret_us)
{
    struct civil c = {0};
    const char *at = text;
    if (!take_number(&at, 4, "-", 1, &c.year) || !take_number(&at, 2, "-", 1, &c.month) ||
        !take_number(&at, 2, "T", 2, &c.day)) {
        return false;
    }
    int micros = 0;
    bool has_offset = false;
    int offset_s = 0;
    if (at[-1] == 'T') {
        if (!take_number(&at, 2, ":", 1, &c.hour) || !isdigit((unsigned char)at[0]) ||
            !isdigit((unsigned char)at[1])) {
            return false;
        }
        c.minute = (at[0] - '0') * 10 + (at[1] - '0');
        at += 2;
        if (*at == ':') {
            if (!isdigit((unsigned char)at[1]) || !isdigit((unsigned char)at[2])) {
                return false;
            }
            c.second = (at[1] - '0') * 10 + (at[2] - '0');
            at += 3;
        }
        if (!parse_tail(at, &micros, &has_offset, &offset_s)) {
            return false;
        }
    }
    if (!civil_exists(&c)) {
        return false;
    }
    if (has_offset) {
        struct tm tm = tm_from_civil(&c, 0);
        *ret_us = ((int64_t)timegm(&tm) - offset_s) * 1000000 + micros;
    } else {
        *ret_us = zone_from_civil(&c) + micros;
    }
    return true;
}

int zone_parse_instant(const char *text, int64_t *ret_us, struct fault *reterr)
{
    if (!parse_instant(text, ret_us)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("\"%s\" is not an instant; write 2023-05-10, 2023-05-10T17:00 or "
                           "2023-05-10T17:00:00+07:00"),
                         text);
    }
    return 0;
}
