/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>

#include "base/attr.h"

struct fault;

/* SHA-256 (FIPS 180-4) as 64 lower-case hex digits, by libsodium. */
enum { HASH_HEX_MAX = 65 };

void hash_bytes(const void *bytes, size_t n, char out[static HASH_HEX_MAX]);

/* Of a whole file, read once. Negative errno of opening or reading it. */
MUST_CHECK int hash_file(const char *path, char out[static HASH_HEX_MAX], struct fault *reterr);

#endif
