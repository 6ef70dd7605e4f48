/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/arena.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "station/build.h"
#include "station/values.h"

/* [station] */

static const int64_t HOUR_US = 3600LL * 1000000;

static void station_title(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct station *)into)->title);
}

static void station_timezone(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    struct fault fault = {0};
    station->timezone = key->value;
    build_fault(build, "bad-timezone", key->line, zone_use(key->value, &fault), &fault);
}

static void station_language(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    if (strcmp(key->value, "vi") == 0) {
        station->language = LANGUAGE_VI;
    } else if (strcmp(key->value, "en") == 0) {
        station->language = LANGUAGE_EN;
    } else {
        build_mistake(build, "bad-value", key->line,
                      _("\"%s\" is not a language loa speaks; write vi or en"), key->value);
    }
}

static void station_voice(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    struct fault fault = {0};
    int r = value_command(build->arena, key->value, &station->voice, &fault);
    station->voice_line = key->line;
    build_fault(build, "bad-value", key->line, r, &fault);
}

static void station_loudness(struct build *build, const struct raw_key *key, void *into)
{
    static const struct value_unit unit = {"LUFS", "-18 LUFS", -36, -8};
    struct station *station = into;
    struct fault fault = {0};
    int r = value_quantity(key->value, &unit, &station->loudness_lufs, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

static void station_ceiling(struct build *build, const struct raw_key *key, void *into)
{
    static const struct value_unit unit = {"dBTP", "-1 dBTP", -12, 0};
    struct station *station = into;
    struct fault fault = {0};
    int r = value_quantity(key->value, &unit, &station->ceiling_dbtp, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

static void station_hours(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    struct fault fault = {0};
    int r = value_hours(build->arena, key->value, &station->hours, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

static void station_separation(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    struct fault fault = {0};
    int r = value_duration(key->value, 366 * 24 * HOUR_US, &station->separation_us, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

static void station_rotation(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    if (strcmp(key->value, "quota") == 0) {
        station->rotation = ROTATION_QUOTA;
    } else if (strcmp(key->value, "turn") == 0) {
        station->rotation = ROTATION_TURN;
    } else {
        build_mistake(build, "bad-value", key->line,
                      _("recordings are not chosen by \"%s\"; write quota or turn"), key->value);
    }
}

static void station_filler(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    if (*key->value) {
        const struct name *kind = build_reference(build, NAME_KIND, key->value, key->line);
        station->filler = kind ? kind->id : NULL;
    }
}

static void station_freeze(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    struct fault fault = {0};
    int64_t freeze_us = station->freeze_us;
    int r = value_duration(key->value, 31 * 24 * HOUR_US, &freeze_us, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
    if (freeze_us < HOUR_US) {
        build_mistake(build, "bad-value", key->line,
                      _("the plan must be frozen for at least 1 h, or nothing could be prepared"));
    }
    station->freeze_us = freeze_us;
}

static void station_two_person(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    station->two_person = strcmp(key->value, "yes") == 0;
    if (!station->two_person && strcmp(key->value, "no") != 0) {
        build_mistake(build, "bad-value", key->line, _("\"%s\" is neither yes nor no"), key->value);
    }
}

static void station_silence(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    struct fault fault = {0};
    int r = value_silence(key->value, &station->silence_us, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

static void station_after_emergency(struct build *build, const struct raw_key *key, void *into)
{
    static const char *const names[] = {"rejoin", "resume", "cut"}; /* as enum after_emergency */
    struct station *station = into;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(key->value, names[i]) == 0) {
            station->after_emergency = (enum after_emergency)i;
            return;
        }
    }
    build_mistake(build, "bad-value", key->line,
                  _("\"%s\" does not say what follows an emergency; write rejoin, resume or cut"),
                  key->value);
}

static void station_keep_recordings(struct build *build, const struct raw_key *key, void *into)
{
    struct station *station = into;
    struct fault fault = {0};
    if (strcmp(key->value, "for-ever") == 0) {
        station->keep_months = 0;
        return;
    }
    int r = value_months(key->value, 100 * 12, &station->keep_months, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

void read_station(struct build *build, const struct raw_section *section)
{
    static const struct key_rule rules[] = {
        {"title", station_title, false},
        {"timezone", station_timezone, false},
        {"language", station_language, false},
        {"loudness", station_loudness, false},
        {"ceiling", station_ceiling, false},
        {"hours", station_hours, false},
        {"separation", station_separation, false},
        {"rotation", station_rotation, false},
        {"filler", station_filler, false},
        {"freeze", station_freeze, false},
        {"silence", station_silence, false},
        {"two-person", station_two_person, false},
        {"voice", station_voice, false},
        {"after-emergency", station_after_emergency, false},
        {"keep-recordings", station_keep_recordings, false},
    };
    if (section->id) {
        build_mistake(build, "bad-id", section->line,
                      _("there is one station and it has no id; write [station] and give it a "
                        "title"));
    }
    build_keys(build, section, rules, ARRAY_LEN(rules), build->station);
}
