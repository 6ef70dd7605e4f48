/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/stream_hub.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/ring.h"
#include "playout/outputs/blocks.h"
#include "playout/outputs/stream_encoder.h"
#include "playout/outputs/stream_step.h"

enum {
    DEPTH_BLOCKS = 32, /* 0.64 s: the mixer is 150 ms ahead, a step takes 240 */
    TITLES = 256,      /* that wait */
    TITLES_PENDING_MAX = 512,
    BLOCK_NS = 20000000,
    SHORTEST_REST_NS = 5000000,
    HEAD_BYTES = offsetof(struct stream_packet, bytes),
};

struct title {
    int64_t frame;
    uint32_t line;
    char text[STREAM_TITLE_MAX];
};

struct stream_subscription {
    uint32_t line;
    struct stream_settings settings;
    int n_steps_a_wake;
    size_t queue_bytes;
    struct ring queue; /* of bytes: packets, each as long as it is */
    unsigned char *queue_memory;
    sem_t wake;
    _Atomic bool ended;
    _Atomic uint64_t frames_carried;
    _Atomic uint64_t frames_lost;
    _Atomic uint64_t n_encoded;
    const _Atomic uint64_t *blocks_lost; /* the hub's */
    /* the worker's */
    struct stream_encoder *encoder;
    size_t owner; /* whose encoder made its last packets; SIZE_MAX: none's */
    size_t take;  /* in this step; SIZE_MAX: there was no memory */
};

/*
 * What is encoded once in a step: a group of lines that have carried the same in this step and in
 * the one before. A line that comes to a group is encoded for itself in the first step, for its
 * next packet still holds some milliseconds of what it carried before; after that two encoders
 * have heard the same, and it is moved to the other without a seam.
 */
struct take {
    size_t next; /* of the same group of the step; SIZE_MAX: the last */
    uint32_t before;
    size_t owner; /* the subscription whose encoder makes the packets */
    bool joined;  /* by one that had another encoder until now */
    bool encoded;
    size_t n_packets;
    struct stream_packet packets[STREAM_PACKETS_IN_STEP_MAX];
};

struct stream_hub {
    struct output_hub head;
    size_t n_lines;
    const struct hush *hushes;
    struct line_set lines;
    struct stream_subscription **subscriptions; /* by settings, then line, once it is started */
    size_t n_subscriptions;
    struct blocks *blocks;
    struct ring titles; /* of struct title */
    struct title *titles_memory;
    pthread_t thread;
    bool has_thread;
    _Atomic bool stopping;
    _Atomic uint64_t blocks_lost;
    struct fault fault; /* why it cannot run */
    /* the worker's */
    struct stream_steps steps;
    struct block_taken taken;
    bool has_taken;
    int64_t expected_ns; /* when the next block is heard */
    int64_t wake_ns;     /* when all of its step is */
    struct title *pending;
    size_t n_pending;
    struct take **takes; /* the first n_takes are of this step and the settings at hand */
    size_t n_takes;
    size_t takes_capacity;
};

static int no_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the worker: packets to those who asked for them */

static void deliver(struct stream_subscription *subscription, const struct stream_packet *packet)
{
    size_t n = HEAD_BYTES + packet->n_bytes;
    if (ring_writable(&subscription->queue) < n) {
        atomic_fetch_add_explicit(&subscription->frames_lost, packet->n_frames,
                                  memory_order_relaxed);
        return;
    }
    size_t written = ring_write(&subscription->queue, packet, n);
    (void)written; /* there is room */
}

static void deliver_titles(struct stream_hub *hub, struct stream_subscription *subscription,
                           int64_t from, int64_t until)
{
    for (size_t i = 0; i < hub->n_pending; i++) {
        const struct title *title = &hub->pending[i];
        if (title->line == subscription->line && title->frame >= from && title->frame < until) {
            struct stream_packet packet;
            packet.kind = STREAM_TITLE;
            packet.frame = title->frame;
            packet.due_ns = 0;
            packet.n_frames = 0;
            packet.n_bytes = (uint16_t)strlen(title->text);
            memcpy(packet.bytes, title->text, packet.n_bytes);
            deliver(subscription, &packet);
        }
    }
}

static void titles_take(struct stream_hub *hub)
{
    while (hub->n_pending < TITLES_PENDING_MAX &&
           ring_read(&hub->titles, &hub->pending[hub->n_pending], 1) == 1) {
        hub->n_pending++;
    }
}

