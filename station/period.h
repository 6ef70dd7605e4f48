/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef STATION_PERIOD_H
#define STATION_PERIOD_H

#include <stdint.h>

#include "base/attr.h"

struct fault;

/*
 * Named periods of reports and quotas, as instants of the station's zone:
 *
 *     2023          1 January to 31 December
 *     2023-q1..q4   calendar quarters;  2023-h1, 2023-h2 half years;  2023-05 a month
 *     cchc-2023     15/12/2022 to 14/12/2023, the reporting year of administrative
 *                   reform (Decree 09/2019/NĐ-CP, article 12)
 *     cchc-2023-h1  15/12/2022 to 14/6/2023
 *     cchc-2023-q1  15/12/2022 to 14/3/2023;  cchc-2023-q3  15/6 to 14/9/2023
 *     cchc-2023-05  15/4 to 14/5/2023
 *
 * until_us is exclusive: the first instant that no longer belongs. -EINVAL for
 * any other text; years 1970..9998. zone_use() must have been called.
 */
MUST_CHECK int period_parse(const char *text, int64_t *ret_from_us, int64_t *ret_until_us,
                            struct fault *reterr);

/* On which day of the month reports of a period that begins here begin their months: on the 15th
 * where it does so itself, as those of Decree 09/2019; else on the 1st. */
int period_first_day(int64_t from_us);
/* The first instant after this one at which such a month begins. */
int64_t period_month_end(int64_t at_us, int first_day);
/* "2023-05" for the month that ends there; from 15/4 to 14/5 it is May. */
enum { PERIOD_MONTH_MAX = 24 };
void period_month_name(int64_t end_us, char out[static PERIOD_MONTH_MAX]);

#endif
