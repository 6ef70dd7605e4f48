/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;

/*
 * A password in a file of its own: one line, at most SECRET_MAX_BYTES, that nobody but the file's
 * owner may read or write. No message holds anything of it.
 */
enum { SECRET_MAX_BYTES = 1000 };

/* The line without its end; given to the caller: secret_forget(). -EPERM when others can read the
 * file; -EINVAL when it is no single line of text; the errno of opening it. */
MUST_CHECK int secret_read(const char *path, char **ret_secret, struct fault *reterr);
/* Overwrite and free. NULL is a no-op; returns NULL. */
char *secret_forget(char *secret);
DEFINE_AUTO(char, secret_forget)

#endif
