/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/control/vocabulary.h"

#include <errno.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"

const struct control_verb control_verbs[CONTROL_N_WORDS] = {
    [CONTROL_STATUS] = {.word = "status"},
    [CONTROL_STOP] = {.word = "stop",
                      .keys = {{"lines", MESSAGE_TEXTS, false},
                               {"who", MESSAGE_TEXT, false},
                               {"reason", MESSAGE_TEXT, false}}},
    [CONTROL_RESUME] = {.word = "resume",
                        .keys = {{"lines", MESSAGE_TEXTS, false}, {"who", MESSAGE_TEXT, false}}},
    [CONTROL_ALERT] = {.word = "alert",
                       .keys = {{"id", MESSAGE_TEXT, true},
                                {"title", MESSAGE_TEXT, true},
                                {"lines", MESSAGE_TEXTS, false},
                                {"every_us", MESSAGE_NUMBER, false},
                                {"expires_us", MESSAGE_NUMBER, false},
                                {"chime", MESSAGE_FLAG, false},
                                {"who", MESSAGE_TEXT, false}},
                       .max_fds = 1},
    [CONTROL_END_ALERT] = {.word = "end-alert",
                           .keys = {{"id", MESSAGE_TEXT, true}, {"who", MESSAGE_TEXT, false}}},
    [CONTROL_ALERTS] = {.word = "alerts"},
    [CONTROL_TONE] = {.word = "tone",
                      .keys = {{"lines", MESSAGE_TEXTS, true},
                               {"seconds", MESSAGE_NUMBER, false},
                               {"force", MESSAGE_FLAG, false},
                               {"who", MESSAGE_TEXT, false}}},
    [CONTROL_MIC] = {.word = "mic",
                     .keys = {{"lines", MESSAGE_TEXTS, true},
                              {"input", MESSAGE_TEXT, false},
                              {"duck_db", MESSAGE_NUMBER, false},
                              {"replace", MESSAGE_FLAG, false},
                              {"until_us", MESSAGE_NUMBER, true},
                              {"emergency", MESSAGE_FLAG, false},
                              {"who", MESSAGE_TEXT, false}}},
    [CONTROL_MIC_STATE] = {.word = "mic-state"},
};

static enum control_word find_word(const char *text)
{
    enum control_word word = 0;
    while (word < CONTROL_N_WORDS && strcmp(control_verbs[word].word, text) != 0) {
        word++;
    }
    return word;
}

static const struct control_key *find_key(const struct control_verb *verb, const char *name)
{
    for (size_t i = 0; i < CONTROL_KEYS_MAX && verb->keys[i].name; i++) {
        if (strcmp(verb->keys[i].name, name) == 0) {
            return &verb->keys[i];
        }
    }
    return NULL;
}

static bool is_known(const void *context, const char *key)
{
    return strcmp(key, "do") == 0 || find_key(context, key);
}

static const char *type_text(enum message_type type)
{
    return type == MESSAGE_TEXT     ? _("a text")
           : type == MESSAGE_NUMBER ? _("a number")
           : type == MESSAGE_FLAG   ? _("true or false")
                                    : _("a list of texts");
}

static int check_keys(const struct control_verb *verb, const struct message *message,
                      struct fault *reterr)
{
    const char *unknown = message_unknown_key(message, is_known, verb);
    if (unknown) {
        return fault_set(reterr, EINVAL, NULL, 0, _("\"%s\" is not understood with \"%s\""),
                         unknown, verb->word);
    }
    for (size_t i = 0; i < CONTROL_KEYS_MAX && verb->keys[i].name; i++) {
        const struct control_key *key = &verb->keys[i];
        enum message_type type = message_type(message, key->name);
        if (type == MESSAGE_ABSENT ? key->required : type != key->type) {
            return fault_set(reterr, EINVAL, NULL, 0, _("\"%s\" needs \"%s\", %s"), verb->word,
                             key->name, type_text(key->type));
        }
    }
    return 0;
}

int control_request_parse(const char *bytes, size_t n_bytes, enum control_word *ret_word,
                          struct message **ret_message, struct fault *reterr)
{
    AUTO(message_destroy) struct message *message = NULL;
    int r = message_parse(bytes, n_bytes, &message, reterr);
    if (r < 0) {
        return r;
    }
    const char *text = message_text(message, "do");
    if (!text) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the message does not say what to do; write {\"do\":\"status\"}"));
    }
    enum control_word word = find_word(text);
    if (word == CONTROL_N_WORDS) {
        return fault_set(reterr, EINVAL, NULL, 0, _("this radio does not understand \"%s\""), text);
    }
    r = check_keys(&control_verbs[word], message, reterr);
    if (r == 0) {
        *ret_word = word;
        *ret_message = STEAL(message);
    }
    return r;
}
