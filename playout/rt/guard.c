/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/guard.h"

_Thread_local int rt_guard_depth;
