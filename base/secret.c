/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/utf8.h"

char *secret_forget(char *secret)
{
    if (secret) {
        explicit_bzero(secret, strlen(secret));
        free(secret);
    }
    return NULL;
}

/* One line, and at its end at most a newline, which is cut off. */
static bool is_one_line(char *text, size_t n)
{
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r')) {
        text[--n] = '\0';
    }
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return false;
        }
    }
    return n > 0 && n <= SECRET_MAX_BYTES && utf8_is_valid(text);
}

int secret_read(const char *path, char **ret_secret, struct fault *reterr)
{
    enum { ROOM = SECRET_MAX_BYTES + 3 }; /* a newline in two bytes, and one byte too many */
    /* Without O_NONBLOCK a named pipe would wait for its writer for ever. */
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return fault_set(reterr, errno, path, 0, _("cannot be read: %s"), errno_text(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return fault_set(reterr, EINVAL, path, 0, _("is not a file"));
    }
    if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        return fault_set(reterr, EPERM, path, 0,
                         _("holds a password that other users can read; run `chmod 600` on it"));
    }
    AUTO(secret_forget) char *text = calloc(1, ROOM + 1);
    if (!text) {
        return fault_set(reterr, ENOMEM, path, 0, _("out of memory"));
    }
    ssize_t n = read(fd, text, ROOM);
    if (n < 0) {
        return fault_set(reterr, errno, path, 0, _("cannot be read: %s"), errno_text(errno));
    }
    if (!is_one_line(text, (size_t)n)) {
        return fault_set(reterr, EINVAL, path, 0, _("must hold one line of text and nothing else"));
    }
    *ret_secret = STEAL(text);
    return 0;
}
