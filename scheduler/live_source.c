/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "scheduler/planner_int.h"

/* What is carried live, as something that a slot asks for. It is planned like a recording that
 * nobody has and that never ends by itself. */

static const char RELAY[] = "relay:";
static const char INPUT[] = "input:";
static const char KIND_RELAYED[] = "tiep-song";

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

bool names_live(const char *name)
{
    return strchr(name, ':') != NULL;
}

/* A recording that stands for the source. NULL: out of memory. */
static struct recording *live_make(struct planner *planner, const char *title, size_t kind,
                                   size_t topic)
{
    const struct station *station = planner->station;
    struct recording *recording = arena_take(planner->scratch, 1, sizeof *recording);
    struct segment *segment = arena_take(planner->scratch, 1, sizeof *segment);
    if (!recording || !segment) {
        return NULL;
    }
    *segment = (struct segment){.code = "",
                                .title = title,
                                .kind = kind == SIZE_MAX ? "" : station->kinds[kind].id,
                                .topic = topic == SIZE_MAX ? NULL : station->topics[topic].id,
                                .tags = "",
                                .state = SEGMENT_APPROVED,
                                .valid_from_us = INT64_MIN,
                                .valid_until_us = INT64_MAX,
                                .decided_us = INT64_MIN,
                                .channels = AIR_CHANNELS,
                                .frames = frames_from_us(SLOT_MAX_US) + 1};
    *recording = (struct recording){.segment = segment,
                                    .kind = kind,
                                    .topic = topic,
                                    .counts = COUNTS_NOTHING};
    return recording;
}

/* "DEVICE#1,2" */
static const char *input_target(struct planner *planner, const struct source_def *input)
{
    return input->n_channels == 1
               ? arena_printf(planner->scratch, "%s#%d", input->target, input->channels[0])
               : arena_printf(planner->scratch, "%s#%d,%d", input->target, input->channels[0],
                              input->channels[1]);
}

/* The source of a name. 0 with *ret NULL: the station has none of it. -ENOMEM. */
static int live_find(struct planner *planner, const char *name, const char *slot_title,
                     struct recording **ret)
{
    const struct station *station = planner->station;
    bool is_relay = begins(name, RELAY);
    bool is_input = begins(name, INPUT);
    *ret = NULL;
    if (!is_relay && !is_input) {
        *ret = live_make(planner, slot_title, station_find_kind(station, KIND_RELAYED), SIZE_MAX);
        if (*ret) {
            (*ret)->source = ITEM_SOURCE_RELAY;
            (*ret)->source_name = name;
            (*ret)->source_target = name;
        }
        return *ret ? 0 : -ENOMEM;
    }
    size_t i = is_relay ? station_find_relay(station, name + strlen(RELAY))
                        : station_find_input(station, name + strlen(INPUT));
    if (i == SIZE_MAX) {
        return 0;
    }
    const struct source_def *def = is_relay ? &station->relays[i] : &station->inputs[i];
    struct recording *recording = live_make(planner, def->title, def->kind, def->topic);
    if (!recording) {
        return -ENOMEM;
    }
    recording->source = is_relay ? ITEM_SOURCE_RELAY : ITEM_SOURCE_INPUT;
    recording->source_name = name;
    recording->source_target = is_relay ? def->target : input_target(planner, def);
    *ret = recording->source_target ? recording : NULL;
    return *ret ? 0 : -ENOMEM;
}

int asks_add_live(struct planner *planner, struct asks *asks, const char *name,
                  const char *slot_title, const char *reason)
{
    struct recording *recording = NULL;
    int r = live_find(planner, name, slot_title, &recording);
    if (r < 0) {
        return r;
    }
    if (recording) {
        return asks_add(planner, asks,
                        (struct ask){.ask = ASK_LIVE, .recording = recording, .reason = reason});
    }
    return asks_add(planner, asks,
                    (struct ask){.ask = ASK_MISSING,
                                 .title = name,
                                 .reason = _("the station file no longer names it")});
}
