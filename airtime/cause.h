/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_CAUSE_H
#define AIRTIME_CAUSE_H

/* Why an airing ended. The plan foresees the first three; the rest only happen. */
enum end_cause {
    END_COMPLETE,  /* to the recording's last frame */
    END_CUT,       /* the slot's end came first */
    END_PREEMPTED, /* another slot took the lines */
    END_STOPPED,   /* a person stopped it */
    END_FAILED,    /* the recording could not be played (on), or the clock was set */
    END_CRASHED,   /* the process or the machine stopped */
};

/* "complete", "cut", "preempted", "stopped", "failed", "crashed" */
const char *end_cause_name(enum end_cause cause);

#endif
