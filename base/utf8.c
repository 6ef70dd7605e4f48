/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/utf8.h"

#include <stdint.h>

static size_t utf8_decode(const char *text, uint32_t *ret_point)
{
    const unsigned char *c = (const unsigned char *)text;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = c[0] < 0x80   ? 1
               : c[0] < 0xc2 ? 0
               : c[0] < 0xe0 ? 2
               : c[0] < 0xf0 ? 3
               : c[0] < 0xf5 ? 4
                             : 0;
    if (n <= 1) {
        *ret_point = c[0];
        return n;
    }
    uint32_t point = c[0] & (0x7f >> n);
    for (size_t i = 1; i < n; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (c[i] & 0x3f);
    }
    if (point < smallest[n] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
        return 0;
    }
    *ret_point = point;
    return n;
}

size_t utf8_char_bytes(const char *text)
{
    uint32_t point = 0;
    return utf8_decode(text, &point);
}

bool utf8_is_valid(const char *text)
{
    while (*text) {
        size_t n = utf8_char_bytes(text);
        if (n == 0) {
            return false;
        }
        text += n;
    }
    return true;
}

size_t utf8_columns(const char *text)
{
    size_t columns = 0;
    while (*text) {
        uint32_t point = 0;
        size_t n = utf8_decode(text, &point);
        columns += !(point >= 0x300 && point < 0x370);
        text += n ? n : 1;
    }
    return columns;
}
