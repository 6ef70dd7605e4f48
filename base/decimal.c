/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/decimal.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"

const char *decimal_text(double value, int decimals, char out[static DECIMAL_MAX])
{
    /* LC_NUMERIC is never set, so what is printed has a point. */
    snprintf(out, DECIMAL_MAX, "%.*f", decimals, value);
    char *point = strchr(out, '.');
    if (point) {
        *point = _("1.5")[1];
    }
    return out;
}
