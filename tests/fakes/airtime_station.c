/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/airtime_station.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/zone.h"

static const struct kind_def kinds[] = {
    {.id = "chuyen-muc", .title = "Chuyên mục", .counts = COUNTS_FEATURE},
    {.id = "tin", .title = "Tin", .counts = COUNTS_ITEM},
    {.id = "bai", .title = "Bài", .counts = COUNTS_ITEM},
    {.id = "thong-bao", .title = "Thông báo", .counts = COUNTS_NOTHING},
    {.id = "ca-nhac", .title = "Ca nhạc", .counts = COUNTS_NOTHING},
};

struct airtime_station *airtime_station_make(size_t n_lines)
{
    struct airtime_station *made = calloc(1, sizeof *made);
    if (!made || n_lines > AIRTIME_STATION_LINES_MAX || zone_use("Asia/Ho_Chi_Minh", NULL) < 0) {
        abort();
    }
    for (size_t i = 0; i < n_lines; i++) {
        snprintf(made->ids[i], sizeof made->ids[i], "l%zu", i);
        made->lines[i] = (struct line_def){.id = made->ids[i], .title = made->ids[i]};
    }
    made->station = (struct station){.dir = ".",
                                     .file = "station.ini",
                                     .title = "Đài thử",
                                     .timezone = "Asia/Ho_Chi_Minh",
                                     .lines = made->lines,
                                     .n_lines = n_lines,
                                     .topics = made->topics,
                                     .tags = made->tags,
                                     .zones = made->zones,
                                     .kinds = kinds,
                                     .n_kinds = ARRAY_LEN(kinds)};
    return made;
}

size_t airtime_station_topic(struct airtime_station *made, const char *id, const char *title,
                             size_t parent)
{
    size_t topic = made->station.n_topics++;
    if (topic >= AIRTIME_STATION_TOPICS_MAX) {
        abort();
    }
    made->topics[topic] = (struct topic_def){.id = id,
                                             .title = title,
                                             .parent = parent,
                                             .quotas = made->quotas[topic]};
    return topic;
}

void airtime_station_quota(struct airtime_station *made, size_t topic, struct quota_def quota)
{
    size_t i = made->topics[topic].n_quotas++;
    if (i >= AIRTIME_STATION_QUOTAS_MAX) {
        abort();
    }
    made->quotas[topic][i] = quota;
}

void airtime_station_tag(struct airtime_station *made, const char *id, const char *title)
{
    size_t tag = made->station.n_tags++;
    if (tag >= AIRTIME_STATION_TAGS_MAX) {
        abort();
    }
    made->tags[tag] = (struct tag_def){.id = id, .title = title};
}

void airtime_station_zone(struct airtime_station *made, struct zone_def zone)
{
    size_t i = made->station.n_zones++;
    if (i >= AIRTIME_STATION_ZONES_MAX) {
        abort();
    }
    made->zones[i] = zone;
}
