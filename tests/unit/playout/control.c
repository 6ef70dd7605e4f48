/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/log.h"
#include "playout/control/address.h"
#include "playout/control/client.h"
#include "playout/control/server.h"
#include "tests/fakes/temp_dir.h"

/* A radio of which only the ear is real: "status" answers as many long lines as `n_lines` says,
 * "stop" refuses, "alerts" has its answer when it `is_there`, "resume" is not there. */
struct ear {
    char dir[TEMP_DIR_MAX];
    struct control_server *server;
    _Atomic size_t n_lines;
    _Atomic int n_status;
    _Atomic uint64_t client; /* who asked last */
    _Atomic uint64_t gone;   /* who was told last to be gone */
    _Atomic bool is_there;
    _Atomic int n_waited;
};

static int on_status(void *context, struct control_call *call, struct fault *reterr)
{
    struct ear *ear = context;
    (void)reterr;
    atomic_store(&ear->client, call->client);
    atomic_fetch_add(&ear->n_status, 1);
    for (size_t i = 0; i < atomic_load(&ear->n_lines); i++) {
        struct json *json = control_answer(call);
        json_int(json, "line", (int64_t)i);
        json_text(json, "title", "Đài truyền thanh xã, một dòng cho dài thêm một chút nữa");
        control_answer_end(call);
    }
    return 0;
}

static int on_stop(void *context, struct control_call *call, struct fault *reterr)
{
    (void)context;
    const char *who = message_text(call->request, "who");
    return fault_set(reterr, EPERM, NULL, 0, "not for %s: \"%s\"", who ? who : "nobody",
                     message_text_at(call->request, "lines", 0));
}

static void on_gone(void *context, uint64_t client)
{
    atomic_store(&((struct ear *)context)->gone, client);
}

static int on_alerts(void *context, struct control_call *call, struct fault *reterr)
{
    struct ear *ear = context;
    (void)reterr;
    if (!atomic_load(&ear->is_there)) {
        atomic_fetch_add(&ear->n_waited, 1);
        call->ticket++;
        atomic_store(&ear->client, call->client);
        return -EINPROGRESS;
    }
    json_int(control_answer(call), "calls", (int64_t)call->ticket);
    control_answer_end(call);
    return 0;
}

static const control_handler handlers[CONTROL_N_WORDS] = {
    [CONTROL_STATUS] = on_status,
    [CONTROL_STOP] = on_stop,
    [CONTROL_ALERTS] = on_alerts,
};

static struct control_server_options options_of(struct ear *ear)
{
    return (struct control_server_options){.dir = ear->dir,
                                           .log = &LOG_SILENT,
                                           .handlers = handlers,
                                           .on_gone = on_gone,
                                           .context = ear};
}

static int listen_again(struct ear *ear)
{
    struct fault fault = {0};
    struct control_server_options options = options_of(ear);
    return control_server_open(&options, &ear->server, &fault);
}

static int setup(void **state)
{
    struct ear *ear = calloc(1, sizeof *ear);
    temp_dir_make(ear->dir);
    atomic_store(&ear->n_lines, 3);
    *state = ear;
    return listen_again(ear);
}

static int teardown(void **state)
{
    struct ear *ear = *state;
    control_server_close(ear->server);
    temp_dir_remove(ear->dir);
    free(ear);
    return 0;
}

static void count_line(void *context, const char *bytes, size_t n_bytes, const struct message *line)
{
    int64_t number = -1;
    assert_int_equal(bytes[n_bytes - 1], '}');
    assert_true(message_int(line, "line", &number));
    assert_int_equal(number, (int64_t)(*(size_t *)context)++);
}

static int ask(struct ear *ear, const char *request, size_t *ret_n, struct fault *fault)
{
    struct control_question question = {.request = request};
    *ret_n = 0;
    return control_ask(ear->dir, &question, count_line, ret_n, fault);
}

static int connect_to(struct ear *ear)
{
    int dir_fd = -1;
    assert_int_equal(control_open_dir(ear->dir, &dir_fd, NULL), 0);
    struct sockaddr_un address = control_address(dir_fd);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(dir_fd);
    return fd;
}

static void an_answer_comes_whole_and_in_order(void **state)
{
    struct ear *ear = *state;
    struct fault fault = {0};
    size_t n = 0;
    assert_int_equal(ask(ear, "{\"do\":\"status\"}", &n, &fault), 0);
    assert_int_equal(n, 3);
    atomic_store(&ear->n_lines, 20000);
    assert_int_equal(ask(ear, "{\"do\":\"status\"}", &n, &fault), 0);
    assert_int_equal(n, 20000);
}

