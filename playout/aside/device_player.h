/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ASIDE_DEVICE_PLAYER_H
#define PLAYOUT_ASIDE_DEVICE_PLAYER_H

#include "base/attr.h"

struct fault;
struct log;

/*
 * The process that has a sound device (playout/aside/device_process.h is the radio's side of it):
 * open the device that the shared memory names, play its feeds or record into its one, and write
 * how it goes into the memory, until that says to stop.
 *
 * A device that is not there is tried again: after a second, then after twice as long, up to
 * ten. One that goes may leave its driver in a state in which not even closing it comes back
 * (PortAudio's for JACK waits for good), so the process is to end at once, and the radio starts
 * another. A driver in which a call hangs for 20 s is ended with the process by an alarm.
 *
 * fd: the memory. 0 when it was told to stop; DEVICE_PLAYER_GONE: call _exit() with that;
 * -EINVAL: that is no such memory; -ENOMEM.
 */
enum { DEVICE_PLAYER_GONE = 75 };

MUST_CHECK int device_player_run(int fd, const struct log *log, struct fault *reterr);

#endif
