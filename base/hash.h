/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;

/*
 * SHA-256 (FIPS 180-4), mostly as 64 lower-case hex digits, by OpenSSL's libcrypto, which takes
 * the processor's own instructions for it where there are some.
 */
enum { HASH_BYTES = 32, HASH_HEX_MAX = 65 };

/* Of bytes that come piece by piece: a sum belongs to one thread at a time.
 *
 *     AUTO(hash_destroy) struct hash_sum *sum = hash_begin();
 *     hash_add(sum, bytes, n);        // as often as needed
 *     hash_end(sum, hex);             // once
 */
struct hash_sum;
MUST_CHECK struct hash_sum *hash_begin(void); /* NULL: out of memory. Given to the caller */
void hash_add(struct hash_sum *sum, const void *bytes, size_t n);
void hash_end(struct hash_sum *sum, char out[static HASH_HEX_MAX]);
void hash_end_bytes(struct hash_sum *sum, unsigned char out[static HASH_BYTES]); /* or so */
struct hash_sum *hash_destroy(struct hash_sum *sum); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct hash_sum, hash_destroy)

void hash_hex(const unsigned char digest[static HASH_BYTES], char out[static HASH_HEX_MAX]);

/* Of bytes that are there. */
void hash_bytes(const void *bytes, size_t n, char out[static HASH_HEX_MAX]);

/* Of a whole file, read once. Negative errno of opening or reading it. */
MUST_CHECK int hash_file(const char *path, char out[static HASH_HEX_MAX], struct fault *reterr);

#endif