static void a_refusal_is_the_sentence_of_who_refuses(void **state)
{
    struct ear *ear = *state;
    struct fault fault = {0};
    size_t n = 0;
    assert_int_equal(ask(ear, "{\"do\":\"stop\",\"lines\":[\"fm\"],\"who\":\"Hòa\"}", &n, &fault),
                     -EINVAL);
    assert_string_equal(fault.text, "not for Hòa: \"fm\"");
}

static void what_is_not_understood_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *request;
        const char *part;
    } cases[] = {
        {"", "JSON object"},
        {"status", "JSON object"},
        {"[]", "JSON object"},
        {"{\"do\":\"status\",\"do\":\"stop\"}", "JSON object"},
        {"{}", "what to do"},
        {"{\"do\":1}", "what to do"},
        {"{\"do\":\"dance\"}", "\"dance\""},
        {"{\"do\":\"resume\"}", "\"resume\""},
        {"{\"do\":\"stop\",\"line\":\"fm\"}", "\"line\" is not understood"},
        {"{\"do\":\"stop\",\"lines\":\"fm\"}", "\"lines\", a list of texts"},
        {"{\"do\":\"stop\",\"lines\":[1]}", "\"lines\", a list of texts"},
        {"{\"do\":\"stop\",\"who\":1}", "\"who\", a text"},
    };
    struct ear *ear = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fault fault = {0};
        size_t n = 0;
        assert_int_equal(ask(ear, cases[i].request, &n, &fault), -EINVAL);
        if (!strstr(fault.text, cases[i].part)) {
            fail_msg("%s: %s", cases[i].request, fault.text);
        }
    }
}

static void a_request_longer_than_a_line_may_be_is_refused(void **state)
{
    struct ear *ear = *state;
    struct fault fault = {0};
    size_t n_bytes = 3 * (size_t)CONTROL_LINE_MAX;
    char *request = malloc(n_bytes + 1);
    memset(request, ' ', n_bytes);
    request[n_bytes] = '\0';
    size_t n = 0;
    /* The sentence, or the end of the line, whichever reaches who sends on and on. */
    assert_int_not_equal(ask(ear, request, &n, &fault), 0);
    free(request);
    assert_int_equal(ask(ear, "{\"do\":\"status\"}", &n, &fault), 0);
}

static void requests_in_pieces_and_many_at_once_are_answered_in_turn(void **state)
{
    struct ear *ear = *state;
    int fd = connect_to(ear);
    const char *text = "{\"do\":\"status\"}\n{\"do\":\"dance\"}\n{\"do\":\"status\"}\n";
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(send(fd, text + i, 1, 0), 1);
    }
    size_t n_left = strlen(text) - 20;
    assert_int_equal(send(fd, text + 20, n_left, 0), (ssize_t)n_left);
    shutdown(fd, SHUT_WR);
    char all[8192] = "";
    size_t n = 0;
    for (ssize_t got = 1; got > 0; n += (size_t)got) {
        got = recv(fd, all + n, sizeof all - 1 - n, 0);
        assert_true(got >= 0);
    }
    close(fd);
    const char *first = strstr(all, "{\"done\":true}\n");
    assert_non_null(first);
    const char *refusal = strstr(first, "{\"error\":");
    assert_non_null(refusal);
    assert_non_null(strstr(refusal, "{\"done\":true}\n"));
    assert_int_equal(atomic_load(&ear->n_status), 2);
}

/* One that never takes its answer, one that stops in the middle of a word, one that says
 * nothing: everybody else is answered meanwhile. */
static void a_slow_or_silent_client_delays_nobody(void **state)
{
    struct ear *ear = *state;
    struct fault fault = {0};
    atomic_store(&ear->n_lines, 20000);
    int deaf = connect_to(ear);
    int slow = connect_to(ear);
    int silent = connect_to(ear);
    assert_int_equal(send(deaf, "{\"do\":\"status\"}\n", 16, 0), 16);
    assert_int_equal(send(slow, "{\"do\":\"sta", 10, 0), 10);
    while (atomic_load(&ear->n_status) == 0) {
        poll(NULL, 0, 1);
    }
    atomic_store(&ear->n_lines, 3);
    for (int i = 0; i < 100; i++) {
        size_t n = 0;
        assert_int_equal(ask(ear, "{\"do\":\"status\"}", &n, &fault), 0);
        assert_int_equal(n, 3);
    }
    close(deaf);
    close(slow);
    close(silent);
}

