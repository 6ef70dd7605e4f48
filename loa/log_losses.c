/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/log_losses.h"

#include <stdio.h>
#include <string.h>

#include "airtime/ledger.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "loa/out.h"

int log_losses_read(struct log_losses *losses, struct db *db, int64_t from_us, int64_t to_us,
                    struct arena *arena, struct fault *reterr)
{
    return outages_read(db, from_us - AIRING_MAX_US, to_us + AIRING_MAX_US, arena, &losses->outages,
                        reterr);
}

struct log_loss log_loss_of(const struct log_losses *losses, const struct airing *airing,
                            const char *line_id)
{
    const struct outages_of_line *outages = outages_of(&losses->outages, line_id);
    int64_t from = frames_from_us(airing->start_us);
    int64_t until = from + (airing->frames > 0 ? airing->frames : 0);
    return (struct log_loss){outages_lost(outages, from, until), outages_why(outages, from, until)};
}

static size_t count_losers(const struct log_losses *losses, const struct airing *airing)
{
    size_t n = 0;
    for (const char *at = airing->lines; *at;) {
        char id[256];
        size_t n_id = strcspn(at, " ");
        snprintf(id, sizeof id, "%.*s", (int)n_id, at);
        n += log_loss_of(losses, airing, id).frames > 0;
        at += n_id + (at[n_id] == ' ');
    }
    return n;
}

bool log_losses_say(const struct log_losses *losses, const struct airing *airing,
                    const char *line_id, char out[static LOG_LOST_MAX])
{
    char length[OUT_DURATION_MAX];
    *out = '\0';
    if (line_id) {
        struct log_loss loss = log_loss_of(losses, airing, line_id);
        if (loss.frames > 0) {
            snprintf(out, LOG_LOST_MAX, _("%s lost: %s"), out_duration(loss.frames, length),
                     loss.reason);
        }
    } else {
        size_t n = count_losers(losses, airing);
        if (n > 0) {
            snprintf(out, LOG_LOST_MAX, _("lost in part on %zu lines"), n);
        }
    }
    return *out;
}
