/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/outputs/output.h"
#include "playout/outputs/transports.h"

/* Nothing is sent: `null:`, and an output that could not be opened. */
struct null_output {
    struct output head;
    bool failed;
    bool told;
    struct fault why;
    _Atomic uint64_t n_frames;
};

static void null_push(struct output *output, int64_t frame, int64_t due_ns, const float *frames,
                      size_t n) RT_SAFE;

static void null_push(struct output *output, int64_t frame, int64_t due_ns, const float *frames,
                      size_t n)
{
    struct null_output *null = (struct null_output *)output;
    (void)frame;
    (void)due_ns;
    (void)frames;
    atomic_fetch_add_explicit(&null->n_frames, n, memory_order_relaxed);
}

static void null_get_stats(const struct output *output, struct output_stats *ret_stats)
{
    const struct null_output *null = (const struct null_output *)output;
    uint64_t n = atomic_load_explicit(&null->n_frames, memory_order_relaxed);
    *ret_stats = (struct output_stats){.frames_pushed = n,
                                       .frames_dropped = null->failed ? n : 0,
                                       .failed = null->failed};
}

static bool null_take_fault(struct output *output, struct fault *ret_fault)
{
    struct null_output *null = (struct null_output *)output;
    bool news = null->failed && !null->told;
    if (news) {
        *ret_fault = null->why;
        null->told = true;
    }
    return news;
}

static void null_close(struct output *output)
{
    free(output);
}

static const struct output_ops null_ops = {.push = null_push,
                                           .get_stats = null_get_stats,
                                           .take_fault = null_take_fault,
                                           .close = null_close};

int null_open(struct output **ret_output, struct fault *reterr)
{
    struct null_output *null = calloc(1, sizeof *null);
    if (!null) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    null->head.ops = &null_ops;
    *ret_output = &null->head;
    return 0;
}

int failed_open(const struct fault *why, struct output **ret_output, struct fault *reterr)
{
    int r = null_open(ret_output, reterr);
    if (r == 0) {
        struct null_output *null = (struct null_output *)*ret_output;
        null->failed = true;
        null->why = *why;
    }
    return r;
}
