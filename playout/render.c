/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/paths.h"
#include "playout/engine.h"
#include "playout/outputs/file.h"
#include "station/station.h"

enum { STEP_FRAMES = 10 * AIR_RATE };

struct render {
    const struct render_options *options;
    struct sound_file *file;
    struct fault fault; /* of writing: the first */
};

static void on_event(void *context, const struct engine_event *event)
{
    const struct render *render = context;
    if (event->kind == ENGINE_UNPLAYABLE) {
        log_fault(render->options->log, LOG_WARNING, event->fault);
        if (render->options->n_unplayable) {
            ++*render->options->n_unplayable;
        }
    }
}

static void carry(void *context, const uint32_t *lines, size_t n_lines, int64_t frame,
                  const float *frames, size_t n)
{
    struct render *render = context;
    (void)lines;
    (void)n_lines;
    (void)frame;
    if (!render->fault.err) {
        int r = sound_file_write(render->file, frames, n, &render->fault);
        (void)r; /* kept in render->fault */
    }
}

static int render_play(struct render *render, struct engine *engine, struct fault *reterr)
{
    const struct render_options *options = render->options;
    int64_t from = frames_from_us(options->from_us);
    int64_t to = frames_from_us(options->to_us);
    for (int64_t at = from; at < to;) {
        if (options->stop && *options->stop) {
            return -EINTR;
        }
        at = at + STEP_FRAMES < to ? at + STEP_FRAMES : to;
        int r = engine_advance_to(engine, at, reterr);
        if (r < 0) {
            return r;
        }
        if (render->fault.err) {
            *reterr = render->fault;
            return -render->fault.err;
        }
        if (options->on_progress) {
            options->on_progress(options->progress_context,
                                 (double)(at - from) / (double)(to - from));
        }
    }
    return 0;
}

static int render_into(struct render *render, struct fault *reterr)
{
    const struct render_options *options = render->options;
    size_t n_words = line_set_n_words(options->station->n_lines);
    AUTO_FREE uint64_t *words = calloc(n_words + 1, sizeof *words);
    if (!words) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory to render"));
    }
    struct line_set lines = {words, n_words};
    line_set_add(lines, options->line);
    struct engine_options engine_options = {
        .station = options->station,
        .station_dir = options->station->dir,
        .segments = options->segments,
        .mode = ENGINE_OFFLINE,
        .start_frame = frames_from_us(options->from_us),
        .lines = lines,
        .on_event = on_event,
        .event_context = render,
        .carry = carry,
        .carry_context = render,
    };
    AUTO(engine_destroy) struct engine *engine = NULL;
    int r = engine_create(&engine_options, &engine, reterr);
    for (size_t i = 0; r == 0 && i < options->n_plans; i++) {
        r = engine_lend_plan(engine, options->plans[i], NULL, reterr);
    }
    return r < 0 ? r : render_play(render, engine, reterr);
}

/* Into a file of another name, which takes the name asked for when it is whole. */
int render_line(const struct render_options *options, struct fault *reterr)
{
    struct render render = {.options = options};
    const char *format = path_ending(options->path);
    char part[PATHS_MAX];
    if (frames_from_us(options->to_us) <= frames_from_us(options->from_us)) {
        return fault_set(reterr, EINVAL, NULL, 0, _("the end must be after the beginning"));
    }
    if (snprintf(part, sizeof part, "%s.part", options->path) >= (int)sizeof part) {
        return fault_set(reterr, ENAMETOOLONG, options->path, 0, _("the name is too long"));
    }
    if (sound_file_knows(format)) {
        unlink(part); /* of a render that was killed */
    }
    int r = sound_file_create(part, format, &render.file, reterr);
    if (r < 0) {
        if (reterr) {
            snprintf(reterr->file, sizeof reterr->file, "%s", options->path);
        }
        return r;
    }
    r = render_into(&render, reterr);
    if (r == 0) {
        r = sound_file_finish(STEAL(render.file), reterr);
    }
    sound_file_drop(render.file);
    if (r == 0 && rename(part, options->path) != 0) {
        r = fault_set(reterr, errno, options->path, 0, _("cannot be written: %s"),
                      errno_text(errno));
    }
    if (r < 0) {
        unlink(part);
    }
    return r;
}