/* What a client sends after such a request is answered after it. */
static void an_answer_that_is_not_there_yet_delays_nobody_else(void **state)
{
    static const char requests[] = "{\"do\":\"alerts\"}\n{\"do\":\"stop\",\"lines\":[\"fm\"]}\n";
    struct ear *ear = *state;
    struct fault fault = {0};
    size_t n = 0;
    char answer[512] = "";
    char wanted[128];
    int waits = connect_to(ear);
    assert_int_equal(send(waits, requests, sizeof requests - 1, 0), (ssize_t)sizeof requests - 1);
    while (atomic_load(&ear->n_waited) < 3) {
        poll(NULL, 0, 1);
    }
    assert_int_equal(ask(ear, "{\"do\":\"status\"}", &n, &fault), 0);
    assert_int_equal(n, 3);
    assert_int_equal(recv(waits, answer, 1, MSG_DONTWAIT), -1);
    atomic_store(&ear->is_there, true);
    for (size_t got = 0; !strstr(answer, "nobody"); got = strlen(answer)) {
        assert_true(recv(waits, answer + got, sizeof answer - 1 - got, 0) > 0);
    }
    snprintf(wanted, sizeof wanted,
             "{\"calls\":%d}\n{\"done\":true}\n{\"error\":", atomic_load(&ear->n_waited));
    assert_memory_equal(answer, wanted, strlen(wanted));
    close(waits);
}

static void whoever_goes_before_the_answer_is_there_is_asked_about_no_more(void **state)
{
    static const char request[] = "{\"do\":\"alerts\"}\n";
    struct ear *ear = *state;
    int waits = connect_to(ear);
    assert_int_equal(send(waits, request, sizeof request - 1, 0), (ssize_t)sizeof request - 1);
    while (atomic_load(&ear->n_waited) < 3) {
        poll(NULL, 0, 1);
    }
    close(waits);
    while (atomic_load(&ear->gone) == 0) {
        poll(NULL, 0, 1);
    }
    assert_int_equal(atomic_load(&ear->gone), atomic_load(&ear->client));
}

static void with_too_many_clients_the_stillest_has_to_go(void **state)
{
    struct ear *ear = *state;
    struct fault fault = {0};
    int fds[CONTROL_CLIENTS_MAX];
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        fds[i] = connect_to(ear);
    }
    size_t n = 0;
    assert_int_equal(ask(ear, "{\"do\":\"status\"}", &n, &fault), 0);
    assert_int_equal(n, 3);
    size_t n_gone = 0;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        char byte = 0;
        n_gone += recv(fds[i], &byte, 1, MSG_DONTWAIT) == 0;
        close(fds[i]);
    }
    assert_int_equal(n_gone, 1);
}

static void who_asks_is_known_until_the_connection_is_over(void **state)
{
    struct ear *ear = *state;
    struct control_question question = {.request = "{\"do\":\"status\"}"};
    struct control_link *link = NULL;
    size_t n = 0;
    assert_int_equal(control_link_open(ear->dir, 0, &link, NULL), 0);
    assert_int_equal(control_link_ask(link, &question, count_line, &n, NULL), 0);
    uint64_t client = atomic_load(&ear->client);
    n = 0;
    assert_int_equal(control_link_ask(link, &question, count_line, &n, NULL), 0);
    assert_int_not_equal(client, 0);
    assert_int_equal(atomic_load(&ear->client), client);
    assert_int_not_equal(atomic_load(&ear->gone), client);
    control_link_close(link);
    while (atomic_load(&ear->gone) != client) {
        poll(NULL, 0, 1);
    }
    assert_int_equal(ask(ear, question.request, &n, NULL), 0);
    assert_int_not_equal(atomic_load(&ear->client), client);
}

/* The descriptor is refused where none is wanted, and it is not kept either. */
static void descriptors_that_nobody_wants_are_closed(void **state)
{
    struct ear *ear = *state;
    struct fault fault = {0};
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    struct control_question question = {.request = "{\"do\":\"status\"}",
                                        .fds = &pipe_fds[1],
                                        .n_fds = 1};
    size_t n = 0;
    assert_int_equal(control_ask(ear->dir, &question, count_line, &n, &fault), -EINVAL);
    close(pipe_fds[1]);
    struct pollfd end = {pipe_fds[0], POLLIN, 0};
    assert_int_equal(poll(&end, 1, 20000), 1); /* hung up: nobody has the other end any more */
    assert_true(end.revents & POLLHUP);
    close(pipe_fds[0]);
}

static void only_the_owner_and_the_group_may_ask(void **state)
{
    struct ear *ear = *state;
    char path[TEMP_DIR_MAX + 16];
    struct stat info;
    mode_t before = umask(0);
    control_server_close(ear->server);
    assert_int_equal(listen_again(ear), 0);
    umask(before);
    snprintf(path, sizeof path, "%s/%s", ear->dir, CONTROL_SOCKET_NAME);
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISSOCK(info.st_mode));
    assert_int_equal(info.st_mode & 07777, 0660);
}

