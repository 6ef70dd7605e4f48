/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RADIO_ALERTS_H
#define PLAYOUT_RADIO_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "playout/alerts/alert.h"
#include "playout/alerts/alert_sound.h"

struct fault;
struct radio;

/*
 * Alerts of a radio on air (playout/alerts/alert.h): commands that a person gives while it runs.
 * They go to the mixing thread by a ring and need neither a database nor a disk; what stands is
 * kept in the station's folder by the control thread (playout/alerts/alert_file.h) as well as that
 * can be done.
 *
 * Threads  any one at a time of radio_alert(), radio_end_alert() and radio_visit_alerts(), at any
 *          time from radio_open() to radio_finish(); they wait for the mixing thread, at most
 *          RADIO_ALERT_WAIT_MS and mostly for a block of sound.
 */
enum { RADIO_ALERT_WAIT_MS = 500 };

/*
 * Have it said on its lines: from the next block that is mixed. Takes the sound, even on failure;
 * spec's frames, given_us and heard_us are set here. *ret_begun_us is the instant at which
 * its first frame is heard, or INT64_MIN if the radio has not begun to mix yet (it is said then).
 *
 * -EINVAL what cannot be; -ETIME it has expired; -ENOTSUP this radio is not on air; -ENOSPC
 * too many stand; -EBUSY ALERT_TEST on a line that carries something, or outside its hours.
 */
MUST_CHECK int radio_alert(struct radio *radio, const struct alert_spec *spec,
                           struct alert_sound sound, int64_t *ret_begun_us, struct fault *reterr);

/* It stands no more; what sounds of it fades out over 0.1 s. -ENOENT: none has that id. */
MUST_CHECK int radio_end_alert(struct radio *radio, const char *id, struct fault *reterr);

/* Each alert that stands, in the order given. Pointers are borrowed for the call. */
struct radio_alert_state {
    const struct alert_spec *spec;
    bool on_air;
    int64_t next_us; /* INT64_MAX: none */
};
typedef void (*radio_alert_visit)(void *context, const struct radio_alert_state *state);
void radio_visit_alerts(struct radio *radio, radio_alert_visit visit, void *context);

#endif
