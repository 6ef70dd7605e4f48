/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/measure_text.h"

#include <stdio.h>

#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "loa/out.h"

const char *measure_word(enum quota_measure measure)
{
    static const char *const words[N_MEASURES] = {N_("time"), N_("features"), N_("items")};
    return _(words[measure]);
}

const char *measure_cell(enum quota_measure measure, int64_t amount,
                         char out[static MEASURE_TEXT_MAX])
{
    if (measure == MEASURE_TIME) {
        return out_duration(amount / AIR_RATE * AIR_RATE, out);
    }
    snprintf(out, MEASURE_TEXT_MAX, "%lld", (long long)amount);
    return out;
}

void measure_json(struct json *json, const char *key, enum quota_measure measure, int64_t amount)
{
    if (measure == MEASURE_TIME) {
        json_real(json, key, frames_to_seconds(amount), 3);
    } else {
        json_int(json, key, amount);
    }
}
