/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airtime/ledger.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/paths.h"
#include "tests/fakes/signal.h"

static void *must(void *memory)
{
    if (!memory) {
        abort();
    }
    return memory;
}

struct stage *stage_create(size_t n_lines)
{
    struct stage *stage = must(calloc(1, sizeof *stage));
    temp_dir_make(stage->dir);
    for (size_t i = 0; i < n_lines; i++) {
        snprintf(stage->line_ids[i], sizeof stage->line_ids[i], "l%zu", i);
        stage->lines[i] = (struct line_def){.id = stage->line_ids[i], .title = stage->line_ids[i]};
    }
    stage->station = (struct station){.dir = stage->dir, .lines = stage->lines, .n_lines = n_lines};
    stage->segments.items = stage->copies;
    stage->plan = (struct plan){.n_lines = n_lines,
                                .from_us = INT64_MIN,
                                .to_us = INT64_MAX,
                                .items = stage->items,
                                .levels = stage->levels};
    for (size_t i = 0; i < n_lines; i++) {
        stage_level(stage, i, 0, true, 0);
    }
    return stage;
}

struct stage *stage_destroy(struct stage *stage)
{
    for (size_t i = 0; i < STAGE_LINES_MAX; i++) {
        free(stage->caught[i]);
    }
    temp_dir_remove(stage->dir);
    free(stage);
    return NULL;
}

float stage_sample(size_t copy, int64_t k)
{
    return (float)(k % 30000 + 1) / 131072.0f + 0.25f * (float)(copy % 3);
}

const struct segment *stage_copy(struct stage *stage, int channels, int64_t frames)
{
    size_t n = stage->n_copies++;
    struct segment *segment = &stage->copies[n];
    stage->codes[n][0] = (char)('a' + n);
    *segment = (struct segment){.id = (int64_t)n + 1,
                                .code = stage->codes[n],
                                .version = 1,
                                .title = stage->codes[n],
                                .kind = "tin",
                                .tags = "",
                                .state = SEGMENT_APPROVED,
                                .valid_from_us = INT64_MIN,
                                .valid_until_us = INT64_MAX,
                                .channels = channels,
                                .frames = frames,
                                .copy_frames = frames};
    hash_bytes(stage->codes[n], 1, segment->air_sha256);
    float *samples = must(calloc((size_t)(frames * channels), sizeof *samples));
    for (int64_t k = 0; k < frames; k++) {
        samples[k * channels] = stage_sample(n, k);
        if (channels == 2) {
            samples[k * 2 + 1] = -stage_sample(n, k);
        }
    }
    char folder[PATHS_MAX];
    char path[PATHS_MAX + 80];
    struct fault fault;
    snprintf(folder, sizeof folder, "%s/library/air/%.2s", stage->dir, segment->air_sha256);
    snprintf(path, sizeof path, "%s/%s.wav", folder, segment->air_sha256);
    if (path_make_dirs(folder, &fault) < 0) {
        abort();
    }
    signal_write_samples(path, 48000, channels, samples, frames);
    free(samples);
    stage->segments.n = stage->n_copies;
    return segment;
}

void stage_cue(struct stage *stage, size_t copy, int64_t in_frame, int64_t out_frame)
{
    stage->copies[copy].cue_in_frames = in_frame;
    stage->copies[copy].frames = out_frame - in_frame;
}

struct plan_item *stage_item(struct stage *stage, size_t copy, int64_t start_frame, uint64_t lines)
{
    size_t n = stage->plan.n_items++;
    const struct segment *segment = &stage->copies[copy];
    stage->item_lines[n] = lines;
    stage->items[n] = (struct plan_item){.start_frame = start_frame,
                                         .n_frames = segment->frames,
                                         .lines = {&stage->item_lines[n], 1},
                                         .segment_id = segment->id,
                                         .segment_code = segment->code,
                                         .segment_version = 1,
                                         .title = segment->title,
                                         .kind = segment->kind,
                                         .tags = "",
                                         .channels = segment->channels,
                                         .whole_frames = segment->frames,
                                         .cue_in_frames = segment->cue_in_frames,
                                         .copy_frames = segment->copy_frames,
                                         .slot_uid = "slot",
                                         .slot_title = "slot",
                                         .position = (int)n,
                                         .priority = 5,
                                         .end_cause = END_COMPLETE,
                                         .state = PLAN_PLANNED,
                                         .reason = ""};
    memcpy(stage->items[n].air_sha256, segment->air_sha256, HASH_HEX_MAX);
    return &stage->items[n];
}

