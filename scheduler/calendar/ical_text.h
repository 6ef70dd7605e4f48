/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_ICAL_TEXT_H
#define SCHEDULER_CALENDAR_ICAL_TEXT_H

#include <stdint.h>

struct strbuf;

/*
 * Writes content lines of RFC 5545, section 3.1; content_line.h reads them. Each ends in
 * CRLF and is folded: no line of the file has more than 75 bytes, and no character is cut
 * in two. As strbuf does, so do these: ask strbuf_failed() once, at the end.
 *
 *     ical_text_line(&buf, "BEGIN", "VEVENT");
 *     ical_text_instant(&buf, "DTSTART", start_us);
 *     ical_text_value(&buf, "SUMMARY", title);
 *     ical_text_line(&buf, "DTSTART;TZID=Asia/Ho_Chi_Minh", "20230510T170000");
 */
enum { ICAL_TEXT_LINE_MAX = 75, ICAL_TEXT_INSTANT_MAX = 20 };

/* NAME[;PARAM=VALUE …]:VALUE as it stands: a value of type TEXT must have been escaped.
 * Control characters are left out (a line break would begin another property), tabs stay,
 * and a byte that is not UTF-8 becomes U+FFFD. */
void ical_text_line(struct strbuf *buf, const char *name, const char *value);

/* The same with a value of type TEXT, which is escaped here. */
void ical_text_value(struct strbuf *buf, const char *name, const char *text);

/* Add a TEXT to a value that is being put together, such as an item of CATEGORIES: a
 * backslash, a semicolon and a comma get a backslash, a line break (LF or CRLF) becomes
 * \n. content_unescape() undoes it. Not folded. */
void ical_text_escape(struct strbuf *value, const char *text);

/* NAME:20230510T100000Z; fractions of a second are dropped. */
void ical_text_instant(struct strbuf *buf, const char *name, int64_t us);
/* The value alone; us in the years 1 to 9999. */
void ical_text_format_instant(int64_t us, char out[static ICAL_TEXT_INSTANT_MAX]);

#endif
