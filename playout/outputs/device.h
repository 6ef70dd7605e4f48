/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_DEVICE_H
#define PLAYOUT_OUTPUTS_DEVICE_H

#include <stdbool.h>

#include "base/attr.h"

struct fault;
struct output;
struct output_spec;

/*
 * Sound devices, by PortAudio. Lines name a device and one or two of its channels; one
 * stream carries all lines of a device, and its callback is one call into playout/rt.
 *
 * A device is named `default`, or as devices_visit() names it, or by a part of its name that no
 * other device has.
 *
 * Threads: one; output_push() of the outputs made here by the mixer's.
 */
struct device_hub;

/* Given to the caller: device_hub_destroy(), after its outputs were closed. NULL: out of memory. */
struct device_hub *device_hub_create(void);
struct device_hub *device_hub_destroy(struct device_hub *hub); /* NULL is a no-op; returns NULL */

/* Register a line for its device. -EBUSY: another line has that channel; -ENOMEM. */
MUST_CHECK int device_hub_add(struct device_hub *hub, const struct output_spec *spec,
                              struct output **ret_output, struct fault *reterr);

/* Open the devices that were named, and start them. The outputs of one that is not there
 * or refuses have failed, and say so. */
void device_hub_start(struct device_hub *hub);

/* What can be named in a station file. */
struct device_info {
    const char *name;
    const char *driver; /* "ALSA", "JACK Audio Connection Kit" … */
    int channels;
    bool is_default;
};
typedef void (*device_visit)(void *context, const struct device_info *device);
/* -ENODEV: there is none; -EIO. */
MUST_CHECK int devices_visit(device_visit visit, void *context, struct fault *reterr);

#endif
