/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/rtp_send.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BATCH_MESSAGES = 64,
    BUFFER_BYTES =
        8 << 20, /* of a socket: a block to 5,000 receivers, and some that do not answer */
    DSCP_EF_TOS = 46 << 2,
    PRIORITY_INTERACTIVE = 6,
    AGAIN_MAX = 4, /* a send fails once for each report that waits, which is not its own */
    SHARED_FROM_MESSAGES = 3000,
    SHARES = 2,
};

/* Messages of one socket. */
struct batch {
    int fd; /* -1: there is none */
    int err;
    size_t n;
    size_t capacity;
    struct mmsghdr *messages;
    void **owners;
};

struct rtp_socket {
    int ttl;
    char interface[IF_NAMESIZE];
    struct batch families[2]; /* IPv4, IPv6 */
};

struct failure {
    void *owner;
    int err;
};

/* One thread's part of the list. */
struct share {
    struct rtp_sender *sender;
    size_t index;
    struct failure *failures;
    size_t n_failures;
    size_t failures_capacity;
};

struct rtp_sender {
    struct rtp_socket *sockets;
    size_t n_sockets;
    size_t n_messages;
    size_t n_shares; /* of the run */
    int64_t until_ns;
    struct share shares[SHARES];
    size_t reported_family; /* whose reports are being taken */
    bool has_helper;
    pthread_t helper;
    sem_t go;
    sem_t done;
    _Atomic bool stopping;
};

static void share_run(struct share *share);

static void *helper_main(void *context)
{
    struct rtp_sender *sender = context;
    for (;;) {
        while (sem_wait(&sender->go) != 0) {
        }
        if (atomic_load(&sender->stopping)) {
            return NULL;
        }
        share_run(&sender->shares[1]);
        sem_post(&sender->done);
    }
}

struct rtp_sender *rtp_sender_create(void)
{
    struct rtp_sender *sender = calloc(1, sizeof *sender);
    if (sender) {
        sem_init(&sender->go, 0, 0);
        sem_init(&sender->done, 0, 0);
        for (size_t i = 0; i < SHARES; i++) {
            sender->shares[i] = (struct share){.sender = sender, .index = i};
        }
    }
    return sender;
}

struct rtp_sender *rtp_sender_destroy(struct rtp_sender *sender)
{
    if (!sender) {
        return NULL;
    }
    if (sender->has_helper) {
        atomic_store(&sender->stopping, true);
        sem_post(&sender->go);
        pthread_join(sender->helper, NULL);
    }
    for (size_t s = 0; s < sender->n_sockets; s++) {
        for (size_t f = 0; f < 2; f++) {
            struct batch *batch = &sender->sockets[s].families[f];
            if (batch->fd >= 0) {
                close(batch->fd);
            }
            free(batch->messages);
            free(batch->owners);
        }
    }
    for (size_t i = 0; i < SHARES; i++) {
        free(sender->shares[i].failures);
    }
    sem_destroy(&sender->go);
    sem_destroy(&sender->done);
    free(sender->sockets);
    free(sender);
    return NULL;
}

/* ---- sockets */

static bool option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

static int family_open(struct batch *batch, int family)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    /* What is not granted is done without. */
    if (!option(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES)) {
        option(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES);
    }
    option(fd, SOL_SOCKET, SO_PRIORITY, PRIORITY_INTERACTIVE);
    if (family == AF_INET) {
        option(fd, IPPROTO_IP, IP_TOS, DSCP_EF_TOS);
        option(fd, IPPROTO_IP, IP_RECVERR, 1);
        /* What is never fragmented needs no number (RFC 6864), and making one up is a twentieth of
         * the cost of a packet. Nearly all packets are below 700 bytes and pass everywhere; for
         * those of uncompressed stereo, 1,320 bytes, see let_through(). */
        option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    } else {
        option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        option(fd, IPPROTO_IPV6, IPV6_TCLASS, DSCP_EF_TOS);
        option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
    }
    batch->fd = fd;
    return 0;
}

int rtp_choose_ways(int fd, int family, int ttl, const char *interface)
{
    bool v4 = family == AF_INET;
    int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
    if (ttl && (!option(fd, level, v4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, ttl) ||
                !option(fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, ttl))) {
        return -errno;
    }
    if (!*interface) {
        return 0;
    }
    int index = (int)if_nametoindex(interface); /* another after it was unplugged */
    if (index == 0) {
        return -errno;
    }
    struct ip_mreqn by = {.imr_ifindex = index};
    bool chosen = v4 ? setsockopt(fd, level, IP_MULTICAST_IF, &by, sizeof by) == 0
                     : option(fd, level, IPV6_MULTICAST_IF, index);
    return chosen ? 0 : -errno;
}

