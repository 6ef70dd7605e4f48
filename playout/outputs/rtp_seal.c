/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/rtp_seal.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/module.h"
#include "base/secret.h"

typedef const struct seal_ops *get_seal(void);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct seal_ops *ops;
static char why_not[FAULT_TEXT_MAX];

static void load(void)
{
    get_seal *get = (get_seal *)module_find("loa-rtp.so", "seal_get_ops", why_not, sizeof why_not);
    ops = get ? get() : NULL;
}

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* RFC 4648, section 4; 30 bytes are 40 digits, without an end that is filled up. */
static bool read_base64(const char *text, uint8_t key[static SEAL_KEY_BYTES])
{
    if (strlen(text) != SEAL_KEY_BYTES / 3 * 4) {
        return false;
    }
    for (size_t i = 0; i < SEAL_KEY_BYTES / 3; i++) {
        uint32_t bits = 0;
        for (size_t d = 0; d < 4; d++) {
            int digit = digit_of(text[4 * i + d]);
            if (digit < 0) {
                return false;
            }
            bits = bits << 6 | (uint32_t)digit;
        }
        key[3 * i] = (uint8_t)(bits >> 16);
        key[3 * i + 1] = (uint8_t)(bits >> 8);
        key[3 * i + 2] = (uint8_t)bits;
    }
    return true;
}

int rtp_key_read(const char *path, uint8_t key[static SEAL_KEY_BYTES], struct fault *reterr)
{
    AUTO(secret_forget) char *text = NULL;
    pthread_once(&once, load);
    if (!ops) {
        return fault_set(reterr, ELIBACC, NULL, 0,
                         _("nothing can be encrypted, because a part of loa cannot be loaded; "
                           "install loa and the library libsrtp2 again (%s)"),
                         why_not);
    }
    int r = secret_read(path, &text, reterr);
    if (r < 0) {
        return r;
    }
    return read_base64(text, key)
               ? 0
               : fault_set(reterr, EINVAL, path, 0,
                           _("this is no key; make one with \"openssl rand -base64 30\""));
}

uint32_t rtp_seal_ssrc(int64_t packet, uint32_t place)
{
    return (uint32_t)(packet >> 16) << RTP_SEAL_PLACE_BITS | place;
}

size_t rtp_seal_run(struct rtp_seal *seal, const uint8_t *key, uint32_t ssrc, size_t i,
                    const uint8_t *packet, size_t n)
{
    if (!seal->seal || seal->ssrc != ssrc) {
        rtp_seal_finish(seal);
        seal->seal = ops->create(key, ssrc);
        seal->ssrc = ssrc;
    }
    memcpy(seal->bytes[i], packet, n);
    return seal->seal ? ops->run(seal->seal, seal->bytes[i], n) : 0;
}

void rtp_seal_finish(struct rtp_seal *seal)
{
    if (seal->seal) {
        ops->destroy(seal->seal);
        seal->seal = NULL;
    }
}
