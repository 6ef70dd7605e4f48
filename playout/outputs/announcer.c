/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/announcer.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "playout/outputs/rtp_resolve.h"
#include "playout/outputs/sap.h"
#include "playout/outputs/sdp.h"
#include "playout/outputs/sdp_files.h"
#include "station/station.h"

enum { HASHES = 1 << 16, ADDRESS_BYTES = 64, PACKETS_APART_NS = 20000000 };
static const int64_t RETRY_NS = 10000000000;

struct announcement {
    size_t line;
    const struct output_spec *output;
    struct rtp_address group;  /* where it is announced */
    struct rtp_address source; /* as it was announced last; n_bytes 0: it is not */
    uint16_t hash;             /* 0: none yet */
    bool failed;
    int64_t next_ns;
};

struct announcer {
    const struct station *station;
    uint64_t *versions; /* of the lines' descriptions */
    struct announcement *items;
    size_t n;
    size_t n_failed;
    uint8_t *hashes; /* HASHES bits: those in use */
    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* of the rest */
    pthread_cond_t wake;
    bool stopping;
    struct fault news; /* err 0: none */
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void tell(struct announcer *announcer, const struct fault *fault)
{
    pthread_mutex_lock(&announcer->lock);
    if (!announcer->news.err) {
        announcer->news = *fault;
    }
    pthread_mutex_unlock(&announcer->lock);
}

/* ---- one announcement */

static bool same_address(const struct rtp_address *a, const struct rtp_address *b)
{
    return a->n_bytes == b->n_bytes && memcmp(&a->to, &b->to, a->n_bytes) == 0;
}

static struct sdp_origin origin_of(const struct announcer *announcer,
                                   const struct announcement *item, char address[ADDRESS_BYTES])
{
    const struct line_def *line = &announcer->station->lines[item->line];
    struct sdp_origin origin = sdp_origin_of(announcer->station, line, item->output);
    *address = '\0';
    origin.version = announcer->versions[item->line];
    origin.address = address;
    if (getnameinfo((const struct sockaddr *)&item->source.to, item->source.n_bytes, address,
                    ADDRESS_BYTES, NULL, 0, NI_NUMERICHOST) != 0) {
        origin.address = NULL;
    }
    address[strcspn(address, "%")] = '\0'; /* the interface means nothing elsewhere */
    return origin;
}

/* One that no other announcement has, which the text decides as far as it can; 0 is for announcers
 * that have none. */
static void choose_hash(struct announcer *announcer, struct announcement *item, const char *text)
{
    char hex[HASH_HEX_MAX];
    hash_bytes(text, strlen(text), hex);
    hex[4] = '\0';
    uint16_t hash = (uint16_t)strtoul(hex, NULL, 16);
    announcer->hashes[item->hash / 8] &= (uint8_t) ~(1 << item->hash % 8);
    for (size_t tries = 0; tries < HASHES; tries++, hash++) {
        if (hash != 0 && !(announcer->hashes[hash / 8] >> hash % 8 & 1)) {
            break;
        }
    }
    item->hash = hash;
    announcer->hashes[hash / 8] |= (uint8_t)(1 << hash % 8);
}

static int send_text(struct announcer *announcer, struct announcement *item, int fd, bool deletes,
                     struct strbuf *text, size_t *ret_n_bytes)
{
    uint8_t bytes[SAP_PACKET_BYTES_MAX];
    char address[ADDRESS_BYTES];
    struct rtp_address source = {.n_bytes = sizeof source.to};
    if (getsockname(fd, (struct sockaddr *)&source.to, &source.n_bytes) != 0) {
        return -errno;
    }
    /* The port, at the same place in both kinds of address, is another each time. */
    memset((char *)&source.to + offsetof(struct sockaddr_in, sin_port), 0, sizeof(in_port_t));
    bool moved = !same_address(&source, &item->source);
    if (deletes && moved) {
        return 0; /* as that of another machine it takes nothing back */
    }
    item->source = source;
    struct sdp_origin origin = origin_of(announcer, item, address);
    if (deletes) {
        sdp_add_origin(text, &origin);
    } else {
        sdp_add_output(text, &announcer->station->lines[item->line], item->output, &origin);
    }
    if (strbuf_failed(text)) {
        return -ENOMEM;
    }
    if (moved) {
        choose_hash(announcer, item, strbuf_text(text));
    }
    struct sap_packet packet = {deletes, item->hash, source, strbuf_text(text)};
    *ret_n_bytes = sap_write(&packet, bytes);
    if (*ret_n_bytes == 0) {
        return -EMSGSIZE;
    }
    return send(fd, bytes, *ret_n_bytes, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* A socket for each: addresses and interfaces may change in five minutes. */
static int announce(struct announcer *announcer, struct announcement *item, bool deletes,
                    size_t *ret_n_bytes)
{
    const struct rtp_spec *rtp = &item->output->rtp;
    int family = item->group.to.ss_family;
    AUTO_FD int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    int r = rtp_choose_ways(fd, family, rtp->ttl, rtp->interface ? rtp->interface : "");
    if (r < 0) {
        return r;
    }
    if (connect(fd, (const struct sockaddr *)&item->group.to, item->group.n_bytes) != 0) {
        return -errno;
    }
    struct strbuf text;
    strbuf_init(&text, SAP_TEXT_BYTES_MAX + 1);
    r = send_text(announcer, item, fd, deletes, &text, ret_n_bytes);
    strbuf_finish(&text);
    return r;
}

static void take_turn(struct announcer *announcer, struct announcement *item)
{
    size_t n_bytes = 0;
    uint32_t chance = 0;
    int r = announce(announcer, item, false, &n_bytes);
    ssize_t n = getrandom(&chance, sizeof chance, 0);
    (void)n; /* always so few bytes */
    item->next_ns = now_ns() + (r < 0 ? RETRY_NS : sap_interval_ns(announcer->n, n_bytes, chance));
    if (r < 0 && announcer->n_failed == 0) {
        struct fault fault;
        fault_set(&fault, -r, NULL, 0,
                  _("receivers are not told of line %s by SAP: %s; it is tried again, and "
                    "announce=no in its output ends that"),
                  announcer->station->lines[item->line].id, errno_text(-r));
        tell(announcer, &fault);
    }
    announcer->n_failed += (size_t)(r < 0) - (size_t)item->failed;
    item->failed = r < 0;
}

/* ---- the thread */

static void *announcer_main(void *context)
{
    struct announcer *announcer = context;
    struct fault fault = {0};
    if (sdp_files_renew(announcer->station, announcer->versions, &fault) < 0) {
        tell(announcer, &fault);
    }
    int64_t last_ns = 0;
    for (;;) {
        struct announcement *next = NULL;
        for (size_t i = 0; i < announcer->n; i++) {
            if (!next || announcer->items[i].next_ns < next->next_ns) {
                next = &announcer->items[i];
            }
        }
        if (!next) {
            return NULL;
        }
        int64_t at_ns = last_ns + PACKETS_APART_NS;
        at_ns = at_ns > next->next_ns ? at_ns : next->next_ns;
        struct timespec until = {.tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000};
        pthread_mutex_lock(&announcer->lock);
        while (!announcer->stopping && now_ns() < at_ns) {
            pthread_cond_timedwait(&announcer->wake, &announcer->lock, &until);
        }
        bool stopping = announcer->stopping;
        pthread_mutex_unlock(&announcer->lock);
        if (stopping) {
            break;
        }
        last_ns = now_ns();
        take_turn(announcer, next);
    }
    for (size_t i = 0; i < announcer->n; i++) {
        size_t n_bytes = 0;
        if (announcer->items[i].source.n_bytes) {
            int r = announce(announcer, &announcer->items[i], true, &n_bytes);
            (void)r; /* receivers forget it after an hour */
        }
    }
    return NULL;
}

/* ---- opening */

static bool is_announced(const struct output_spec *output, struct rtp_address *ret_stream)
{
    return output->kind == OUTPUT_RTP && output->rtp.announced &&
           rtp_address_read(output->target, ret_stream) && rtp_address_is_group(ret_stream);
}

static int find_announcements(struct announcer *announcer)
{
    const struct station *station = announcer->station;
    size_t n = 0;
    for (size_t line = 0; line < station->n_lines; line++) {
        n += station->lines[line].n_outputs;
    }
    announcer->items = calloc(n + 1, sizeof *announcer->items);
    announcer->versions = calloc(station->n_lines + 1, sizeof *announcer->versions);
    announcer->hashes = calloc(HASHES / 8, 1);
    if (!announcer->items || !announcer->versions || !announcer->hashes) {
        return -ENOMEM;
    }
    for (size_t line = 0; line < station->n_lines; line++) {
        for (size_t o = 0; o < station->lines[line].n_outputs; o++) {
            const struct output_spec *output = &station->lines[line].outputs[o];
            struct rtp_address stream;
            if (announcer->n < HASHES - 1 && is_announced(output, &stream)) {
                announcer->items[announcer->n++] =
                    (struct announcement){.line = line,
                                          .output = output,
                                          .group = sap_group_of(&stream)};
            }
        }
    }
    return 0;
}

int announcer_open(const struct station *station, struct announcer **ret_announcer,
                   struct fault *reterr)
{
    AUTO(announcer_close) struct announcer *announcer = calloc(1, sizeof *announcer);
    if (!announcer) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&announcer->wake, &steady);
    pthread_condattr_destroy(&steady);
    pthread_mutex_init(&announcer->lock, NULL);
    announcer->station = station;
    if (find_announcements(announcer) < 0) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    int r = pthread_create(&announcer->thread, NULL, announcer_main, announcer);
    if (r) {
        return fault_set(reterr, r, NULL, 0, _("receivers are not told of what is sent: %s"),
                         errno_text(r));
    }
    announcer->running = true;
    *ret_announcer = STEAL(announcer);
    return 0;
}

struct announcer *announcer_close(struct announcer *announcer)
{
    if (!announcer) {
        return NULL;
    }
    if (announcer->running) {
        pthread_mutex_lock(&announcer->lock);
        announcer->stopping = true;
        pthread_cond_signal(&announcer->wake);
        pthread_mutex_unlock(&announcer->lock);
        pthread_join(announcer->thread, NULL);
    }
    pthread_cond_destroy(&announcer->wake);
    pthread_mutex_destroy(&announcer->lock);
    free(announcer->items);
    free(announcer->versions);
    free(announcer->hashes);
    free(announcer);
    return NULL;
}

bool announcer_take_fault(struct announcer *announcer, struct fault *ret_fault)
{
    pthread_mutex_lock(&announcer->lock);
    *ret_fault = announcer->news;
    announcer->news.err = 0;
    pthread_mutex_unlock(&announcer->lock);
    return ret_fault->err != 0;
}
