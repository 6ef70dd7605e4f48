/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/system/jack_capture.h"

#include <errno.h>
#include <fcntl.h>
#include <jack/jack.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SERVER_NICE = -20, LISTENER_PRIORITY = 5 };

struct jack_capture {
    char name[64];
    pid_t server;
    jack_client_t *client;
    jack_port_t *ports[CAPTURE_CHANNELS];
    float *heard[CAPTURE_CHANNELS];
    size_t max_frames;
    _Atomic size_t n;
    _Atomic bool listening;
    jack_port_t *voice; /* NULL: none */
    _Atomic double hz;
    uint64_t n_said;
    _Atomic float amplitude;
    _Atomic float amplitude_now; /* as the last block had it */
    _Atomic size_t said_from;
};

static void die(const char *text)
{
    fprintf(stderr, "%s\n", text);
    abort();
}

static void rest_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void silent(const char *text)
{
    (void)text;
}

static void say(struct jack_capture *capture, jack_nframes_t n_frames, size_t at)
{
    float *out = jack_port_get_buffer(capture->voice, n_frames);
    float amplitude = atomic_load(&capture->amplitude);
    double step = 2 * M_PI * atomic_load(&capture->hz) / 48000;
    for (jack_nframes_t i = 0; i < n_frames; i++, capture->n_said++) {
        out[i] = amplitude * (float)sin(step * (double)capture->n_said);
    }
    if (amplitude != atomic_load(&capture->amplitude_now)) {
        atomic_store(&capture->said_from, at);
        atomic_store(&capture->amplitude_now, amplitude);
    }
}

static int process(jack_nframes_t n_frames, void *context)
{
    struct jack_capture *capture = context;
    size_t at = atomic_load(&capture->n);
    if (capture->voice) {
        say(capture, n_frames, at);
    }
    if (!atomic_load(&capture->listening) || at + n_frames > capture->max_frames) {
        return 0;
    }
    for (size_t i = 0; i < CAPTURE_CHANNELS; i++) {
        memcpy(capture->heard[i] + at, jack_port_get_buffer(capture->ports[i], n_frames),
               n_frames * sizeof(float));
    }
    atomic_store(&capture->n, at + n_frames);
    return 0;
}

/* The listener misses nothing either, however busy the machine is. */
static void listener_begins(void *context)
{
    (void)context;
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = LISTENER_PRIORITY});
}

/*
 * A sound card keeps its time however busy the machine is; so does this one, where it may. Not by
 * -R: then the server, when it was late, now and then answers a client's request never.
 */
static pid_t start_server(const char *name)
{
    pid_t server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that fails leaves no server behind */
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        setpriority(PRIO_PROCESS, 0, SERVER_NICE);
        execl(JACKD_PROGRAM, "jackd", "-r", "-n", name, "-d", "dummy", "-r", "48000", "-p", "960",
              "-C", "2", "-P", "8", (char *)NULL);
        _exit(127);
    }
    return server;
}

