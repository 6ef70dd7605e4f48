/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "playout/outputs/mount.h"
#include "playout/outputs/ogg_opus.h"
#include "playout/outputs/output.h"
#include "playout/outputs/stream_encoder.h"
#include "playout/outputs/stream_hub.h"
#include "playout/outputs/transports.h"

enum {
    QUEUE_S = 10,
    PACKETS_IN_PAGE = 24,
    PAUSE_MIN_MS = 1000,
    PAUSE_MAX_MS = 30000,
    GIVE_UP_MS = 10000,
    CLOSE_MS = 1000,
    POLL_MS = 50,
    STEPS_AT_ONCE = 4, /* 960 ms: a listener of Icecast has several seconds before him anyway */
    REST_MS = 1500,
    UNSENT_MAX = 1 << 20,
};

enum state { AWAY, CONNECTING, CONNECTED };

struct icecast {
    struct output head;
    struct output_hub *hub;
    struct stream_subscription *subscription;
    struct mount_spec spec; /* its texts are the output's own, but for the password */
    char *target;           /* cut into the texts of spec */
    char name[STREAM_TITLE_MAX + 1];
    char server[PATHS_MAX]; /* for the messages */
    char mount_name[PATHS_MAX];
    char secret_path[PATHS_MAX];
    char title[STREAM_TITLE_MAX + 1];
    pthread_t thread;
    sem_t gone; /* the thread has ended */
    /* the thread's */
    const struct mount_ops *ops;
    enum state state;
    struct mount *mount;
    struct ogg_opus *ogg;
    struct strbuf out;
    int64_t retry_ms;
    int64_t deadline_ms; /* of connecting, or of sending what waits */
    int64_t close_ms;    /* INT64_MAX: it goes on */
    int pause_ms;
    _Atomic uint64_t frames_dropped;
    _Atomic uint64_t n_reconnects;
    _Atomic bool failed;
    bool was_connected;
    pthread_mutex_t lock; /* of what follows */
    bool is_opening;      /* the thread may be held up by a name server */
    bool abandoned;       /* … and nobody waits for it any more */
    bool has_news;
    struct fault fault;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void icecast_free(struct icecast *icecast)
{
    ogg_opus_destroy(icecast->ogg);
    strbuf_finish(&icecast->out);
    pthread_mutex_destroy(&icecast->lock);
    sem_destroy(&icecast->gone);
    free(icecast->target);
    free(icecast);
}

/* ---- the thread of a mount */

static void lose_mount(struct icecast *icecast, const struct fault *fault)
{
    if (icecast->mount) {
        icecast->ops->close(STEAL(icecast->mount));
    }
    ogg_opus_break(icecast->ogg);
    strbuf_clear(&icecast->out);
    icecast->state = AWAY;
    icecast->deadline_ms = INT64_MAX;
    icecast->retry_ms = now_ms() + icecast->pause_ms;
    icecast->pause_ms = fault->err == EACCES ? PAUSE_MAX_MS : 2 * icecast->pause_ms;
    icecast->pause_ms = icecast->pause_ms < PAUSE_MAX_MS ? icecast->pause_ms : PAUSE_MAX_MS;
    pthread_mutex_lock(&icecast->lock);
    icecast->has_news = icecast->has_news || !icecast->failed || icecast->fault.err != fault->err;
    atomic_store(&icecast->failed, true);
    icecast->fault = *fault;
    pthread_mutex_unlock(&icecast->lock);
}

/* False: nobody waits for this thread any more, and the hub may be gone. */
static bool connect_mount(struct icecast *icecast)
{
    struct fault fault;
    AUTO(secret_forget) char *password = NULL;
    int r = secret_read(icecast->secret_path, &password, &fault);
    pthread_mutex_lock(&icecast->lock);
    icecast->is_opening = true;
    pthread_mutex_unlock(&icecast->lock);
    if (r == 0) {
        icecast->spec.password = password;
        r = icecast->ops->open(&icecast->spec, &icecast->mount, &fault);
        icecast->spec.password = NULL;
    }
    pthread_mutex_lock(&icecast->lock);
    icecast->is_opening = false;
    bool abandoned = icecast->abandoned;
    pthread_mutex_unlock(&icecast->lock);
    if (abandoned) {
        return false;
    }
    icecast->deadline_ms = now_ms() + GIVE_UP_MS;
    icecast->state = CONNECTING;
    if (r < 0) {
        lose_mount(icecast, &fault);
    }
    return true;
}

struct told_title {
    struct mount_spec spec;
    const struct mount_ops *ops;
    char *password;
    char title[STREAM_TITLE_MAX + 1];
    char host[256];
    char user[64];
    char mount[PATHS_MAX];
};

static void *title_main(void *context)
{
    struct told_title *told = context;
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);
    told->ops->tell_title(&told->spec, told->title);
    secret_forget(told->password);
    free(told);
    return NULL;
}

