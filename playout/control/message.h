/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_CONTROL_MESSAGE_H
#define PLAYOUT_CONTROL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;

/*
 * One line of JSON Lines that somebody else wrote: an object, read whole. What is asked for is
 * there in the type asked for, or it is not there.
 *
 * Texts    UTF-8 without a NUL inside; borrowed from the message.
 * Threads  one a message.
 */
struct message;

enum message_type {
    MESSAGE_ABSENT, /* or null */
    MESSAGE_TEXT,
    MESSAGE_NUMBER,
    MESSAGE_FLAG,
    MESSAGE_TEXTS, /* an array of nothing but texts */
    MESSAGE_OTHER,
};

/* Given to the caller: message_destroy(). -EINVAL: not one JSON object with every key once;
 * -ENOMEM.
 */
MUST_CHECK int message_parse(const char *bytes, size_t n_bytes, struct message **ret_message,
                             struct fault *reterr);
struct message *message_destroy(struct message *message); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct message, message_destroy)

enum message_type message_type(const struct message *message, const char *key);
const char *message_text(const struct message *message, const char *key); /* NULL: none */
/* A whole number; false: none, and *ret_number is as it was. */
bool message_int(const struct message *message, const char *key, int64_t *ret_number);
bool message_real(const struct message *message, const char *key, double *ret_number);
bool message_flag(const struct message *message, const char *key); /* false: absent, too */
size_t message_n_texts(const struct message *message, const char *key);
const char *message_text_at(const struct message *message, const char *key, size_t i);

/* An object inside the object, as a message of its own that is part of this one; NULL: none. */
const struct message *message_object(const struct message *message, const char *key);

/* The first key for which known() is false, or NULL: a word that nobody understands. */
const char *message_unknown_key(const struct message *message,
                                bool (*known)(const void *context, const char *key),
                                const void *context);

#endif
