/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/ring.h"

#include <string.h>

void ring_init(struct ring *ring, void *memory, size_t item_bytes, size_t capacity)
{
    ring->memory = memory;
    ring->item_bytes = item_bytes;
    ring->capacity = capacity;
    atomic_init(&ring->n_written, 0);
    atomic_init(&ring->n_read, 0);
}

/* The n items from index `from` on lie in one run of memory, or in two. */
struct ring_runs {
    unsigned char *first;
    size_t first_bytes;
    size_t rest_bytes; /* at ring->memory */
};

static struct ring_runs ring_runs(const struct ring *ring, uint64_t from, size_t n)
{
    size_t start = (size_t)from & (ring->capacity - 1);
    size_t first = ring->capacity - start < n ? ring->capacity - start : n;
    return (struct ring_runs){ring->memory + start * ring->item_bytes, first * ring->item_bytes,
                              (n - first) * ring->item_bytes};
}

size_t ring_write(struct ring *ring, const void *items, size_t n)
{
    uint64_t written = atomic_load_explicit(&ring->n_written, memory_order_relaxed);
    uint64_t read = atomic_load_explicit(&ring->n_read, memory_order_acquire);
    size_t room = ring->capacity - (size_t)(written - read);
    n = n < room ? n : room;
    if (n) {
        struct ring_runs runs = ring_runs(ring, written, n);
        memcpy(runs.first, items, runs.first_bytes);
        memcpy(ring->memory, (const unsigned char *)items + runs.first_bytes, runs.rest_bytes);
        atomic_store_explicit(&ring->n_written, written + n, memory_order_release);
    }
    return n;
}

size_t ring_read(struct ring *ring, void *items, size_t n)
{
    uint64_t read = atomic_load_explicit(&ring->n_read, memory_order_relaxed);
    uint64_t written = atomic_load_explicit(&ring->n_written, memory_order_acquire);
    size_t supply = (size_t)(written - read);
    n = n < supply ? n : supply;
    if (n) {
        struct ring_runs runs = ring_runs(ring, read, n);
        memcpy(items, runs.first, runs.first_bytes);
        memcpy((unsigned char *)items + runs.first_bytes, ring->memory, runs.rest_bytes);
        atomic_store_explicit(&ring->n_read, read + n, memory_order_release);
    }
    return n;
}

size_t ring_readable(const struct ring *ring)
{
    uint64_t written = atomic_load_explicit(&ring->n_written, memory_order_acquire);
    return (size_t)(written - atomic_load_explicit(&ring->n_read, memory_order_acquire));
}

size_t ring_writable(const struct ring *ring)
{
    return ring->capacity - ring_readable(ring);
}
