/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"

void notify_send(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = path ? strlen(path) : 0;
    if (n < 2 || n >= sizeof address.sun_path || (*path != '/' && *path != '@')) {
        return;
    }
    memcpy(address.sun_path, path, n);
    if (*path == '@') { /* a name that is in no folder */
        address.sun_path[0] = '\0';
    }
    AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        socklen_t n_address = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
        (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                      (const struct sockaddr *)&address, n_address);
    }
}

/* WATCHDOG_PID, where it is given, must be this process. */
static int64_t wanted_ns(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    const char *us = getenv("WATCHDOG_USEC");
    if (!us || (pid && strtol(pid, NULL, 10) != (long)getpid())) {
        return 0;
    }
    long long n = strtoll(us, NULL, 10);
    return n > 0 && n < INT64_MAX / 1000 ? n * 1000 : 0;
}

void notify_pulse(struct notify *notify, uint64_t pulse, int64_t now_ns)
{
    if (!notify->looked) {
        notify->looked = true;
        notify->watchdog_ns = wanted_ns();
        notify->told_ns = now_ns;
    }
    if (pulse && !notify->ready) {
        notify->ready = true;
        notify_send("READY=1\nSTATUS=on air");
    }
    if (notify->watchdog_ns && now_ns - notify->told_ns >= notify->watchdog_ns / 2 &&
        (!pulse || pulse != notify->pulse)) {
        notify->told_ns = now_ns;
        notify->pulse = pulse;
        notify_send("WATCHDOG=1");
    }
}
