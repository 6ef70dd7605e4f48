/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fault.h"
#include "playout/control/vocabulary.h"

/* Any bytes are a request of the vocabulary or a sentence, and never neither. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    enum control_word word = CONTROL_N_WORDS;
    struct message *message = NULL;
    struct fault fault = {0};
    int r = control_request_parse((const char *)bytes, n_bytes, &word, &message, &fault);
    if ((r == 0) != (message != NULL) || (r == 0) != (fault.text[0] == '\0') ||
        (r == 0) != (word < CONTROL_N_WORDS)) {
        __builtin_trap();
    }
    for (size_t i = 0; r == 0 && i < message_n_texts(message, "lines"); i++) {
        if (!message_text_at(message, "lines", i)) {
            __builtin_trap();
        }
    }
    message_destroy(message);
    return 0;
}
