/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "station/values.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"

enum { ID_MAX_BYTES = 64, COUNT_MAX_DIGITS = 9, DEVICE_CHANNEL_MAX = 128 };

bool value_is_id(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n <= ID_MAX_BYTES && text[n] == '\0' && isalpha((unsigned char)text[0]);
}

char *value_trim(char *text)
{
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t')) {
        n--;
    }
    text[n] = '\0';
    return text;
}

char *value_next_item(char **list)
{
    char *item = *list;
    if (!item) {
        return NULL;
    }
    char *comma = strchr(item, ',');
    if (comma) {
        *comma = '\0';
    }
    *list = comma ? comma + 1 : NULL;
    return value_trim(item);
}

static const char *skip_space(const char *text)
{
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    return text;
}

bool value_take_count(const char **text, int64_t *ret_count)
{
    const char *at = *text;
    int64_t count = 0;
    while (isdigit((unsigned char)*at)) {
        if (at - *text == COUNT_MAX_DIGITS) {
            return false;
        }
        count = count * 10 + (*at - '0');
        at++;
    }
    if (at == *text) {
        return false;
    }
    *text = at;
    *ret_count = count;
    return true;
}

/* strtod() would read "9,5" or "9.5" by the user's locale. */
static bool take_decimal(const char **text, double *ret_number)
{
    const char *at = *text;
    double sign = *at == '-' ? -1 : 1;
    at += *at == '-' || *at == '+';
    int64_t whole = 0;
    if (!value_take_count(&at, &whole)) {
        return false;
    }
    double number = (double)whole;
    if (*at == '.') {
        at++;
        const char *digits = at;
        int64_t fraction = 0;
        if (!value_take_count(&at, &fraction)) {
            return false;
        }
        double scale = 1;
        for (; digits < at; digits++) {
            scale *= 10;
        }
        number += (double)fraction / scale;
    }
    *ret_number = sign * number;
    *text = at;
    return true;
}

int value_quantity(const char *text, const struct value_unit *unit, double *ret_number,
                   struct fault *reterr)
{
    double number = 0;
    const char *at = text;
    if (!take_decimal(&at, &number) || strcmp(skip_space(at), unit->name) != 0) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("\"%s\" is not a number of %s; write it as in %s"), text, unit->name,
                         unit->example);
    }
    if (!(number >= unit->low && number <= unit->high)) {
        return fault_set(reterr, EINVAL, NULL, 0, _("\"%s\" is not between %g and %g %s"), text,
                         unit->low, unit->high, unit->name);
    }
    *ret_number = number;
    return 0;
}

int value_duration(const char *text, int64_t max_us, int64_t *ret_us, struct fault *reterr)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = {{"s", 1000000}, {"min", 60000000}, {"h", 3600000000}, {"d", 86400000000}};
    const char *at = text;
    int64_t count = 0;
    bool counted = value_take_count(&at, &count);
    at = skip_space(at);
    for (size_t i = 0; counted && i < ARRAY_LEN(units); i++) {
        if (strcmp(at, units[i].name) != 0) {
            continue;
        }
        if (count > max_us / units[i].us) {
            return fault_set(reterr, EINVAL, NULL, 0, _("\"%s\" is more than the %lld h allowed"),
                             text, (long long)(max_us / 3600000000));
        }
        *ret_us = count * units[i].us;
        return 0;
    }
    return fault_set(reterr, EINVAL, NULL, 0,
                     _("\"%s\" is not a duration; write 90 s, 30 min, 20 h or 2 d"), text);
}

int value_silence(const char *text, int64_t *ret_us, struct fault *reterr)
{
    int64_t us = 0;
    if (strcmp(text, "never") == 0) {
        *ret_us = 0;
        return 0;
    }
    int r = value_duration(text, 3600LL * 1000000, &us, reterr);
    if (r == 0 && us < 1000000) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("\"%s\" is too short; write how long it may be silent, such as 30 s, or "
                           "never"),
                         text);
    }
    if (r == 0) {
        *ret_us = us;
    }
    return r;
}

