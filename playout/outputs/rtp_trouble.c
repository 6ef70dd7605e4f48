/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "playout/outputs/rtp_int.h"

/*
 * Receivers that are not reached. What the system refuses is tried again after 20 ms, then at
 * twice the pause each time, up to a second; it is a failure once it has lasted, so that a
 * hiccup stays a hole of a packet. What the network reports may be about a packet that went
 * before: three reports within some seconds are a failure, and silence of it the end, while a
 * packet is sent now and then.
 */
enum {
    FIRST_PAUSE_NS = 20000000,
    LONGEST_PAUSE_NS = 1000000000,
    FAILED_FROM_PAUSE_NS = 160000000,
    REPORT_PAUSE_NS = 500000000,
    REPORTS_MIN = 3,
};
static const int64_t REPORTS_SPAN_NS = 500000000;
static const int64_t REPORTS_APART_NS = 4000000000;
/* A closed port is told of at once, but not more than once a second by most systems; an address
 * that nobody has, after three questions a second apart. */
static const int64_t QUIET_PORT_NS = 2200000000;
static const int64_t QUIET_HOST_NS = 5000000000;

static void set_trouble(struct rtp_output *output, enum rtp_trouble trouble)
{
    struct rtp_hub *hub = output->hub;
    hub->n_troubled += (trouble != RTP_WELL) - (size_t)(output->trouble != RTP_WELL);
    hub->list_is_stale =
        hub->list_is_stale || (trouble == RTP_WELL) != (output->trouble == RTP_WELL);
    output->trouble = trouble;
    if (trouble == RTP_WELL) {
        output->pause_ns = 0;
        output->n_reports = 0;
        atomic_store(&output->failed, false);
    }
}

static void fail(struct rtp_output *output, int news)
{
    if (!atomic_load(&output->failed)) {
        atomic_store(&output->news, news);
        atomic_store(&output->failed, true);
    }
}

static void not_sent(struct rtp_output *output, int err, int64_t now_ns)
{
    int64_t pause_ns = output->pause_ns ? 2 * output->pause_ns : FIRST_PAUSE_NS;
    output->pause_ns = pause_ns < LONGEST_PAUSE_NS ? pause_ns : LONGEST_PAUSE_NS;
    output->retry_ns = now_ns + output->pause_ns;
    set_trouble(output, RTP_NOT_SENT);
    if (output->pause_ns >= FAILED_FROM_PAUSE_NS) {
        fail(output, err);
    }
}

static void drop(struct rtp_output *output, size_t n_frames)
{
    atomic_fetch_add_explicit(&output->frames_dropped, n_frames, memory_order_relaxed);
}

/* ---- reports */

static int compare_addresses(const struct rtp_address *a, const struct rtp_address *b)
{
    if (a->n_bytes != b->n_bytes) {
        return a->n_bytes < b->n_bytes ? -1 : 1;
    }
    return memcmp(&a->to, &b->to, a->n_bytes);
}

static int compare_outputs(const void *a, const void *b)
{
    const struct rtp_output *left = *(struct rtp_output *const *)a;
    const struct rtp_output *right = *(struct rtp_output *const *)b;
    int order = compare_addresses(&left->address, &right->address);
    if (order == 0) {
        order = (left->socket > right->socket) - (left->socket < right->socket);
    }
    return order ? order : (left->setting > right->setting) - (left->setting < right->setting);
}

int rtp_index_make(struct rtp_hub *hub)
{
    if (hub->by_address) {
        return 0;
    }
    hub->by_address = calloc(hub->n_outputs + 1, sizeof(struct rtp_output *));
    if (!hub->by_address) {
        return -ENOMEM;
    }
    memcpy(hub->by_address, hub->outputs, hub->n_outputs * sizeof(struct rtp_output *));
    qsort(hub->by_address, hub->n_outputs, sizeof(struct rtp_output *), compare_outputs);
    for (size_t i = 0; i < hub->n_outputs; i++) {
        bool again = i > 0 && compare_outputs(&hub->by_address[i - 1], &hub->by_address[i]) == 0;
        hub->by_address[i]->twin = again ? hub->by_address[i - 1]->twin : hub->by_address[i];
    }
    return 0;
}

