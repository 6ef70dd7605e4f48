/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_STREAM_HUB_H
#define PLAYOUT_OUTPUTS_STREAM_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "playout/outputs/stream_packet.h"
#include "playout/outputs/transports.h"
#include "station/line_set.h"

struct fault;
struct hush;

/*
 * The encoders of the lines that are streamed or kept: Icecast mounts, HLS folders, archives. What
 * several lines carry in common is encoded once for each of the settings that are asked
 * for, however many mounts and folders it goes to. One thread encodes, in steps of 240 ms
 * (STREAM_STEP_FRAMES) once they were heard on the air, so that a hush is in them.
 *
 * Who takes a line's packets is a subscription: a queue of its own, of bounded size. A line has one
 * unbroken stream of packets whatever programme it changes to: their frames follow each other but
 * where the mixer left some out.
 *
 * Threads stream_hub_title() and the hub's carry by the mixer's; a subscription's functions by
 *         its own reader's; the rest by the control thread.
 */
struct stream_subscription;

/* For n_lines of a station. hushes: one a line, borrowed. Given to the caller, who destroys it by
 * its ops. -ENOMEM. */
MUST_CHECK int stream_hub_create(size_t n_lines, const struct hush *hushes,
                                 struct output_hub **ret_hub, struct fault *reterr);

/* Before the hub is started. The subscription is the hub's, until that is destroyed. The queue
 * holds about `seconds` of the stream. */
MUST_CHECK int stream_hub_subscribe(struct output_hub *hub, uint32_t line,
                                    struct stream_settings settings, int seconds,
                                    struct stream_subscription **ret_subscription,
                                    struct fault *reterr);

/* Wake the reader only once in so many steps, from 1 (as long as nothing is said) on. Before the
 * hub is started. */
void stream_set_pace(struct stream_subscription *subscription, int n_steps);

/* Encode what was carried up to now, and end every stream; its readers see the end. */
void stream_hub_end(struct output_hub *hub);

/* The lines' own name is `title` from air frame `frame` on; cut at STREAM_TITLE_MAX. Lost when too
 * many wait. [mixer] */
void stream_hub_title(struct output_hub *hub, uint32_t line, int64_t frame,
                      const char *title) RT_SAFE;

/* The next packet, if there is one. */
MUST_CHECK bool stream_read(struct stream_subscription *subscription,
                            struct stream_packet *ret_packet);
/* Wait until there may be packets, at most wait_ms. */
void stream_wait(struct stream_subscription *subscription, int wait_ms);
/* No more packets will come. */
bool stream_has_ended(const struct stream_subscription *subscription);
/* Wake the reader. [any] */
void stream_wake(struct stream_subscription *subscription);

struct stream_counts {
    uint64_t frames_carried; /* by the line since the start */
    uint64_t frames_lost;    /* of them: the encoder or the reader was too slow */
    uint64_t n_encoded;      /* packets that this subscription's own encoder has made */
};
struct stream_counts stream_counts(const struct stream_subscription *subscription);

/* The hub cannot run at all: why. [any, after its start] */
bool stream_hub_failed(const struct output_hub *hub, struct fault *ret_fault);

#endif
