/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"

enum { READ_BYTES = 1 << 18 };

struct hash_sum {
    EVP_MD_CTX *context;
};

/* Once begun, libcrypto fails only where it is used wrongly, and a whole file's name made of a
 * wrong hash would be worse than none. */
static void need(bool done)
{
    if (!done) {
        abort();
    }
}

/* Whatever the machine's settings for libcrypto say: a hash is a name here, not a secret. */
static const EVP_MD *sha_256(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    return EVP_sha256();
}

void hash_hex(const unsigned char digest[static HASH_BYTES], char out[static HASH_HEX_MAX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < HASH_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[HASH_HEX_MAX - 1] = '\0';
}

struct hash_sum *hash_begin(void)
{
    AUTO(hash_destroy) struct hash_sum *sum = calloc(1, sizeof *sum);
    if (!sum) {
        return NULL;
    }
    sum->context = EVP_MD_CTX_new();
    if (!sum->context || EVP_DigestInit_ex(sum->context, sha_256(), NULL) != 1) {
        return NULL;
    }
    return STEAL(sum);
}

void hash_add(struct hash_sum *sum, const void *bytes, size_t n)
{
    need(EVP_DigestUpdate(sum->context, bytes, n) == 1);
}

void hash_end_bytes(struct hash_sum *sum, unsigned char out[static HASH_BYTES])
{
    unsigned n = 0;
    need(EVP_DigestFinal_ex(sum->context, out, &n) == 1 && n == HASH_BYTES);
}

void hash_end(struct hash_sum *sum, char out[static HASH_HEX_MAX])
{
    unsigned char digest[HASH_BYTES];
    hash_end_bytes(sum, digest);
    hash_hex(digest, out);
}

struct hash_sum *hash_destroy(struct hash_sum *sum)
{
    if (sum) {
        EVP_MD_CTX_free(sum->context);
        free(sum);
    }
    return NULL;
}

void hash_bytes(const void *bytes, size_t n, char out[static HASH_HEX_MAX])
{
    unsigned char digest[HASH_BYTES];
    need(EVP_Digest(bytes, n, digest, NULL, sha_256(), NULL) == 1);
    hash_hex(digest, out);
}

static int read_failed(const char *path, int err, struct fault *reterr)
{
    return fault_set(reterr, err, path, 0, _("cannot be read: %s"), errno_text(err));
}

int hash_file(const char *path, char out[static HASH_HEX_MAX], struct fault *reterr)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return read_failed(path, errno, reterr);
    }
    AUTO(hash_destroy) struct hash_sum *sum = hash_begin();
    AUTO_FREE unsigned char *buffer = malloc(READ_BYTES);
    if (!sum || !buffer) {
        return read_failed(path, ENOMEM, reterr);
    }
    for (;;) {
        ssize_t n = read(fd, buffer, READ_BYTES);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return read_failed(path, errno, reterr);
        }
        if (n == 0) {
            hash_end(sum, out);
            return 0;
        }
        hash_add(sum, buffer, (size_t)n);
    }
}
