/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "tests/fakes/signal.h"
#include "tests/soak/soak.h"

enum { RATE = 48000, NOTES = 4, NOTE = RATE / NOTES, CHIRP = RATE / 25, EDGE = RATE / 500 };

static unsigned draw(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* 0 at both ends of n frames, 1 but for EDGE frames there. */
static double shape(int i, int n)
{
    int edge = i < n - 1 - i ? i : n - 1 - i;
    return edge >= EDGE ? 1 : 0.5 - 0.5 * cos(M_PI * edge / EDGE);
}

static void put_chirp(float *out)
{
    for (int i = 0; i < CHIRP; i++) {
        double t = (double)i / RATE;
        double length = (double)CHIRP / RATE;
        double phase = 2 * M_PI * (400 * t + (3000 - 400) * t * t / (2 * length));
        float sample = (float)(0.5 * shape(i, CHIRP) * sin(phase));
        out[2 * i] += sample;
        out[2 * i + 1] += 0.5f * sample;
    }
}

static void put_note(float *out, unsigned *state, int from)
{
    double hz = 250 + draw(state) % 1100;
    double beat = 2 + draw(state) % 7;
    int n = NOTE - from;
    for (int i = 0; i < n; i++) {
        double t = (double)i / RATE;
        double loud = 0.2 * shape(i, n) * (1 + 0.4 * sin(2 * M_PI * beat * t));
        double left = sin(2 * M_PI * hz * t) + 0.4 * sin(2 * M_PI * 2 * hz * t);
        double right = sin(2 * M_PI * hz * t + 0.5);
        out[2 * (from + i)] += (float)(loud * left);
        out[2 * (from + i) + 1] += (float)(loud * right);
    }
}

int soak_tune(const char *path, unsigned seed, int seconds)
{
    float *frames = calloc((size_t)seconds * RATE * 2, sizeof *frames);
    unsigned state = seed * 2654435761u + 1;
    if (!frames) {
        abort();
    }
    for (int s = 0; s < seconds; s++) {
        float *second = frames + (size_t)s * RATE * 2;
        put_chirp(second);
        for (int note = 0; note < NOTES; note++) {
            put_note(second + (size_t)note * NOTE * 2, &state, note == 0 ? CHIRP : 0);
        }
    }
    signal_write_samples(path, RATE, 2, frames, (int64_t)seconds * RATE);
    free(frames);
    return 0;
}