static void titles_forget(struct stream_hub *hub, int64_t until)
{
    size_t n = 0;
    for (size_t i = 0; i < hub->n_pending; i++) {
        if (hub->pending[i].frame >= until) {
            hub->pending[n++] = hub->pending[i];
        }
    }
    hub->n_pending = n;
}

/* ---- the worker: encoding */

static bool same_settings(const struct stream_settings *a, const struct stream_settings *b)
{
    return a->codec == b->codec && a->bitrate_bps == b->bitrate_bps;
}

static size_t take_add(struct stream_hub *hub, size_t owner)
{
    if (hub->n_takes == hub->takes_capacity) {
        struct take **takes = realloc(hub->takes, (hub->takes_capacity + 1) * sizeof(void *));
        struct take *fresh = takes ? malloc(sizeof *fresh) : NULL;
        hub->takes = takes ? takes : hub->takes;
        if (!fresh) {
            return SIZE_MAX;
        }
        hub->takes[hub->takes_capacity++] = fresh;
    }
    struct take *take = hub->takes[hub->n_takes];
    take->owner = owner;
    take->joined = false;
    take->encoded = false;
    take->n_packets = 0;
    return hub->n_takes++;
}

/* Of subscriptions with the same settings: the first of each take is its owner. */
static void find_takes(struct stream_hub *hub, size_t from, size_t until)
{
    hub->n_takes = 0;
    for (size_t g = 0; g < hub->steps.now.n_groups; g++) {
        hub->steps.now.groups[g]->first_take = SIZE_MAX;
    }
    for (size_t i = from; i < until; i++) {
        struct stream_subscription *subscription = hub->subscriptions[i];
        struct step_group *group = stream_steps_group(&hub->steps, subscription->line);
        uint32_t before = stream_steps_group_before(&hub->steps, subscription->line);
        size_t t = group->first_take;
        while (t != SIZE_MAX && hub->takes[t]->before != before) {
            t = hub->takes[t]->next;
        }
        if (t == SIZE_MAX && (t = take_add(hub, i)) != SIZE_MAX) {
            hub->takes[t]->before = before;
            hub->takes[t]->next = group->first_take;
            group->first_take = t;
        }
        subscription->take = t;
        if (t != SIZE_MAX && subscription->owner != hub->takes[t]->owner) {
            hub->takes[t]->joined = true;
        }
    }
}

static void encode(struct stream_hub *hub, struct take *take)
{
    struct stream_subscription *owner = hub->subscriptions[take->owner];
    const struct step_group *group = stream_steps_group(&hub->steps, owner->line);
    const float *before = stream_steps_before(&hub->steps, owner->line);
    bool goes_on = owner->owner == take->owner && before;
    struct fault ignored;
    take->encoded = true;
    if (!owner->encoder && stream_encoder_create(owner->settings, &owner->encoder, &ignored) < 0) {
        return; /* counted as lost by each */
    }
    if (!goes_on) {
        stream_encoder_restart(owner->encoder, before);
    } else if (take->joined) {
        stream_encoder_join(owner->encoder);
    }
    take->n_packets =
        stream_encoder_step(owner->encoder, hub->steps.frame, group->frames, take->packets);
    for (size_t i = 0; i < take->n_packets; i++) {
        int64_t after = take->packets[i].frame - hub->steps.frame;
        take->packets[i].due_ns = hub->steps.due_ns + after * 1000000000 / AIR_RATE;
    }
    atomic_fetch_add_explicit(&owner->n_encoded, take->n_packets, memory_order_relaxed);
}

