/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/g722.h"

#include <spandsp.h>
#include <spandsp/expose.h>
#include <stdlib.h>

enum { RATE_BPS = 64000 };

struct g722 {
    g722_encode_state_t state;
};

static struct g722 *create(void)
{
    struct g722 *g722 = calloc(1, sizeof *g722);
    if (g722 && !g722_encode_init(&g722->state, RATE_BPS, 0)) {
        free(g722);
        g722 = NULL;
    }
    return g722;
}

static void destroy(struct g722 *g722)
{
    free(g722);
}

static void copy(struct g722 *g722, const struct g722 *from)
{
    *g722 = *from; /* all of its state is in it */
}

static void encode(struct g722 *g722, const int16_t *samples, size_t n, uint8_t *out)
{
    g722_encode(&g722->state, out, samples, (int)n);
}

const struct g722_ops *g722_get_ops(void)
{
    static const struct g722_ops ops = {create, destroy, copy, encode};
    return &ops;
}
