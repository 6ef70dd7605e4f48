/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_MIC_CONTROL_H
#define LOA_MIC_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "loa/alert_control.h"

/* A microphone is closed after so long, whoever holds it open. */
static const int64_t MIC_LONGEST_US = 24LL * 3600 * 1000000;

struct json;

/* What the control server's handlers do about microphones, of a radio on air; they wait for
 * nobody. Threads: as loa/alert_control.h. */
MUST_CHECK int mic_control_open(const struct alert_control *control, struct control_call *call,
                                struct fault *reterr);
MUST_CHECK int mic_control_state(const struct alert_control *control, struct control_call *call,
                                 struct fault *reterr);

/* "mic":{…} of a line, or null; the radio may be NULL. */
void mic_control_put_line(struct json *json, struct radio *radio, size_t line);

#endif
