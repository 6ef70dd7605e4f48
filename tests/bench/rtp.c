/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <math.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/frames.h"
#include "playout/outputs/output.h"
#include "station/station.h"

/*
 * rtp_bench ours|bare LINES SECONDS: four programmes to so many receivers of this machine, by loa's
 * outputs or by nothing but sendmmsg() of one packet of 80 bytes a receiver every 20 ms.
 * Prints: processor seconds, packets that did not come in time (of the receivers that are looked
 * at, within 20 ms), and how late the packets were: p50, p99, most, in milliseconds.
 *
 * Receivers are addresses of the loopback network. A socket for all of them drops what comes, as
 * the network would carry it away; some have a socket of their own, which is read afterwards.
 */
enum { PORT = 15004, PROGRAMMES = 4, WATCHED = 50, BLOCK_NS = 20000000, AHEAD_NS = 150000000 };

struct bench {
    size_t n_lines;
    int64_t n_blocks;
    int64_t begin_ns;
    int sink;
    size_t n_watched;
    int watched[WATCHED];
};

static void check(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(3);
    }
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void wait_until(int64_t ns)
{
    struct timespec until = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static uint32_t address_of(size_t line)
{
    return 0x7f010000u + (uint32_t)line;
}

static int listen_at(uint32_t address)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int one = 1;
    int buffer = 4 << 20;
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(PORT),
                             .sin_addr = {htonl(address)}};
    check(fd >= 0, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    check(bind(fd, (struct sockaddr *)&at, sizeof at) == 0, "bind");
    return fd;
}

