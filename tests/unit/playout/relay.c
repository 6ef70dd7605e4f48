/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <math.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fault.h"
#include "base/frames.h"
#include "playout/engine.h"
#include "tests/fakes/stage.h"
#include "tests/test.h"

/* A relay from a real server, decoded by the real process: heard, stalled, cut, killed. */

enum { T0 = 1000000, BURST_BLOCKS = 75, PATIENCE_S = 90 };
static const float LEVEL = 0.25F;

/* ---- a station that streams a steady level as WAV without an end */

enum manner { SERVE, SILENT, STALL, REFUSE };

struct server {
    int fd;
    int port;
    _Atomic int manner;
    _Atomic bool stopping;
    _Atomic int n_served; /* connections that were given sound */
    pthread_t thread;
};

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

static bool send_all(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool send_head(int fd)
{
    static const char head[] = "HTTP/1.0 200 OK\r\nContent-Type: audio/wav\r\n\r\n";
    static const unsigned char wav[44] = {'R', 'I', 'F',  'F', 0xff, 0xff, 0xff, 0xff, 'W',
                                          'A', 'V', 'E',  'f', 'm',  't',  ' ',  16,   0,
                                          0,   0,   1,    0,   2,    0,    0x80, 0xbb, 0,
                                          0,   0,   0xee, 2,   0,    4,    0,    16,   0,
                                          'd', 'a', 't',  'a', 0xff, 0xff, 0xff, 0xff};
    char request[1024];
    return recv(fd, request, sizeof request, 0) > 0 && send_all(fd, head, sizeof head - 1) &&
           send_all(fd, wav, sizeof wav);
}

/* A burst, as servers give it, and then as fast as it is heard. */
static void serve(struct server *server, int fd)
{
    int16_t block[2 * AIR_BLOCK_FRAMES];
    for (size_t i = 0; i < ARRAY_LEN(block); i++) {
        block[i] = (int16_t)(LEVEL * 32768);
    }
    static const int16_t zeros[2 * AIR_BLOCK_FRAMES] = {0};
    bool open = send_head(fd);
    for (int i = 0; open && !atomic_load(&server->stopping); i++) {
        int manner = atomic_load(&server->manner);
        if (manner == REFUSE) {
            return;
        }
        if (manner == SERVE || manner == SILENT) {
            open = send_all(fd, manner == SERVE ? block : zeros, sizeof block);
            atomic_fetch_add(&server->n_served, i == 0);
        }
        if (i >= BURST_BLOCKS || manner == STALL) {
            rest();
        }
    }
}

static void *server_main(void *context)
{
    struct server *server = context;
    while (!atomic_load(&server->stopping)) {
        int fd = accept(server->fd, NULL, NULL);
        if (fd >= 0 && atomic_load(&server->manner) != REFUSE) {
            serve(server, fd);
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    return NULL;
}

static void server_start(struct server *server, enum manner manner)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    atomic_init(&server->manner, (int)manner);
    atomic_init(&server->stopping, false);
    atomic_init(&server->n_served, 0);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->fd, 8), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &n), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, server_main, server), 0);
}

static void server_stop(struct server *server)
{
    atomic_store(&server->stopping, true);
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
}

/* ---- a line that relays it */

struct relaying {
    struct server server;
    struct stage *stage;
    struct engine *engine;
    char url[64];
};

static const struct fallback ladder[] = {{"a"}};

/* A relay of ten minutes from half a second on. */
static void relaying_plan(struct relaying *relaying, enum manner manner)
{
    server_start(&relaying->server, manner);
    snprintf(relaying->url, sizeof relaying->url, "http://127.0.0.1:%d/live",
             relaying->server.port);
    relaying->stage = stage_create(1);
    relaying->stage->lines[0].fallback = ladder;
    relaying->stage->lines[0].n_fallback = 1;
    stage_copy(relaying->stage, 1, 120 * AIR_RATE);
    struct plan_item *item = stage_item(relaying->stage, 0, T0 + AIR_RATE / 2, 1);
    item->segment_id = 0;
    item->segment_code = "";
    item->title = "VOV1";
    item->kind = "tiep-song";
    item->source = ITEM_SOURCE_RELAY;
    item->source_name = "relay:vov1";
    item->source_target = relaying->url;
    item->n_frames = item->whole_frames = INT64_C(600) * AIR_RATE;
    stage_catch(relaying->stage, T0, 960);
}

static void relaying_begin(struct relaying *relaying, enum manner manner)
{
    struct fault fault = {0};
    relaying_plan(relaying, manner);
    struct engine_options options = stage_options(relaying->stage, ENGINE_LIVE);
    assert_int_equal(engine_create(&options, &relaying->engine, &fault), 0);
    assert_int_equal(engine_lend_plan(relaying->engine, &relaying->stage->plan, NULL, &fault), 0);
}

