/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/output.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/paths.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/temp_dir.h"
#include "tests/test.h"

/* libshout 2.4.6 never frees what shout_new() made, whatever is done with it. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:shout_new\nleak:shout_set_\nleak:_shout_util_dict_set\nleak:shout_queue_data\n";
}

/* A real Icecast, and listeners of their own: curl, and opusdec for what it has heard. */

enum { N = AIR_BLOCK_FRAMES, WAIT_S = 30, HZ = 440 };

struct world {
    char dir[TEMP_DIR_MAX];
    int port;
    pid_t server;
    char target[200];
    struct output_spec specs[2];
    struct line_def lines[2];
    struct station station;
    struct outputs *outputs;
    int64_t frame;
    int64_t base_ns;
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static pid_t start(const char *const words[])
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        FILE *out = freopen("/dev/null", "w", stdout);
        FILE *err = freopen("/dev/null", "w", stderr);
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(out && err ? 127 : 126);
    }
    assert_true(pid > 0);
    return pid;
}

static void end(pid_t pid, int with)
{
    kill(pid, with);
    waitpid(pid, NULL, 0);
}

/* A socket that listens on a port of its own. */
static int listen_on(int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static void server_start(struct world *world)
{
    char config[PATHS_MAX];
    snprintf(config, sizeof config, "%s/icecast.xml", world->dir);
    const char *const words[] = {"icecast2", "-c", config, NULL};
    world->server = start(words);
}

static struct world *world_create(const char *parameters, const char *password)
{
    struct world *world = calloc(1, sizeof *world);
    temp_dir_make(world->dir);
    chmod(world->dir, 0777); /* Icecast becomes another user */
    close(listen_on(&world->port));
    char text[2048];
    snprintf(text, sizeof text,
             "<icecast><limits><sources>9</sources></limits>"
             "<authentication><source-password>hackme</source-password></authentication>"
             "<hostname>localhost</hostname><listen-socket><port>%d</port><bind-address>127.0.0.1"
             "</bind-address></listen-socket><paths><logdir>%s</logdir><webroot>/usr/share/icecast2"
             "/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>"
             "<logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>4</"
             "loglevel></logging>%s</icecast>\n",
             world->port, world->dir,
             geteuid() == 0 ? "<security><changeowner><user>nobody</user><group>nogroup</group>"
                              "</changeowner></security>"
                            : "");
    temp_dir_write(world->dir, "icecast.xml", text);
    temp_dir_write(world->dir, "password", password);
    char path[PATHS_MAX];
    snprintf(path, sizeof path, "%s/password", world->dir);
    chmod(path, 0600);
    snprintf(world->target, sizeof world->target, "source:password@127.0.0.1:%d/xa", world->port);
    world->specs[0] = (struct output_spec){.kind = OUTPUT_ICECAST, .target = world->target};
    world->specs[0].format = parameters;
    world->specs[1] = (struct output_spec){.kind = OUTPUT_NULL, .target = ""};
    for (size_t i = 0; i < 2; i++) {
        world->lines[i] = (struct line_def){.id = i ? "loa" : "xa", .title = i ? "Loa" : "Đài xã"};
        world->lines[i].outputs = &world->specs[i];
        world->lines[i].n_outputs = 1;
    }
    world->station.dir = world->dir;
    world->station.lines = world->lines;
    world->station.n_lines = 2;
    world->frame = frames_from_us(1700000000000000);
    return world;
}

static void world_open(struct world *world)
{
    struct line_set both = {(uint64_t[]){3}, 1};
    assert_int_equal(outputs_open(&world->station, both, &world->outputs, NULL), 0);
    world->base_ns = now_ns() - frames_to_us(world->frame) * 1000;
}

static void world_destroy(struct world *world)
{
    outputs_close(world->outputs);
    if (world->server) {
        end(world->server, SIGKILL);
    }
    temp_dir_remove(world->dir);
    free(world);
}

/* A tenth of a second of both lines' sound, at its time. */
static void carry(struct world *world)
{
    for (int b = 0; b < 5; b++) {
        float frames[2 * N];
        for (int i = 0; i < N; i++) {
            double phase = 2 * M_PI * HZ * (double)((world->frame + i) % AIR_RATE) / AIR_RATE;
            frames[2 * i] = frames[2 * i + 1] = (float)(0.5 * sin(phase));
        }
        int64_t due_ns = world->base_ns + frames_to_us(world->frame) * 1000;
        outputs_carry(world->outputs, (uint32_t[]){0, 1}, 2, world->frame, due_ns, frames, N);
        world->frame += N;
    }
    int64_t until = world->base_ns + frames_to_us(world->frame) * 1000;
    struct timespec when = {until / 1000000000, until % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

static void carry_s(struct world *world, int seconds)
{
    for (int i = 0; i < 10 * seconds; i++) {
        carry(world);
    }
}

/* On with the sound until a fault of the mount is told. */
static struct fault wait_for_fault(struct world *world, int wait_s)
{
    size_t line = 9;
    struct fault fault = {0};
    for (int i = 0; i < 10 * wait_s; i++) {
        if (outputs_take_fault(world->outputs, &line, &fault)) {
            assert_int_equal(line, 0);
            assert_true(outputs_stats(world->outputs, 0).failed);
            return fault;
        }
        carry(world);
    }
    fail_msg("no fault was told in %d s", wait_s);
    return fault;
}

/* The mount can be listened to; what is heard goes to a file. */
static pid_t listener_start(struct world *world, char path[static PATHS_MAX])
{
    char url[100];
    snprintf(path, PATHS_MAX, "%s/heard.ogg", world->dir);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/xa", world->port);
    for (int i = 0; i < 10 * WAIT_S; i++) {
        const char *const words[] = {"curl", "-sfN", "-H", "Icy-MetaData: 0",
                                     "-o",   path,   url,  NULL};
        pid_t pid = start(words);
        struct stat st;
        for (int k = 0; k < 20; k++) {
            carry(world);
            if (waitpid(pid, NULL, WNOHANG) == pid) {
                pid = 0;
                break;
            }
            if (stat(path, &st) == 0 && st.st_size > 0) {
                return pid;
            }
        }
        if (pid) {
            end(pid, SIGKILL);
        }
    }
    size_t line = 0;
    struct fault fault = {0};
    bool told = outputs_take_fault(world->outputs, &line, &fault);
    fail_msg("the mount never came (%d): %s: %s", told, fault.file, fault.text);
    return 0;
}

static void run(const char *const words[])
{
    int status = 0;
    waitpid(start(words), &status, 0);
    assert_int_equal(status, 0);
}

/* How far the sound is from a sine without a seam, at its worst; and how long it is. */
static double worst_seam(struct world *world, const char *path, int64_t *ret_frames)
{
    char wav[PATHS_MAX];
    snprintf(wav, sizeof wav, "%s/heard.wav", world->dir);
    const char *const words[] = {"opusdec", "--quiet", "--float", "--force-wav", path, wav, NULL};
    run(words);
    struct sound sound = sound_read_file(wav);
    double turn = 2 * cos(2 * M_PI * HZ / AIR_RATE * 16);
    double worst = 0;
    assert_int_equal(sound.channels, 2);
    for (int64_t i = 9600; i + 16 < sound.frames; i++) {
        const float *at = sound.samples + 2 * i;
        double off = fabs((double)at[-32] + (double)at[32] - turn * (double)at[0]);
        worst = off > worst ? off : worst;
    }
    *ret_frames = sound.frames;
    sound_free(&sound);
    return worst;
}

static bool file_holds(const char *path, const char *text)
{
    char *bytes = NULL;
    size_t n = 0;
    assert_int_equal(path_read_file(path, 10000000, &bytes, &n, NULL), 0);
    bool found = memmem(bytes, n, text, strlen(text));
    free(bytes);
    return found;
}

static void a_listener_hears_the_programme_without_a_seam_and_its_titles(void **state)
{
    (void)state;
    struct world *world = world_create("opus", "hackme\n");
    char path[PATHS_MAX];
    server_start(world);
    world_open(world);
    pid_t listener = listener_start(world, path);
    outputs_title(world->outputs, 0, world->frame + 5 * N, "Thời sự địa phương");
    carry_s(world, 2);
    outputs_title(world->outputs, 0, world->frame, "Dân ca");
    carry_s(world, 2);
    world->outputs = outputs_close(world->outputs);
    waitpid(listener, NULL, 0); /* the stream has ended */
    assert_true(file_holds(path, "TITLE=Đài xã"));
    assert_true(file_holds(path, "TITLE=Thời sự địa phương"));
    assert_true(file_holds(path, "TITLE=Dân ca"));
    int64_t n_frames = 0;
    double worst = worst_seam(world, path, &n_frames);
    if (worst > 0.1) {
        fail_msg("there is a seam: %f", worst);
    }
    assert_true(n_frames >= 4 * AIR_RATE);
    world_destroy(world);
}

static void a_server_that_comes_back_is_found_and_nobody_else_loses_a_frame(void **state)
{
    (void)state;
    struct world *world = world_create("mp3", "hackme\n");
    char path[PATHS_MAX];
    server_start(world);
    world_open(world);
    end(listener_start(world, path), SIGKILL);
    end(world->server, SIGKILL);
    struct fault fault = wait_for_fault(world, WAIT_S);
    assert_int_equal(fault.err, ECONNREFUSED);
    server_start(world);
    for (int i = 0; i < 10 * WAIT_S && outputs_stats(world->outputs, 0).failed; i++) {
        carry(world);
    }
    struct output_stats stats = outputs_stats(world->outputs, 0);
    assert_false(stats.failed);
    assert_true(stats.n_reconnects == 1);
    assert_true(stats.frames_dropped > 0);
    unlink(path);
    end(listener_start(world, path), SIGKILL);
    assert_true(outputs_stats(world->outputs, 1).frames_dropped == 0);
    world_destroy(world);
}

static void a_wrong_password_is_said(void **state)
{
    (void)state;
    struct world *world = world_create("opus", "wrong\n");
    char path[PATHS_MAX];
    snprintf(path, sizeof path, "%s/password", world->dir);
    server_start(world);
    world_open(world);
    struct fault fault = wait_for_fault(world, WAIT_S);
    for (int i = 0; i < 5 && fault.err == ECONNREFUSED; i++) { /* it was not up yet */
        fault = wait_for_fault(world, WAIT_S);
    }
    assert_int_equal(fault.err, EACCES);
    assert_non_null(strstr(fault.text, "password"));
    assert_null(strstr(fault.text, "wrong\n"));
    world_destroy(world);
}

static void a_server_that_never_answers_is_given_up_and_closing_does_not_wait_for_it(void **state)
{
    (void)state;
    struct world *world = world_create("opus", "hackme\n");
    int fd = listen_on(&world->port);
    snprintf(world->target, sizeof world->target, "source:password@127.0.0.1:%d/xa", world->port);
    world_open(world);
    struct fault fault = wait_for_fault(world, 30);
    assert_int_equal(fault.err, ETIMEDOUT);
    int64_t before_ns = now_ns();
    world->outputs = outputs_close(world->outputs);
    assert_true(now_ns() - before_ns < 5000000000);
    close(fd);
    world_destroy(world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_listener_hears_the_programme_without_a_seam_and_its_titles),
    cmocka_unit_test(a_server_that_comes_back_is_found_and_nobody_else_loses_a_frame),
    cmocka_unit_test(a_wrong_password_is_said),
    cmocka_unit_test(a_server_that_never_answers_is_given_up_and_closing_does_not_wait_for_it),
};

TEST_MAIN(tests)
