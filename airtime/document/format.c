/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/document/format.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/zone.h"
#include "station/station.h"

/* How the language writes a large number with a fraction; its signs are taken from there. */
static const char *number_pattern(void)
{
    const char *pattern = _("1,234.5");
    return strlen(pattern) == strlen("1,234.5") ? pattern : "1,234.5";
}

static void count_text(int64_t value, char out[static DOCUMENT_NUMBER_MAX])
{
    char digits[DOCUMENT_NUMBER_MAX / 2];
    char sign = number_pattern()[1];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)value);
    char *at = out;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            *at++ = sign;
        }
        *at++ = digits[i];
    }
    *at = '\0';
}

static void tenths_text(int64_t tenths, const char *behind, char out[static DOCUMENT_NUMBER_MAX])
{
    char whole[DOCUMENT_NUMBER_MAX];
    count_text(tenths / 10, whole);
    snprintf(out, DOCUMENT_NUMBER_MAX, "%.50s%c%d%s", whole, number_pattern()[5],
             (int)(tenths % 10), behind);
}

void document_format(enum document_type type, int64_t value, char out[static DOCUMENT_NUMBER_MAX])
{
    struct civil civil;
    switch (type) {
    case DOCUMENT_TEXT:
        out[0] = '\0';
        break;
    case DOCUMENT_COUNT:
        count_text(value, out);
        break;
    case DOCUMENT_SECONDS:
        snprintf(out, DOCUMENT_NUMBER_MAX, "%lld:%02d:%02d", (long long)(value / 3600),
                 (int)(value / 60 % 60), (int)(value % 60));
        break;
    case DOCUMENT_MINUTES:
        tenths_text((value + 3) / 6, "", out);
        break;
    case DOCUMENT_PERCENT:
        tenths_text(value, " %", out);
        break;
    case DOCUMENT_INSTANT:
        zone_to_civil(value, &civil);
        snprintf(out, DOCUMENT_NUMBER_MAX, _("%1$04d-%2$02d-%3$02d %4$02d:%5$02d:%6$02d"),
                 civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second);
        break;
    }
}

const char *document_cell_text(enum document_type type, const struct document_cell *cell,
                               char out[static DOCUMENT_NUMBER_MAX])
{
    out[0] = '\0';
    if (type == DOCUMENT_TEXT) {
        return cell->text ? cell->text : "";
    }
    if (cell->has_value) {
        document_format(type, cell->value, out);
    }
    return out;
}

void document_number_text(const struct document *document, char out[static DOCUMENT_HEAD_MAX])
{
    const char *symbol = document->letterhead->symbol;
    snprintf(out, DOCUMENT_HEAD_MAX, _("No.: %s%s%s"),
             document->number ? document->number : "        ", symbol ? "/" : "",
             symbol ? symbol : "");
}

void document_date_text(const struct document *document, char out[static DOCUMENT_HEAD_MAX])
{
    const char *place = document->letterhead->place;
    char day[DOCUMENT_NUMBER_MAX] = "......";
    char month[DOCUMENT_NUMBER_MAX] = "......";
    char year[DOCUMENT_NUMBER_MAX] = "........";
    if (document->dated_us != INT64_MIN) {
        struct civil civil;
        zone_to_civil(document->dated_us, &civil);
        snprintf(day, sizeof day, "%02d", civil.day);
        snprintf(month, sizeof month, civil.month < 3 ? "%02d" : "%d", civil.month);
        snprintf(year, sizeof year, "%d", civil.year);
    }
    int n = snprintf(out, DOCUMENT_HEAD_MAX, "%.120s%s", place ? place : "", place ? ", " : "");
    snprintf(out + n, (size_t)(DOCUMENT_HEAD_MAX - n), _("day %s month %s year %s"), day, month,
             year);
}