/* The server is told over a connection of its own, which may wait: nobody waits for that. */
static void tell_title(const struct icecast *icecast)
{
    struct told_title *told = calloc(1, sizeof *told);
    pthread_t thread;
    if (!told || secret_read(icecast->secret_path, &told->password, NULL) < 0) {
        free(told);
        return;
    }
    told->ops = icecast->ops;
    told->spec = icecast->spec;
    snprintf(told->title, sizeof told->title, "%s", icecast->title);
    snprintf(told->host, sizeof told->host, "%s", icecast->spec.host);
    snprintf(told->user, sizeof told->user, "%s", icecast->spec.user);
    snprintf(told->mount, sizeof told->mount, "%s", icecast->spec.mount);
    told->spec.host = told->host;
    told->spec.user = told->user;
    told->spec.mount = told->mount;
    told->spec.name = "loa";
    told->spec.password = told->password;
    if (pthread_create(&thread, NULL, title_main, told) == 0) {
        pthread_detach(thread);
    } else {
        secret_forget(told->password);
        free(told);
    }
}

static void begin_stream(struct icecast *icecast)
{
    if (icecast->spec.codec == STREAM_OPUS) {
        ogg_opus_begin(icecast->ogg, icecast->title, &icecast->out);
    } else {
        tell_title(icecast);
    }
}

static void poll_mount(struct icecast *icecast)
{
    struct fault fault;
    int r = icecast->ops->poll(icecast->mount, &fault);
    if (r == -EINPROGRESS && now_ms() >= icecast->deadline_ms) {
        r = fault_set(&fault, ETIMEDOUT, icecast->server, 0,
                      _("the server does not answer; it is tried again"));
    }
    if (r == 0) {
        icecast->state = CONNECTED;
        icecast->pause_ms = PAUSE_MIN_MS;
        icecast->deadline_ms = INT64_MAX;
        atomic_fetch_add(&icecast->n_reconnects, icecast->was_connected);
        icecast->was_connected = true;
        atomic_store(&icecast->failed, false);
        begin_stream(icecast);
    } else if (r != -EINPROGRESS) {
        lose_mount(icecast, &fault);
    }
}

static void take_packet(struct icecast *icecast, const struct stream_packet *packet)
{
    if (packet->kind == STREAM_TITLE) {
        char title[STREAM_TITLE_MAX + 1];
        snprintf(title, sizeof title, "%.*s", (int)packet->n_bytes, (const char *)packet->bytes);
        if (strcmp(title, icecast->title) != 0) {
            memcpy(icecast->title, title, sizeof title);
            if (icecast->state == CONNECTED) {
                begin_stream(icecast);
            }
        }
        return;
    }
    if (icecast->state != CONNECTED) {
        atomic_fetch_add_explicit(&icecast->frames_dropped, packet->n_frames, memory_order_relaxed);
    }
    if (icecast->spec.codec == STREAM_OPUS) {
        ogg_opus_add(icecast->ogg, packet, &icecast->out);
    } else if (icecast->state == CONNECTED) {
        strbuf_add_bytes(&icecast->out, (const char *)packet->bytes, packet->n_bytes);
    }
}