static void reported(struct rtp_output *output, int err, int64_t now_ns)
{
    if (output->n_reports == 0 || now_ns - output->last_news_ns > REPORTS_APART_NS) {
        output->n_reports = 0;
        output->first_news_ns = now_ns;
    }
    output->n_reports++;
    output->last_news_ns = now_ns;
    output->quiet_ns = err == ECONNREFUSED ? QUIET_PORT_NS : QUIET_HOST_NS;
    if (output->trouble == RTP_WELL && output->n_reports >= REPORTS_MIN &&
        now_ns - output->first_news_ns >= REPORTS_SPAN_NS) {
        set_trouble(output, RTP_NOT_REACHED);
        output->retry_ns = now_ns + REPORT_PAUSE_NS;
        fail(output, err);
    }
}

static void take_reports(struct rtp_hub *hub, int64_t now_ns)
{
    struct rtp_address address;
    int err = 0;
    while (rtp_sender_take_report(hub->sender, &address, &err)) {
        if (rtp_index_make(hub) < 0) {
            return;
        }
        size_t low = 0;
        size_t high = hub->n_outputs;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (compare_addresses(&hub->by_address[middle]->address, &address) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for (; low < hub->n_outputs &&
               compare_addresses(&hub->by_address[low]->address, &address) == 0;
             low++) {
            reported(hub->by_address[low], err, now_ns);
        }
    }
}

/* ---- trying again */

static void try_again(struct rtp_output *output, int64_t now_ns)
{
    struct rtp_hub *hub = output->hub;
    const struct rtp_stream *stream = &hub->streams.items[output->stream];
    for (size_t p = 0; p < stream->n_packets; p++) {
        int r = rtp_sender_try(hub->sender, output->socket, &output->address, &stream->packets[p]);
        if (r < 0) {
            not_sent(output, -r, now_ns);
            drop(output, AIR_BLOCK_FRAMES);
            return;
        }
    }
    if (output->trouble == RTP_NOT_SENT || now_ns - output->last_news_ns > output->quiet_ns) {
        set_trouble(output, RTP_WELL);
        return;
    }
    output->retry_ns = now_ns + REPORT_PAUSE_NS;
    drop(output, AIR_BLOCK_FRAMES); /* what nobody hears */
}

void rtp_trouble_look(struct rtp_hub *hub, int64_t now_ns)
{
    void *owner = NULL;
    int err = 0;
    for (size_t o = 0; hub->n_troubled > 0 && o < hub->n_outputs; o++) {
        struct rtp_output *output = hub->outputs[o];
        if (output->trouble == RTP_WELL) {
            continue;
        }
        if (output->trouble == RTP_NAMELESS || output->stream == SIZE_MAX ||
            now_ns < output->retry_ns) {
            drop(output, AIR_BLOCK_FRAMES);
        } else {
            try_again(output, now_ns);
        }
    }
    while (rtp_sender_take_failure(hub->sender, &owner, &err)) {
        struct rtp_output *output = owner;
        drop(output, AIR_BLOCK_FRAMES / rtp_n_packets(&hub->settings[output->setting].format));
        if (output->trouble == RTP_WELL) {
            not_sent(output, err, now_ns);
        }
    }
    take_reports(hub, now_ns);
}

/* ---- names */

void rtp_trouble_begin(struct rtp_hub *hub)
{
    for (size_t o = 0; o < hub->n_outputs; o++) {
        if (hub->outputs[o]->address.n_bytes == 0) {
            set_trouble(hub->outputs[o], RTP_NAMELESS);
        }
    }
}

void rtp_trouble_take_answers(struct rtp_hub *hub, int64_t now_ns)
{
    void *owner = NULL;
    struct rtp_address address;
    while (rtp_resolver_take(hub->resolver, &owner, &address)) {
        struct rtp_output *output = owner;
        if (address.n_bytes == 0) {
            fail(output, -1);
            continue;
        }
        output->address = address;
        free(STEAL(hub->by_address));
        hub->list_is_stale = true; /* it may be one of the other kind of address */
        output->retry_ns = now_ns;
        if (output->trouble == RTP_NAMELESS) {
            set_trouble(output, RTP_WELL);
        }
    }
}
