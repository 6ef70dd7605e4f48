/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_REPORT_CELLS_H
#define AIRTIME_REPORT_CELLS_H

#include <stdint.h>

struct report;
struct strbuf;

/* How the writers of reports write what they have in common. */
enum { REPORT_CELL_MAX = 160 };

#define REPORT_BYTE_ORDER_MARK "\xef\xbb\xbf"

/* "1:23:45", whole seconds that were heard */
void report_time_text(int64_t frames, char out[static REPORT_CELL_MAX]);
/* The station's title, the period, and how much aired in it. */
void report_write_head(const struct report *report, struct strbuf *out);
/* A field of RFC 4180, quoted where it must be. */
void report_csv_text(struct strbuf *out, const char *text);
/* Seconds with three digits after a point, whatever the locale's comma is. */
void report_csv_seconds(struct strbuf *out, int64_t frames);

#endif
