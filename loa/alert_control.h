/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_ALERT_CONTROL_H
#define LOA_ALERT_CONTROL_H

#include <stdint.h>

#include "base/attr.h"

struct control_call;
struct fault;
struct radio;
struct station;

/*
 * What the control server's handlers do about alerts and test tones, of a radio on air. None waits:
 * what the mixing thread has not done yet is -EINPROGRESS (playout/control/server.h), for at most
 * half a second.
 *
 * Threads  one at a time, as long as the radio is open.
 */
struct alert_control {
    struct radio *radio; /* NULL: not on air yet */
    const struct station *station;
    int64_t now_us;
};

MUST_CHECK int alert_control_alert(const struct alert_control *control, struct control_call *call,
                                   struct fault *reterr);
MUST_CHECK int alert_control_end(const struct alert_control *control, struct control_call *call,
                                 struct fault *reterr);
MUST_CHECK int alert_control_list(const struct alert_control *control, struct control_call *call,
                                  struct fault *reterr);
MUST_CHECK int alert_control_tone(const struct alert_control *control, struct control_call *call,
                                  struct fault *reterr);

#endif
