/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/aside/device_player.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/i18n.h"
#include "base/log.h"
#include "playout/aside/device_memory.h"
#include "playout/aside/driver.h"
#include "playout/rt/device_callback.h"

enum {
    HANGS_S = 20,
    STEP_MS = 20,
    SILENT_MS = 2000, /* a driver that has not called for so long will not call any more */
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 10000,
    RECORD_CHUNK_FRAMES = 256,
};

/* The radio mixes 150 ms ahead: some of that is for its own jitter. */
static const int64_t LATENCY_MAX_NS = 80 * INT64_C(1000000);

struct player {
    struct device_memory *memory;
    const struct log *log;
    struct device_lane *lanes;
    struct device_deck deck; /* or its clock only, recording */
    size_t n_channels;
    struct varispeed_table table;
    struct driver_stream *stream;
    struct fault told; /* the trouble it is in */
    int pause_ms;
};

/* ---- the driver's thread */

static void play(void *context, const float *in, float *out, size_t n_frames)
{
    struct player *player = context;
    int64_t now_ns = device_now_ns();
    (void)in;
    device_callback(&player->deck, out, n_frames, now_ns);
    double drift = device_clock_drift(&player->deck.clock);
    atomic_store_explicit(&player->memory->drift_ppb, (int64_t)(drift * 1e9), memory_order_relaxed);
    atomic_store_explicit(&player->memory->newest_ns, now_ns, memory_order_relaxed);
}

static void record_chunk(const struct player *player, struct device_feed *feed, const float *in,
                         size_t n)
{
    float frames[2 * RECORD_CHUNK_FRAMES];
    size_t last = player->n_channels - 1; /* mono is on both sides */
    size_t left = feed->left < last ? feed->left : last;
    size_t right = feed->right < last ? feed->right : last;
    for (size_t i = 0; i < n; i++) {
        frames[2 * i] = in ? in[i * player->n_channels + left] : 0;
        frames[2 * i + 1] = in ? in[i * player->n_channels + right] : 0;
    }
    feed_write(feed, frames, n);
}

static void record(void *context, const float *in, float *out, size_t n_frames)
{
    struct player *player = context;
    int64_t now_ns = device_now_ns();
    (void)out;
    device_clock_tick(&player->deck.clock, now_ns, n_frames);
    for (size_t done = 0; done < n_frames;) {
        size_t n = n_frames - done < RECORD_CHUNK_FRAMES ? n_frames - done : RECORD_CHUNK_FRAMES;
        record_chunk(player, &player->memory->feeds[0], in ? in + done * player->n_channels : NULL,
                     n);
        done += n;
    }
    double drift = device_clock_drift(&player->deck.clock);
    atomic_store_explicit(&player->memory->drift_ppb, (int64_t)(drift * 1e9), memory_order_relaxed);
    atomic_store_explicit(&player->memory->newest_ns, now_ns, memory_order_relaxed);
}

/* ---- the process's own */

static void beat(struct player *player)
{
    atomic_store(&player->memory->beat_ns, device_now_ns());
}

static bool is_stopping(const struct player *player)
{
    return atomic_load(&player->memory->stopping);
}

