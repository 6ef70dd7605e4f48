/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "loa/notify.h"
#include "tests/fakes/temp_dir.h"

/* A service manager: the socket it is told on. */
static int listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (*path == '@') {
        address.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, n), 0);
    setenv("NOTIFY_SOCKET", path, 1);
    return fd;
}

static const char *told(int fd)
{
    static char text[256];
    ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void a_state_is_one_datagram_to_a_path_or_an_abstract_name(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char path[TEMP_DIR_MAX + 16];
    temp_dir_make(dir);
    for (int abstract = 0; abstract < 2; abstract++) {
        snprintf(path, sizeof path, "%s%s/notify", abstract ? "@" : "", dir);
        int fd = listen_on(path);
        notify_send("READY=1\nSTATUS=on air");
        assert_string_equal(told(fd), "READY=1\nSTATUS=on air");
        assert_string_equal(told(fd), "");
        close(fd);
    }
    temp_dir_remove(dir);
}

static void without_a_service_manager_nothing_happens(void **state)
{
    (void)state;
    static const char *const paths[] = {"", "/", "relative", "/nowhere/at/all", "@nobody-listens"};
    unsetenv("NOTIFY_SOCKET");
    notify_send("READY=1");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        setenv("NOTIFY_SOCKET", paths[i], 1);
        notify_send("READY=1");
    }
}

static void the_watchdog_is_fed_while_the_pulse_goes_on_and_not_while_it_stands(void **state)
{
    (void)state;
    static const int64_t second_ns = 1000000000;
    char dir[TEMP_DIR_MAX];
    char path[TEMP_DIR_MAX + 16];
    temp_dir_make(dir);
    snprintf(path, sizeof path, "%s/notify", dir);
    int fd = listen_on(path);
    setenv("WATCHDOG_USEC", "2000000", 1);
    struct notify notify = {0};
    notify_pulse(&notify, 0, 0);
    notify_pulse(&notify, 0, second_ns); /* it is being started */
    assert_string_equal(told(fd), "WATCHDOG=1");
    notify_pulse(&notify, 1, second_ns + 1);
    assert_string_equal(told(fd), "READY=1\nSTATUS=on air");
    notify_pulse(&notify, 2, 2 * second_ns - 1);
    assert_string_equal(told(fd), "");
    notify_pulse(&notify, 2, 2 * second_ns);
    assert_string_equal(told(fd), "WATCHDOG=1");
    for (int i = 3; i < 10; i++) {
        notify_pulse(&notify, 2, i * second_ns);
        assert_string_equal(told(fd), "");
    }
    notify_pulse(&notify, 3, 10 * second_ns);
    assert_string_equal(told(fd), "WATCHDOG=1");
    close(fd);
    /* It is another process that is to feed it. */
    setenv("WATCHDOG_PID", "1", 1);
    struct notify other = {0};
    notify_pulse(&other, 0, 0);
    notify_pulse(&other, 0, 10 * second_ns);
    assert_int_equal(other.watchdog_ns, 0);
    temp_dir_remove(dir);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_state_is_one_datagram_to_a_path_or_an_abstract_name),
    cmocka_unit_test(without_a_service_manager_nothing_happens),
    cmocka_unit_test(the_watchdog_is_fed_while_the_pulse_goes_on_and_not_while_it_stands),
};
TEST_MAIN(tests)
