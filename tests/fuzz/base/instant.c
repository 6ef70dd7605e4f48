/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read as an instant is written and read again as the same instant. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[128];
    if (size >= sizeof text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    struct fault fault;
    int64_t us = 0;
    if (zone_use("Asia/Ho_Chi_Minh", &fault) < 0 || zone_parse_instant(text, &us, &fault) < 0) {
        return 0;
    }
    char printed[ZONE_INSTANT_MAX];
    int64_t again = 0;
    zone_format_instant(us, printed);
    if (zone_parse_instant(printed, &again, &fault) == 0 && again != us) {
        abort();
    }
    return 0;
}
