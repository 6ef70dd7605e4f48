/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_CONTROL_ADDRESS_H
#define PLAYOUT_CONTROL_ADDRESS_H

#include <sys/un.h>

#include "base/attr.h"

struct fault;

/* Where a station's radio listens: NAME in the station folder. */
#define CONTROL_SOCKET_NAME "loa.sock"

/* The station folder, opened to be held and locked. -ENOENT … */
MUST_CHECK int control_open_dir(const char *dir, int *ret_fd, struct fault *reterr);

/* An address for bind() and connect() that is never too long (the system's own limit is 107 bytes):
 * it goes by the descriptor of the folder, which has to stay open meanwhile. */
struct sockaddr_un control_address(int dir_fd);

#endif
