/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef STATION_VALUES_H
#define STATION_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "station/station.h"

struct arena;
struct fault;

/*
 * The values of a station file, one function a form. Private to the room. They know
 * nothing of sections: on failure the fault holds the sentence, and whoever called
 * adds file and line. The locale has no say: a decimal point is a point.
 *
 * All return 0, -EINVAL for a text that is not of the form or out of range, -ENOMEM.
 */

/* An id: a-z, 0-9 and hyphens, first a letter, at most 64 bytes. */
bool value_is_id(const char *text);

/* Cut the next item off a list: what comes before the next comma, trimmed; "" for
 * nothing between two commas. NULL at the end. *list is changed in place. */
char *value_next_item(char **list);

/* Trim in place: returns where the text now begins. */
char *value_trim(char *text);

/* "-18 LUFS": a decimal number and its unit, low..high. */
struct value_unit {
    const char *name;
    const char *example;
    double low;
    double high;
};
MUST_CHECK int value_quantity(const char *text, const struct value_unit *unit, double *ret_number,
                              struct fault *reterr);

/* A whole number 0..999,999,999 and where it ends; false if there is none. */
bool value_take_count(const char **text, int64_t *ret_count);

/* "90 s", "30 min", "20h", "2 d", at most max_us. */
MUST_CHECK int value_duration(const char *text, int64_t max_us, int64_t *ret_us,
                              struct fault *reterr);

/* A command line: words with blanks between; double quotes keep blanks, alone or inside a
 * word. 1 to VALUE_WORDS_MAX words, and NULL behind them. */
enum { VALUE_WORDS_MAX = 64 };
MUST_CHECK int value_command(struct arena *arena, const char *text, const char *const **ret_words,
                             struct fault *reterr);

/* How long it may be silent: a duration from 1 s to 1 h, or "never" to be told: 0. */
MUST_CHECK int value_silence(const char *text, int64_t *ret_us, struct fault *reterr);

/* "24 months", "1 month", "2 years", at least one and at most max_months. */
MUST_CHECK int value_months(const char *text, int max_months, int *ret_months,
                            struct fault *reterr);

/* Is it meant as a web address, and not as the name of a file? */
bool value_is_address(const char *text);
/* "https://…" or "http://…", without a name or password in it; webcal: and webcals: become
 * https:, which is how servers that write them are reached today. In the arena. */
MUST_CHECK int value_address(struct arena *arena, const char *text, const char **ret_url,
                             struct fault *reterr);
/* Does what is sent to an address cross a network for everybody to read? */
bool address_is_open(const char *url);

/* "NAME", "NAME#1", "NAME#1,2": a sound device, and one or two of its channels, counted from 1;
 * none written: 1 and 2. Cut in place; *ret_name may be "". */
MUST_CHECK int value_device(char *text, const char **ret_name, int channels[OUTPUT_CHANNELS_MAX],
                            size_t *ret_n_channels, struct fault *reterr);

/* "05:00-11:30, 13:00-21:00"; "22:00-05:00" crosses midnight; 24:00 may end a day. */
MUST_CHECK int value_hours(struct arena *arena, const char *text, struct hours *ret_hours,
                           struct fault *reterr);

/* "0 dB, 05:00-06:00 -9 dB" */
MUST_CHECK int value_level(struct arena *arena, const char *text, struct level *ret_level,
                           struct fault *reterr);

#endif
