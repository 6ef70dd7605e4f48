/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/beside.h"

#include <string.h>
#include <unistd.h>

bool beside_program(char out[static PATH_MAX], const char *name)
{
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (n <= 0) {
        return false;
    }
    out[n] = '\0';
    char *end = strrchr(out, '/') + 1;
    size_t room = PATH_MAX - (size_t)(end - out);
    if (strlen(name) >= room) {
        return false;
    }
    memcpy(end, name, strlen(name) + 1);
    return access(out, F_OK) == 0;
}
