/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/rtp_resolve.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RETRY_SECONDS = 5, AGAIN_SECONDS = 60, HOST_BYTES_MAX = 256, PORT_BYTES_MAX = 8 };

struct question {
    char *host_and_port;
    void *owner;
    bool asked;
    bool has_news;
    int64_t next_s; /* of CLOCK_MONOTONIC */
    struct rtp_address address;
};

struct rtp_resolver {
    struct question *questions;
    size_t n;
    _Atomic int n_holders; /* who called, and the thread */
    pthread_mutex_t lock;  /* of the questions, once the thread runs */
    pthread_cond_t wake;
    bool stopping;
    _Atomic bool any_news;
};

/* The rest after the last colon is the port; brackets around the host are not its own. */
static bool look_up(const char *host_and_port, int flags, struct rtp_address *ret_address)
{
    char host[HOST_BYTES_MAX];
    const char *colon = strrchr(host_and_port, ':');
    bool brackets = *host_and_port == '[';
    size_t n = colon ? (size_t)(colon - host_and_port) - 2 * (size_t)brackets : 0;
    if (n == 0 || n >= sizeof host) {
        return false;
    }
    memcpy(host, host_and_port + brackets, n);
    host[n] = '\0';
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_DGRAM,
                             .ai_flags = flags | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0) {
        return false;
    }
    memset(ret_address, 0, sizeof *ret_address);
    memcpy(&ret_address->to, found->ai_addr, found->ai_addrlen);
    ret_address->n_bytes = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

bool rtp_address_read(const char *host_and_port, struct rtp_address *ret_address)
{
    return look_up(host_and_port, AI_NUMERICHOST, ret_address);
}

bool rtp_address_is_group(const struct rtp_address *address)
{
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    memcpy(&four, &address->to, sizeof four);
    memcpy(&six, &address->to, sizeof six);
    return address->to.ss_family == AF_INET6 ? IN6_IS_ADDR_MULTICAST(&six.sin6_addr)
                                             : IN_MULTICAST(ntohl(four.sin_addr.s_addr));
}

struct rtp_resolver *rtp_resolver_create(void)
{
    struct rtp_resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver) {
        pthread_condattr_t steady;
        pthread_condattr_init(&steady);
        pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
        pthread_mutex_init(&resolver->lock, NULL);
        pthread_cond_init(&resolver->wake, &steady);
        pthread_condattr_destroy(&steady);
        atomic_init(&resolver->n_holders, 1);
    }
    return resolver;
}

static void resolver_drop(struct rtp_resolver *resolver)
{
    if (atomic_fetch_sub(&resolver->n_holders, 1) > 1) {
        return;
    }
    for (size_t i = 0; i < resolver->n; i++) {
        free(resolver->questions[i].host_and_port);
    }
    pthread_mutex_destroy(&resolver->lock);
    pthread_cond_destroy(&resolver->wake);
    free(resolver->questions);
    free(resolver);
}

struct rtp_resolver *rtp_resolver_destroy(struct rtp_resolver *resolver)
{
    if (resolver) {
        pthread_mutex_lock(&resolver->lock);
        resolver->stopping = true;
        pthread_cond_signal(&resolver->wake);
        pthread_mutex_unlock(&resolver->lock);
        resolver_drop(resolver);
    }
    return NULL;
}

int rtp_resolver_ask(struct rtp_resolver *resolver, const char *host_and_port, void *owner)
{
    struct question *questions =
        realloc(resolver->questions, (resolver->n + 1) * sizeof *questions);
    if (!questions) {
        return -ENOMEM;
    }
    resolver->questions = questions;
    questions[resolver->n] =
        (struct question){.host_and_port = strdup(host_and_port), .owner = owner};
    if (!questions[resolver->n].host_and_port) {
        return -ENOMEM;
    }
    resolver->n++;
    return 0;
}

static int64_t now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* With the lock, which is open while the question is out. */
static void ask(struct rtp_resolver *resolver, struct question *question)
{
    struct rtp_address address = {.n_bytes = 0};
    pthread_mutex_unlock(&resolver->lock);
    bool known = look_up(question->host_and_port, 0, &address);
    pthread_mutex_lock(&resolver->lock);
    question->next_s = now_s() + (known ? AGAIN_SECONDS : RETRY_SECONDS);
    /* A name that was known, and that nobody answers for now, stays where it was. */
    bool news = known ? address.n_bytes != question->address.n_bytes ||
                            memcmp(&address.to, &question->address.to, address.n_bytes) != 0
                      : !question->asked;
    if (news) {
        question->address = address;
        question->has_news = true;
        atomic_store(&resolver->any_news, true);
    }
    question->asked = true;
}

static void *resolver_main(void *context)
{
    struct rtp_resolver *resolver = context;
    pthread_mutex_lock(&resolver->lock);
    while (!resolver->stopping) {
        int64_t next_s = now_s() + AGAIN_SECONDS;
        for (size_t i = 0; i < resolver->n && !resolver->stopping; i++) {
            if (resolver->questions[i].next_s <= now_s()) {
                ask(resolver, &resolver->questions[i]);
            }
            next_s =
                resolver->questions[i].next_s < next_s ? resolver->questions[i].next_s : next_s;
        }
        struct timespec until = {.tv_sec = (time_t)next_s};
        if (!resolver->stopping) {
            pthread_cond_timedwait(&resolver->wake, &resolver->lock, &until);
        }
    }
    pthread_mutex_unlock(&resolver->lock);
    resolver_drop(resolver);
    return NULL;
}

int rtp_resolver_start(struct rtp_resolver *resolver)
{
    pthread_t thread;
    if (resolver->n == 0) {
        return 0;
    }
    atomic_fetch_add(&resolver->n_holders, 1);
    int err = pthread_create(&thread, NULL, resolver_main, resolver);
    if (err) {
        atomic_fetch_sub(&resolver->n_holders, 1);
        return -err;
    }
    pthread_detach(thread);
    return 0;
}

bool rtp_resolver_take(struct rtp_resolver *resolver, void **ret_owner,
                       struct rtp_address *ret_address)
{
    bool found = false;
    if (!atomic_load_explicit(&resolver->any_news, memory_order_relaxed) ||
        pthread_mutex_trylock(&resolver->lock) != 0) {
        return false;
    }
    for (size_t i = 0; i < resolver->n && !found; i++) {
        struct question *question = &resolver->questions[i];
        if (question->has_news) {
            question->has_news = false;
            *ret_owner = question->owner;
            *ret_address = question->address;
            found = true;
        }
    }
    if (!found) {
        atomic_store(&resolver->any_news, false);
    }
    pthread_mutex_unlock(&resolver->lock);
    return found;
}
