/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <jansson.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/control/message.h"

/* A message is the library's value itself: an object. */
static json_t *value_of(const struct message *message)
{
    return (json_t *)(uintptr_t)message;
}

static json_t *get(const struct message *message, const char *key)
{
    return json_object_get(value_of(message), key);
}

int message_parse(const char *bytes, size_t n_bytes, struct message **ret_message,
                  struct fault *reterr)
{
    json_error_t error;
    json_t *value = json_loadb(bytes, n_bytes, JSON_REJECT_DUPLICATES, &error);
    if (!value) {
        bool no_memory = json_error_code(&error) == json_error_out_of_memory;
        return fault_set(reterr, no_memory ? ENOMEM : EINVAL, NULL, 0,
                         _("a message has to be one line with a JSON object: %s"), error.text);
    }
    if (!json_is_object(value)) {
        json_decref(value);
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("a message has to be a JSON object, such as {\"do\":\"status\"}"));
    }
    *ret_message = (struct message *)value;
    return 0;
}

struct message *message_destroy(struct message *message)
{
    if (message) {
        json_decref(value_of(message));
    }
    return NULL;
}

static bool is_texts(const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_is_string(json_array_get(value, i))) {
            return false;
        }
    }
    return true;
}

enum message_type message_type(const struct message *message, const char *key)
{
    const json_t *value = get(message, key);
    if (!value || json_is_null(value)) {
        return MESSAGE_ABSENT;
    }
    return json_is_string(value)                     ? MESSAGE_TEXT
           : json_is_number(value)                   ? MESSAGE_NUMBER
           : json_is_boolean(value)                  ? MESSAGE_FLAG
           : json_is_array(value) && is_texts(value) ? MESSAGE_TEXTS
                                                     : MESSAGE_OTHER;
}

const char *message_text(const struct message *message, const char *key)
{
    return json_string_value(get(message, key));
}

bool message_int(const struct message *message, const char *key, int64_t *ret_number)
{
    const json_t *value = get(message, key);
    if (!json_is_integer(value)) {
        return false;
    }
    *ret_number = json_integer_value(value);
    return true;
}

bool message_real(const struct message *message, const char *key, double *ret_number)
{
    const json_t *value = get(message, key);
    if (!json_is_number(value)) {
        return false;
    }
    *ret_number = json_number_value(value);
    return true;
}

bool message_flag(const struct message *message, const char *key)
{
    return json_is_true(get(message, key));
}

size_t message_n_texts(const struct message *message, const char *key)
{
    return message_type(message, key) == MESSAGE_TEXTS ? json_array_size(get(message, key)) : 0;
}

const char *message_text_at(const struct message *message, const char *key, size_t i)
{
    return json_string_value(json_array_get(get(message, key), i));
}

const struct message *message_object(const struct message *message, const char *key)
{
    json_t *value = get(message, key);
    return json_is_object(value) ? (const struct message *)value : NULL;
}

const char *message_unknown_key(const struct message *message,
                                bool (*known)(const void *context, const char *key),
                                const void *context)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(value_of(message), key, value)
    {
        if (!known(context, key)) {
            return key;
        }
    }
    return NULL;
}
