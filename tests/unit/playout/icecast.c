/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/output.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
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
#include "playout/outputs/mount.h"
#include "playout/outputs/stream_packet.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/temp_dir.h"
#include "tests/test.h"

/* A real Icecast, and listeners of their own: curl, and opusdec for what it has heard. */

enum { N = AIR_BLOCK_FRAMES, WAIT_S = 30, HZ = 440, NOBODY = 65534 };

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

/* It ends with this program, however that ends: for that it has to be the user already that it is
 * to run as, because whoever changes its user outlives its parent. */
static pid_t start_as(uid_t user, const char *const words[])
{
    pid_t pid = fork();
    if (pid == 0) {
        if (user != geteuid() && (setgroups(0, NULL) || setgid(user) || setuid(user))) {
            _exit(125);
        }
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        FILE *out = freopen("/dev/null", "w", stdout);
        FILE *err = freopen("/dev/null", "w", stderr);
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(out && err ? 127 : 126);
    }
    assert_true(pid > 0);
    return pid;
}

static pid_t start(const char *const words[])
{
    return start_as(geteuid(), words);
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
    world->server = start_as(geteuid() == 0 ? NOBODY : geteuid(), words);
}

static struct world *world_create(const char *parameters, const char *password)
{
    struct world *world = calloc(1, sizeof *world);
    temp_dir_make(world->dir);
    chmod(world->dir, 0777); /* Icecast refuses to be root */
    close(listen_on(&world->port));
    char text[2048];
    snprintf(
        text, sizeof text,
        "<icecast><limits><sources>9</sources></limits>"
        "<authentication><source-password>hackme</source-password></authentication>"
        "<hostname>localhost</hostname><listen-socket><port>%d</port><bind-address>127.0.0.1"
        "</bind-address></listen-socket><paths><logdir>%s</logdir><webroot>/usr/share/icecast2"
        "/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>"
        "<logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>4</"
        "loglevel></logging><mount type=\"default\"><charset>UTF-8</charset></mount></icecast>\n",
        world->port, world->dir);
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
        if (outputs_take_fault(world->outputs, &line, &fault) &&
            outputs_stats(world->outputs, 0).failed) { /* and not from before it came up */
            assert_int_equal(line, 0);
            return fault;
        }
        carry(world);
    }
    fail_msg("no fault was told in %d s", wait_s);
    return fault;
}