static void relaying_end(struct relaying *relaying)
{
    engine_destroy(relaying->engine);
    server_stop(&relaying->server);
    stage_destroy(relaying->stage);
}

static void play_block(struct relaying *relaying)
{
    struct fault fault = {0};
    int64_t next = engine_position(relaying->engine) + AIR_BLOCK_FRAMES;
    assert_int_equal(engine_advance_to(relaying->engine, next, &fault), 0);
    rest();
}

/* Play on until the i-th event is there, and look at its words. */
static void expect_event(struct relaying *relaying, size_t i, const char *words)
{
    time_t until = time(NULL) + PATIENCE_S;
    while (relaying->stage->n_events <= i && time(NULL) < until) {
        play_block(relaying);
    }
    const char *event = stage_event(relaying->stage, i);
    if (!strstr(event, words)) {
        fail_msg("\"%s\" is not \"%s\"", event, words);
    }
}

static void expect_relay_heard(struct relaying *relaying)
{
    time_t until = time(NULL) + PATIENCE_S;
    float peak = 0;
    while (fabsf(peak - LEVEL) > 0.001F && time(NULL) < until) {
        play_block(relaying);
        peak = engine_line(relaying->engine, 0).level.peak;
    }
    assert_true(fabsf(peak - LEVEL) <= 0.001F);
    assert_string_equal(engine_line(relaying->engine, 0).segment_code, "relay:vov1");
    assert_string_equal(engine_line(relaying->engine, 0).title, "VOV1");
}

static void a_relay_that_stalls_gives_way_to_the_ladder_until_it_sounds_again(void **state)
{
    (void)state;
    struct relaying relaying = {0};
    relaying_begin(&relaying, SERVE);
    expect_event(&relaying, 0, "start  #1 lines=0");
    expect_relay_heard(&relaying);
    assert_int_equal(relaying.stage->n_unplayable, 0);
    atomic_store(&relaying.server.manner, STALL);
    expect_event(&relaying, 1, "end #1 ");
    assert_non_null(strstr(stage_event(relaying.stage, 1), "failed"));
    assert_int_equal(relaying.stage->n_unplayable, 1);
    expect_event(&relaying, 2, "start a #2 lines=0");
    atomic_store(&relaying.server.manner, SERVE);
    expect_event(&relaying, 3, "end #2 ");
    assert_non_null(strstr(stage_event(relaying.stage, 3), "preempted"));
    expect_event(&relaying, 4, "start  #3 lines=0");
    assert_non_null(strstr(stage_event(relaying.stage, 4), "programme"));
    expect_relay_heard(&relaying);
    relaying_end(&relaying);
}

static void a_relay_that_falls_silent_gives_way_to_the_ladder_until_it_sounds_again(void **state)
{
    (void)state;
    struct relaying relaying = {0};
    relaying_begin(&relaying, SERVE);
    relaying.stage->lines[0].silence_us = 1000000;
    expect_relay_heard(&relaying);
    atomic_store(&relaying.server.manner, SILENT);
    expect_event(&relaying, 1, "end #1 ");
    assert_non_null(strstr(stage_event(relaying.stage, 1), "failed"));
    assert_int_equal(relaying.stage->n_unplayable, 1);
    expect_event(&relaying, 2, "start a #2 lines=0");
    for (int i = 0; i < 75; i++) { /* for longer than zeros could be taken for sound */
        play_block(&relaying);
    }
    assert_string_equal(engine_line(relaying.engine, 0).segment_code, "a");
    assert_string_equal(stage_event(relaying.stage, 3), "");
    atomic_store(&relaying.server.manner, SERVE);
    expect_event(&relaying, 3, "end #2 ");
    assert_non_null(strstr(stage_event(relaying.stage, 3), "preempted"));
    expect_event(&relaying, 4, "start  #3 lines=0");
    expect_relay_heard(&relaying);
    relaying_end(&relaying);
}

/* Play the zeros of a relay for longer than its line allows. */
static void play_silent_relay(struct relaying *relaying)
{
    expect_event(relaying, 0, "start  #1 lines=0");
    for (int i = 0; i < 75; i++) {
        play_block(relaying);
    }
}

static void a_silent_relay_stays_where_silence_is_meant_or_nothing_could_sound_instead(void **state)
{
    static const struct {
        int64_t silence_us;
        size_t n_fallback;
    } cases[] = {{0, 1}, {1000000, 0}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct relaying relaying = {0};
        relaying_begin(&relaying, SILENT);
        relaying.stage->lines[0].silence_us = cases[i].silence_us;
        relaying.stage->lines[0].n_fallback = cases[i].n_fallback;
        play_silent_relay(&relaying);
        assert_string_equal(stage_event(relaying.stage, 1), "");
        assert_string_equal(engine_line(relaying.engine, 0).segment_code, "relay:vov1");
        assert_true(engine_line(relaying.engine, 0).quiet_frames >= AIR_RATE);
        relaying_end(&relaying);
    }
}

