/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "media/fold.h"

/* Any file name: a valid code or none, and the same one from both Unicode forms of the name. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *name = malloc(n + 1);
    if (!name) {
        abort();
    }
    memcpy(name, bytes, n);
    name[n] = '\0';
    char code[IMPORT_CODE_MAX];
    char again[IMPORT_CODE_MAX];
    if (code_from_name(name, code) == 0) {
        char *forms[] = {text_normalise(name, TEXT_COMPOSED),
                         text_normalise(name, TEXT_DECOMPOSED)};
        for (size_t i = 0; i < 2; i++) {
            if (!forms[i] || !code_is_valid(code) || code_from_name(forms[i], again) != 0 ||
                strcmp(code, again) != 0) {
                abort();
            }
            free(forms[i]);
        }
    }
    free(name);
    return 0;
}
