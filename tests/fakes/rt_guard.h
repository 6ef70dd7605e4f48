/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_RT_GUARD_H
#define TESTS_FAKES_RT_GUARD_H

/* This thread's allocations that succeed before one fails; negative: all do. It is negative
 * again once one has failed. calloc() and realloc() only. */
extern _Thread_local int allocations_left;

#endif
