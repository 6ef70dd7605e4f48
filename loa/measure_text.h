/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_MEASURE_TEXT_H
#define LOA_MEASURE_TEXT_H

#include <stdint.h>

#include "airtime/measure.h"

struct json;

/* Amounts of a quota's measure as listings show them. */
enum { MEASURE_TEXT_MAX = 64 };

const char *measure_word(enum quota_measure measure); /* "time", translated */
/* In a table: "1:02:03", "12"; time to the second, as the report has it. Returns out. */
const char *measure_cell(enum quota_measure measure, int64_t amount,
                         char out[static MEASURE_TEXT_MAX]);
/* Seconds, or recordings. */
void measure_json(struct json *json, const char *key, enum quota_measure measure, int64_t amount);

#endif