static void send_out(struct icecast *icecast)
{
    struct fault fault;
    int64_t now = now_ms();
    size_t n_taken = 0;
    bool too_much = strbuf_failed(&icecast->out);
    int r = icecast->ops->send(icecast->mount, strbuf_text(&icecast->out), icecast->out.n, &n_taken,
                               &fault);
    strbuf_drop(&icecast->out, n_taken);
    size_t n_unsent = icecast->out.n + icecast->ops->n_unsent(icecast->mount);
    if (n_unsent == 0) {
        icecast->deadline_ms = INT64_MAX;
    } else if (icecast->deadline_ms == INT64_MAX) {
        icecast->deadline_ms = now + GIVE_UP_MS;
    }
    if (r == 0 && (now >= icecast->deadline_ms || too_much)) {
        r = fault_set(&fault, ETIMEDOUT, icecast->server, 0,
                      _("the server takes no more sound; the connection is made anew"));
    }
    if (r < 0) {
        lose_mount(icecast, &fault);
    }
}

static bool may_end(struct icecast *icecast, bool ended)
{
    if (!ended) {
        return false;
    }
    if (icecast->close_ms == INT64_MAX) {
        icecast->close_ms = now_ms() + CLOSE_MS;
        if (icecast->state == CONNECTED) {
            ogg_opus_end(icecast->ogg, &icecast->out);
            send_out(icecast);
        }
    }
    return icecast->state != CONNECTED || now_ms() >= icecast->close_ms ||
           icecast->out.n + icecast->ops->n_unsent(icecast->mount) == 0;
}

static int wait_ms(const struct icecast *icecast)
{
    int64_t wait = icecast->state == AWAY ? icecast->retry_ms - now_ms() : REST_MS;
    if (icecast->state == CONNECTING || icecast->deadline_ms != INT64_MAX) {
        wait = POLL_MS;
    }
    return wait < 0 ? 0 : wait < REST_MS ? (int)wait : REST_MS;
}

static void *icecast_main(void *context)
{
    struct icecast *icecast = context;
    bool done = false;
    struct stream_packet packet;
    sigset_t broken_pipe; /* libshout writes to what the server may have closed */
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);
    while (!done) {
        stream_wait(icecast->subscription, wait_ms(icecast));
        bool ended = stream_has_ended(icecast->subscription);
        if (icecast->state == AWAY && !ended && now_ms() >= icecast->retry_ms &&
            !connect_mount(icecast)) {
            if (icecast->mount) {
                icecast->ops->close(icecast->mount);
            }
            icecast_free(icecast);
            return NULL;
        }
        if (icecast->state == CONNECTING) {
            poll_mount(icecast);
        }
        while (stream_read(icecast->subscription, &packet)) {
            take_packet(icecast, &packet);
        }
        if (icecast->state == CONNECTED) {
            send_out(icecast);
        }
        done = may_end(icecast, ended);
    }
    if (icecast->mount) {
        icecast->ops->close(icecast->mount);
    }
    sem_post(&icecast->gone);
    return NULL;
}

/* ---- the control side */

static void icecast_get_stats(const struct output *output, struct output_stats *ret_stats)
{
    const struct icecast *icecast = (const struct icecast *)output;
    struct stream_counts counts = stream_counts(icecast->subscription);
    *ret_stats = (struct output_stats){
        .frames_pushed = counts.frames_carried,
        .frames_dropped = counts.frames_lost + atomic_load(&icecast->frames_dropped),
        .n_reconnects = atomic_load(&icecast->n_reconnects),
        .failed = atomic_load(&icecast->failed) || stream_hub_failed(icecast->hub, NULL),
    };
}

static bool icecast_take_fault(struct output *output, struct fault *ret_fault)
{
    struct icecast *icecast = (struct icecast *)output;
    pthread_mutex_lock(&icecast->lock);
    bool news = icecast->has_news;
    icecast->has_news = false;
    if (news) {
        *ret_fault = icecast->fault;
    }
    pthread_mutex_unlock(&icecast->lock);
    return news;
}