static void hand_out(struct stream_hub *hub, struct stream_subscription *subscription)
{
    struct take *take = subscription->take == SIZE_MAX ? NULL : hub->takes[subscription->take];
    if (take && !take->encoded) {
        encode(hub, take);
    }
    size_t n_packets = take ? take->n_packets : 0;
    int64_t told = INT64_MIN;
    int64_t until = hub->steps.frame; /* MP3 lags by a frame, its titles do not */
    for (size_t p = 0; p < n_packets; p++) {
        until += take->packets[p].n_frames;
        if (hub->n_pending > 0) {
            deliver_titles(hub, subscription, told, until);
        }
        told = until;
        deliver(subscription, &take->packets[p]);
    }
    subscription->owner = take ? take->owner : SIZE_MAX;
    uint64_t n_missing = hub->steps.n_blocks_missing * AIR_BLOCK_FRAMES;
    if (n_packets == 0) {
        atomic_fetch_add_explicit(&subscription->frames_lost, STREAM_STEP_FRAMES,
                                  memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&subscription->frames_carried, STREAM_STEP_FRAMES - n_missing,
                              memory_order_release);
    int64_t n_steps = hub->steps.frame / STREAM_STEP_FRAMES + 1;
    if (n_steps % subscription->n_steps_a_wake == 0) {
        sem_post(&subscription->wake);
    }
}

static void step_send(struct stream_hub *hub)
{
    titles_take(hub);
    for (size_t from = 0, until; from < hub->n_subscriptions; from = until) {
        const struct stream_settings *settings = &hub->subscriptions[from]->settings;
        for (until = from + 1; until < hub->n_subscriptions &&
                               same_settings(settings, &hub->subscriptions[until]->settings);
             until++) {
        }
        find_takes(hub, from, until);
        for (size_t i = from; i < until; i++) {
            hand_out(hub, hub->subscriptions[i]);
        }
    }
    titles_forget(hub, hub->steps.frame + STREAM_STEP_FRAMES);
    atomic_store_explicit(&hub->blocks_lost, blocks_n_lost(hub->blocks), memory_order_relaxed);
    stream_steps_next(&hub->steps);
}

/* When all of the step is heard that begins or goes on behind the block that was taken. */
static int64_t step_heard_ns(const struct stream_hub *hub)
{
    int64_t block = frames_floor_div(hub->taken.frame, AIR_BLOCK_FRAMES);
    int64_t at = block - frames_floor_div(block, STREAM_BLOCKS_IN_STEP) * STREAM_BLOCKS_IN_STEP;
    int64_t n_behind = STREAM_BLOCKS_IN_STEP - 1 - at;
    return hub->taken.due_ns + (n_behind ? n_behind : STREAM_BLOCKS_IN_STEP) * BLOCK_NS;
}

/* Take up a block that has been heard; if there is none: false, and when to ask again. */
static bool take_block(struct stream_hub *hub, bool last_round, int64_t *ret_next_ns)
{
    int64_t now = now_ns();
    if (!hub->has_taken) {
        *ret_next_ns = hub->wake_ns;
        if (!last_round && hub->expected_ns > now) {
            return false;
        }
        *ret_next_ns = now + BLOCK_NS;
        if (!blocks_take(hub->blocks, &hub->taken)) {
            return false;
        }
        hub->has_taken = true;
        hub->expected_ns = hub->taken.due_ns + BLOCK_NS;
        hub->wake_ns = step_heard_ns(hub);
    }
    *ret_next_ns = hub->taken.due_ns;
    if (!last_round && hub->taken.due_ns > now) {
        return false;
    }
    if (stream_steps_is_left(&hub->steps, hub->taken.frame)) {
        stream_steps_end(&hub->steps);
        step_send(hub);
    }
    hub->has_taken = false;
    if (stream_steps_add(&hub->steps, &hub->taken)) {
        step_send(hub);
    }
    return true;
}

static void rest_until(int64_t when_ns)
{
    int64_t shortest = now_ns() + SHORTEST_REST_NS;
    when_ns = when_ns > shortest ? when_ns : shortest;
    struct timespec when = {.tv_sec = when_ns / 1000000000, .tv_nsec = when_ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

static void *worker_main(void *context)
{
    struct stream_hub *hub = context;
    bool last_round = false;
    while (!last_round) {
        int64_t next_ns = 0;
        last_round = atomic_load_explicit(&hub->stopping, memory_order_acquire);
        while (take_block(hub, last_round, &next_ns)) {
        }
        if (!last_round) {
            rest_until(next_ns);
        }
    }
    if (hub->steps.frame != INT64_MIN) {
        stream_steps_end(&hub->steps);
        step_send(hub);
    }
    for (size_t i = 0; i < hub->n_subscriptions; i++) {
        atomic_store_explicit(&hub->subscriptions[i]->ended, true, memory_order_release);
        sem_post(&hub->subscriptions[i]->wake);
    }
    return NULL;
}

/* ---- the mixer's side */

static void hub_carry(struct output_hub *head, const uint32_t *lines, size_t n_lines, int64_t frame,
                      int64_t due_ns, const float *frames, size_t n)
{
    struct stream_hub *hub = (struct stream_hub *)head;
    if (hub->blocks) {
        blocks_carry(hub->blocks, lines, n_lines, frame, due_ns, frames, n);
    }
}

void stream_hub_title(struct output_hub *head, uint32_t line, int64_t frame, const char *title)
{
    struct stream_hub *hub = (struct stream_hub *)head;
    if (!line_set_has(hub->lines, line)) {
        return;
    }
    struct title one = {.frame = frame, .line = line};
    size_t n = 0;
    while (title[n] && n < sizeof one.text - 1) {
        one.text[n] = title[n];
        n++;
    }
    while (title[n] && n > 0 && ((unsigned char)title[n] & 0xc0) == 0x80) {
        n--; /* not within a character */
    }
    one.text[n] = '\0';
    size_t written = ring_write(&hub->titles, &one, 1);
    (void)written; /* full: it is lost, as the header says */
}

/* ---- the readers' side */

bool stream_read(struct stream_subscription *subscription, struct stream_packet *ret_packet)
{
    if (ring_readable(&subscription->queue) < HEAD_BYTES) {
        return false;
    }
    size_t n = ring_read(&subscription->queue, ret_packet, HEAD_BYTES);
    n += ring_read(&subscription->queue, ret_packet->bytes, ret_packet->n_bytes);
    return n == (size_t)HEAD_BYTES + ret_packet->n_bytes;
}

void stream_wait(struct stream_subscription *subscription, int wait_ms)
{
    int64_t until = now_ns() + (int64_t)wait_ms * 1000000;
    struct timespec when = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};
    if (sem_clockwait(&subscription->wake, CLOCK_MONOTONIC, &when) == 0) {
        while (sem_trywait(&subscription->wake) == 0) {
        }
    }
}

bool stream_has_ended(const struct stream_subscription *subscription)
{
    return atomic_load_explicit(&subscription->ended, memory_order_acquire);
}

void stream_wake(struct stream_subscription *subscription)
{
    sem_post(&subscription->wake);
}

struct stream_counts stream_counts(const struct stream_subscription *subscription)
{
    uint64_t n_blocks = atomic_load_explicit(subscription->blocks_lost, memory_order_relaxed);
    uint64_t n_lost = n_blocks * AIR_BLOCK_FRAMES;
    return (struct stream_counts){
        .frames_carried =
            atomic_load_explicit(&subscription->frames_carried, memory_order_acquire) + n_lost,
        .frames_lost =
            atomic_load_explicit(&subscription->frames_lost, memory_order_relaxed) + n_lost,
        .n_encoded = atomic_load_explicit(&subscription->n_encoded, memory_order_relaxed),
    };
}

/* ---- the control side */

static void subscription_destroy(struct stream_subscription *subscription)
{
    sem_destroy(&subscription->wake);
    stream_encoder_destroy(subscription->encoder);
    free(subscription->queue_memory);
    free(subscription);
}

int stream_hub_subscribe(struct output_hub *head, uint32_t line, struct stream_settings settings,
                         int seconds, struct stream_subscription **ret_subscription,
                         struct fault *reterr)
{
    struct stream_hub *hub = (struct stream_hub *)head;
    struct stream_subscription **grown =
        realloc(hub->subscriptions, (hub->n_subscriptions + 1) * sizeof(void *));
    hub->subscriptions = grown ? grown : hub->subscriptions;
    struct stream_subscription *subscription =
        grown ? aligned_alloc(_Alignof(struct stream_subscription), sizeof *subscription) : NULL;
    if (!subscription) {
        return no_memory(reterr);
    }
    memset(subscription, 0, sizeof *subscription);
    subscription->line = line;
    subscription->settings = settings;
    subscription->owner = SIZE_MAX;
    subscription->n_steps_a_wake = 1;
    subscription->blocks_lost = &hub->blocks_lost;
    /* Twice the bit rate, for it varies; each packet has a head of its own. */
    size_t wanted = (size_t)seconds * ((size_t)settings.bitrate_bps / 4 + 50 * HEAD_BYTES);
    subscription->queue_bytes = 16384;
    while (subscription->queue_bytes < wanted) {
        subscription->queue_bytes *= 2;
    }
    subscription->queue_memory = malloc(subscription->queue_bytes);
    if (!subscription->queue_memory || sem_init(&subscription->wake, 0, 0) != 0) {
        free(subscription->queue_memory);
        free(subscription);
        return no_memory(reterr);
    }
    ring_init(&subscription->queue, subscription->queue_memory, 1, subscription->queue_bytes);
    hub->subscriptions[hub->n_subscriptions++] = subscription;
    hub->lines.words[line / 64] |= (uint64_t)1 << line % 64;
    *ret_subscription = subscription;
    return 0;
}

void stream_set_pace(struct stream_subscription *subscription, int n_steps)
{
    subscription->n_steps_a_wake = n_steps;
}

static int by_settings(const void *a, const void *b)
{
    const struct stream_subscription *x = *(struct stream_subscription *const *)a;
    const struct stream_subscription *y = *(struct stream_subscription *const *)b;
    if (x->settings.codec != y->settings.codec) {
        return x->settings.codec < y->settings.codec ? -1 : 1;
    }
    if (x->settings.bitrate_bps != y->settings.bitrate_bps) {
        return x->settings.bitrate_bps < y->settings.bitrate_bps ? -1 : 1;
    }
    return x->line == y->line ? 0 : x->line < y->line ? -1 : 1;
}

static void hub_start(struct output_hub *head)
{
    struct stream_hub *hub = (struct stream_hub *)head;
    if (hub->n_subscriptions == 0) {
        return;
    }
    qsort(hub->subscriptions, hub->n_subscriptions, sizeof(void *), by_settings);
    int r = stream_steps_init(&hub->steps, hub->n_lines, hub->lines, &hub->fault);
    if (r == 0) {
        r = blocks_create(hub->n_lines, hub->lines, DEPTH_BLOCKS, hub->hushes, &hub->blocks,
                          &hub->fault);
    }
    if (r == 0) {
        r = pthread_create(&hub->thread, NULL, worker_main, hub);
        hub->has_thread = r == 0;
        if (r) {
            fault_set(&hub->fault, r, NULL, 0, _("no stream can be encoded: %s"), errno_text(r));
        }
    }
}

bool stream_hub_failed(const struct output_hub *head, struct fault *ret_fault)
{
    const struct stream_hub *hub = (const struct stream_hub *)head;
    if (hub->fault.err && ret_fault) {
        *ret_fault = hub->fault;
    }
    return hub->fault.err;
}

void stream_hub_end(struct output_hub *head)
{
    struct stream_hub *hub = (struct stream_hub *)head;
    if (hub->has_thread) {
        atomic_store_explicit(&hub->stopping, true, memory_order_release);
        pthread_join(hub->thread, NULL);
        hub->has_thread = false;
    }
    for (size_t i = 0; i < hub->n_subscriptions; i++) {
        atomic_store_explicit(&hub->subscriptions[i]->ended, true, memory_order_release);
        sem_post(&hub->subscriptions[i]->wake);
    }
}

static void hub_destroy(struct output_hub *head)
{
    struct stream_hub *hub = (struct stream_hub *)head;
    stream_hub_end(head);
    for (size_t i = 0; i < hub->n_subscriptions; i++) {
        subscription_destroy(hub->subscriptions[i]);
    }
    blocks_destroy(hub->blocks);
    stream_steps_finish(&hub->steps);
    free(hub->subscriptions);
    free(hub->lines.words);
    free(hub->titles_memory);
    for (size_t i = 0; i < hub->takes_capacity; i++) {
        free(hub->takes[i]);
    }
    free(hub->takes);
    free(hub->pending);
    free(hub);
}

static const struct output_hub_ops hub_ops = {hub_carry, hub_start, hub_destroy};

int stream_hub_create(size_t n_lines, const struct hush *hushes, struct output_hub **ret_hub,
                      struct fault *reterr)
{
    struct stream_hub *hub = aligned_alloc(_Alignof(struct stream_hub), sizeof *hub);
    if (!hub) {
        return no_memory(reterr);
    }
    memset(hub, 0, sizeof *hub);
    hub->head.ops = &hub_ops;
    hub->n_lines = n_lines;
    hub->hushes = hushes;
    hub->steps.frame = INT64_MIN;
    hub->lines.n_words = line_set_n_words(n_lines);
    hub->lines.words = calloc(hub->lines.n_words + 1, sizeof(uint64_t));
    hub->titles_memory = calloc(TITLES, sizeof *hub->titles_memory);
    hub->pending = calloc(TITLES_PENDING_MAX, sizeof *hub->pending);
    if (!hub->lines.words || !hub->titles_memory || !hub->pending) {
        hub_destroy(&hub->head);
        return no_memory(reterr);
    }
    ring_init(&hub->titles, hub->titles_memory, sizeof *hub->titles_memory, TITLES);
    *ret_hub = &hub->head;
    return 0;
}
