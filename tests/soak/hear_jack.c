/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jack/jack.h>
#include <jack/ringbuffer.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/soak/soak.h"

enum { RING_BYTES = 4 << 20, REST_US = 50000, PERIOD_MAX = 8192 };

struct ear {
    jack_client_t *client;
    jack_port_t *ports[2];
    jack_ringbuffer_t *ring;
    bool lost; /* the ring was full: told with the next cycle that fits */
    struct {
        struct soak_packet head;
        float samples[PERIOD_MAX];
    } cycle;
    _Atomic bool gone;
};

static volatile sig_atomic_t stopping;

static void stop(int number)
{
    (void)number;
    stopping = 1;
}

static void silent(const char *text)
{
    (void)text;
}

/* CLOCK_REALTIME minus the server's clock, which need not be any of the system's. */
static int64_t wall_ahead_ns(void)
{
    struct timespec wall;
    int64_t server_us = (int64_t)jack_get_time();
    clock_gettime(CLOCK_REALTIME, &wall);
    return (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec - server_us * 1000;
}

static int process(jack_nframes_t n, void *context)
{
    struct ear *ear = context;
    jack_nframes_t frame = 0;
    jack_time_t now_us = 0;
    jack_time_t next_us = 0;
    float period_us = 0;
    if (n > PERIOD_MAX ||
        jack_get_cycle_times(ear->client, &frame, &now_us, &next_us, &period_us) != 0) {
        return 0;
    }
    size_t n_bytes = sizeof ear->cycle.head + n * sizeof(float);
    if (jack_ringbuffer_write_space(ear->ring) < n_bytes + sizeof ear->cycle.head) {
        ear->lost = true;
        return 0;
    }
    ear->cycle.head = (struct soak_packet){(int64_t)now_us * 1000 + wall_ahead_ns(), frame, 0,
                                           (uint16_t)ear->lost, (uint16_t)n};
    ear->lost = false;
    const float *left = jack_port_get_buffer(ear->ports[0], n);
    const float *right = jack_port_get_buffer(ear->ports[1], n);
    for (jack_nframes_t i = 0; i < n; i++) {
        ear->cycle.samples[i] = 0.5f * (left[i] + right[i]);
    }
    jack_ringbuffer_write(ear->ring, (const char *)&ear->cycle, n_bytes);
    return 0;
}

static void shut_down(void *context)
{
    struct ear *ear = context;
    atomic_store(&ear->gone, true);
}

static void join_server(struct ear *ear)
{
    for (int i = 0; i < 600 && !ear->client && !stopping; i++) {
        ear->client = jack_client_open("listener", JackNoStartServer, NULL);
        usleep(ear->client ? 0 : REST_US);
    }
    if (!ear->client) {
        fprintf(stderr, "no JACK server\n");
        exit(1);
    }
    for (int i = 0; i < 2; i++) {
        ear->ports[i] = jack_port_register(ear->client, i ? "right" : "left",
                                           JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    }
    jack_set_process_callback(ear->client, process, ear);
    jack_on_shutdown(ear->client, shut_down, ear);
    if (!ear->ports[0] || !ear->ports[1] || jack_activate(ear->client) != 0) {
        fprintf(stderr, "the listener cannot be activated\n");
        exit(1);
    }
}

/* Ports of a player come, go, and come again; those of one that was killed stay for a while. */
static void connect_player(struct ear *ear)
{
    const char **ports =
        jack_get_ports(ear->client, "^PortAudio", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput);
    for (size_t i = 0; ports && ports[i]; i++) {
        if (!jack_port_connected_to(ear->ports[i % 2], ports[i])) {
            (void)jack_connect(ear->client, ports[i], jack_port_name(ear->ports[i % 2]));
        }
    }
    jack_free(ports);
}

static void write_down(struct ear *ear, FILE *file)
{
    char bytes[65536];
    for (size_t n; (n = jack_ringbuffer_read(ear->ring, bytes, sizeof bytes)) > 0;) {
        fwrite(bytes, 1, n, file);
    }
    fflush(file);
}

int soak_hear_jack(const char *server, const char *path)
{
    static struct ear ear;
    setenv("JACK_DEFAULT_SERVER", server, 1);
    setenv("JACK_NO_START_SERVER", "1", 1);
    setenv("JACK_NO_AUDIO_RESERVATION", "1", 1);
    jack_set_error_function(silent);
    jack_set_info_function(silent);
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    FILE *file = fopen(path, "ab");
    ear.ring = jack_ringbuffer_create(RING_BYTES);
    if (!file || !ear.ring) {
        perror(path);
        return 1;
    }
    join_server(&ear);
    while (!stopping && !atomic_load(&ear.gone)) {
        connect_player(&ear);
        write_down(&ear, file);
        usleep(REST_US);
    }
    write_down(&ear, file);
    if (fclose(file) != 0) {
        return 1;
    }
    _exit(0); /* closing a client whose server has gone may never come back */
}
