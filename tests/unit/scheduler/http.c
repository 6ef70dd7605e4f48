/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/fault.h"
#include "scheduler/calendar/http.h"

/* A server of one connection: it says `head`, and then `piece` every 50 ms until nobody listens. */
struct server {
    const char *head;
    size_t n_head;
    const char *piece; /* NULL: the connection is closed after the head */
    int listener;
    pthread_t thread;
    char url[64];
};

static bool give(int fd, const char *bytes, size_t n)
{
    return send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void *serve(void *data)
{
    struct server *server = data;
    char asked[4096];
    int fd = accept(server->listener, NULL, NULL);
    bool is_heard =
        fd >= 0 && recv(fd, asked, sizeof asked, 0) > 0 && give(fd, server->head, server->n_head);
    while (is_heard && server->piece) {
        struct pollfd event = {.fd = fd, .events = POLLIN};
        is_heard = poll(&event, 1, 50) == 0 && give(fd, server->piece, strlen(server->piece));
    }
    close(fd);
    return NULL;
}

static void begin(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(server->listener >= 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, n), 0);
    assert_int_equal(listen(server->listener, 1), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &n), 0);
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void end(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR); /* who was asked for may never have come */
    pthread_join(server->thread, NULL);
    close(server->listener);
}

static int get(struct server *server, struct http_patience patience, struct http_answer *answer,
               struct fault *fault)
{
    struct http_request request = {.method = "GET",
                                   .url = server->url,
                                   .max_bytes = 10000,
                                   .patience = patience};
    *answer = (struct http_answer){0};
    *fault = (struct fault){0};
    begin(server);
    int r = http_do(&request, answer, fault);
    end(server);
    return r;
}

static const struct http_patience patient = {10, 10, 30};

#define HEAD(text) .head = text, .n_head = sizeof text - 1

static void a_server_without_an_end_is_given_up(void **state)
{
    (void)state;
    static const char much[] = "0123456789012345678901234567890123456789";
    struct {
        struct server server;
        struct http_patience patience;
    } cases[] = {
        {{HEAD("HTTP/1.1 200 OK\r\n\r\n"), .piece = "."}, {10, 1, 30}},  /* hardly a byte */
        {{HEAD("HTTP/1.1 200 OK\r\nX: "), .piece = "."}, {10, 1, 30}},   /* in its header */
        {{HEAD("HTTP/1.1 200 OK\r\n\r\n"), .piece = much}, {10, 10, 1}}, /* steadily */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_answer answer;
        struct fault fault;
        assert_int_equal(get(&cases[i].server, cases[i].patience, &answer, &fault), -ETIMEDOUT);
        assert_non_null(strstr(fault.text, "too slow"));
    }
}

/* Twenty thousand bytes in sixty. */
static void what_is_packed_counts_as_it_is_unpacked(void **state)
{
    (void)state;
    struct server server = {
        HEAD("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 55\r\n\r\n"
             "\037\213\010\000\000\000\000\000\002\003\355\301\061\001\000\000\000\302\240\154"
             "\353\137\312\032\036\100\001\000\000\000\000\000\000\000\000\000\000\000\000\000"
             "\000\000\000\000\000\360\140\033\020\232\330\040\116\000\000")};
    struct http_answer answer;
    struct fault fault;
    assert_int_equal(get(&server, patient, &answer, &fault), -E2BIG);
    assert_null(answer.body);
}

static void header_fields_that_could_harm_are_left_out(void **state)
{
    (void)state;
    struct server server = {HEAD("HTTP/1.1 200 OK\r\nETag: \"a\x01\"\r\nLast-Modified: \xc3\xa9\r\n"
                                 "content-type:text/html; charset=utf-8 \r\n\r\nbody")};
    struct http_answer answer;
    struct fault fault;
    assert_int_equal(get(&server, patient, &answer, &fault), 0);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.etag, "");
    assert_string_equal(answer.last_modified, "");
    assert_string_equal(answer.type, "text/html; charset=utf-8");
    assert_string_equal(answer.body, "body");
    http_answer_finish(&answer);
}

static void what_is_no_http_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        int r;
    } cases[] = {
        {"SSH-2.0-OpenSSH\r\n", -EPROTO},
        {"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
         -EPROTO},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", -ECONNRESET},
        {"", -ECONNRESET},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct server server = {.head = cases[i].head, .n_head = strlen(cases[i].head)};
        struct http_answer answer;
        struct fault fault;
        int r = get(&server, patient, &answer, &fault);
        if (r != cases[i].r) {
            print_message("%zu: %s\n", i, fault.text);
        }
        assert_int_equal(r, cases[i].r);
        assert_null(strstr(fault.text, "127.0.0.1"));
    }
}

static void a_stop_ends_a_request(void **state)
{
    (void)state;
    static const volatile sig_atomic_t stop = 1;
    struct server server = {HEAD("HTTP/1.1 200 OK\r\n\r\n"), .piece = "."};
    struct http_request request = {
        .method = "GET", .url = server.url, .max_bytes = 10000, .patience = patient, .stop = &stop};
    struct http_answer answer;
    struct fault fault;
    begin(&server);
    assert_int_equal(http_do(&request, &answer, &fault), -EINTR);
    end(&server);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_server_without_an_end_is_given_up),
    cmocka_unit_test(what_is_packed_counts_as_it_is_unpacked),
    cmocka_unit_test(header_fields_that_could_harm_are_left_out),
    cmocka_unit_test(what_is_no_http_is_refused),
    cmocka_unit_test(a_stop_ends_a_request),
};

int main(int argc, char **argv)
{
    unsetenv("http_proxy");
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