int value_months(const char *text, int max_months, int *ret_months, struct fault *reterr)
{
    static const struct {
        const char *name;
        int months;
    } units[] = {{"month", 1}, {"months", 1}, {"year", 12}, {"years", 12}};
    const char *at = text;
    int64_t count = 0;
    bool counted = value_take_count(&at, &count) && count > 0;
    at = skip_space(at);
    for (size_t i = 0; counted && i < ARRAY_LEN(units); i++) {
        if (strcmp(at, units[i].name) != 0) {
            continue;
        }
        if (count > max_months / units[i].months) {
            return fault_set(reterr, EINVAL, NULL, 0, _("\"%s\" is more than the %d years allowed"),
                             text, max_months / 12);
        }
        *ret_months = (int)count * units[i].months;
        return 0;
    }
    return fault_set(reterr, EINVAL, NULL, 0,
                     _("\"%s\" is not a number of months; write 24 months, 2 years or for-ever"),
                     text);
}

/* "05:00", up to 24:00 */
static bool take_time(const char **text, int *ret_min)
{
    const char *t = *text;
    if (!isdigit((unsigned char)t[0]) || !isdigit((unsigned char)t[1]) || t[2] != ':' ||
        !isdigit((unsigned char)t[3]) || !isdigit((unsigned char)t[4])) {
        return false;
    }
    int minute = (t[3] - '0') * 10 + (t[4] - '0');
    int min = ((t[0] - '0') * 10 + (t[1] - '0')) * 60 + minute;
    if (minute > 59 || min > 24 * 60) {
        return false;
    }
    *text = t + 5;
    *ret_min = min;
    return true;
}

/* "22:00-05:00" as the one or two parts of a day that it is. */
static bool take_range(const char **text, struct daily_range parts[static 2], size_t *ret_n)
{
    int from = 0;
    int until = 0;
    const char *at = *text;
    if (!take_time(&at, &from)) {
        return false;
    }
    at = skip_space(at);
    if (*at != '-') {
        return false;
    }
    at = skip_space(at + 1);
    if (!take_time(&at, &until) || from == 24 * 60 || from == until) {
        return false;
    }
    *text = at;
    if (from < until) {
        parts[0] = (struct daily_range){from, until};
        *ret_n = 1;
        return true;
    }
    parts[0] = (struct daily_range){from, 24 * 60};
    parts[1] = (struct daily_range){0, until};
    *ret_n = until > 0 ? 2 : 1;
    return true;
}

/* Ranges become a set of minutes and then the fewest ranges that say the same. */
static size_t ranges_of_minutes(const bool minutes[static 24 * 60], struct daily_range *ret_ranges)
{
    size_t n = 0;
    for (int minute = 0; minute < 24 * 60; minute++) {
        if (!minutes[minute]) {
            continue;
        }
        if (n > 0 && ret_ranges[n - 1].until_min == minute) {
            ret_ranges[n - 1].until_min++;
        } else {
            ret_ranges[n++] = (struct daily_range){minute, minute + 1};
        }
    }
    return n;
}

int value_hours(struct arena *arena, const char *text, struct hours *ret_hours,
                struct fault *reterr)
{
    bool minutes[24 * 60] = {false};
    char *list = arena_strdup(arena, text);
    if (!list) {
        return -ENOMEM;
    }
    char *item = NULL;
    while ((item = value_next_item(&list))) {
        const char *at = item;
        struct daily_range parts[2];
        size_t n = 0;
        if (!take_range(&at, parts, &n) || *at) {
            return fault_set(reterr, EINVAL, NULL, 0,
                             _("\"%s\" is not a range of hours; write 05:00-21:00, and "
                               "00:00-24:00 for the whole day"),
                             item);
        }
        for (size_t i = 0; i < n; i++) {
            for (int minute = parts[i].from_min; minute < parts[i].until_min; minute++) {
                minutes[minute] = true;
            }
        }
    }
    struct daily_range found[12 * 60];
    size_t n_found = ranges_of_minutes(minutes, found);
    struct daily_range *ranges = arena_take(arena, n_found, sizeof *ranges);
    if (!ranges) {
        return -ENOMEM;
    }
    memcpy(ranges, found, n_found * sizeof *ranges);
    *ret_hours = (struct hours){ranges, n_found};
    return 0;
}

static int append_gain(struct arena *arena, struct daily_gain **gains, struct level *level,
                       size_t *capacity, struct daily_gain gain)
{
    struct daily_gain *grown = arena_grow(arena, *gains, level->n, capacity, sizeof *grown);
    if (!grown) {
        return -ENOMEM;
    }
    grown[level->n++] = gain;
    *gains = grown;
    level->ranges = grown;
    return 0;
}

