/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "media/metadata.h"
#include "media/tags.h"
#include "station/station.h"

/* Any folders, and any genre and album: what the station has, or a sentence, in bounded memory. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct kind_def kinds[] = {{.id = "tin", .title = "Tin"},
                                        {.id = "chuyen-muc", .title = "Chuyên mục"}};
static const struct topic_def topics[] = {{.id = "cchc", .title = "Cải cách hành chính"},
                                          {.id = "yte", .title = "Y tế"},
                                          {.id = "yt", .title = "Y Tế"}};
static const struct tag_def tags[] = {{.id = "so", .title = NULL}};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct station station = {.file = "station.ini",
                                           .kinds = kinds,
                                           .n_kinds = ARRAY_LEN(kinds),
                                           .topics = topics,
                                           .n_topics = ARRAY_LEN(topics),
                                           .tags = tags,
                                           .n_tags = ARRAY_LEN(tags)};
    AUTO(arena_destroy) struct arena *arena = arena_create(4 << 20);
    char *text = malloc(n + 1);
    if (!arena || !text) {
        abort();
    }
    if (n > 0) {
        memcpy(text, bytes, n);
    }
    text[n] = '\0';
    struct recording_tags recording = {.title = ""};
    strncpy(recording.title, text, RECORDING_TAG_MAX - 1);
    strncpy(recording.genre, text, RECORDING_TAG_MAX - 1);
    strncpy(recording.album, text, RECORDING_TAG_MAX - 1);
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.place = text;
    struct findings findings = {0};
    struct metadata metadata;
    int r = metadata_gather(&station, "/nowhere/tin-1.wav", &options, &recording, arena, &metadata,
                            &findings);
    if (r < 0 && findings.n_errors == 0 && n < 4096) {
        abort(); /* refused without a word */
    }
    if (r == 0 && (station_find_kind(&station, metadata.kind) == SIZE_MAX ||
                   (metadata.topic && station_find_topic(&station, metadata.topic) == SIZE_MAX) ||
                   strlen(metadata.title) > 500 || *metadata.title == '\0')) {
        abort();
    }
    findings_finish(&findings);
    free(text);
    return 0;
}
