/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/srtp_seal.h"

#include <pthread.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)SEAL_ROOM_BYTES >= SRTP_MAX_TRAILER_LEN, "room for what libsrtp2 adds");

struct seal {
    srtp_t session;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static srtp_err_status_t begun = srtp_err_status_fail;

static void begin(void)
{
    begun = srtp_init();
}

static struct seal *create(const uint8_t *key, uint32_t ssrc)
{
    uint8_t copy[SEAL_KEY_BYTES];
    struct seal *seal = calloc(1, sizeof *seal);
    srtp_policy_t policy;
    pthread_once(&once, begin);
    memset(&policy, 0, sizeof policy);
    memcpy(copy, key, sizeof copy);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    policy.ssrc = (srtp_ssrc_t){ssrc_specific, ssrc};
    policy.key = copy;
    policy.window_size = 128;
    if (seal && (begun != srtp_err_status_ok ||
                 srtp_create(&seal->session, &policy) != srtp_err_status_ok)) {
        free(seal);
        seal = NULL;
    }
    explicit_bzero(copy, sizeof copy);
    return seal;
}

static void destroy(struct seal *seal)
{
    if (seal) {
        srtp_dealloc(seal->session);
        free(seal);
    }
}

static size_t run(struct seal *seal, uint8_t *packet, size_t n)
{
    int n_bytes = (int)n;
    return srtp_protect(seal->session, packet, &n_bytes) == srtp_err_status_ok ? (size_t)n_bytes
                                                                               : 0;
}

const struct seal_ops *seal_get_ops(void)
{
    static const struct seal_ops ops = {create, destroy, run};
    return &ops;
}
