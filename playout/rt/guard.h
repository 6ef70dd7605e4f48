/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_GUARD_H
#define PLAYOUT_RT_GUARD_H

#include "base/attr.h"

/*
 * While sound is made, nothing is allocated, locked or asked of the system. The code
 * that makes it stands between rt_enter() and rt_leave(); test programs link
 * tests/fakes/rt_guard.c, which aborts on any such call while this thread's count is
 * set. In the product the count is kept and never read: one addition a block.
 *
 * Threads: each has its own count; calls nest.
 */
extern _Thread_local int rt_guard_depth;

static inline void rt_enter(void) RT_SAFE;
static inline void rt_leave(void) RT_SAFE;

static inline void rt_enter(void)
{
    rt_guard_depth++;
}

static inline void rt_leave(void)
{
    rt_guard_depth--;
}

#endif