static void family_prepare(struct rtp_socket *socket, size_t f)
{
    struct batch *batch = &socket->families[f];
    int family = f == 0 ? AF_INET : AF_INET6;
    int r = batch->fd >= 0 ? 0 : family_open(batch, family);
    if (r == 0) {
        r = rtp_choose_ways(batch->fd, family, socket->ttl, socket->interface);
    }
    batch->err = -r;
}

size_t rtp_sender_socket(struct rtp_sender *sender, int ttl, const char *interface)
{
    interface = interface ? interface : "";
    for (size_t i = 0; i < sender->n_sockets; i++) {
        if (sender->sockets[i].ttl == ttl && strcmp(sender->sockets[i].interface, interface) == 0) {
            return i;
        }
    }
    struct rtp_socket *sockets =
        realloc(sender->sockets, (sender->n_sockets + 1) * sizeof *sockets);
    if (!sockets) {
        return SIZE_MAX;
    }
    sender->sockets = sockets;
    struct rtp_socket *socket = &sockets[sender->n_sockets];
    memset(socket, 0, sizeof *socket);
    socket->ttl = ttl;
    strncpy(socket->interface, interface, sizeof socket->interface - 1);
    for (size_t f = 0; f < 2; f++) {
        socket->families[f].fd = -1;
        family_prepare(socket, f);
    }
    return sender->n_sockets++;
}

static struct batch *batch_for(struct rtp_sender *sender, size_t socket,
                               const struct rtp_address *address)
{
    return &sender->sockets[socket].families[address->to.ss_family == AF_INET6];
}

/* ---- the list */

void rtp_sender_clear(struct rtp_sender *sender)
{
    for (size_t s = 0; s < sender->n_sockets; s++) {
        sender->sockets[s].families[0].n = 0;
        sender->sockets[s].families[1].n = 0;
    }
    sender->n_messages = 0;
}

static bool batch_reserve(struct batch *batch)
{
    if (batch->n < batch->capacity) {
        return true;
    }
    size_t capacity = batch->capacity ? 2 * batch->capacity : BATCH_MESSAGES;
    struct mmsghdr *messages = realloc(batch->messages, capacity * sizeof *messages);
    batch->messages = messages ? messages : batch->messages;
    void **owners = realloc(batch->owners, capacity * sizeof *owners);
    batch->owners = owners ? owners : batch->owners;
    if (!messages || !owners) {
        return false;
    }
    batch->capacity = capacity;
    return true;
}

int rtp_sender_add(struct rtp_sender *sender, size_t socket, const struct rtp_address *address,
                   const struct iovec *bytes, void *owner)
{
    struct batch *batch = batch_for(sender, socket, address);
    if (!batch_reserve(batch)) {
        return -ENOMEM;
    }
    struct mmsghdr *message = &batch->messages[batch->n];
    memset(message, 0, sizeof *message);
    /* sendmmsg() writes to neither. */
    message->msg_hdr.msg_name = (void *)(uintptr_t)&address->to;
    message->msg_hdr.msg_namelen = address->n_bytes;
    message->msg_hdr.msg_iov = (void *)(uintptr_t)bytes;
    message->msg_hdr.msg_iovlen = 1;
    batch->owners[batch->n++] = owner;
    sender->n_messages++;
    return 0;
}

/* ---- sending */

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void share_note(struct share *share, void *owner, int err)
{
    if (share->n_failures == share->failures_capacity) {
        size_t capacity = share->failures_capacity ? 2 * share->failures_capacity : 64;
        struct failure *failures = realloc(share->failures, capacity * sizeof *failures);
        if (!failures) {
            return; /* it is tried again with the next block */
        }
        share->failures = failures;
        share->failures_capacity = capacity;
    }
    share->failures[share->n_failures++] = (struct failure){owner, err};
}

/* The queue of the card, or of the socket, is full. */
static bool wait_for_room(int fd, int64_t until_ns)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    int64_t left_ns = until_ns - now_ns();
    if (left_ns <= 0) {
        return false;
    }
    int ready = poll(&room, 1, 1);
    if (ready > 0) { /* ENOBUFS: there is room here, and none in the card */
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
    return true;
}

/* A packet is larger than the way to its receiver takes: from now on such packets are fragmented.
 */
static void let_through(int fd)
{
    option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
}

