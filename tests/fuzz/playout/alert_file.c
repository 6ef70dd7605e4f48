/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/frames.h"
#include "playout/alerts/alert_file.h"

/* Any bytes as the file of an alert: what is taken has a name and sound that lies inside. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct alert_record record;
    struct fault fault;
    char *text = aligned_alloc(16, (n / 16 + 1) * 16);
    if (!text) {
        abort();
    }
    memcpy(text, bytes, n);
    text[n] = '\0';
    if (alert_record_parse(text, n, &record, &fault) == 0) {
        const char *end = (const char *)(record.spec.frames + record.spec.n_frames * AIR_CHANNELS);
        if (!alert_id_is_good(record.spec.id) || !record.spec.title || !record.lines ||
            end != text + n || alert_check_sound(record.spec.frames, record.spec.n_frames, NULL)) {
            abort();
        }
    }
    free(text);
    return 0;
}
