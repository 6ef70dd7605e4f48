/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_LOG_LOSSES_H
#define LOA_LOG_LOSSES_H

#include <stdbool.h>
#include <stdint.h>

#include "airtime/outages.h"
#include "base/attr.h"

struct airing;
struct arena;
struct db;
struct fault;

/* What the ways out of lines lost of airings that are listed. */
struct log_losses {
    struct outages outages;
};

/* Of the airings of ledger_visit(db, from_us, to_us). */
MUST_CHECK int log_losses_read(struct log_losses *losses, struct db *db, int64_t from_us,
                               int64_t to_us, struct arena *arena, struct fault *reterr);

struct log_loss {
    int64_t frames;
    const char *reason; /* NULL: nothing was lost */
};
struct log_loss log_loss_of(const struct log_losses *losses, const struct airing *airing,
                            const char *line_id);

/* In words: how much one line lost and why, or, with a line_id of NULL, how many lines lost
 * something. false: nothing was lost, and out is "". */
enum { LOG_LOST_MAX = 512 };
bool log_losses_say(const struct log_losses *losses, const struct airing *airing,
                    const char *line_id, char out[static LOG_LOST_MAX]);

#endif