static void a_station_has_one_radio(void **state)
{
    struct ear *ear = *state;
    struct control_server_options options = options_of(ear);
    struct control_server *second = NULL;
    struct fault fault = {0};
    assert_int_equal(control_server_open(&options, &second, &fault), -EALREADY);
    assert_non_null(strstr(fault.text, "another radio is running on this station"));
    size_t n = 0;
    assert_int_equal(ask(ear, "{\"do\":\"status\"}", &n, &fault), 0); /* the first lives on */
}

static void without_a_radio_that_is_said(void **state)
{
    struct ear *ear = *state;
    struct fault fault = {0};
    size_t n = 0;
    ear->server = control_server_close(ear->server);
    assert_int_equal(ask(ear, "{\"do\":\"status\"}", &n, &fault), -ESRCH);
    assert_non_null(strstr(fault.text, "no radio runs"));
}

/* A radio that was killed leaves its socket behind. */
static void the_socket_of_a_dead_radio_is_replaced(void **state)
{
    struct ear *ear = *state;
    struct fault fault = {0};
    size_t n = 0;
    ear->server = control_server_close(ear->server);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(listen_again(ear) == 0 ? 0 : 1); /* and not closed */
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(ask(ear, "{\"do\":\"status\"}", &n, &fault), -ESRCH);
    assert_int_equal(listen_again(ear), 0);
    assert_int_equal(ask(ear, "{\"do\":\"status\"}", &n, &fault), 0);
}

static void a_folder_whose_path_is_too_long_for_a_socket_is_as_good(void **state)
{
    struct ear *ear = *state;
    struct fault fault = {0};
    char deep[1024];
    int at = snprintf(deep, sizeof deep, "%s", ear->dir);
    for (int i = 0; i < 6; i++) {
        at += snprintf(deep + at, sizeof deep - (size_t)at, "/%s",
                       "mot-thu-muc-co-ten-rat-dai-de-qua-gioi-han");
        assert_int_equal(mkdir(deep, 0755), 0);
    }
    assert_true(strlen(deep) > 200);
    struct control_server_options options = options_of(ear);
    struct control_server *server = NULL;
    options.dir = deep;
    assert_int_equal(control_server_open(&options, &server, &fault), 0);
    struct control_question question = {.request = "{\"do\":\"status\"}"};
    size_t n = 0;
    assert_int_equal(control_ask(deep, &question, count_line, &n, &fault), 0);
    assert_int_equal(n, 3);
    control_server_close(server);
}

static void *ask_often(void *context)
{
    struct ear *ear = context;
    for (int i = 0; i < 50; i++) {
        struct fault fault = {0};
        size_t n = 0;
        if (ask(ear, "{\"do\":\"status\"}", &n, &fault) != 0 || n != 3) {
            return ear;
        }
    }
    return NULL;
}

static void many_clients_at_once_each_get_their_own_answer(void **state)
{
    pthread_t threads[8];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, *state), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

#define WITH_AN_EAR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
static const struct CMUnitTest tests[] = {
    WITH_AN_EAR(an_answer_comes_whole_and_in_order),
    WITH_AN_EAR(a_refusal_is_the_sentence_of_who_refuses),
    WITH_AN_EAR(what_is_not_understood_is_refused_with_a_reason),
    WITH_AN_EAR(a_request_longer_than_a_line_may_be_is_refused),
    WITH_AN_EAR(requests_in_pieces_and_many_at_once_are_answered_in_turn),
    WITH_AN_EAR(a_slow_or_silent_client_delays_nobody),
    WITH_AN_EAR(an_answer_that_is_not_there_yet_delays_nobody_else),
    WITH_AN_EAR(whoever_goes_before_the_answer_is_there_is_asked_about_no_more),
    WITH_AN_EAR(with_too_many_clients_the_stillest_has_to_go),
    WITH_AN_EAR(who_asks_is_known_until_the_connection_is_over),
    WITH_AN_EAR(descriptors_that_nobody_wants_are_closed),
    WITH_AN_EAR(only_the_owner_and_the_group_may_ask),
    WITH_AN_EAR(a_station_has_one_radio),
    WITH_AN_EAR(without_a_radio_that_is_said),
    WITH_AN_EAR(the_socket_of_a_dead_radio_is_replaced),
    WITH_AN_EAR(a_folder_whose_path_is_too_long_for_a_socket_is_as_good),
    WITH_AN_EAR(many_clients_at_once_each_get_their_own_answer),
};
TEST_MAIN(tests)
