/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "playout/outputs/device.h"
#include "playout/outputs/recording.h"
#include "playout/outputs/rtp.h"
#include "playout/outputs/stream_hub.h"
#include "playout/outputs/transports.h"
#include "playout/rt/guard.h"
#include "playout/rt/hush.h"

int output_check(const struct output_spec *spec, const char *station_dir, struct fault *reterr)
{
    char dir[PATHS_MAX];
    struct stat st;
    if (spec->kind != OUTPUT_FILE && spec->kind != OUTPUT_HLS) {
        return 0;
    }
    int r = path_join(dir, station_dir, spec->target, reterr);
    if (r < 0) {
        return r;
    }
    if (stat(dir, &st) != 0) {
        return errno == ENOENT
                   ? fault_set(reterr, ENOENT, NULL, spec->file_line,
                               _("the folder %s does not exist; loa run makes it, but see that the "
                                 "name is right and its disk is there"),
                               dir)
                   : fault_set(reterr, errno, NULL, spec->file_line,
                               _("the folder %s cannot be used: %s"), dir, errno_text(errno));
    }
    if (!S_ISDIR(st.st_mode)) {
        return fault_set(reterr, ENOTDIR, NULL, spec->file_line,
                         _("%s is not a folder; name another, or move it away"), dir);
    }
    if (access(dir, W_OK | X_OK) != 0) {
        return fault_set(reterr, errno, NULL, spec->file_line,
                         _("the folder %s cannot be written: %s"), dir, errno_text(errno));
    }
    return 0;
}

enum { HUBS_MAX = 4 };

struct outputs {
    const struct station *station;
    struct device_hub *hub;
    struct output **all; /* the outputs of line l are all[first[l]] up to all[first[l + 1]] */
    size_t *first;
    char **whys;         /* what was told last of each output; NULL: nothing yet */
    struct hush *hushes; /* one a line */
    struct output_hub *hubs[HUBS_MAX];
    size_t n_hubs;
    struct output_hub *rtp;           /* one of these, or NULL */
    struct output_hub *streams;       /* one of the hubs; NULL: no line is streamed */
    struct recordings_keeper *keeper; /* NULL: all recordings are kept */
};

static int rtp_open(struct outputs *outputs, size_t line, const struct output_spec *spec,
                    struct output **ret_output, struct fault *reterr)
{
    if (!outputs->rtp) {
        int r = rtp_hub_create(outputs->station->n_lines, outputs->station->dir, outputs->hushes,
                               &outputs->rtp, reterr);
        if (r < 0) {
            return r;
        }
        outputs->hubs[outputs->n_hubs++] = outputs->rtp;
    }
    return rtp_hub_add(outputs->rtp, (uint32_t)line, spec, ret_output, reterr);
}

/* What a line is called where nothing is on. */
static const char *line_title(const struct station *station, size_t line)
{
    const struct line_def *def = &station->lines[line];
    return def->title ? def->title : def->id;
}

static int need_streams(struct outputs *outputs, struct fault *reterr)
{
    if (outputs->streams) {
        return 0;
    }
    int r =
        stream_hub_create(outputs->station->n_lines, outputs->hushes, &outputs->streams, reterr);
    if (r == 0) {
        outputs->hubs[outputs->n_hubs++] = outputs->streams;
    }
    return r;
}

static int stream_open(struct outputs *outputs, size_t line, const struct output_spec *spec,
                       struct output **ret_output, struct fault *reterr)
{
    int r = need_streams(outputs, reterr);
    struct icecast_options options = {
        .spec = spec,
        .hub = outputs->streams,
        .line = (uint32_t)line,
        .station_dir = outputs->station->dir,
        .name = line_title(outputs->station, line),
    };
    return r < 0 ? r : icecast_open(&options, ret_output, reterr);
}

static int keep_recordings(struct outputs *outputs, size_t line, const struct output_spec *spec,
                           const char *dir, const char *format, struct fault *reterr)
{
    int r = spec->keep_days && !outputs->keeper ? recordings_keeper_create(&outputs->keeper, reterr)
                                                : 0;
    return r == 0 && spec->keep_days ? recordings_keeper_add(outputs->keeper, (uint32_t)line,
                                                             outputs->station->lines[line].id, dir,
                                                             format, spec->keep_days, reterr)
                                     : r;
}

