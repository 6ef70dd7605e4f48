/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/urgent.h"
#include "playout/outputs/rtp.h"
#include "playout/outputs/rtp_int.h"

enum {
    DEPTH_BLOCKS = 16, /* the radio mixes 8 ahead */
    REST_NS = 2000000,
    LEAD_MIN_NS = 500000,
    LEAD_MAX_NS = 15000000,
    CATCH_UP_NS = 10000000, /* from a block to the next, when they are late */
    SEND_WITHIN_NS = 15000000,
};
static const int64_t LATE_MAX_NS = 1000000000;
static const int64_t LAST_WAIT_NS = 1000000000;

static int no_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void wait_until(int64_t ns)
{
    struct timespec until = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

/* ---- the worker */

/* Encoding is begun so long before a block's time as it has taken of late. */
static void note_encoding(struct rtp_hub *hub, int64_t took_ns)
{
    int64_t needed_ns = LEAD_MIN_NS + took_ns + took_ns / 2;
    int64_t slowly_ns = hub->lead_ns - hub->lead_ns / 64;
    hub->lead_ns = needed_ns > slowly_ns ? needed_ns : slowly_ns;
    hub->lead_ns = hub->lead_ns < LEAD_MAX_NS ? hub->lead_ns : LEAD_MAX_NS;
}

static void send_block(struct rtp_hub *hub, const struct block_taken *taken)
{
    int64_t begin_ns = now_ns();
    atomic_fetch_add_explicit(&hub->n_taken, 1, memory_order_relaxed);
    if (begin_ns - taken->due_ns > LATE_MAX_NS) {
        atomic_fetch_add_explicit(&hub->n_late, 1, memory_order_relaxed);
        return;
    }
    rtp_trouble_take_answers(hub, begin_ns);
    if (rtp_streams_lay_out(hub, taken) < 0 || (hub->list_is_stale && rtp_list_make(hub) < 0)) {
        hub->list_is_stale = true;
        atomic_fetch_add_explicit(&hub->n_late, 1, memory_order_relaxed);
        return;
    }
    rtp_streams_encode(hub, taken);
    note_encoding(hub, now_ns() - begin_ns);
    int64_t send_ns = hub->last_send_ns + CATCH_UP_NS;
    send_ns = send_ns > taken->due_ns ? send_ns : taken->due_ns;
    wait_until(send_ns);
    hub->last_send_ns = now_ns();
    rtp_sender_run(hub->sender, hub->last_send_ns + SEND_WITHIN_NS);
    rtp_trouble_look(hub, hub->last_send_ns);
}

static void *worker_main(void *context)
{
    struct rtp_hub *hub = context;
    int64_t stop_ns = INT64_MAX;
    int64_t due_ns = 0;
    struct block_taken taken;
    for (;;) {
        if (atomic_load(&hub->stopping) && stop_ns == INT64_MAX) {
            stop_ns = now_ns() + LAST_WAIT_NS;
        }
        bool has = blocks_next_due(hub->blocks, &due_ns);
        if (stop_ns != INT64_MAX && (!has || due_ns > stop_ns)) {
            return NULL;
        }
        if (!has) {
            wait_until(now_ns() + REST_NS);
            continue;
        }
        if (now_ns() < due_ns - hub->lead_ns) {
            wait_until(due_ns - hub->lead_ns);
        }
        if (blocks_take(hub->blocks, &taken)) {
            send_block(hub, &taken);
        } else {
            wait_until(now_ns() + REST_NS); /* the rest of it is being written */
        }
    }
}

/* ---- outputs */

static void rtp_get_stats(const struct output *head, struct output_stats *ret_stats)
{
    const struct rtp_output *output = (const struct rtp_output *)head;
    const struct rtp_hub *hub = output->hub;
    uint64_t n_lost = hub->blocks ? blocks_n_lost(hub->blocks) : 0;
    uint64_t n_late = atomic_load_explicit(&hub->n_late, memory_order_relaxed);
    uint64_t n_taken = atomic_load_explicit(&hub->n_taken, memory_order_relaxed);
    uint64_t dropped = atomic_load_explicit(&output->frames_dropped, memory_order_relaxed);
    *ret_stats = (struct output_stats){
        .frames_pushed = (n_taken + n_lost) * AIR_BLOCK_FRAMES,
        .frames_dropped = (n_late + n_lost) * AIR_BLOCK_FRAMES + dropped,
        .failed = atomic_load(&output->failed),
    };
}

static bool rtp_take_fault(struct output *head, struct fault *ret_fault)
{
    struct rtp_output *output = (struct rtp_output *)head;
    int news = atomic_exchange(&output->news, 0);
    if (news < 0) {
        fault_set(ret_fault, EHOSTUNREACH, NULL, 0,
                  _("nobody knows the address of the receiver rtp://%s; check the name and the "
                    "network, it is asked for again and again"),
                  output->name);
    } else if (news > 0) {
        fault_set(ret_fault, news, NULL, 0,
                  _("the receiver rtp://%s is not reached: %s; it is tried again until it is"),
                  output->name, errno_text(news));
    }
    return news != 0;
}

static void hub_stop(struct rtp_hub *hub)
{
    if (hub->running) {
        atomic_store(&hub->stopping, true);
        pthread_join(hub->worker, NULL);
        hub->running = false;
    }
}

/* The hub frees it: packets to all of them leave together, to the last. */
static void rtp_close(struct output *head)
{
    hub_stop(((struct rtp_output *)head)->hub);
}

static const struct output_ops rtp_ops = {.get_stats = rtp_get_stats,
                                          .take_fault = rtp_take_fault,
                                          .close = rtp_close};

/* ---- the hub */

static void hub_carry(struct output_hub *head, const uint32_t *lines, size_t n_lines, int64_t frame,
                      int64_t due_ns, const float *frames, size_t n)
{
    struct rtp_hub *hub = (struct rtp_hub *)head;
    if (hub->running) {
        blocks_carry(hub->blocks, lines, n_lines, frame, due_ns, frames, n);
    }
}

static int by_line(const void *a, const void *b)
{
    uint32_t left = (*(struct rtp_output *const *)a)->line;
    uint32_t right = (*(struct rtp_output *const *)b)->line;
    return (left > right) - (left < right);
}

static int hub_prepare(struct rtp_hub *hub)
{
    AUTO_FREE uint64_t *words = calloc(hub->n_lines / 64 + 1, sizeof *words);
    hub->first = calloc(hub->n_lines + 1, sizeof *hub->first);
    if (!words || !hub->first) {
        return -ENOMEM;
    }
    qsort(hub->outputs, hub->n_outputs, sizeof(struct rtp_output *), by_line);
    for (size_t o = 0; o < hub->n_outputs; o++) {
        uint32_t line = hub->outputs[o]->line;
        words[line / 64] |= 1ull << line % 64;
        hub->first[line + 1]++;
    }
    for (size_t line = 0; line < hub->n_lines; line++) {
        hub->first[line + 1] += hub->first[line];
    }
    struct line_set lines = {words, hub->n_lines / 64 + 1};
    int r = blocks_create(hub->n_lines, lines, DEPTH_BLOCKS, hub->hushes, &hub->blocks, NULL);
    return r < 0 ? r : rtp_resolver_start(hub->resolver);
}

static void hub_start(struct output_hub *head)
{
    struct rtp_hub *hub = (struct rtp_hub *)head;
    if (hub->n_outputs == 0) {
        return;
    }
    int r = hub_prepare(hub);
    if (r == 0) {
        rtp_trouble_begin(hub);
        r = -pthread_create(&hub->worker, NULL, worker_main, hub);
    }
    hub->running = r == 0;
    for (size_t o = 0; r < 0 && o < hub->n_outputs; o++) {
        atomic_store(&hub->outputs[o]->failed, true);
        atomic_store(&hub->outputs[o]->news, -r);
    }
    if (hub->running) {
        urgent_thread(hub->worker, URGENT_SENDER);
    }
}

static void hub_destroy(struct output_hub *head)
{
    struct rtp_hub *hub = (struct rtp_hub *)head;
    hub_stop(hub);
    rtp_resolver_destroy(hub->resolver);
    rtp_streams_finish(&hub->streams);
    rtp_sender_destroy(hub->sender);
    blocks_destroy(hub->blocks);
    for (size_t o = 0; o < hub->n_outputs; o++) {
        free(hub->outputs[o]);
    }
    free(hub->by_address);
    free(hub->outputs);
    free(hub->first);
    if (hub->settings) {
        explicit_bzero(hub->settings, hub->n_settings * sizeof *hub->settings);
    }
    free(hub->settings);
    free(hub);
}

static const struct output_hub_ops hub_ops = {hub_carry, hub_start, hub_destroy};

int rtp_hub_create(size_t n_lines, const char *station_dir, const struct hush *hushes,
                   struct output_hub **ret_hub, struct fault *reterr)
{
    struct rtp_hub *hub = calloc(1, sizeof *hub);
    if (!hub) {
        return no_memory(reterr);
    }
    hub->head.ops = &hub_ops;
    hub->n_lines = n_lines;
    hub->dir = station_dir;
    hub->hushes = hushes;
    hub->lead_ns = LEAD_MAX_NS;
    hub->sender = rtp_sender_create();
    hub->resolver = rtp_resolver_create();
    if (!hub->sender || !hub->resolver) {
        hub_destroy(&hub->head);
        return no_memory(reterr);
    }
    *ret_hub = &hub->head;
    return 0;
}

/* The setting that an output shares with others, or SIZE_MAX. */
static size_t setting_find(const struct rtp_hub *hub, const struct rtp_format *format,
                           const char *key_file, bool whatever_key)
{
    for (size_t s = 0; s < hub->n_settings; s++) {
        const struct rtp_setting *other = &hub->settings[s];
        bool same_key = other->key_file && key_file ? strcmp(other->key_file, key_file) == 0
                                                    : other->key_file == key_file;
        if (other->format.codec == format->codec &&
            other->format.bitrate_bps == format->bitrate_bps &&
            other->format.channels == format->channels && (same_key || whatever_key)) {
            return s;
        }
    }
    return SIZE_MAX;
}

static int setting_for(struct rtp_hub *hub, const struct output_spec *spec, size_t *ret_setting,
                       struct fault *reterr)
{
    struct rtp_format format = rtp_format_of(&spec->rtp);
    const char *key_file = spec->rtp.srtp_key_file;
    *ret_setting = setting_find(hub, &format, key_file, false);
    if (*ret_setting != SIZE_MAX) {
        return 0;
    }
    struct rtp_setting *settings =
        realloc(hub->settings, (hub->n_settings + 1) * sizeof *hub->settings);
    if (!settings) {
        return no_memory(reterr);
    }
    hub->settings = settings;
    struct rtp_setting *setting = &settings[hub->n_settings];
    *setting = (struct rtp_setting){.format = format, .key_file = key_file};
    setting->same = setting_find(hub, &format, NULL, true);
    setting->same = setting->same == SIZE_MAX ? hub->n_settings : setting->same;
    if (key_file) {
        char path[PATHS_MAX];
        int r = path_join(path, hub->dir, key_file, reterr);
        r = r < 0 ? r : rtp_key_read(path, setting->key, reterr);
        if (r < 0) {
            return r;
        }
    } else { /* counts begin anywhere (RFC 3550, 5.1), so that two stations are told apart */
        uint32_t chance[3] = {0};
        ssize_t n = getrandom(chance, sizeof chance, 0);
        (void)n; /* always so few bytes */
        setting->ssrc = chance[0];
        setting->first_sequence = chance[1] & 0xffff;
        setting->first_timestamp = chance[2];
    }
    *ret_setting = hub->n_settings++;
    return 0;
}

static int output_take_in(struct rtp_hub *hub, struct rtp_output *output,
                          const struct output_spec *spec, struct fault *reterr)
{
    int r = setting_for(hub, spec, &output->setting, reterr);
    if (r < 0) {
        return r;
    }
    output->socket = rtp_sender_socket(hub->sender, spec->rtp.ttl, spec->rtp.interface);
    struct rtp_output **outputs =
        realloc(hub->outputs, (hub->n_outputs + 1) * sizeof(struct rtp_output *));
    hub->outputs = outputs ? outputs : hub->outputs;
    if (!outputs || output->socket == SIZE_MAX) {
        return no_memory(reterr);
    }
    if (spec->rtp.srtp_key_file) {
        if (hub->n_sealed == RTP_SEALED_OUTPUTS_MAX) {
            return fault_set(reterr, E2BIG, NULL, 0,
                             _("a station has at most %d encrypted outputs; encrypt fewer"),
                             RTP_SEALED_OUTPUTS_MAX);
        }
        output->seal_place = hub->n_sealed++;
    }
    if (!rtp_address_read(spec->target, &output->address) &&
        rtp_resolver_ask(hub->resolver, spec->target, output) < 0) {
        return no_memory(reterr);
    }
    hub->outputs[hub->n_outputs++] = output;
    return 0;
}

int rtp_hub_add(struct output_hub *head, uint32_t line, const struct output_spec *spec,
                struct output **ret_output, struct fault *reterr)
{
    struct rtp_hub *hub = (struct rtp_hub *)head;
    struct rtp_format format = rtp_format_of(&spec->rtp);
    int r = rtp_encoder_check(&format, reterr);
    if (r < 0) {
        return r;
    }
    struct rtp_output *output = calloc(1, sizeof *output);
    if (!output) {
        return no_memory(reterr);
    }
    output->head.ops = &rtp_ops;
    output->hub = hub;
    output->name = spec->target;
    output->line = line;
    output->stream = SIZE_MAX;
    r = output_take_in(hub, output, spec, reterr);
    if (r < 0) {
        free(output);
        return r;
    }
    *ret_output = &output->head;
    return 0;
}
