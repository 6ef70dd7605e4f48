/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fault.h"
#include "station/station.h"

/* Any bytes are a station or findings, and never neither. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    struct findings findings = {0};
    struct station *station = NULL;
    int r =
        station_parse("/nowhere", "station.ini", (const char *)bytes, n_bytes, &station, &findings);
    if ((r == 0) != (findings.n_errors == 0) || (r == 0) != (station != NULL)) {
        __builtin_trap();
    }
    findings_finish(&findings);
    station_destroy(station);
    return 0;
}
