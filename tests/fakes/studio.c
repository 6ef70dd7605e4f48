/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/studio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "airtime/ledger.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/log.h"
#include "base/paths.h"

static void must(int r, const struct fault *fault)
{
    if (r < 0) {
        fprintf(stderr, "%s: %s\n", fault->file, fault->text);
        abort();
    }
}

struct studio *studio_open(struct stage *stage, struct clock clock, enum radio_sound sound)
{
    struct studio *studio = calloc(1, sizeof *studio);
    struct fault fault = {0};
    char path[PATHS_MAX];
    char files[PATHS_MAX];
    if (!studio) {
        abort();
    }
    studio->stage = stage;
    studio->clock = clock;
    snprintf(path, sizeof path, "%s/loa.db", stage->dir);
    snprintf(files, sizeof files, "%s/files", stage->dir);
    must(db_open(path, DB_WRITE, &studio->db, &fault), &fault);
    must(ledger_open(studio->db, &stage->station, &studio->ledger, &fault), &fault);
    struct radio_options options = {.station = &stage->station,
                                    .segments = &stage->segments,
                                    .clock = &studio->clock,
                                    .ledger = studio->ledger,
                                    .log = &LOG_SILENT,
                                    .sound = sound,
                                    .files_dir = files};
    must(radio_open(&options, &studio->radio, &fault), &fault);
    return studio;
}

void studio_give(struct studio *studio)
{
    struct fault fault = {0};
    must(radio_give_plan(studio->radio, &studio->stage->plan, &fault), &fault);
}

struct studio *studio_begin(struct stage *stage, struct clock clock, enum radio_sound sound)
{
    struct studio *studio = studio_open(stage, clock, sound);
    studio_give(studio);
    return studio;
}

void studio_close(struct studio *studio)
{
    struct fault fault = {0};
    must(radio_finish(studio->radio, &fault), &fault);
    radio_close(studio->radio);
    ledger_close(studio->ledger);
    db_close(studio->db);
    free(studio);
}

static int hear(void *context, const struct airing *airing)
{
    struct heard *heard = context;
    if (heard->n == HEARD_MAX) {
        return -E2BIG;
    }
    snprintf(heard->text[heard->n++], sizeof heard->text[0], "%s %s +%lld -%lld %s offset=%lld",
             airing->segment_code, airing->lines,
             (long long)(frames_from_us(airing->start_us) - frames_from_us(heard->zero_us)),
             (long long)airing->frames, end_cause_name(airing->cause),
             (long long)airing->offset_frames);
    return 0;
}

struct heard studio_heard(const struct stage *stage, int64_t zero_us)
{
    struct heard heard = {.zero_us = zero_us};
    struct fault fault = {0};
    struct db *db = NULL;
    char path[PATHS_MAX];
    snprintf(path, sizeof path, "%s/loa.db", stage->dir);
    must(db_open(path, DB_READ, &db, &fault), &fault);
    must(ledger_visit(db, INT64_MIN / 4, INT64_MAX / 4, hear, &heard, &fault), &fault);
    db_close(db);
    return heard;
}