/* The mount can be listened to; what is heard goes to a file. */
static pid_t listener_start(struct world *world, char path[static PATHS_MAX], const char *metadata)
{
    char url[100];
    char header[50];
    snprintf(header, sizeof header, "Icy-MetaData: %s", metadata);
    snprintf(path, PATHS_MAX, "%s/heard.ogg", world->dir);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/xa", world->port);
    for (int i = 0; i < 10 * WAIT_S; i++) {
        const char *const words[] = {"curl", "-sfN", "-H", header, "-o", path, url, NULL};
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
    /* The last step may be filled up with silence. */
    for (int64_t i = 9600; i + STREAM_STEP_FRAMES + 16 < sound.frames; i++) {
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
    pid_t listener = listener_start(world, path, "0");
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
    end(listener_start(world, path, "0"), SIGKILL);
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
    end(listener_start(world, path, "0"), SIGKILL);
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

/* What a player shows of an MP3 stream: the titles between its bytes of sound, one after the other,
 * each when it is another than the one before. */
static void read_icy_titles(const char *path, size_t interval, char titles[static 1000])
{
    char *bytes = NULL;
    size_t n = 0;
    char last[500] = "";
    titles[0] = '\0';
    assert_int_equal(path_read_file(path, 10000000, &bytes, &n, NULL), 0);
    for (size_t at = interval; at < n;) {
        size_t n_text = 16 * (size_t)(unsigned char)bytes[at];
        if (n_text > 0 && at + 1 + n_text <= n && n_text < sizeof last) {
            char text[500];
            snprintf(text, sizeof text, "%.*s", (int)n_text, bytes + at + 1);
            if (strcmp(text, last) != 0) {
                memcpy(last, text, sizeof last);
                size_t n_titles = strlen(titles);
                snprintf(titles + n_titles, 1000 - n_titles, "%s", text);
            }
        }
        at += 1 + n_text + interval;
    }
    free(bytes);
}

static void wait_for_icy_titles(struct world *world, const char *wanted)
{
    char path[PATHS_MAX];
    char titles[1000] = "";
    snprintf(path, sizeof path, "%s/heard.ogg", world->dir);
    for (int i = 0; i < 10 * WAIT_S && strcmp(titles, wanted) != 0; i++) {
        carry(world);
        read_icy_titles(path, 16000, titles); /* Icecast's interval */
    }
    assert_string_equal(titles, wanted);
}

static void a_player_of_an_mp3_stream_is_told_each_title(void **state)
{
    (void)state;
    struct world *world = world_create("mp3", "hackme\n");
    char path[PATHS_MAX];
    server_start(world);
    world_open(world);
    pid_t listener = listener_start(world, path, "1");
    wait_for_icy_titles(world, "StreamTitle='Đài xã';");
    outputs_title(world->outputs, 0, world->frame, "Thời sự & dân ca");
    wait_for_icy_titles(world, "StreamTitle='Đài xã';StreamTitle='Thời sự & dân ca';");
    end(listener, SIGKILL);
    world_destroy(world);
}

/* A server that goes: when it was asked, or when it has said yes to all that is asked first. */
static void be_lost(const struct mount_ops *ops, const struct mount_spec *spec, int server,
                    bool says_yes)
{
    static const char yes[] = "HTTP/1.0 200 OK\r\n\r\n";
    static const char sound[20000];
    struct mount *mount = NULL;
    struct fault fault;
    char asked[4000];
    assert_int_equal(ops->open(spec, &mount, &fault), 0);
    int fd = -1;
    int r = -EINPROGRESS;
    for (int i = 0; i < 10000 && r == -EINPROGRESS; i++) {
        int fresh = accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fresh >= 0) { /* loa looks whether somebody is there, then libshout asks twice */
            close(fd);
            fd = fresh;
        }
        if (recv(fd, asked, sizeof asked, 0) > 0) {
            if (!says_yes) {
                break;
            }
            assert_true(send(fd, yes, sizeof yes - 1, MSG_NOSIGNAL) > 0);
        }
        r = ops->poll(mount, &fault);
    }
    assert_int_equal(r, says_yes ? 0 : -EINPROGRESS);
    close(fd);
    size_t n_taken = 0;
    for (int i = 0; r == 0 && i < 10000; i++) {
        r = ops->send(mount, sound, sizeof sound, &n_taken, &fault);
    }
    assert_true(r < 0);
    ops->close(mount);
}

static void a_radio_that_is_refused_and_lost_for_months_does_not_grow(void **state)
{
    (void)state;
    enum { ROUNDS = 100 };
    const struct mount_ops *ops = NULL;
    struct mount_spec spec = {.host = "127.0.0.1", .mount = "/xa", .user = "source"};
    spec.password = "hackme";
    spec.name = "Đài xã";
    spec.bitrate_bps = 64000;
    int closed_port = 0;
    int server = listen_on(&spec.port);
    assert_int_equal(fcntl(server, F_SETFL, O_NONBLOCK), 0);
    close(listen_on(&closed_port));
    struct mount_spec nowhere = spec;
    nowhere.port = closed_port;
    size_t before = 0;
    assert_int_equal(mount_ops_find(&ops, NULL), 0);
    for (int round = -10; round < ROUNDS; round++) {
        if (round == 0) {
            before = mallinfo2().uordblks;
        }
        struct mount *mount = NULL;
        struct fault fault;
        assert_int_equal(ops->open(&nowhere, &mount, &fault), -ECONNREFUSED);
        be_lost(ops, &spec, server, false);
        be_lost(ops, &spec, server, true);
    }
    size_t after = mallinfo2().uordblks;
    close(server);
    if (after > before + 20 * ROUNDS) {
        fail_msg("%zu bytes are lost in a round", (after - before) / ROUNDS);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_listener_hears_the_programme_without_a_seam_and_its_titles),
    cmocka_unit_test(a_server_that_comes_back_is_found_and_nobody_else_loses_a_frame),
    cmocka_unit_test(a_wrong_password_is_said),
    cmocka_unit_test(a_server_that_never_answers_is_given_up_and_closing_does_not_wait_for_it),
    cmocka_unit_test(a_player_of_an_mp3_stream_is_told_each_title),
    cmocka_unit_test(a_radio_that_is_refused_and_lost_for_months_does_not_grow),
};

TEST_MAIN(tests)
