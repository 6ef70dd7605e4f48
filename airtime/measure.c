/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/measure.h"

#include "airtime/quota.h"
#include "base/frames.h"

const char *measure_name(enum quota_measure measure)
{
    static const char *const names[N_MEASURES] = {"seconds", "features", "items"};
    return names[measure];
}

int64_t measure_asked(enum quota_measure measure, const struct quota_def *quota)
{
    return measure == MEASURE_TIME       ? quota->seconds * AIR_RATE
           : measure == MEASURE_FEATURES ? quota->features
                                         : quota->items;
}

int64_t measure_counted(enum quota_measure measure, const struct quota_total *total)
{
    return measure == MEASURE_TIME       ? total->frames
           : measure == MEASURE_FEATURES ? total->features
                                         : total->items;
}