static void rest(struct player *player, int ms)
{
    beat(player);
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

/* What is the same trouble is told once. */
static void tell(struct player *player, const struct fault *fault)
{
    atomic_store(&player->memory->state, DEVICE_AWAY);
    if (strcmp(fault->text, player->told.text) != 0) {
        player->told = *fault;
        device_memory_tell(player->memory, fault);
    }
}

static size_t channels_wanted(const struct device_memory *memory)
{
    size_t n = 1;
    for (size_t i = 0; i < memory->n_feeds; i++) {
        const struct device_feed *feed = &memory->feeds[i];
        n = feed->left + 1 > n ? feed->left + 1 : n;
        n = feed->right + 1 > n ? feed->right + 1 : n;
    }
    return n;
}

static int open_stream(struct player *player, struct fault *reterr)
{
    struct device_memory *memory = player->memory;
    size_t n_channels = channels_wanted(memory);
    device_deck_init(&player->deck, player->lanes, memory->feeds,
                     memory->records ? 0 : memory->n_feeds, n_channels, &player->table);
    struct driver_spec spec = {.name = memory->name,
                               .records = memory->records,
                               .n_channels = n_channels,
                               .process = memory->records ? record : play,
                               .context = player};
    int r = driver_open(&spec, &player->stream, reterr);
    if (r < 0) {
        return r;
    }
    int64_t latency_ns = driver_latency_ns(player->stream);
    player->deck.latency_ns = latency_ns < LATENCY_MAX_NS ? latency_ns : LATENCY_MAX_NS;
    player->n_channels = driver_channels(player->stream);
    r = driver_start(player->stream, memory->name, reterr);
    if (r < 0) {
        driver_close(player->stream, false);
        player->stream = NULL;
    }
    return r;
}

static int open_device(struct player *player, struct fault *reterr)
{
    alarm(HANGS_S);
    int r = driver_begin(reterr);
    if (r == 0) {
        r = open_stream(player, reterr);
        if (r < 0) {
            driver_end();
        }
    }
    alarm(0);
    return r;
}

static void close_device(struct player *player)
{
    alarm(HANGS_S);
    driver_close(player->stream, true);
    player->stream = NULL;
    driver_end();
    alarm(0);
}

/* Once for a device, however often its process is started. */
static void tell_priority(struct player *player)
{
    int err = atomic_load(&player->memory->priority_error);
    if (err && !atomic_exchange(&player->memory->told_priority, true)) {
        log_line(player->log, LOG_INFO,
                 _("`%s` runs without real-time priority: %s; `ulimit -r` or LimitRTPRIO= of "
                   "systemd allows it"),
                 "loa device-player", errno_text(err));
    }
}

/* Until it goes, or the radio wants no more: true. */
static bool stay_open(struct player *player)
{
    struct device_memory *memory = player->memory;
    int64_t began_ns = device_now_ns();
    atomic_store(&memory->latency_ns, player->deck.latency_ns);
    atomic_fetch_add(&memory->n_opened, 1);
    atomic_store(&memory->state, DEVICE_LIVE);
    player->pause_ms = FIRST_PAUSE_MS;
    player->told = (struct fault){0};
    log_line(player->log, LOG_INFO, _("the sound device \"%s\" is open"), memory->name);
    while (!is_stopping(player) && driver_is_active(player->stream)) {
        int64_t newest_ns = atomic_load(&memory->newest_ns);
        newest_ns = newest_ns > began_ns ? newest_ns : began_ns;
        if (device_now_ns() - newest_ns > SILENT_MS * INT64_C(1000000)) {
            break;
        }
        tell_priority(player);
        rest(player, STEP_MS);
    }
    if (is_stopping(player)) {
        return true;
    }
    struct fault fault;
    fault_set(&fault, ENODEV, NULL, 0, _("the sound device \"%s\" has gone"), memory->name);
    tell(player, &fault);
    return false;
}

static void pause_before_next(struct player *player)
{
    for (int ms = 0; ms < player->pause_ms && !is_stopping(player); ms += STEP_MS) {
        rest(player, STEP_MS);
    }
    player->pause_ms =
        2 * player->pause_ms < LONGEST_PAUSE_MS ? 2 * player->pause_ms : LONGEST_PAUSE_MS;
}

static int player_loop(struct player *player)
{
    while (!is_stopping(player)) {
        struct fault fault = {0};
        if (open_device(player, &fault) < 0) {
            tell(player, &fault);
            pause_before_next(player);
        } else if (stay_open(player)) {
            close_device(player);
        } else {
            return DEVICE_PLAYER_GONE;
        }
    }
    return 0;
}

int device_player_run(int fd, const struct log *log, struct fault *reterr)
{
    struct device_memory *memory = NULL;
    int r = device_memory_attach(fd, &memory, reterr);
    if (r < 0) {
        return r;
    }
    size_t n_feeds = memory->n_feeds;
    struct player *player = calloc(1, sizeof *player);
    struct device_lane *lanes = calloc(n_feeds + 1, sizeof *lanes);
    if (player && lanes) {
        *player = (struct player){.memory = memory,
                                  .log = log,
                                  .lanes = lanes,
                                  .pause_ms = FIRST_PAUSE_MS};
        varispeed_table_init(&player->table);
        beat(player);
        r = player_loop(player);
        if (r == DEVICE_PLAYER_GONE) {
            return r; /* the driver's thread may still be in all this */
        }
    } else {
        r = fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    free(player);
    free(lanes);
    device_memory_detach(memory, n_feeds);
    return r;
}