/* What is kept in a folder. */
static int kept_open(struct outputs *outputs, size_t line, const struct output_spec *spec,
                     struct output **ret_output, struct fault *reterr)
{
    char dir[PATHS_MAX];
    const char *format = spec->format ? spec->format : "flac";
    const char *line_id = outputs->station->lines[line].id;
    int r = path_join(dir, outputs->station->dir, spec->target, reterr);
    bool is_hls = spec->kind == OUTPUT_HLS;
    bool is_opus = !is_hls && strcmp(format, "opus") == 0;
    if (r == 0 && !is_hls) {
        r = keep_recordings(outputs, line, spec, dir, format, reterr);
    }
    if (r == 0 && (is_hls || is_opus)) {
        r = need_streams(outputs, reterr);
    }
    if (r < 0) {
        return r;
    }
    struct kept_options options = {
        .spec = spec,
        .hub = outputs->streams,
        .line = (uint32_t)line,
        .line_id = line_id,
        .title = line_title(outputs->station, line),
        .dir = dir,
    };
    return is_hls ? hls_open(&options, ret_output, reterr)
           : is_opus
               ? recorder_opus_open(&options, ret_output, reterr)
               : recorder_open(dir, line_id, format, &outputs->hushes[line], ret_output, reterr);
}

static int output_open(struct outputs *outputs, size_t line, const struct output_spec *spec,
                       struct output **ret_output, struct fault *reterr)
{
    switch (spec->kind) {
    case OUTPUT_DEVICE:
        return device_hub_add(outputs->hub, spec, ret_output, reterr);
    case OUTPUT_NULL:
        return null_open(ret_output, reterr);
    case OUTPUT_RTP:
        return rtp_open(outputs, line, spec, ret_output, reterr);
    case OUTPUT_ICECAST:
        return stream_open(outputs, line, spec, ret_output, reterr);
    case OUTPUT_FILE:
    case OUTPUT_HLS:
        break;
    }
    return kept_open(outputs, line, spec, ret_output, reterr);
}

static int line_open_outputs(struct outputs *outputs, size_t line, struct fault *reterr)
{
    const struct line_def *def = &outputs->station->lines[line];
    for (size_t i = 0; i < def->n_outputs; i++) {
        struct fault why;
        struct output **place = &outputs->all[outputs->first[line] + i];
        if (output_open(outputs, line, &def->outputs[i], place, &why) < 0) {
            int r = failed_open(&why, place, reterr);
            if (r < 0) {
                return r;
            }
        }
    }
    return 0;
}

int outputs_open(const struct station *station, struct line_set lines, struct outputs **ret_outputs,
                 struct fault *reterr)
{
    AUTO(outputs_close) struct outputs *outputs = calloc(1, sizeof *outputs);
    if (outputs) {
        outputs->station = station;
        outputs->hub = device_hub_create();
        outputs->first = calloc(station->n_lines + 1, sizeof *outputs->first);
        outputs->hushes = calloc(station->n_lines + 1, sizeof *outputs->hushes);
    }
    if (!outputs || !outputs->hub || !outputs->first || !outputs->hushes) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    for (size_t line = 0; line < station->n_lines; line++) {
        hush_init(&outputs->hushes[line]);
    }
    for (size_t line = 0; line < station->n_lines; line++) {
        bool wanted = line_set_has(lines, line);
        outputs->first[line + 1] =
            outputs->first[line] + (wanted ? station->lines[line].n_outputs : 0);
    }
    outputs->all = calloc(outputs->first[station->n_lines] + 1, sizeof(struct output *));
    outputs->whys = calloc(outputs->first[station->n_lines] + 1, sizeof(char *));
    if (!outputs->all || !outputs->whys) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        int r = line_open_outputs(outputs, line, reterr);
        if (r < 0) {
            return r;
        }
    }
    device_hub_start(outputs->hub);
    for (size_t i = 0; i < outputs->n_hubs; i++) {
        outputs->hubs[i]->ops->start(outputs->hubs[i]);
    }
    int r = outputs->keeper ? recordings_keeper_start(outputs->keeper, reterr) : 0;
    if (r < 0) {
        return r;
    }
    *ret_outputs = STEAL(outputs);
    return 0;
}

struct outputs *outputs_close(struct outputs *outputs)
{
    if (outputs) {
        recordings_keeper_destroy(outputs->keeper);
        for (size_t i = 0; outputs->all && i < outputs->first[outputs->station->n_lines]; i++) {
            output_close(outputs->all[i]);
        }
        for (size_t i = 0; outputs->whys && i < outputs->first[outputs->station->n_lines]; i++) {
            free(outputs->whys[i]);
        }
        device_hub_destroy(outputs->hub);
        for (size_t i = 0; i < outputs->n_hubs; i++) {
            outputs->hubs[i]->ops->destroy(outputs->hubs[i]);
        }
        free(outputs->hushes);
        free(outputs->all);
        free(outputs->whys);
        free(outputs->first);
        free(outputs);
    }
    return NULL;
}

