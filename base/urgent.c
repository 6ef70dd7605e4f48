/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/urgent.h"

#include <sched.h>

void urgent_thread(pthread_t thread, int priority)
{
    const struct sched_param how = {.sched_priority = priority};
    (void)pthread_setschedparam(thread, SCHED_FIFO, &how);
}