int value_level(struct arena *arena, const char *text, struct level *ret_level,
                struct fault *reterr)
{
    static const struct value_unit gain_unit = {"dB", "-9 dB", -60, 12};
    struct level level = {0};
    struct daily_gain *gains = NULL;
    size_t capacity = 0;
    bool has_base = false;
    char *list = arena_strdup(arena, text);
    if (!list) {
        return -ENOMEM;
    }
    char *item = NULL;
    while ((item = value_next_item(&list))) {
        struct daily_range parts[2];
        size_t n_parts = 0;
        const char *at = item;
        double db = 0;
        bool is_ranged = strchr(item, ':') != NULL;
        if (is_ranged && !take_range(&at, parts, &n_parts)) {
            return fault_set(reterr, EINVAL, NULL, 0,
                             _("\"%s\" is not a level by time; write 05:00-06:00 -9 dB"), item);
        }
        int r = value_quantity(skip_space(at), &gain_unit, &db, reterr);
        if (r < 0) {
            return r;
        }
        if (!is_ranged && has_base) {
            return fault_set(reterr, EINVAL, NULL, 0,
                             _("\"%s\" is a second level without a time; write its time, such as "
                               "05:00-06:00 -9 dB"),
                             item);
        }
        if (!is_ranged) {
            has_base = true;
            level.base_db = db;
        }
        for (size_t i = 0; i < n_parts; i++) {
            r = append_gain(arena, &gains, &level, &capacity, (struct daily_gain){parts[i], db});
            if (r < 0) {
                return r;
            }
        }
    }
    *ret_level = level;
    return 0;
}

/* --- a command line ----------------------------------------------------------------------- */

/* Take the word at *text, unquoted, in place; NULL: its quote is not closed. */
static char *take_word(char **text)
{
    char *word = *text;
    char *out = word;
    char *at = word;
    bool quoted = false;
    for (; *at && (quoted || (*at != ' ' && *at != '\t')); at++) {
        if (*at == '"') {
            quoted = !quoted;
        } else {
            *out++ = *at;
        }
    }
    *text = *at ? at + 1 : at;
    *out = '\0';
    return quoted ? NULL : word;
}

int value_command(struct arena *arena, const char *text, const char *const **ret_words,
                  struct fault *reterr)
{
    const char **words = arena_take(arena, VALUE_WORDS_MAX + 1, sizeof *words);
    char *rest = arena_strdup(arena, skip_space(text));
    if (!words || !rest) {
        return -ENOMEM;
    }
    size_t n = 0;
    for (; *rest; rest = value_trim(rest)) {
        if (n == VALUE_WORDS_MAX) {
            return fault_set(reterr, EINVAL, NULL, 0,
                             _("the command has more than %d words; put it into a script and name "
                               "that"),
                             VALUE_WORDS_MAX);
        }
        words[n] = take_word(&rest);
        if (!words[n++]) {
            return fault_set(reterr, EINVAL, NULL, 0,
                             _("a double quote of the command is not closed"));
        }
    }
    if (n == 0 || *words[0] == '\0') {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the command names no program; write one, or leave the key out"));
    }
    *ret_words = words;
    return 0;
}

static bool take_channels(const char *at, int channels[OUTPUT_CHANNELS_MAX], size_t *ret_n)
{
    size_t n = 0;
    for (bool more = true; more;) {
        int64_t channel = 0;
        at += strspn(at, " \t");
        if (n == OUTPUT_CHANNELS_MAX || !value_take_count(&at, &channel) || channel < 1 ||
            channel > DEVICE_CHANNEL_MAX) {
            return false;
        }
        channels[n++] = (int)channel;
        at += strspn(at, " \t");
        more = *at == ',';
        at += more;
    }
    *ret_n = n;
    return !*at && (n < 2 || channels[0] != channels[1]);
}

int value_device(char *text, const char **ret_name, int channels[OUTPUT_CHANNELS_MAX],
                 size_t *ret_n_channels, struct fault *reterr)
{
    char *hash = strrchr(text, '#');
    channels[0] = 1;
    channels[1] = 2;
    *ret_n_channels = 2;
    if (hash) {
        *hash = '\0';
        if (!take_channels(hash + 1, channels, ret_n_channels)) {
            return fault_set(reterr, EINVAL, NULL, 0,
                             _("\"#%s\" does not name one or two channels of the device, counted "
                               "from 1; write #1 or #1,2"),
                             hash + 1);
        }
    }
    *ret_name = value_trim(text);
    return 0;
}