static void a_relay_is_opened_ahead_and_begins_on_its_frame(void **state)
{
    (void)state;
    struct relaying relaying = {0};
    struct fault fault = {0};
    relaying_plan(&relaying, SERVE);
    relaying.stage->items[0].start_frame = T0 + 8 * AIR_RATE;
    struct engine_options options = stage_options(relaying.stage, ENGINE_LIVE);
    assert_int_equal(engine_create(&options, &relaying.engine, &fault), 0);
    assert_int_equal(engine_lend_plan(relaying.engine, &relaying.stage->plan, NULL, &fault), 0);
    while (atomic_load(&relaying.server.n_served) == 0 &&
           engine_position(relaying.engine) < T0 + 8 * AIR_RATE) {
        play_block(&relaying);
    }
    assert_true(engine_position(relaying.engine) < T0 + 8 * AIR_RATE);
    expect_event(&relaying, 0, "384000 start  #1 lines=0 offset=0 programme");
    expect_relay_heard(&relaying);
    relaying_end(&relaying);
}

static void a_relay_that_comes_late_is_joined_when_it_comes(void **state)
{
    (void)state;
    struct relaying relaying = {0};
    relaying_begin(&relaying, REFUSE);
    expect_event(&relaying, 0, "start  #1 lines=0");
    expect_event(&relaying, 1, "end #1 frames=0 failed");
    expect_event(&relaying, 2, "start a #2 lines=0");
    atomic_store(&relaying.server.manner, SERVE);
    expect_event(&relaying, 3, "end #2 ");
    expect_event(&relaying, 4, "start  #3 lines=0");
    expect_relay_heard(&relaying);
    relaying_end(&relaying);
}

static void an_input_whose_device_is_missing_gives_way_to_the_ladder(void **state)
{
    (void)state;
    struct relaying relaying = {0};
    struct fault fault = {0};
    relaying_plan(&relaying, REFUSE);
    struct plan_item *item = &relaying.stage->items[0];
    item->source = ITEM_SOURCE_INPUT;
    item->source_name = "input:may-thu";
    item->source_target = "no such device#1,2";
    struct engine_options options = stage_options(relaying.stage, ENGINE_LIVE);
    assert_int_equal(engine_create(&options, &relaying.engine, &fault), 0);
    assert_int_equal(engine_lend_plan(relaying.engine, &relaying.stage->plan, NULL, &fault), 0);
    expect_event(&relaying, 0, "start  #1 lines=0");
    expect_event(&relaying, 1, "end #1 frames=0 failed");
    expect_event(&relaying, 2, "start a #2 lines=0");
    relaying_end(&relaying);
}

/* A process of this one's that reads a relay; 0: there is none. */
static pid_t find_reader(void)
{
    pid_t found = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (struct dirent *task; (task = readdir(tasks));) {
        char path[300];
        snprintf(path, sizeof path, "/proc/self/task/%s/children", task->d_name);
        FILE *file = fopen(path, "r");
        long pid = 0;
        if (file && fscanf(file, "%ld", &pid) == 1) {
            found = (pid_t)pid;
        }
        if (file) {
            fclose(file);
        }
    }
    closedir(tasks);
    return found;
}

static void a_reader_that_is_killed_is_started_again_and_costs_the_others_nothing(void **state)
{
    (void)state;
    struct relaying relaying = {0};
    relaying_begin(&relaying, SERVE);
    expect_relay_heard(&relaying);
    pid_t reader = find_reader();
    assert_true(reader > 0);
    assert_int_equal(kill(reader, SIGKILL), 0);
    time_t until = time(NULL) + PATIENCE_S;
    while (atomic_load(&relaying.server.n_served) < 2 && time(NULL) < until) {
        play_block(&relaying);
    }
    assert_int_equal(atomic_load(&relaying.server.n_served), 2);
    expect_relay_heard(&relaying);
    assert_true(find_reader() != reader);
    relaying_end(&relaying);
    assert_int_equal(find_reader(), 0);
}

/* A reader of the test's own: first one that writes rubbish and breaks off within a frame, then one
 * that gives LEVEL. */
