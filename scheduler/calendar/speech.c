/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scheduler/calendar/slot.h"
#include "station/station.h"

/* Which slots have a text to be spoken? */

static const char KIND_NOTICE[] = "thong-bao";
static const char KIND_EMERGENCY[] = "khan-cap";

/* The kind that is spoken; NULL: some other kind is asked for too, or none. */
static const char *spoken_kind(const struct station *station, const struct slot *slot)
{
    const char *kind = NULL;
    for (size_t i = 0; i < slot->n_kinds; i++) {
        const char *id = station->kinds[slot->kinds[i]].id;
        if (strcmp(id, KIND_EMERGENCY) == 0) {
            kind = id;
        } else if (strcmp(id, KIND_NOTICE) == 0) {
            kind = kind ? kind : id;
        } else {
            return NULL;
        }
    }
    return kind;
}

bool slot_speech(const struct station *station, const struct slot *slot,
                 struct slot_speech *ret_speech)
{
    const char *text = slot->text ? slot->text : "";
    if (slot->mode || slot->n_attachments || slot->clock != SIZE_MAX || slot->repeat_of ||
        text[strspn(text, " \t\n")] == '\0') {
        return false;
    }
    *ret_speech = (struct slot_speech){
        .kind = spoken_kind(station, slot),
        .topic = slot->n_topics ? station->topics[slot->topics[0]].id : NULL,
        .text = text,
    };
    return ret_speech->kind != NULL;
}
