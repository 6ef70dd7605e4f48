/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_KEPT_H
#define TESTS_FAKES_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/frames.h"
#include "playout/outputs/output.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/temp_dir.h"

/*
 * A station of two lines: what "xa" carries is kept in folders, "loa" has null:. Both carry tones,
 * one a side, whose phase is a matter of the air frame, from frame KEPT_FROM on; before it silence.
 * Aborts on failure, or when something does not come in time.
 */
#define KEPT_FROM (1683716400LL * AIR_RATE) /* 2023-05-10T11:00:00Z; on every grid */
enum { KEPT_STEP = 11520, KEPT_HZ = 440 };

struct kept {
    char dir[TEMP_DIR_MAX];
    struct output_spec specs[3];
    struct line_def lines[2];
    struct station station;
    struct outputs *outputs;
    int64_t frame;
    int64_t first_frame; /* since it was opened */
    int64_t base_ns;
    bool is_timed; /* carried at its time, not as fast as it goes */
};

/* Line xa with these outputs, and the folder `dir`. */
struct kept *kept_create(const struct output_spec *specs, size_t n);
void kept_open_at(struct kept *kept, int64_t frame);
void kept_close(struct kept *kept);
void kept_destroy(struct kept *kept);

/* Carry n steps of 240 ms, and wait until all outputs of xa were handed what of it is whole steps.
 */
void kept_carry(struct kept *kept, int n_steps);
void kept_carry_until(struct kept *kept, int64_t frame);
/* On with the sound until xa has failed, or has not. */
void kept_carry_until_failed(struct kept *kept, bool failed);

/* Run a program to its end. */
void kept_run(const char *const words[]);

/* How much louder the tones are than what differs from them, dB, at the worst 5 ms of n frames of
 * `sound` from `at` on, where `at` is air frame `frame`. */
double kept_likeness_db(const struct sound *sound, int64_t at, int64_t frame, int64_t n);

#endif
