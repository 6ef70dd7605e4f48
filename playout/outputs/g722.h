/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_G722_H
#define PLAYOUT_OUTPUTS_G722_H

#include <stddef.h>
#include <stdint.h>

/*
 * G.722 at 64 kb/s by spandsp, the one place that knows it: a part of the module loa-rtp.so, as
 * that library brings a dozen others with it. Private to rtp_encode.c, which finds the table
 * below as g722_get_ops() of the module.
 *
 * Threads  one at a time for each encoder.
 */
struct g722;

struct g722_ops {
    struct g722 *(*create)(void); /* NULL: out of memory */
    void (*destroy)(struct g722 *g722);
    void (*copy)(struct g722 *g722, const struct g722 *from);
    /* n samples of 16 kHz, an even number, into n / 2 bytes */
    void (*encode)(struct g722 *g722, const int16_t *samples, size_t n, uint8_t *out);
};

const struct g722_ops *g722_get_ops(void);

#endif
