/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/control/address.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"

int control_open_dir(const char *dir, int *ret_fd, struct fault *reterr)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        int err = errno;
        return fault_set(reterr, err, dir, 0, _("the station folder cannot be opened: %s"),
                         errno_text(err));
    }
    *ret_fd = fd;
    return 0;
}

struct sockaddr_un control_address(int dir_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir_fd,
             CONTROL_SOCKET_NAME);
    return address;
}
