/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character that starts here (1..4), or 0 if the bytes are not UTF-8:
 * overlong forms, surrogates and what lies beyond U+10FFFF are not. */
size_t utf8_char_bytes(const char *text);

/* True if the whole text is UTF-8. */
bool utf8_is_valid(const char *text);

/* Columns a terminal uses for the text: combining marks take none. */
size_t utf8_columns(const char *text);

#endif
