/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

/* A number as people write it in the user's language: "1,5" in Vietnamese, "1.5" in
 * English. For tables and sentences only; JSON and CSV have the point always. Returns out. */
enum { DECIMAL_MAX = 64 };
const char *decimal_text(double value, int decimals, char out[static DECIMAL_MAX]);

#endif
