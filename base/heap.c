/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/heap.h"

#include <malloc.h>

enum { KEPT_BYTES = 16 << 20, STEP_BYTES = 1 << 20 };

void heap_keep(void)
{
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_TOP_PAD, STEP_BYTES);
}
