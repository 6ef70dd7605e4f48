/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "playout/aside/foreign_frames.h"

/* Any bytes in pieces of any size are frames within bounds, the same as in one piece. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    size_t step = n_bytes > 0 ? 1 + bytes[0] : 1;
    size_t n_most = n_bytes / FOREIGN_FRAME_BYTES;
    float *whole = calloc(n_most + 1, FOREIGN_FRAME_BYTES);
    float *pieces = calloc(n_most + 1, FOREIGN_FRAME_BYTES);
    struct foreign_frames at_once = {0};
    struct foreign_frames stream = {0};
    size_t n = 0;
    if (!whole || !pieces || foreign_frames_take(&at_once, bytes, n_bytes, whole) != n_most) {
        abort();
    }
    for (size_t at = 0; at < n_bytes; at += step) {
        size_t n_piece = n_bytes - at < step ? n_bytes - at : step;
        n += foreign_frames_take(&stream, bytes + at, n_piece, pieces + 2 * n);
    }
    if (n != n_most || stream.n_part >= FOREIGN_FRAME_BYTES || stream.n_part != at_once.n_part ||
        memcmp(whole, pieces, n * FOREIGN_FRAME_BYTES) != 0) {
        abort();
    }
    for (size_t i = 0; i < 2 * n; i++) {
        if (!(fabsf(whole[i]) <= FOREIGN_PEAK_MAX)) {
            abort();
        }
    }
    free(whole);
    free(pieces);
    return 0;
}
