/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * When sound begins at a receiver on the loopback network.
 *
 *     onset_bench rtp|raw PORT COUNT
 *
 * Each onset after at least 100 ms of silence: its instant (seconds since the epoch) and its frame
 * in the stream.
 *
 *     onset_bench rtp PORT COUNT -- COMMAND…
 *
 * COUNT times, some time after silence: run the command; milliseconds from before it was started to
 * the onset.
 *
 *     onset_bench first PORT -- COMMAND…
 *
 * Start the command and leave it running: milliseconds from before that to the first packet that
 * sounds, of a sender (rtp) that was not heard before; and its process.
 *
 * rtp: L16, mono, 48 kHz; raw: datagrams of 16 bits, little-endian, stereo, 48 kHz. The instant is
 * the arrival of the packet, by the kernel's stamp, and the place of the onset in the packet: a
 * receiver that plays what comes hears it then, and whatever buffer it has delays all of it alike.
 */
enum { RATE = 48000, SILENCE_FRAMES = RATE / 10, WAIT_MS = 30000, WAIT_MS_FOR_COMMAND = 5000 };

struct stream {
    int fd;
    bool is_rtp;
    int64_t frame;     /* that comes next */
    uint32_t rtp_base; /* the timestamp of frame 0 */
    bool has_base;
    int64_t silence; /* frames of it, up to now */
    double onset_s;
    int64_t onset_frame;
    bool is_of_senders; /* what counts is who sends, and not how long it was silent */
    bool for_sender;    /* another than `sender` is waited for */
    uint32_t sender;
};

static void check(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(3);
    }
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void listen_at(struct stream *stream, int port)
{
    int one = 1;
    int buffer = 4 << 20;
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    stream->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(stream->fd >= 0, "socket");
    setsockopt(stream->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(stream->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    check(bind(stream->fd, (struct sockaddr *)&at, sizeof at) == 0, "bind");
}

static uint32_t word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Does sound begin in this packet? */
static bool look(struct stream *stream, const uint8_t *bytes, size_t n_bytes, double came_s)
{
    size_t frame_bytes = stream->is_rtp ? 2 : 4;
    bool begins = false;
    if (stream->is_rtp) { /* 12 bytes of header; what was lost keeps its place */
        uint32_t stamp = word_at(bytes + 4);
        stream->rtp_base = stream->has_base ? stream->rtp_base : stamp;
        stream->has_base = true;
        stream->frame = (int64_t)(uint32_t)(stamp - stream->rtp_base);
        bytes += 12;
        n_bytes -= 12;
    }
    for (size_t i = 0; i < n_bytes / frame_bytes; i++, stream->frame++) {
        bool sounds = false;
        for (size_t b = 0; b < frame_bytes; b++) {
            sounds = sounds || bytes[i * frame_bytes + b] != 0;
        }
        if (sounds && stream->silence >= SILENCE_FRAMES) {
            begins = true;
            stream->onset_s = came_s + (double)i / RATE;
            stream->onset_frame = stream->frame;
        }
        stream->silence = sounds ? 0 : stream->silence + 1;
    }
    return begins;
}

/* Until it is for_sender, whose packets come; then, does this one sound and come of another? */
static bool look_for_sender(struct stream *stream, const uint8_t *bytes, size_t n_bytes,
                            double came_s)
{
    uint32_t sender = word_at(bytes + 8);
    bool sounds = false;
    if (!stream->for_sender) {
        stream->sender = sender;
        return false;
    }
    for (size_t i = 12; i < n_bytes; i++) {
        sounds = sounds || bytes[i] != 0;
    }
    stream->onset_s = came_s;
    return sounds && sender != stream->sender;
}

/* Take packets for so long, or until sound begins. */
static bool wait_onset(struct stream *stream, double until_s)
{
    for (;;) {
        static uint8_t bytes[1 << 16];
        char control[128];
        struct iovec place = {bytes, sizeof bytes};
        struct msghdr message = {.msg_iov = &place,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        struct timespec stamp = {0};
        struct pollfd ready = {.fd = stream->fd, .events = POLLIN};
        double left_s = until_s - now_s();
        if (poll(&ready, 1, left_s > 0 ? (int)(left_s * 1000) + 1 : 0) <= 0) {
            return false;
        }
        ssize_t n = recvmsg(stream->fd, &message, 0);
        check(n >= 12, "a packet");
        memcpy(&stamp, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof stamp);
        double came_s = (double)stamp.tv_sec + (double)stamp.tv_nsec / 1e9;
        if (stream->is_of_senders ? look_for_sender(stream, bytes, (size_t)n, came_s)
                                  : look(stream, bytes, (size_t)n, came_s)) {
            return true;
        }
        if (now_s() > until_s) {
            return false;
        }
    }
}

static pid_t start(char **command)
{
    pid_t child = fork();
    check(child >= 0, "fork");
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        execvp(command[0], command);
        _exit(127);
    }
    return child;
}

static void first_sound(struct stream *stream, char **command)
{
    (void)wait_onset(stream, now_s() + 0.2);
    stream->for_sender = true;
    double begin_s = now_s();
    pid_t child = start(command);
    if (!wait_onset(stream, begin_s + WAIT_MS / 1000)) {
        kill(child, SIGTERM);
        fputs("onset_bench: nothing was heard\n", stderr);
        exit(3);
    }
    printf("%.3f %d\n", (stream->onset_s - begin_s) * 1000, (int)child);
}

static void one_command(struct stream *stream, char **command)
{
    do { /* at any place between two blocks */
        double rest_s = 0.15 + 0.02 * rand() / RAND_MAX;
        (void)wait_onset(stream, now_s() + rest_s);
    } while (stream->silence < SILENCE_FRAMES);
    double begin_s = now_s();
    pid_t child = start(command);
    bool heard = wait_onset(stream, begin_s + WAIT_MS_FOR_COMMAND / 1000);
    int status = 0;
    waitpid(child, &status, 0);
    if (!heard || status != 0) {
        fputs("onset_bench: the command failed, or nothing was heard\n", stderr);
        exit(3);
    }
    printf("%.3f\n", (stream->onset_s - begin_s) * 1000);
}

int main(int argc, char **argv)
{
    if (argc > 4 && strcmp(argv[1], "first") == 0 && strcmp(argv[3], "--") == 0) {
        struct stream stream = {.is_of_senders = true};
        listen_at(&stream, atoi(argv[2]));
        first_sound(&stream, argv + 4);
        return 0;
    }
    bool has_command = argc > 5 && strcmp(argv[4], "--") == 0;
    if (argc != 4 && !has_command) {
        fputs("onset_bench rtp|raw PORT COUNT [-- COMMAND…] | first PORT -- COMMAND…\n", stderr);
        return 2;
    }
    struct stream stream = {.is_rtp = strcmp(argv[1], "rtp") == 0};
    listen_at(&stream, atoi(argv[2]));
    for (long i = strtol(argv[3], NULL, 10); i > 0; i--) {
        if (has_command) {
            one_command(&stream, argv + 5);
            continue;
        }
        if (!wait_onset(&stream, now_s() + WAIT_MS / 1000)) {
            fputs("onset_bench: nothing was heard\n", stderr);
            return 3;
        }
        printf("%.6f %lld\n", stream.onset_s, (long long)stream.onset_frame);
        fflush(stdout);
    }
    return 0;
}
