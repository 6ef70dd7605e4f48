/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/utf8.h"
#include "media/sidecar.h"

/* Any bytes beside a recording: findings or values, in bounded memory. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(1 << 20);
    /* Of exactly that size, so that a read past the end is seen. */
    char *text = malloc(n ? n : 1);
    if (!arena || !text) {
        abort();
    }
    if (n > 0) {
        memcpy(text, bytes, n);
    }
    struct findings findings = {0};
    struct sidecar sidecar;
    int r = sidecar_parse("x.txt", text, n, arena, &sidecar, &findings);
    free(text);
    if (r == 0 && (!sidecar.script || !utf8_is_valid(sidecar.script) || findings.n_errors > 0)) {
        abort();
    }
    for (size_t i = 0; r == 0 && i < SIDECAR_N_KEYS; i++) {
        const struct sidecar_value *value = &sidecar.values[i];
        if (value->text && (value->text[0] == '\0' || value->line == 0)) {
            abort();
        }
    }
    if (r < 0 && findings.n_errors == 0) {
        abort(); /* refused without a word */
    }
    findings_finish(&findings);
    return 0;
}
