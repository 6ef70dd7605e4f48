/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_STUDIO_H
#define TESTS_FAKES_STUDIO_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "playout/radio.h"
#include "tests/fakes/stage.h"

/*
 * A radio that plays a stage, with a ledger of its own: DIR/loa.db, and DIR/files/ for
 * RADIO_FILES. Everything aborts the test on failure.
 */
struct studio {
    struct stage *stage;
    struct clock clock;
    struct db *db;
    struct ledger *ledger;
    struct radio *radio;
};

/* Open without a plan; studio_give() hands it over; studio_begin() does both. */
struct studio *studio_open(struct stage *stage, struct clock clock, enum radio_sound sound);
void studio_give(struct studio *studio);
struct studio *studio_begin(struct stage *stage, struct clock clock, enum radio_sound sound);
/* Finish the radio, close and free everything but the stage. */
void studio_close(struct studio *studio);

/* What the ledger of a stage holds, a line an airing: "a l0 l1 +1000 -48000 complete
 * offset=0" is code, lines, start frame from zero_us on, frames heard, cause. */
enum { HEARD_MAX = 64 };
struct heard {
    char text[HEARD_MAX][128];
    size_t n;
    int64_t zero_us;
};
struct heard studio_heard(const struct stage *stage, int64_t zero_us);

#endif