static void receivers_open(struct bench *bench)
{
    struct sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    struct sock_fprog program = {1, drop};
    bench->sink = listen_at(INADDR_ANY);
    check(setsockopt(bench->sink, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0,
          "filter");
    bench->n_watched = bench->n_lines < WATCHED ? bench->n_lines : WATCHED;
    for (size_t i = 0; i < bench->n_watched; i++) { /* the first and the last are among them */
        size_t line = i * (bench->n_lines - 1) / (bench->n_watched > 1 ? bench->n_watched - 1 : 1);
        bench->watched[i] = listen_at(address_of(line));
    }
}

/* ---- the two ways */

static void run_ours(struct bench *bench)
{
    struct line_def *lines = calloc(bench->n_lines, sizeof *lines);
    struct output_spec *specs = calloc(bench->n_lines, sizeof *specs);
    uint64_t *words = calloc(bench->n_lines / 64 + 1, sizeof *words);
    uint32_t *carriers[PROGRAMMES];
    size_t n_carriers[PROGRAMMES] = {0};
    check(lines && specs && words, "memory");
    for (size_t p = 0; p < PROGRAMMES; p++) {
        check((carriers[p] = calloc(bench->n_lines, sizeof **carriers)), "memory");
    }
    for (size_t l = 0; l < bench->n_lines; l++) {
        char *target = malloc(32);
        struct in_addr to = {htonl(address_of(l))};
        check(target, "memory");
        snprintf(target, 32, "%s:%d", inet_ntoa(to), PORT);
        specs[l] =
            (struct output_spec){.kind = OUTPUT_RTP,
                                 .format = "opus",
                                 .target = target,
                                 .rtp = {.codec = RTP_OPUS, .bitrate_bps = 32000, .channels = 1}};
        lines[l] = (struct line_def){.id = "l", .outputs = &specs[l], .n_outputs = 1};
        words[l / 64] |= 1ull << l % 64;
        carriers[l % PROGRAMMES][n_carriers[l % PROGRAMMES]++] = (uint32_t)l;
    }
    struct station station = {.dir = "/", .lines = lines, .n_lines = bench->n_lines};
    struct outputs *outputs = NULL;
    struct fault fault;
    check(outputs_open(&station, (struct line_set){words, bench->n_lines / 64 + 1}, &outputs,
                       &fault) == 0,
          "outputs");
    static float sound[PROGRAMMES][AIR_RATE * AIR_CHANNELS];
    for (size_t p = 0; p < PROGRAMMES; p++) {
        for (size_t i = 0; i < (size_t)AIR_RATE * AIR_CHANNELS; i++) {
            double t = (double)(i / 2) / AIR_RATE; /* voices, more or less */
            sound[p][i] = (float)(0.3 * sin(2 * M_PI * (130 + 40 * (double)p) * t) +
                                  0.1 * sin(2 * M_PI * 1900 * t) * sin(2 * M_PI * 3 * t) +
                                  0.02 * ((double)rand() / RAND_MAX - 0.5));
        }
    }
    bench->begin_ns = clock_ns(CLOCK_MONOTONIC) + 2 * (int64_t)AHEAD_NS;
    for (int64_t b = 0; b < bench->n_blocks; b++) {
        int64_t due_ns = bench->begin_ns + b * BLOCK_NS;
        wait_until(due_ns - AHEAD_NS);
        for (size_t p = 0; p < PROGRAMMES; p++) {
            outputs_carry(outputs, carriers[p], n_carriers[p], b * AIR_BLOCK_FRAMES, due_ns,
                          sound[p] + (size_t)(b % 50) * AIR_BLOCK_FRAMES * AIR_CHANNELS,
                          AIR_BLOCK_FRAMES);
        }
    }
    outputs_close(outputs); /* the process ends soon: the rest is let be */
}

static void run_bare(struct bench *bench)
{
    enum { BATCH = 64, BYTES = 80 };
    static uint8_t packets[PROGRAMMES][BYTES];
    static struct iovec vectors[PROGRAMMES];
    struct mmsghdr *messages = calloc(bench->n_lines, sizeof *messages);
    struct sockaddr_in *to = calloc(bench->n_lines, sizeof *to);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int buffer = 8 << 20;
    check(messages && to && fd >= 0, "memory");
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    for (size_t p = 0; p < PROGRAMMES; p++) {
        vectors[p] = (struct iovec){packets[p], BYTES};
    }
    for (size_t l = 0; l < bench->n_lines; l++) {
        to[l] = (struct sockaddr_in){.sin_family = AF_INET,
                                     .sin_port = htons(PORT),
                                     .sin_addr = {htonl(address_of(l))}};
        messages[l].msg_hdr = (struct msghdr){.msg_name = &to[l],
                                              .msg_namelen = sizeof to[l],
                                              .msg_iov = &vectors[l % PROGRAMMES],
                                              .msg_iovlen = 1};
    }
    struct sched_param how = {.sched_priority = 10}; /* as loa does, where it is allowed */
    sched_setscheduler(0, SCHED_FIFO, &how);
    bench->begin_ns = clock_ns(CLOCK_MONOTONIC) + AHEAD_NS;
    for (int64_t b = 0; b < bench->n_blocks; b++) {
        wait_until(bench->begin_ns + b * BLOCK_NS);
        for (size_t p = 0; p < PROGRAMMES; p++) {
            packets[p][2] = (uint8_t)(b >> 8);
            packets[p][3] = (uint8_t)b;
        }
        for (size_t l = 0; l < bench->n_lines;) {
            size_t n = bench->n_lines - l < BATCH ? bench->n_lines - l : BATCH;
            int sent = sendmmsg(fd, messages + l, (unsigned)n, 0);
            check(sent > 0, "sendmmsg");
            l += (size_t)sent;
        }
    }
}

/* ---- what came */

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static size_t read_watched(const struct bench *bench, int fd, double *late_ms)
{
    size_t n = 0;
    int first = -1;
    int64_t offset_ns = clock_ns(CLOCK_MONOTONIC) - clock_ns(CLOCK_REALTIME);
    for (;;) {
        uint8_t bytes[2048];
        char control[128];
        struct iovec place = {bytes, sizeof bytes};
        struct msghdr message = {.msg_iov = &place,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        struct timespec stamp = {0};
        if (recvmsg(fd, &message, MSG_DONTWAIT) < 4 || n == (size_t)bench->n_blocks) {
            return n;
        }
        memcpy(&stamp, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof stamp);
        int sequence = bytes[2] << 8 | bytes[3];
        first = first < 0 ? sequence : first;
        int64_t due_ns = bench->begin_ns + (int64_t)((sequence - first) & 0xffff) * BLOCK_NS;
        int64_t came_ns = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec + offset_ns;
        late_ms[n++] = (double)(came_ns - due_ns) / 1e6;
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("rtp_bench ours|bare LINES SECONDS\n", stderr);
        return 2;
    }
    struct bench bench = {.n_lines = strtoul(argv[2], NULL, 10),
                          .n_blocks = 50 * strtol(argv[3], NULL, 10)};
    check(bench.n_lines > 0 && bench.n_blocks > 0, "numbers");
    receivers_open(&bench);
    struct rusage before;
    struct rusage after;
    getrusage(RUSAGE_SELF, &before);
    if (strcmp(argv[1], "ours") == 0) {
        run_ours(&bench);
    } else {
        run_bare(&bench);
    }
    getrusage(RUSAGE_SELF, &after);
    size_t n_meant = (size_t)bench.n_blocks * bench.n_watched;
    double *late_ms = calloc(n_meant + 1, sizeof *late_ms);
    check(late_ms, "memory");
    size_t n = 0;
    for (size_t i = 0; i < bench.n_watched; i++) {
        n += read_watched(&bench, bench.watched[i], late_ms + n);
    }
    qsort(late_ms, n, sizeof *late_ms, compare);
    size_t n_in_time = 0;
    while (n_in_time < n && late_ms[n_in_time] < 20) {
        n_in_time++;
    }
    double cpu = 0;
    cpu += (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
           (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec);
    cpu += (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6 +
           (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
    printf("%.3f %zu %.2f %.2f %.2f\n", cpu, n_meant - n_in_time, n ? late_ms[n / 2] : 0,
           n ? late_ms[n * 99 / 100] : 0, n ? late_ms[n - 1] : 0);
    return 0;
}