void stage_level(struct stage *stage, size_t line, int64_t from_frame, bool open, double gain_db)
{
    stage->levels[stage->plan.n_levels++] =
        (struct plan_level){from_frame, (uint32_t)line, open, gain_db};
}

void stage_catch(struct stage *stage, int64_t from_frame, int64_t frames)
{
    stage->catch_from = from_frame;
    stage->catch_frames = frames;
    stage->n_events = 0;
    stage->n_unplayable = 0;
    for (size_t i = 0; i < stage->station.n_lines; i++) {
        free(stage->caught[i]);
        stage->caught[i] = must(calloc((size_t)frames * 2, sizeof(float)));
        stage->carried_until[i] = from_frame;
    }
}

float stage_caught(const struct stage *stage, size_t line, int64_t frame, int side)
{
    return stage->caught[line][(frame - stage->catch_from) * 2 + side];
}

static void carry(void *context, const uint32_t *lines, size_t n_lines, int64_t frame,
                  const float *frames, size_t n)
{
    struct stage *stage = context;
    for (size_t i = 0; i < n_lines; i++) {
        if (frame != stage->carried_until[lines[i]]) {
            fprintf(stderr, "line %u was carried twice or not at all before %lld\n", lines[i],
                    (long long)frame);
            abort();
        }
        stage->carried_until[lines[i]] = frame + (int64_t)n;
        int64_t at = frame - stage->catch_from;
        if (stage->caught[lines[i]] && at + (int64_t)n <= stage->catch_frames) {
            memcpy(stage->caught[lines[i]] + at * 2, frames, n * 2 * sizeof *frames);
        }
    }
}

static void text_of_lines(char *out, size_t size, struct line_set lines)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t l = line_set_next(lines, 0); l != SIZE_MAX && at < size;
         l = line_set_next(lines, l + 1)) {
        at += (size_t)snprintf(out + at, size - at, "%s%zu", at ? "," : "", l);
    }
}

static void on_event(void *context, const struct engine_event *event)
{
    static const char *const roles[] = {"programme", "filler", "fallback"};
    struct stage *stage = context;
    if (event->kind == ENGINE_UNPLAYABLE) {
        stage->n_unplayable++;
        return;
    }
    if (stage->n_events == STAGE_EVENTS_MAX) {
        abort();
    }
    char *text = stage->events[stage->n_events++];
    long long frame = (long long)(event->frame - stage->catch_from);
    if (event->kind == ENGINE_STARTED) {
        char lines[64];
        text_of_lines(lines, sizeof lines, event->start->lines);
        snprintf(text, STAGE_EVENT_MAX, "%lld start %s #%llu lines=%s offset=%lld %s", frame,
                 event->start->segment_code, (unsigned long long)event->airing, lines,
                 (long long)event->start->offset_frames, roles[event->start->role]);
    } else {
        snprintf(text, STAGE_EVENT_MAX, "%lld end #%llu frames=%lld %s", frame,
                 (unsigned long long)event->airing, (long long)event->n_frames,
                 end_cause_name(event->cause));
    }
}

const char *stage_event(const struct stage *stage, size_t i)
{
    return i < stage->n_events ? stage->events[i] : "";
}

struct engine_options stage_options(struct stage *stage, enum engine_mode mode)
{
    return (struct engine_options){.station = &stage->station,
                                   .station_dir = stage->dir,
                                   .segments = &stage->segments,
                                   .mode = mode,
                                   .start_frame = stage->catch_from,
                                   .on_event = on_event,
                                   .event_context = stage,
                                   .carry = carry,
                                   .carry_context = stage};
}

struct engine_counts stage_play(struct stage *stage, enum engine_mode mode, int64_t until)
{
    struct engine_options options = stage_options(stage, mode);
    struct fault fault;
    struct engine *engine = NULL;
    if (engine_create(&options, &engine, &fault) < 0 ||
        engine_lend_plan(engine, &stage->plan, NULL, &fault) < 0 ||
        engine_advance_to(engine, until, &fault) < 0) {
        fprintf(stderr, "%s\n", fault.text);
        abort();
    }
    struct engine_counts counts = engine_counts(engine);
    engine_stop(engine, 0, END_STOPPED);
    engine_destroy(engine);
    return counts;
}

const struct plan *const *stage_plans(struct stage *stage)
{
    stage->plan_list = &stage->plan;
    return &stage->plan_list;
}
