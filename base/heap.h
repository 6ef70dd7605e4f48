/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

/*
 * Keep up to 16 MB of freed memory at the end of the heap for what is taken next, instead of giving
 * it back to the system at once. A plan fills and frees some 10 MB for every week it covers, and
 * the system clears each page anew: a quarter of a plan's time (docs/benchmarks.md).
 *
 * Threads  the first, before there are others.
 */
void heap_keep(void);

#endif
