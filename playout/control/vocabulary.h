/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_CONTROL_VOCABULARY_H
#define PLAYOUT_CONTROL_VOCABULARY_H

#include <stddef.h>

#include "base/attr.h"
#include "playout/control/message.h"

/*
 * What can be asked of a radio that runs. There is one vocabulary, for the command line and for
 * whatever else asks: JSON Lines over the Unix socket STATION/loa.sock, one request a line,
 *
 *     {"do":"stop","lines":["fm"],"who":"Hòa","reason":"sai bài"}
 *
 * and as an answer any number of lines, of which the last is {"done":true} or
 * {"error":"one sentence"}. What the other lines hold is said beside each word below.
 *
 * A new word is an entry here, a row in vocabulary.c, and a handler in the table that
 * the radio gives its server (playout/control/server.h).
 */
enum control_word {
    /* First {"radio":{…}}: the radio as a whole. Then a line a line of the station, with
     * "line" "title" "state" "item" "item_title" "since" "until" "next" "next_title" "next_start"
     * "level_dbfs" "start_error_us" "underruns" "reconnects" "lost_seconds" "silent_seconds"
     * "alarm" "stopped"; see loa-status(1). */
    CONTROL_STATUS,
    /* Silence lines: from now on nothing is heard there until they are resumed, except for what a
     * person decides later. lines: ids of lines and zones; none: every line. Answers
     * {"stopped":[…ids of lines]}, and {"warning":"…"} if it would not outlast the radio. */
    CONTROL_STOP,
    /* Undo that. Answers {"resumed":[…]}. */
    CONTROL_RESUME,
    /* Have said at once what the memory file holds that comes with it (playout/radio_alerts.h):
     * id, title; lines as above; every_us, expires_us; chime. Answers {"alert":{"id":…,
     * "heard":…,"frames":…,"lines":[…]}}; heard: an instant, or null if the radio does not mix yet.
     */
    CONTROL_ALERT,
    CONTROL_END_ALERT, /* id: it stands no more. */
    /* A line an alert that stands: "id" "title" "given" "every_us" "expires" "next" "on_air"
       "lines". */
    CONTROL_ALERTS,
    /* A test tone: lines; seconds, 1 to 600; force: over programmes and outside hours.
     * Answers {"tone":{…}} as an alert. */
    CONTROL_TONE,
    /* Open a microphone (playout/radio_mics.h) for as long as this connection lives and asks how it
     * fares: lines; input: of the station's, or absent if it has one only; duck_db, or replace:
     * what it lays under itself; until_us; emergency. Answers {"mic":{"input":…,
     * "title":…,"device":…,"duck_db":…,"until":…,"lines":[…]}}; duck_db null: silent. */
    CONTROL_MIC,
    /* How it fares. Answers {"mic":{"state":"opening","on-air","ended","heard":instant or null,
     * "lines":how many hear it,"peak_dbfs":…,"end":"closed","time","stopped","hours","silent",
     * "radio" or null,"reason":a sentence or null}}. */
    CONTROL_MIC_STATE,
    CONTROL_N_WORDS
};

struct control_key {
    const char *name;
    enum message_type type;
    bool required;
};

enum { CONTROL_KEYS_MAX = 16, CONTROL_FDS_MAX = 4 };

struct control_verb {
    const char *word;                          /* of "do" */
    struct control_key keys[CONTROL_KEYS_MAX]; /* until name is NULL */
    size_t max_fds;                            /* descriptors that may come with it */
};

extern const struct control_verb control_verbs[CONTROL_N_WORDS];

/* Longest line either way that is a request; answers may be longer in all, not by the line. */
enum { CONTROL_LINE_MAX = 1 << 20 };

/*
 * Read a request and check it against the table: the word is known, its keys are of it and of
 * their type, and none is missing. -EINVAL with a sentence that tells what is wrong. The
 * message is given to the caller.
 */
MUST_CHECK int control_request_parse(const char *bytes, size_t n_bytes, enum control_word *ret_word,
                                     struct message **ret_message, struct fault *reterr);

#endif
