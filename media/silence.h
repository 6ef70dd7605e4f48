/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SILENCE_H
#define MEDIA_SILENCE_H

#include <stdint.h>

/*
 * Where a recording is silent: at its beginning, at its end, and within. Private to media.
 *
 * It is heard in levels of 20 ms: the variance of the samples in dBFS (a full-scale sine is -3),
 * so that a constant offset is not sound; of the louder channel. A sound is a stretch of
 * levels above the floor in which three levels or more (60 ms) are above the crest: it begins
 * and ends where the stretch does, and what is between two sounds is silence. So a click, a breath
 * or the rustle of paper before the first word is no sound by itself, and yet belongs to
 * the word if there is no silence between.
 *
 * Floor  -60 dBFS; where a recorder hisses above that, 6 dB over the hiss, -46 at most. Hiss is the
 *        level within 2 dB of which most levels lie, and more than a twentieth of all and 2 s,
 *        among those 30 dB or more below the loudest twentieth: a fade-out passes through every
 *        level and stays at none. Digital silence is left out of these counts.
 * Crest  12 dB over the floor; in a recording so quiet that its loudest twentieth is less than
 *        27 dB over the floor, 6 dB over it, and less than 21 dB, the floor itself.
 *
 * What floor and crest must be is only known at the end, so every pair is followed all along.
 * Threads: one at a time. Zero-initialised is empty.
 */
enum {
    SILENCE_FRAMES = 960, /* of 48 kHz, in one level */
    SILENCE_FLOORS = 8,   /* -60, -58 … -46 dBFS */
    SILENCE_CRESTS = 3,   /* 0, 6 and 12 dB over the floor */
    SILENCE_CLASSES = 101,
    SILENCE_GAP_LEVELS = 150, /* 3 s: gaps are counted from there on */
};

struct silence_track {
    int64_t stretch_from; /* -1: below the floor */
    int n_loud;           /* levels of the stretch above the crest */
    int64_t first_sound;  /* -1: none yet */
    int64_t last_end;
    int64_t n_gaps;
    int64_t longest;
    int64_t longest_at;
};

struct silence {
    int64_t n;
    int64_t
        classes[SILENCE_CLASSES]; /* by the decibel, from -100 to 0; digital silence is left out */
    struct silence_track tracks[SILENCE_FLOORS][SILENCE_CRESTS];
};

/* Levels of 20 ms, all of them. */
struct silence_found {
    int64_t leading; /* of a recording without a sound: all of it */
    int64_t trailing;
    int64_t n_gaps;      /* of 3 s or longer */
    int64_t longest_gap; /* 0: there is none */
    int64_t longest_gap_at;
};

/* -INFINITY: digital silence. */
void silence_add(struct silence *silence, double level_db);
struct silence_found silence_tell(const struct silence *silence);

#endif
