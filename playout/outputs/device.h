/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_DEVICE_H
#define PLAYOUT_OUTPUTS_DEVICE_H

#include "base/attr.h"

struct fault;
struct output;
struct output_spec;

/*
 * Sound devices. Lines name a device and one or two of its channels; one process of its own has
 * the device and plays all lines that are on it (playout/aside/device_process.h). The
 * radio only fills their rings, so a driver that hangs or crashes, and a device that is pulled
 * out, cost the lines on it and nothing else; they are heard again, in their place, when it
 * is back. Nothing waits for a device, at the start neither.
 *
 * Threads: one, the same that opened them; output_push() of the outputs made here by the mixer's.
 */
struct device_hub;

/* Given to the caller: device_hub_destroy(), after its outputs were closed. NULL: out of memory. */
struct device_hub *device_hub_create(void);
struct device_hub *device_hub_destroy(struct device_hub *hub); /* NULL is a no-op; returns NULL */

/* Register a line for its device. -EBUSY: another line has that channel; -ENOMEM. */
MUST_CHECK int device_hub_add(struct device_hub *hub, const struct output_spec *spec,
                              struct output **ret_output, struct fault *reterr);

/* Begin to open the devices that were named. The outputs of one that is not there or refuses have
 * failed, and say so, some time later. */
void device_hub_start(struct device_hub *hub);

#endif
