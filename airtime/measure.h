/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_MEASURE_H
#define AIRTIME_MEASURE_H

#include <stdint.h>

struct quota_def;
struct quota_total;

/* What a quota can ask for, each an amount of its own: frames of 48 kHz of time, else
 * recordings. */
enum quota_measure { MEASURE_TIME, MEASURE_FEATURES, MEASURE_ITEMS, N_MEASURES };

/* "seconds", "features", "items" */
const char *measure_name(enum quota_measure measure);
/* What a quota asks for; 0: nothing by this measure. */
int64_t measure_asked(enum quota_measure measure, const struct quota_def *quota);
int64_t measure_counted(enum quota_measure measure, const struct quota_total *total);

#endif
