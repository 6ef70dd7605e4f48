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
 * Threads  any, at any time from radio_open() to radio_finish(). Nothing here waits for the mixing
 *          thread; how an alert fares is asked with its ticket, for RADIO_ALERT_KEPT_MS after the
 *          command even if it is over by then.
 */
enum { RADIO_ALERT_KEPT_MS = 2000 };

/*
 * Have it said on its lines: from the next block that is mixed. Takes the sound, even on failure;
 * spec's frames, given_us and heard_us are set here. *ret_ticket is not 0.
 *
 * -EINVAL what cannot be; -ETIME it has expired; -ENOTSUP this radio is not on air; -ENOSPC
 * too many stand; -EBUSY ALERT_TEST on a line that carries something, or outside its hours.
 */
MUST_CHECK int radio_alert(struct radio *radio, const struct alert_spec *spec,
                           struct alert_sound sound, uint64_t *ret_ticket, struct fault *reterr);

/* Have it end; what sounds of it fades out over 0.1 s. -ENOENT: none stands that has that id. */
MUST_CHECK int radio_end_alert(struct radio *radio, const char *id, struct fault *reterr);
bool radio_alert_stands(struct radio *radio, const char *id);

/* An alert. Pointers are borrowed for the call. */
struct radio_alert_state {
    const struct alert_spec *spec;
    bool on_air;
    int64_t begun_us; /* when its newest airing is heard first; INT64_MIN: none was mixed yet */
    int64_t next_us;  /* INT64_MAX: none */
};
typedef void (*radio_alert_visit)(void *context, const struct radio_alert_state *state);
/* Each that stands, in the order given. */
void radio_visit_alerts(struct radio *radio, radio_alert_visit visit, void *context);
/* The one of that ticket; false: it is long over. */
bool radio_visit_alert(struct radio *radio, uint64_t ticket, radio_alert_visit visit,
                       void *context);

#endif
