/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/silence.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    FLOOR_DB = -60,
    FLOOR_STEP_DB = 2,
    CREST_STEP_DB = 6,
    LOUD_LEVELS_MIN = 3,
    LEAST_DB = -100,
    HISS_MARGIN_DB = 6,
    HISS_BELOW_DB = 30,
    HISS_ABOUT_DB = 2,
    HISS_LEVELS_MIN = 100, /* 2 s: a breath is no hiss */
    CREST_BELOW_DB = 15,   /* the loudest twentieth is so far above a crest that is used */
};

static void follow(struct silence_track *track, int64_t at, bool is_above_floor,
                   bool is_above_crest)
{
    if (!is_above_floor) {
        if (track->n_loud >= LOUD_LEVELS_MIN) {
            track->last_end = at;
        }
        track->stretch_from = -1;
        track->n_loud = 0;
        return;
    }
    track->stretch_from = track->stretch_from < 0 ? at : track->stretch_from;
    track->n_loud += is_above_crest;
    if (!is_above_crest || track->n_loud != LOUD_LEVELS_MIN) {
        return;
    }
    if (track->first_sound < 0) { /* the stretch has become a sound */
        track->first_sound = track->stretch_from;
        return;
    }
    int64_t gap = track->stretch_from - track->last_end;
    track->n_gaps += gap >= SILENCE_GAP_LEVELS;
    if (gap > track->longest) {
        track->longest = gap;
        track->longest_at = track->last_end;
    }
}

static void begin(struct silence *silence)
{
    for (size_t f = 0; f < SILENCE_FLOORS; f++) {
        for (size_t c = 0; c < SILENCE_CRESTS; c++) {
            silence->tracks[f][c] = (struct silence_track){.stretch_from = -1, .first_sound = -1};
        }
    }
}

void silence_add(struct silence *silence, double level_db)
{
    if (silence->n == 0) {
        begin(silence);
    }
    for (int f = 0; f < SILENCE_FLOORS; f++) {
        double floor_db = FLOOR_DB + f * FLOOR_STEP_DB;
        for (int c = 0; c < SILENCE_CRESTS; c++) {
            follow(&silence->tracks[f][c], silence->n, level_db > floor_db,
                   level_db > floor_db + c * CREST_STEP_DB);
        }
    }
    silence->n++;
    if (level_db > -INFINITY) {
        double class = fmin(fmax(round(level_db) - LEAST_DB, 0), SILENCE_CLASSES - 1);
        silence->classes[(size_t) class]++;
    }
}

static int64_t count_classes(const struct silence *silence, size_t from, size_t until)
{
    int64_t n = 0;
    for (size_t i = from; i < until; i++) {
        n += silence->classes[i];
    }
    return n;
}

/* The level over which a twentieth of all lies that is not digital silence. */
static double loud_level(const struct silence *silence)
{
    int64_t n = count_classes(silence, 0, SILENCE_CLASSES);
    size_t i = SILENCE_CLASSES - 1;
    while (i > 0 && count_classes(silence, i, SILENCE_CLASSES) * 20 < n) {
        i--;
    }
    return LEAST_DB + (double)i;
}

/* The level about which most lie of those far below the loud ones; -INFINITY: nowhere many. */
static double hiss_level(const struct silence *silence, double loud)
{
    int64_t most = count_classes(silence, 0, SILENCE_CLASSES) / 20;
    most = most > HISS_LEVELS_MIN ? most : HISS_LEVELS_MIN;
    double hiss = -INFINITY;
    for (size_t i = HISS_ABOUT_DB; LEAST_DB + (double)i <= loud - HISS_BELOW_DB; i++) {
        int64_t n = count_classes(silence, i - HISS_ABOUT_DB, i + HISS_ABOUT_DB + 1);
        if (n > most) {
            most = n;
            hiss = LEAST_DB + (double)i;
        }
    }
    return hiss;
}

static const struct silence_track *choose_track(const struct silence *silence)
{
    double loud = loud_level(silence);
    double over = hiss_level(silence, loud) + HISS_MARGIN_DB - FLOOR_DB;
    size_t f = over <= 0 ? 0 : (size_t)ceil(over / FLOOR_STEP_DB);
    f = f < SILENCE_FLOORS ? f : SILENCE_FLOORS - 1;
    double floor_db = FLOOR_DB + (double)f * FLOOR_STEP_DB;
    size_t c = SILENCE_CRESTS - 1;
    while (c > 0 && loud < floor_db + (double)c * CREST_STEP_DB + CREST_BELOW_DB) {
        c--;
    }
    return &silence->tracks[f][c];
}

struct silence_found silence_tell(const struct silence *silence)
{
    const struct silence_track *track = choose_track(silence);
    if (silence->n == 0 || track->first_sound < 0) {
        return (struct silence_found){.leading = silence->n};
    }
    int64_t end = track->n_loud >= LOUD_LEVELS_MIN ? silence->n : track->last_end;
    return (struct silence_found){
        .leading = track->first_sound,
        .trailing = silence->n - end,
        .n_gaps = track->n_gaps,
        .longest_gap = track->longest,
        .longest_gap_at = track->longest_at,
    };
}
