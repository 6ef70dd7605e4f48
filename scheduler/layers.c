/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/planner_int.h"

/* Which layer is heard where calendars lie above each other? */

const struct layer_def *slot_replacing_layer(const struct station *station, const struct slot *slot)
{
    for (size_t i = station->n_layers; i > 0; i--) {
        const struct layer_def *layer = &station->layers[i - 1];
        if (layer->replaces == slot->layer && slot->start_us >= layer->from_us &&
            slot->start_us < layer->until_us) {
            return layer;
        }
    }
    return NULL;
}

bool slot_layer_is_valid(const struct station *station, const struct slot *slot)
{
    const struct layer_def *layer = &station->layers[slot->layer];
    return slot->start_us >= layer->from_us && slot->start_us < layer->until_us;
}

bool slot_may_air(const struct station *station, const struct slot *slot)
{
    return slot->state == SLOT_CONFIRMED && !line_set_is_empty(slot->lines) &&
           slot_layer_is_valid(station, slot) && !slot_replacing_layer(station, slot);
}
