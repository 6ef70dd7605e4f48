/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/cleanup.h"

static bool is_code_character(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool code_is_valid(const char *text)
{
    size_t n = 0;
    for (; text[n] != '\0'; n++) {
        bool hyphen = text[n] == '-' && n > 0 && is_code_character(text[n - 1]) &&
                      is_code_character(text[n + 1]);
        if ((!is_code_character(text[n]) && !hyphen) || n + 1 >= IMPORT_CODE_MAX) {
            return false;
        }
    }
    return n > 0;
}

static char *map(const char *text, utf8proc_option_t options)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, 0, &mapped,
                                      options | UTF8PROC_NULLTERM | UTF8PROC_STABLE);
    return n < 0 ? NULL : (char *)mapped;
}

char *text_normalise(const char *text, enum text_form form)
{
    return map(text, form == TEXT_COMPOSED ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE);
}

bool text_has_control(const char *text)
{
    const utf8proc_uint8_t *c = (const utf8proc_uint8_t *)text;
    while (*c) {
        utf8proc_int32_t point = -1;
        utf8proc_ssize_t n = utf8proc_iterate(c, -1, &point);
        if (n <= 0) {
            return false;
        }
        utf8proc_category_t category = utf8proc_category(point);
        if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL ||
            category == UTF8PROC_CATEGORY_ZP) {
            return true;
        }
        c += n;
    }
    return false;
}

char *text_fold(const char *text)
{
    static const char d_stroke[] = "đ"; /* a letter of its own: it has no accent to take off */
    AUTO_FREE char *plain =
        map(text, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD);
    if (!plain) {
        return NULL;
    }
    /* In place: what is kept is never longer than what it comes from. */
    size_t n = 0;
    bool between = false;
    for (const char *c = plain; *c; c++) {
        bool is_d = c[0] == d_stroke[0] && c[1] == d_stroke[1];
        if (!is_d && !is_code_character(*c)) {
            between = n > 0;
            continue;
        }
        if (between) {
            plain[n++] = '-';
            between = false;
        }
        plain[n++] = (char)(is_d ? 'd' : *c);
        c += is_d;
    }
    plain[n] = '\0';
    return n > 0 ? STEAL(plain) : NULL;
}

static const char *after_signs(const char *c)
{
    while (*c && (unsigned char)*c < 0x80 && !is_code_character(*c)) {
        c++;
    }
    return c;
}

bool names_are_alike(const char *a, const char *b)
{
    AUTO_FREE char *x = map(a, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    AUTO_FREE char *y = map(b, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    if (!x || !y) {
        return false;
    }
    const char *i = x;
    const char *j = y;
    for (;; i++, j++) {
        i = after_signs(i);
        j = after_signs(j);
        if (*i != *j || *i == '\0') {
            return *i == *j;
        }
    }
}

int code_from_name(const char *name, char out[static IMPORT_CODE_MAX])
{
    AUTO_FREE char *folded = text_fold(name);
    size_t n = folded ? strlen(folded) : 0;
    if (n == 0) {
        return -EINVAL;
    }
    if (n >= IMPORT_CODE_MAX) {
        return -ENAMETOOLONG;
    }
    memcpy(out, folded, n + 1);
    return 0;
}

bool text_has_words(const char *text)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    utf8proc_int32_t point = 0;
    for (utf8proc_ssize_t n; *at && (n = utf8proc_iterate(at, -1, &point)) > 0; at += n) {
        utf8proc_category_t category = utf8proc_category(point);
        if ((category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
            (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO)) {
            return true;
        }
    }
    return false;
}
