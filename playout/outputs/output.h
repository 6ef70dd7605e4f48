/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_OUTPUT_H
#define PLAYOUT_OUTPUTS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "station/station.h"

struct fault;
struct hush;

/*
 * A way out of the station for one line: a sound device's channels, a folder of
 * recordings, or nothing at all. Each output has its own queue and whatever thread its
 * transport needs, so that one which is slow or gone never delays another.
 *
 * Units   frames of 48 kHz, stereo: interleaved floats in [-1, 1].
 * Threads output_push() by one thread, the mixer's; output_get_stats() by any; the rest by the
 *         control thread.
 */
struct output;

struct output_stats {
    uint64_t frames_pushed; /* that the mixer handed over */
    uint64_t
        frames_dropped; /* lost: the queue was full, came too late, or the transport had failed */
    uint64_t frames_padded; /* silence that stood in for frames that were not there in time */
    uint64_t n_underruns;
    uint64_t n_reconnects; /* times that what had failed carried again */
    bool failed;           /* it carries nothing at the moment */
    /* While it has failed, the first air frame that was lost; else the first that was carried again
     * after it had failed last. 0: not known, or it never failed. */
    int64_t since_frame;
};

/* What a kind of output can do. */
struct output_ops {
    /* NULL: its hub is handed what it carries (outputs_carry()). */
    void (*push)(struct output *output, int64_t frame, int64_t due_ns, const float *frames,
                 size_t n) RT_SAFE;
    void (*get_stats)(const struct output *output, struct output_stats *ret_stats);
    bool (*take_fault)(struct output *output, struct fault *ret_fault);
    void (*close)(struct output *output);
    /* As outputs_hush(), for what has no struct hush of its line's at hand; NULL: that is enough.
     */
    void (*hush)(struct output *output, int64_t from_frame, int64_t until_frame);
};

/* The head of every output; the rest is its kind's own. */
struct output {
    const struct output_ops *ops;
};

/* Would the radio have to make this output's folder, or could it not write to it? -ENOENT, -EACCES
 * … Touches nothing; 0 for outputs without a folder. */
MUST_CHECK int output_check(const struct output_spec *spec, const char *station_dir,
                            struct fault *reterr);

/* [mixer] Queue n frames, the first of which is air frame `frame` and is to be heard at due_ns of
 * CLOCK_MONOTONIC; never waits. */
static inline void output_push(struct output *output, int64_t frame, int64_t due_ns,
                               const float *frames, size_t n) RT_SAFE;
static inline void output_push(struct output *output, int64_t frame, int64_t due_ns,
                               const float *frames, size_t n)
{
    output->ops->push(output, frame, due_ns, frames, n);
}

static inline void output_get_stats(const struct output *output, struct output_stats *ret_stats)
{
    output->ops->get_stats(output, ret_stats);
}

/* Something has gone wrong since the last call: what. */
static inline bool output_take_fault(struct output *output, struct fault *ret_fault)
{
    return output->ops->take_fault(output, ret_fault);
}

/* Send what is queued, as far as the transport takes it within a second, and free. NULL
 * is a no-op; returns NULL. */
static inline struct output *output_close(struct output *output)
{
    if (output) {
        output->ops->close(output);
    }
    return NULL;
}

/*
 * All outputs of a running station. One that cannot be opened, or fails later, says so
 * once (outputs_take_fault()) and the others go on.
 */
struct outputs;

/* Open the outputs of these lines; file folders are relative to station->dir. The station is
 * borrowed. Given to the caller: outputs_close(). -ENOMEM. */
MUST_CHECK int outputs_open(const struct station *station, struct line_set lines,
                            struct outputs **ret_outputs, struct fault *reterr);
struct outputs *outputs_close(struct outputs *outputs); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct outputs, outputs_close)

/*
 * [mixer] n frames that these lines carry (indices, ascending), of which the first is air frame
 * `frame` and is to be heard at due_ns of CLOCK_MONOTONIC. They do not cross the 20 ms grid; every
 * open line is handed every frame, in the order of time. Never waits.
 */
void outputs_carry(struct outputs *outputs, const uint32_t *lines, size_t n_lines, int64_t frame,
                   int64_t due_ns, const float *frames, size_t n);

/*
 * Let these lines fall silent at once: what was mixed already and lies in [from, until) is not
 * heard, but for a fade over 5 ms. What is carried from `until` on is heard again. It is for
 * outputs that send by time; one thread.
 */
void outputs_hush(struct outputs *outputs, struct line_set lines, int64_t from_frame,
                  int64_t until_frame);

/* [mixer] What is on the air on a line from this frame on, for outputs that can tell it; NULL:
 * nothing that has a title, and the line's own is told. */
void outputs_title(struct outputs *outputs, uint32_t line, int64_t frame, const char *title);

/* The next fault that has not been told yet, and whose it is. */
bool outputs_take_fault(struct outputs *outputs, size_t *ret_line, struct fault *ret_fault);

/* What has happened since the last call that is no fault of an output: old recordings were removed
 * (err is 0), or cannot be. */
bool outputs_take_news(struct outputs *outputs, size_t *ret_line, struct fault *ret_news);

/* Does a line's sound get out of the station? It does not while all its outputs have failed. */
struct outputs_line_state {
    bool carries;        /* one of its outputs does, or it has none */
    int64_t since_frame; /* from which on it does, or does not; 0: not known */
    const char *why;     /* !carries: what was told of it last, or ""; borrowed until the next fault
                          * is taken */
};
void outputs_line_state(const struct outputs *outputs, size_t line,
                        struct outputs_line_state *ret_state);

/* A line's outputs together; failed: any of them. since_frame is 0. */
struct output_stats outputs_stats(const struct outputs *outputs, size_t line);

#endif
