/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_AIRTIME_STATION_H
#define TESTS_FAKES_AIRTIME_STATION_H

#include "station/station.h"

/*
 * A station made by hand, without its file: lines "l0", "l1" … and the kinds
 * chuyen-muc (a feature), tin and bai (items), thong-bao and ca-nhac (nothing). Topics,
 * tags and zones are added as a test needs them.
 */
enum {
    AIRTIME_STATION_LINES_MAX = 10000,
    AIRTIME_STATION_TOPICS_MAX = 40,
    AIRTIME_STATION_QUOTAS_MAX = 8,
    AIRTIME_STATION_TAGS_MAX = 8,
    AIRTIME_STATION_ZONES_MAX = 8,
    AIRTIME_STATION_ID_MAX = 16,
};

struct airtime_station {
    struct station station; /* this is what is handed to the code under test */
    struct line_def lines[AIRTIME_STATION_LINES_MAX];
    char ids[AIRTIME_STATION_LINES_MAX][AIRTIME_STATION_ID_MAX];
    struct topic_def topics[AIRTIME_STATION_TOPICS_MAX];
    struct quota_def quotas[AIRTIME_STATION_TOPICS_MAX][AIRTIME_STATION_QUOTAS_MAX];
    struct tag_def tags[AIRTIME_STATION_TAGS_MAX];
    struct zone_def zones[AIRTIME_STATION_ZONES_MAX];
};

/* Given to the caller: free(). Uses the zone Asia/Ho_Chi_Minh. Aborts on failure. */
struct airtime_station *airtime_station_make(size_t n_lines);
/* Texts are borrowed. parent: SIZE_MAX for a root. Returns its index. */
size_t airtime_station_topic(struct airtime_station *made, const char *id, const char *title,
                             size_t parent);
void airtime_station_quota(struct airtime_station *made, size_t topic, struct quota_def quota);
void airtime_station_tag(struct airtime_station *made, const char *id, const char *title);
/* Its set must be as long as the station's lines are many, and is borrowed. */
void airtime_station_zone(struct airtime_station *made, struct zone_def zone);

#endif
