/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SOAK_SOAK_H
#define TESTS_SOAK_SOAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The parts of tests/soak/run that meet sound: the programme that is aired, listeners that write
 * down what came to them and when, and the judge who lays what was heard on what `loa render`
 * makes of the same time. Each is a process of its own (soak.c). They abort on what nobody
 * expects.
 *
 * Units   air frames (base/frames.h); instants in nanoseconds of CLOCK_REALTIME; sound is mono,
 *         both sides halved and added.
 */

/* A recording to be aired: every second begins with a chirp, and its notes are no other second's,
 * so that any quarter of a second of it says where it is. All of it lies below 3.4 kHz. */
int soak_tune(const char *path, unsigned seed, int seconds);

/* Write down the packets that come to a port of this machine (group: joined, or "-") until
 * SIGTERM; appended to the file. */
int soak_hear_rtp(const char *address, int port, const char *group, const char *path);

/* Write down what PortAudio plays on a JACK server, until SIGTERM or its end; appended. */
int soak_hear_jack(const char *server, const char *path);

/* One packet, with its payload behind it; in a capture of JACK a cycle, with its samples. */
struct soak_packet {
    int64_t heard_ns;
    uint32_t timestamp; /* JACK: the server's frame time */
    uint32_t ssrc;
    uint16_t sequence;
    uint16_t n_bytes; /* JACK: in 4-byte samples, 0 for what the listener was too slow for */
};

/* What was heard, some at a time. */
enum { SOAK_CHUNK = 8192 };
struct soak_chunk {
    bool breaks;      /* it does not follow the chunk before */
    bool timed;       /* heard_ns is known */
    int64_t heard_ns; /* of its first sample */
    int64_t guess;    /* the air frame that it may be, if it breaks */
    size_t n;
    float samples[SOAK_CHUNK];
};
struct soak_source {
    int rate;         /* of the samples */
    int64_t before;   /* so many frames … */
    int64_t after;    /* … around the guess are searched */
    float tolerance;  /* samples are the render's but for this; 0: a codec loses some */
    bool is_device;   /* its clock is its own: sound may be moved to follow the radio's */
    uint64_t n_lost;  /* packets whose numbers are missing */
    uint64_t n_apart; /* packets whose timestamps do not follow */
    bool (*next)(struct soak_source *source, struct soak_chunk *ret_chunk);
    void *context;
};

/* kind: "file" (guess: its first frame), "stream" (guess: about its first frame), "jack", or a
 * codec; key: SRTP's, or NULL. */
struct soak_source *soak_source_open(const char *kind, const char *path, int64_t guess,
                                     const uint8_t *key);

/* Prints a line for each stretch ("run FROM TO"), for each part of one that is not what was meant
 * ("wrong FROM TO"), and figures. render: from air frame `from` on. */
int soak_judge(struct soak_source *source, const char *render, int64_t from);

#endif
