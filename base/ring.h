/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * A queue from one thread to one other, without locks: sound towards an output,
 * commands towards the mixer, events away from it. The caller owns the memory.
 *
 * Items are of one fixed size. The indices only ever grow (they wrap at 2^64,
 * which takes longer than the station will stand), so full and empty differ.
 *
 * Threads: ring_write* by one producer, ring_read* by one consumer, at any time.
 */
struct ring {
    unsigned char *memory; /* borrowed: capacity × item_bytes */
    size_t item_bytes;
    size_t capacity; /* items; a power of two */
    _Alignas(64) _Atomic uint64_t n_written;
    _Alignas(64) _Atomic uint64_t n_read;
};

/* capacity must be a power of two, at least 1; memory must outlive the ring. */
void ring_init(struct ring *ring, void *memory, size_t item_bytes, size_t capacity);

/* Copy in or out up to n items; returns how many there was room or supply for. */
MUST_CHECK size_t ring_write(struct ring *ring, const void *items, size_t n) RT_SAFE;
MUST_CHECK size_t ring_read(struct ring *ring, void *items, size_t n) RT_SAFE;

size_t ring_readable(const struct ring *ring) RT_SAFE; /* consumer: at least so many */
size_t ring_writable(const struct ring *ring) RT_SAFE; /* producer: at least so many */

#endif
