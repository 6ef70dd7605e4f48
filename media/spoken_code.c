/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "media/fold.h"
#include "media/segment.h"

static const char SPOKEN_PREFIX[] = "noi-";
enum { SPOKEN_PREFIX_BYTES = sizeof SPOKEN_PREFIX - 1, SPOKEN_DIGITS = 16 };
_Static_assert(SPOKEN_PREFIX_BYTES + SPOKEN_DIGITS + 1 == SPOKEN_CODE_MAX, "what a code takes");

int spoken_code(const char *kind, const char *topic, const char *text,
                char out[static SPOKEN_CODE_MAX])
{
    static const char blanks[] = " \t\n";
    AUTO_FREE char *composed = text_normalise(text + strspn(text, blanks), TEXT_COMPOSED);
    topic = topic ? topic : "";
    size_t n_kind = strlen(kind) + 1;
    size_t n_topic = strlen(topic) + 1;
    size_t n_text = composed ? strlen(composed) : 0;
    AUTO_FREE char *all = malloc(n_kind + n_topic + n_text + 1);
    if (!composed || !all) {
        return -ENOMEM;
    }
    while (n_text > 0 && strchr(blanks, composed[n_text - 1])) {
        n_text--;
    }
    memcpy(all, kind, n_kind);
    memcpy(all + n_kind, topic, n_topic);
    memcpy(all + n_kind + n_topic, composed, n_text);
    char digits[HASH_HEX_MAX];
    hash_bytes(all, n_kind + n_topic + n_text, digits);
    memcpy(out, SPOKEN_PREFIX, SPOKEN_PREFIX_BYTES);
    memcpy(out + SPOKEN_PREFIX_BYTES, digits, SPOKEN_DIGITS);
    out[SPOKEN_CODE_MAX - 1] = '\0';
    return 0;
}

bool is_spoken_code(const char *code)
{
    return strncmp(code, SPOKEN_PREFIX, SPOKEN_PREFIX_BYTES) == 0 &&
           strlen(code) == SPOKEN_CODE_MAX - 1 &&
           strspn(code + SPOKEN_PREFIX_BYTES, "0123456789abcdef") == SPOKEN_DIGITS;
}
