/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"

static void digest_to_hex(const unsigned char digest[crypto_hash_sha256_BYTES],
                          char out[static HASH_HEX_MAX])
{
    sodium_bin2hex(out, HASH_HEX_MAX, digest, crypto_hash_sha256_BYTES);
}

void hash_bytes(const void *bytes, size_t n, char out[static HASH_HEX_MAX])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, bytes, n);
    digest_to_hex(digest, out);
}

int hash_file(const char *path, char out[static HASH_HEX_MAX], struct fault *reterr)
{
    AUTO_FILE FILE *file = fopen(path, "rb");
    if (!file) {
        return fault_set(reterr, errno, path, 0, _("cannot be read: %s"), errno_text(errno));
    }
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    unsigned char buffer[65536];
    size_t n = 0;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0) {
        crypto_hash_sha256_update(&state, buffer, n);
    }
    if (ferror(file)) {
        return fault_set(reterr, EIO, path, 0, _("cannot be read: %s"), errno_text(EIO));
    }
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&state, digest);
    digest_to_hex(digest, out);
    return 0;
}