static void icecast_close(struct output *output)
{
    struct icecast *icecast = (struct icecast *)output;
    stream_hub_end(icecast->hub);
    int64_t until = now_ms() + 2 * CLOSE_MS;
    struct timespec when = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    if (sem_clockwait(&icecast->gone, CLOCK_MONOTONIC, &when) != 0) {
        pthread_mutex_lock(&icecast->lock);
        icecast->abandoned = icecast->is_opening;
        bool abandoned = icecast->abandoned;
        pthread_mutex_unlock(&icecast->lock);
        if (abandoned) { /* a name server holds it up: it frees itself */
            pthread_detach(icecast->thread);
            return;
        }
    }
    pthread_join(icecast->thread, NULL);
    icecast_free(icecast);
}

static const struct output_ops icecast_ops = {.get_stats = icecast_get_stats,
                                              .take_fault = icecast_take_fault,
                                              .close = icecast_close};

/* USER:FILE@HOST:PORT/MOUNT, as the station file was checked to have it. */
static void cut_target(struct icecast *icecast, const char *station_dir, char *text)
{
    char *at_sign = strrchr(text, '@');
    char *colon = strchr(text, ':');
    char *slash = strchr(at_sign + 1, '/');
    *at_sign = '\0';
    *colon = '\0';
    icecast->spec.user = text;
    snprintf(icecast->server, sizeof icecast->server, "%s", at_sign + 1);
    snprintf(icecast->mount_name, sizeof icecast->mount_name, "%s", slash);
    icecast->spec.mount = icecast->mount_name;
    *slash = '\0';
    char *port = strrchr(at_sign + 1, ':');
    *port = '\0';
    icecast->spec.port = (int)strtol(port + 1, NULL, 10);
    icecast->spec.host = at_sign + 1;
    if (path_join(icecast->secret_path, station_dir, colon + 1, NULL) < 0) {
        icecast->secret_path[0] = '\0';
    }
}

int icecast_open(const struct icecast_options *options, struct output **ret_output,
                 struct fault *reterr)
{
    struct icecast *icecast = calloc(1, sizeof *icecast);
    if (!icecast || !(icecast->target = strdup(options->spec->target))) {
        free(icecast);
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    pthread_mutex_init(&icecast->lock, NULL);
    sem_init(&icecast->gone, 0, 0);
    strbuf_init(&icecast->out, UNSENT_MAX);
    icecast->head.ops = &icecast_ops;
    icecast->hub = options->hub;
    icecast->pause_ms = PAUSE_MIN_MS;
    icecast->close_ms = INT64_MAX;
    icecast->deadline_ms = INT64_MAX;
    snprintf(icecast->title, sizeof icecast->title, "%s", options->name);
    bool is_mp3 = options->spec->format && strcmp(options->spec->format, "mp3") == 0;
    struct stream_settings settings = {is_mp3 ? STREAM_MP3 : STREAM_OPUS,
                                       options->spec->bitrate_bps};
    settings.bitrate_bps = settings.bitrate_bps ? settings.bitrate_bps : is_mp3 ? 96000 : 64000;
    settings.bitrate_bps = stream_bitrate_near(settings.codec, settings.bitrate_bps);
    cut_target(icecast, options->station_dir, icecast->target);
    icecast->spec.codec = settings.codec;
    icecast->spec.bitrate_bps = settings.bitrate_bps;
    snprintf(icecast->name, sizeof icecast->name, "%s", options->name);
    icecast->spec.name = icecast->name;
    icecast->spec.tls = options->spec->tls;
    int r = mount_ops_find(&icecast->ops, reterr);
    if (r == 0) {
        r = ogg_opus_create(PACKETS_IN_PAGE, &icecast->ogg, reterr);
    }
    if (r == 0) {
        r = stream_hub_subscribe(options->hub, options->line, settings, QUEUE_S,
                                 &icecast->subscription, reterr);
    }
    if (r == 0) {
        stream_set_pace(icecast->subscription, STEPS_AT_ONCE);
        int err = pthread_create(&icecast->thread, NULL, icecast_main, icecast);
        r = err ? fault_set(reterr, err, NULL, 0, _("no stream can be encoded: %s"),
                            errno_text(err))
                : 0;
    }
    if (r < 0) {
        icecast_free(icecast);
        return r;
    }
    *ret_output = &icecast->head;
    return 0;
}