static void join_server(struct jack_capture *capture)
{
    capture->server = start_server(capture->name);
    for (int i = 0; i < 400 && !capture->client; i++) {
        rest_ms(50);
        capture->client = jack_client_open("listener", JackNoStartServer, NULL);
    }
    if (!capture->client) {
        die("jackd does not start");
    }
    for (size_t i = 0; i < CAPTURE_CHANNELS; i++) {
        char port[16];
        snprintf(port, sizeof port, "in_%zu", i);
        capture->ports[i] =
            jack_port_register(capture->client, port, JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
        if (!capture->ports[i]) {
            die("no port");
        }
    }
    capture->voice =
        jack_port_register(capture->client, "voice", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    jack_set_process_callback(capture->client, process, capture);
    jack_set_thread_init_callback(capture->client, listener_begins, NULL);
    if (jack_activate(capture->client) != 0) {
        die("the listener cannot be activated");
    }
}

struct jack_capture *jack_capture_start(size_t max_frames)
{
    struct jack_capture *capture = calloc(1, sizeof *capture);
    if (!capture) {
        die("out of memory");
    }
    static int n_servers;
    snprintf(capture->name, sizeof capture->name, "loa-test-%ld-%d", (long)getpid(), n_servers++);
    setenv("JACK_DEFAULT_SERVER", capture->name, 1);
    setenv("JACK_NO_AUDIO_RESERVATION", "1", 1);
    setenv("JACK_NO_START_SERVER", "1", 1);
    jack_set_error_function(silent);
    jack_set_info_function(silent);
    capture->max_frames = max_frames;
    for (size_t i = 0; i < CAPTURE_CHANNELS; i++) {
        capture->heard[i] = calloc(max_frames, sizeof(float));
        if (!capture->heard[i]) {
            die("out of memory");
        }
    }
    join_server(capture);
    return capture;
}

void jack_capture_unplug(struct jack_capture *capture)
{
    atomic_store(&capture->listening, false);
    jack_deactivate(capture->client);
    jack_client_close(capture->client);
    capture->client = NULL;
    kill(capture->server, SIGTERM); /* killed otherwise it leaves its slot, of eight, taken */
    waitpid(capture->server, NULL, 0);
    capture->server = 0;
}

void jack_capture_plug(struct jack_capture *capture)
{
    atomic_store(&capture->n, 0);
    join_server(capture);
}

static const char **wait_for_ports(struct jack_capture *capture)
{
    const char **ports = NULL;
    for (int i = 0; i < 600 && !ports; i++) {
        ports = jack_get_ports(capture->client, "^PortAudio", JACK_DEFAULT_AUDIO_TYPE,
                               JackPortIsOutput);
        if (!ports) {
            rest_ms(50);
        }
    }
    if (!ports) {
        die("PortAudio plays nothing");
    }
    return ports;
}

/* Ports come one by one, and are connected once the stream runs. */
static void connect_port(struct jack_capture *capture, const char *from, size_t to)
{
    for (int i = 0; i < 200; i++) {
        int r = jack_connect(capture->client, from, jack_port_name(capture->ports[to]));
        if (r == 0 || r == EEXIST) {
            return;
        }
        rest_ms(50);
    }
    die("a port cannot be connected");
}

void jack_capture_listen(struct jack_capture *capture)
{
    const char **ports = wait_for_ports(capture);
    for (size_t n = 0, before = SIZE_MAX; n != before;) { /* until no more come */
        before = n;
        jack_free(ports);
        rest_ms(200);
        ports = wait_for_ports(capture);
        for (n = 0; ports[n]; n++) {
        }
    }
    for (size_t i = 0; i < CAPTURE_CHANNELS && ports[i]; i++) {
        connect_port(capture, ports[i], i);
    }
    jack_free(ports);
    atomic_store(&capture->listening, true);
}

void jack_capture_speak(struct jack_capture *capture, double hz)
{
    const char **ports = NULL;
    for (int i = 0; i < 600 && !ports; i++) {
        ports =
            jack_get_ports(capture->client, "^PortAudio", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput);
        rest_ms(ports ? 300 : 50); /* they come one by one */
    }
    jack_free(ports);
    ports = jack_get_ports(capture->client, "^PortAudio", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput);
    if (!capture->voice || !ports) {
        die("PortAudio records nothing");
    }
    atomic_store(&capture->hz, hz);
    for (size_t i = 0; ports[i]; i++) {
        int r = jack_connect(capture->client, jack_port_name(capture->voice), ports[i]);
        if (r != 0 && r != EEXIST) {
            die("a port cannot be connected");
        }
    }
    jack_free(ports);
}

size_t jack_capture_say(struct jack_capture *capture, float amplitude)
{
    atomic_store(&capture->amplitude, amplitude);
    for (int i = 0; i < 2000 && atomic_load(&capture->amplitude_now) != amplitude; i++) {
        rest_ms(5);
    }
    return atomic_load(&capture->said_from);
}

size_t jack_capture_position(const struct jack_capture *capture)
{
    return atomic_load(&capture->n);
}

const float *jack_capture_heard(struct jack_capture *capture, size_t channel, size_t *ret_n)
{
    atomic_store(&capture->listening, false);
    *ret_n = atomic_load(&capture->n);
    return capture->heard[channel];
}

void jack_capture_end(struct jack_capture *capture)
{
    if (capture->client) {
        jack_deactivate(capture->client);
        jack_client_close(capture->client);
    }
    if (capture->server > 0) {
        kill(capture->server, SIGTERM);
        waitpid(capture->server, NULL, 0);
    }
    for (size_t i = 0; i < CAPTURE_CHANNELS; i++) {
        free(capture->heard[i]);
    }
    free(capture);
}