static void make_strange_reader(const struct stage *stage, char path[static 300])
{
    char sound[300];
    snprintf(path, 300, "%s/reader", stage->dir);
    snprintf(sound, sizeof sound, "%s/reader.sound", stage->dir);
    FILE *file = fopen(sound, "wb");
    assert_non_null(file);
    for (int i = 0; i < 2 * 20 * AIR_RATE; i++) {
        assert_int_equal(fwrite(&LEVEL, sizeof LEVEL, 1, file), 1);
    }
    assert_int_equal(fclose(file), 0);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "#!/bin/sh\n"
            "if [ -e '%s.again' ]; then exec cat '%s' >&3; fi\n"
            ": >'%s.again'\n"
            "head -c 400000 /dev/zero | tr '\\0' '\\377' >&3\n"
            "printf abc >&3\n"
            "exit 1\n",
            path, sound, path);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

static void a_reader_that_writes_rubbish_is_silence_and_the_next_one_is_heard(void **state)
{
    (void)state;
    struct relaying relaying = {0};
    struct fault fault = {0};
    char reader[300];
    relaying_plan(&relaying, REFUSE);
    make_strange_reader(relaying.stage, reader);
    child_use_program(reader);
    struct engine_options options = stage_options(relaying.stage, ENGINE_LIVE);
    assert_int_equal(engine_create(&options, &relaying.engine, &fault), 0);
    assert_int_equal(engine_lend_plan(relaying.engine, &relaying.stage->plan, NULL, &fault), 0);
    expect_event(&relaying, 0, "start  #1 lines=0");
    time_t until = time(NULL) + PATIENCE_S;
    float peak = 0;
    while (peak == 0 && time(NULL) < until) {
        play_block(&relaying);
        peak = engine_line(relaying.engine, 0).level.peak;
    }
    for (int i = 0; i < 50; i++) { /* not a sample of it is anything else */
        assert_true(peak <= LEVEL);
        play_block(&relaying);
        peak = engine_line(relaying.engine, 0).level.peak;
    }
    expect_relay_heard(&relaying);
    relaying_end(&relaying);
}

static void a_rehearsal_takes_a_relay_for_carried_in_full(void **state)
{
    (void)state;
    struct relaying relaying = {0};
    relaying_plan(&relaying, REFUSE);
    stage_play(relaying.stage, ENGINE_LEDGER, T0 + INT64_C(700) * AIR_RATE);
    assert_string_equal(stage_event(relaying.stage, 0),
                        "24000 start  #1 lines=0 offset=0 programme");
    assert_string_equal(stage_event(relaying.stage, 1), "28824000 end #1 frames=28800000 complete");
    assert_int_equal(relaying.stage->n_unplayable, 0);
    server_stop(&relaying.server);
    stage_destroy(relaying.stage);
}

static void what_is_rendered_holds_silence_for_a_relay_and_says_so_once(void **state)
{
    (void)state;
    struct relaying relaying = {0};
    relaying_plan(&relaying, REFUSE);
    struct plan_item *first = &relaying.stage->items[0];
    first->n_frames = first->whole_frames = 4800;
    struct plan_item *again = stage_item(relaying.stage, 0, T0 + AIR_RATE, 1);
    int position = again->position;
    *again = *first;
    again->position = position + 1;
    again->start_frame = T0 + AIR_RATE;
    stage_catch(relaying.stage, T0, 2 * AIR_RATE);
    stage_play(relaying.stage, ENGINE_OFFLINE, T0 + 2 * AIR_RATE);
    for (int64_t frame = T0; frame < T0 + 2 * AIR_RATE; frame++) {
        assert_true(stage_caught(relaying.stage, 0, frame, 0) == 0);
    }
    assert_int_equal(relaying.stage->n_unplayable, 1);
    server_stop(&relaying.server);
    stage_destroy(relaying.stage);
}

static int use_program(void **state)
{
    (void)state;
    child_use_program(LOA_PROGRAM);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(a_relay_that_stalls_gives_way_to_the_ladder_until_it_sounds_again,
                           use_program),
    cmocka_unit_test_setup(a_relay_that_falls_silent_gives_way_to_the_ladder_until_it_sounds_again,
                           use_program),
    cmocka_unit_test_setup(
        a_silent_relay_stays_where_silence_is_meant_or_nothing_could_sound_instead, use_program),
    cmocka_unit_test_setup(a_relay_is_opened_ahead_and_begins_on_its_frame, use_program),
    cmocka_unit_test_setup(a_relay_that_comes_late_is_joined_when_it_comes, use_program),
    cmocka_unit_test_setup(a_reader_that_is_killed_is_started_again_and_costs_the_others_nothing,
                           use_program),
    cmocka_unit_test_setup(a_reader_that_writes_rubbish_is_silence_and_the_next_one_is_heard,
                           use_program),
    cmocka_unit_test_setup(an_input_whose_device_is_missing_gives_way_to_the_ladder, use_program),
    cmocka_unit_test(a_rehearsal_takes_a_relay_for_carried_in_full),
    cmocka_unit_test(what_is_rendered_holds_silence_for_a_relay_and_says_so_once),
};
TEST_MAIN(tests)