static void share_run_batch(struct share *share, const struct batch *batch, size_t first,
                            size_t end)
{
    int n_again = 0;
    for (size_t i = first; batch->err && i < end; i++) {
        share_note(share, batch->owners[i], batch->err); /* it would leave by another way */
    }
    for (size_t i = first; !batch->err && i < end;) {
        size_t n = end - i < BATCH_MESSAGES ? end - i : BATCH_MESSAGES;
        int n_sent = sendmmsg(batch->fd, batch->messages + i, (unsigned)n, MSG_NOSIGNAL);
        if (n_sent > 0) {
            i += (size_t)n_sent;
            n_again = 0;
            continue;
        }
        int err = errno;
        bool full = err == EAGAIN || err == ENOBUFS || err == ENOMEM;
        if (err == EMSGSIZE) {
            let_through(batch->fd);
        }
        if (err == EINTR || (full && wait_for_room(batch->fd, share->sender->until_ns)) ||
            (!full && n_again++ < AGAIN_MAX)) {
            continue;
        }
        share_note(share, batch->owners[i], err);
        n_again = 0;
        i++;
    }
}

static void share_run(struct share *share)
{
    const struct rtp_sender *sender = share->sender;
    share->n_failures = 0;
    for (size_t s = 0; s < sender->n_sockets; s++) {
        for (size_t f = 0; f < 2; f++) {
            const struct batch *batch = &sender->sockets[s].families[f];
            share_run_batch(share, batch, batch->n * share->index / sender->n_shares,
                            batch->n * (share->index + 1) / sender->n_shares);
        }
    }
}

void rtp_sender_run(struct rtp_sender *sender, int64_t until_ns)
{
    bool shared = sender->n_messages >= SHARED_FROM_MESSAGES;
    if (shared && !sender->has_helper) {
        sender->has_helper = pthread_create(&sender->helper, NULL, helper_main, sender) == 0;
    }
    shared = shared && sender->has_helper;
    sender->until_ns = until_ns;
    sender->n_shares = shared ? 2 : 1;
    sender->shares[1].n_failures = 0;
    sender->reported_family = 0;
    if (shared) {
        sem_post(&sender->go);
    }
    share_run(&sender->shares[0]);
    while (shared && sem_wait(&sender->done) != 0) {
    }
}

bool rtp_sender_take_failure(struct rtp_sender *sender, void **ret_owner, int *ret_err)
{
    for (size_t i = 0; i < SHARES; i++) {
        struct share *share = &sender->shares[i];
        if (share->n_failures) {
            const struct failure *failure = &share->failures[--share->n_failures];
            *ret_owner = failure->owner;
            *ret_err = failure->err;
            return true;
        }
    }
    return false;
}

/* ---- reports */

static bool take_report_of(int fd, struct rtp_address *ret_address, int *ret_err)
{
    char control[512];
    char byte;
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {.msg_name = &ret_address->to,
                             .msg_namelen = sizeof ret_address->to,
                             .msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    if (fd < 0 || recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
        return false;
    }
    ret_address->n_bytes = message.msg_namelen;
    *ret_err = EHOSTUNREACH;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if ((part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
            (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR)) {
            struct sock_extended_err report;
            memcpy(&report, CMSG_DATA(part), sizeof report);
            *ret_err = (int)report.ee_errno;
        }
    }
    return true;
}

bool rtp_sender_take_report(struct rtp_sender *sender, struct rtp_address *ret_address,
                            int *ret_err)
{
    for (; sender->reported_family < 2 * sender->n_sockets; sender->reported_family++) {
        size_t i = sender->reported_family;
        memset(ret_address, 0, sizeof *ret_address);
        if (take_report_of(sender->sockets[i / 2].families[i % 2].fd, ret_address, ret_err)) {
            return true;
        }
    }
    return false;
}

int rtp_sender_try(struct rtp_sender *sender, size_t socket, const struct rtp_address *address,
                   const struct iovec *bytes)
{
    struct batch *batch = batch_for(sender, socket, address);
    family_prepare(&sender->sockets[socket], address->to.ss_family == AF_INET6);
    if (batch->err) {
        return -batch->err;
    }
    for (int n_again = 0;; n_again++) {
        if (sendto(batch->fd, bytes->iov_base, bytes->iov_len, MSG_NOSIGNAL,
                   (const struct sockaddr *)&address->to, address->n_bytes) >= 0) {
            return 0;
        }
        if (n_again == AGAIN_MAX) {
            return -errno;
        }
        if (errno == EMSGSIZE) {
            let_through(batch->fd);
        }
    }
}
