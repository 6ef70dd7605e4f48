/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "scheduler/calendar/tzfile.h"

/* Any bytes as a zone: refused, or an offset of some hours at every instant. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    static const int64_t instants_s[] = {-62135596800, -1, 0, 1700000000, 4102444800, 253370764800};
    AUTO(arena_destroy) struct arena *arena = arena_create((size_t)16 << 20);
    struct tzfile *zone = NULL;
    if (tzfile_parse(arena, bytes, n_bytes, &zone) == 0) {
        for (size_t i = 0; i < sizeof instants_s / sizeof *instants_s; i++) {
            if (llabs(tzfile_offset_s(zone, instants_s[i])) > 26 * 3600) {
                abort();
            }
        }
    }
    return 0;
}
