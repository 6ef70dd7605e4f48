/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "media/sound_source.h"

enum { RATE_MIN = 8000, RATE_MAX = 192000 };

int sound_check_form(int rate, int channels, const char *name, struct fault *reterr)
{
    if (channels < 1 || channels > SOUND_CHANNELS_MAX) {
        return fault_set(reterr, ENOTSUP, name, 0,
                         _("has %d channels; save the programme as mono or stereo"), channels);
    }
    if (rate < RATE_MIN || rate > RATE_MAX) {
        return fault_set(reterr, ENOTSUP, name, 0,
                         _("has %d samples a second; %d to %d are imported"), rate, RATE_MIN,
                         RATE_MAX);
    }
    return 0;
}
