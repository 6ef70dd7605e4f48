/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "media/wav_head.h"

/* Any bytes as the beginning of what a voice wrote into a pipe: nothing but two sizes changes,
 * and none of them promises more than the file has. The first two bytes: how much follows. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2 || n - 2 > WAV_HEAD_MAX) {
        return 0;
    }
    size_t n_head = n - 2;
    int64_t file_bytes = (int64_t)n_head + bytes[0] * 256 + bytes[1];
    unsigned char *head = malloc(n_head + 1);
    if (!head) {
        abort();
    }
    memcpy(head, bytes + 2, n_head);
    bool changed = wav_head_complete(head, n_head, file_bytes);
    size_t n_changed = 0;
    for (size_t i = 0; i < n_head; i++) {
        n_changed += head[i] != bytes[2 + i];
    }
    if (n_changed > 8 || (!changed && n_changed) ||
        (changed && wav_head_complete(head, n_head, file_bytes))) {
        abort(); /* once it is whole it stays so */
    }
    free(head);
    return 0;
}
