/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/utf8.h"
#include "media/fold.h"
#include "media/metadata.h"
#include "media/sidecar.h"
#include "station/station.h"

/* Any bytes beside a recording: findings or values, in bounded memory; and what the values mean
 * to a station is right, or refused with a sentence. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct kind_def kinds[] = {{.id = "tin"}, {.id = "bai"}};
static const struct topic_def topics[] = {{.id = "cchc", .parent = SIZE_MAX}};
static const struct tag_def tags[] = {{.id = "so"}, {.id = "tthc"}};

/* The folder with the sidecar tin-1.txt, in memory. */
static char folder[64];

static void remove_folder(void)
{
    char path[96];
    snprintf(path, sizeof path, "%s/tin-1.txt", folder);
    unlink(path);
    rmdir(folder);
}

static void write_sidecar(const uint8_t *bytes, size_t n)
{
    char path[96];
    if (!folder[0]) {
        snprintf(folder, sizeof folder, "/dev/shm/loa-fuzz-XXXXXX");
        if (!mkdtemp(folder)) {
            abort();
        }
        atexit(remove_folder);
    }
    snprintf(path, sizeof path, "%s/tin-1.txt", folder);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, n, file) != n || fclose(file) != 0) {
        abort();
    }
}

static void check_metadata(const struct station *station, const struct metadata *m)
{
    bool right = code_is_valid(m->code) && utf8_is_valid(m->script) &&
                 station_find_kind(station, m->kind) != SIZE_MAX &&
                 (!m->topic || station_find_topic(station, m->topic) != SIZE_MAX) &&
                 m->valid_from_us < m->valid_until_us &&
                 (strcmp(m->tags, "") == 0 || strcmp(m->tags, "so") == 0 ||
                  strcmp(m->tags, "tthc") == 0 || strcmp(m->tags, "so tthc") == 0) &&
                 (!m->title || (*m->title && utf8_is_valid(m->title)));
    for (const char *c = m->title; right && c && *c; c++) {
        right = !iscntrl((unsigned char)*c);
    }
    if (!right) {
        abort();
    }
}

static void gather(const uint8_t *bytes, size_t n)
{
    const struct station station = {.file = "station.ini",
                                    .kinds = kinds,
                                    .n_kinds = 2,
                                    .topics = topics,
                                    .n_topics = 1,
                                    .tags = tags,
                                    .n_tags = 2};
    char recording[96];
    write_sidecar(bytes, n);
    snprintf(recording, sizeof recording, "%s/tin-1.wav", folder);
    AUTO(arena_destroy) struct arena *arena = arena_create(16 << 20);
    struct findings findings = {0};
    struct metadata metadata;
    if (!arena) {
        abort();
    }
    int r = metadata_gather(&station, recording, NULL, NULL, arena, &metadata, &findings);
    if (r == 0) {
        check_metadata(&station, &metadata);
    } else if (findings.n_errors == 0) {
        abort(); /* refused without a word */
    }
    findings_finish(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(1 << 20);
    /* Of exactly that size, so that a read past the end is seen. */
    char *text = malloc(n ? n : 1);
    if (!arena || !text) {
        abort();
    }
    if (n > 0) {
        memcpy(text, bytes, n);
    }
    struct findings findings = {0};
    struct sidecar sidecar;
    int r = sidecar_parse("x.txt", text, n, arena, &sidecar, &findings);
    free(text);
    if (r == 0 && (!sidecar.script || !utf8_is_valid(sidecar.script) || findings.n_errors > 0)) {
        abort();
    }
    for (size_t i = 0; r == 0 && i < SIDECAR_N_KEYS; i++) {
        const struct sidecar_value *value = &sidecar.values[i];
        if (value->text && (value->text[0] == '\0' || value->line == 0)) {
            abort();
        }
    }
    if (r < 0 && findings.n_errors == 0) {
        abort(); /* refused without a word */
    }
    findings_finish(&findings);
    gather(bytes, n);
    return 0;
}
