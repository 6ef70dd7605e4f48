/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/cause.h"

const char *end_cause_name(enum end_cause cause)
{
    static const char *const names[] = {"complete", "cut",    "preempted",
                                        "stopped",  "failed", "crashed"};
    return names[cause];
}
