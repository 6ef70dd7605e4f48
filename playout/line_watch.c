/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/line_watch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/ledger_writer.h"
#include "playout/outputs/output.h"
#include "station/station.h"

struct line_watch {
    const struct station *station;
    int64_t start_frame;
    bool has_looked;
    bool *is_out; /* by line, as the ledger was told */
};

int line_watch_create(const struct station *station, int64_t start_frame,
                      struct line_watch **ret_watch, struct fault *reterr)
{
    struct line_watch *watch = calloc(1, sizeof *watch);
    if (watch) {
        *watch = (struct line_watch){station, start_frame, false,
                                     calloc(station->n_lines + 1, sizeof *watch->is_out)};
    }
    if (!watch || !watch->is_out) {
        line_watch_destroy(watch);
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the radio"));
    }
    *ret_watch = watch;
    return 0;
}

struct line_watch *line_watch_destroy(struct line_watch *watch)
{
    if (watch) {
        free(watch->is_out);
        free(watch);
    }
    return NULL;
}

void line_watch_look(struct line_watch *watch, const struct outputs *outputs, struct line_set lines,
                     struct ledger_writer *writer)
{
    int64_t heard = ledger_writer_heard_until(writer);
    heard = watch->has_looked && heard > watch->start_frame ? heard : watch->start_frame;
    watch->has_looked = true;
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        struct outputs_line_state state;
        outputs_line_state(outputs, line, &state);
        if (state.carries != watch->is_out[line]) {
            continue;
        }
        const char *why = *state.why ? state.why : _("its way out carries nothing");
        if (ledger_writer_outage(writer, line, watch->station->lines[line].id,
                                 state.since_frame ? state.since_frame : heard,
                                 state.carries ? NULL : why)) {
            watch->is_out[line] = !state.carries;
        }
    }
}