void outputs_carry(struct outputs *outputs, const uint32_t *lines, size_t n_lines, int64_t frame,
                   int64_t due_ns, const float *frames, size_t n)
{
    rt_enter();
    for (size_t l = 0; l < n_lines; l++) {
        for (size_t i = outputs->first[lines[l]]; i < outputs->first[lines[l] + 1]; i++) {
            if (outputs->all[i]->ops->push) {
                output_push(outputs->all[i], frame, due_ns, frames, n);
            }
        }
    }
    rt_leave();
    for (size_t i = 0; i < outputs->n_hubs; i++) {
        outputs->hubs[i]->ops->carry(outputs->hubs[i], lines, n_lines, frame, due_ns, frames, n);
    }
}

void outputs_hush(struct outputs *outputs, struct line_set lines, int64_t from_frame,
                  int64_t until_frame)
{
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        hush_set(&outputs->hushes[line], from_frame, until_frame);
        for (size_t i = outputs->first[line]; i < outputs->first[line + 1]; i++) {
            struct output *output = outputs->all[i];
            if (output->ops->hush) {
                output->ops->hush(output, from_frame, until_frame);
            }
        }
    }
}

void outputs_title(struct outputs *outputs, uint32_t line, int64_t frame, const char *title)
{
    if (outputs->streams) {
        stream_hub_title(outputs->streams, line, frame,
                         title ? title : line_title(outputs->station, line));
    }
}

bool outputs_take_fault(struct outputs *outputs, size_t *ret_line, struct fault *ret_fault)
{
    for (size_t line = 0; line < outputs->station->n_lines; line++) {
        for (size_t i = outputs->first[line]; i < outputs->first[line + 1]; i++) {
            if (output_take_fault(outputs->all[i], ret_fault)) {
                free(outputs->whys[i]);
                outputs->whys[i] = strdup(ret_fault->text);
                *ret_line = line;
                return true;
            }
        }
    }
    return false;
}

bool outputs_take_news(struct outputs *outputs, size_t *ret_line, struct fault *ret_news)
{
    uint32_t line = 0;
    bool has_news = outputs->keeper && recordings_keeper_tell(outputs->keeper, &line, ret_news);
    *ret_line = line;
    return has_news;
}

void outputs_line_state(const struct outputs *outputs, size_t line,
                        struct outputs_line_state *ret_state)
{
    size_t n_failed = 0;
    int64_t failed_since = 1;   /* the last to fail decides … */
    int64_t carries_since = -1; /* … and the first to come back */
    *ret_state = (struct outputs_line_state){.carries = true, .why = ""};
    for (size_t i = outputs->first[line]; i < outputs->first[line + 1]; i++) {
        struct output_stats one;
        output_get_stats(outputs->all[i], &one);
        if (!one.failed) {
            bool earlier = carries_since < 0 || one.since_frame < carries_since;
            carries_since = earlier ? one.since_frame : carries_since;
            continue;
        }
        n_failed++;
        bool known = failed_since > 0 && one.since_frame > 0;
        bool later = one.since_frame > failed_since;
        failed_since = !known ? 0 : later ? one.since_frame : failed_since;
        ret_state->why = outputs->whys[i] ? outputs->whys[i] : ret_state->why;
    }
    size_t n = outputs->first[line + 1] - outputs->first[line];
    ret_state->carries = n == 0 || n_failed < n;
    ret_state->since_frame = !ret_state->carries ? failed_since
                             : carries_since < 0 ? 0
                                                 : carries_since;
}

struct output_stats outputs_stats(const struct outputs *outputs, size_t line)
{
    struct output_stats sum = {0};
    for (size_t i = outputs->first[line]; i < outputs->first[line + 1]; i++) {
        struct output_stats one;
        output_get_stats(outputs->all[i], &one);
        sum.frames_pushed += one.frames_pushed;
        sum.frames_dropped += one.frames_dropped;
        sum.frames_padded += one.frames_padded;
        sum.n_underruns += one.n_underruns;
        sum.n_reconnects += one.n_reconnects;
        sum.failed = sum.failed || one.failed;
    }
    return sum;
}
