/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/fakes/rtp_receiver.h"
#include "tests/soak/soak.h"

static volatile sig_atomic_t stopping;

static void stop(int number)
{
    (void)number;
    stopping = 1;
}

/* CLOCK_REALTIME minus CLOCK_MONOTONIC */
static int64_t wall_ahead_ns(void)
{
    struct timespec wall;
    struct timespec steady;
    clock_gettime(CLOCK_MONOTONIC, &steady);
    clock_gettime(CLOCK_REALTIME, &wall);
    return (int64_t)(wall.tv_sec - steady.tv_sec) * 1000000000 + wall.tv_nsec - steady.tv_nsec;
}

int soak_hear_rtp(const char *address, int port, const char *group, const char *path)
{
    FILE *file = fopen(path, "ab");
    if (!file) {
        perror(path);
        return 1;
    }
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    struct rtp_receiver *receiver =
        rtp_receiver_open(address, port, strcmp(group, "-") == 0 ? NULL : group);
    while (!stopping) {
        rtp_receiver_take(receiver, 50, 200);
        int64_t ahead_ns = wall_ahead_ns();
        for (size_t i = 0; i < receiver->n; i++) {
            const struct rtp_received *packet = &receiver->packets[i];
            struct soak_packet head = {packet->arrived_ns + ahead_ns, packet->timestamp,
                                       packet->ssrc, packet->sequence, (uint16_t)packet->n_bytes};
            fwrite(&head, sizeof head, 1, file);
            fwrite(packet->payload, 1, packet->n_bytes, file);
        }
        receiver->n = 0;
        fflush(file);
    }
    rtp_receiver_close(receiver);
    return fclose(file) == 0 ? 0 : 1;
}
