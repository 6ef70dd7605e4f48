/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "playout/outputs/ogg_opus.h"
#include "playout/outputs/recording.h"
#include "playout/outputs/stream_encoder.h"
#include "playout/outputs/stream_writer.h"
#include "playout/outputs/transports.h"

/* A page is written whole or taken back, so that what lies on the disk can be played whatever
 * happens; at most one second is lost with a page. */
enum { PACKETS_IN_PAGE = 50, PAGES_BYTES_MAX = 1 << 20, RETRY_FRAMES = 10 * AIR_RATE };

struct recorder_opus {
    struct stream_writer head;
    char *dir;
    char *line_id;
    char *title;
    /* the thread's */
    bool has_dir; /* it was there once: it is not made anew, what lies under it may be gone */
    int fd;       /* -1: no file */
    char path[PATHS_MAX];
    off_t n_bytes;       /* of whole pages */
    size_t n_head;       /* bytes of `out` that are no sound yet */
    int64_t next_frame;  /* that the file holds next */
    int64_t retry_frame; /* not tried again before */
    struct ogg_opus *ogg;
    struct strbuf out;
};

static int write_failed(const struct recorder_opus *recorder, int err, struct fault *reterr)
{
    return fault_set(reterr, err, recorder->path, 0, _("cannot be written: %s"), errno_text(err));
}

/* Nothing but headers is nothing. */
static void leave_file(struct recorder_opus *recorder)
{
    if (recorder->fd >= 0) {
        close(recorder->fd);
        recorder->fd = -1;
        if (recorder->n_bytes == 0) {
            unlink(recorder->path);
        }
    }
    ogg_opus_break(recorder->ogg);
    strbuf_clear(&recorder->out);
}

static int put_pages(struct recorder_opus *recorder, struct fault *reterr)
{
    const char *text = strbuf_text(&recorder->out);
    size_t n = recorder->out.n;
    int err = strbuf_failed(&recorder->out) ? ENOMEM : 0;
    for (size_t done = 0; done < n && err == 0;) {
        ssize_t written = write(recorder->fd, text + done, n - done);
        done += written > 0 ? (size_t)written : 0;
        err = written > 0 || (written < 0 && errno == EINTR) ? 0 : written < 0 ? errno : ENOSPC;
    }
    strbuf_clear(&recorder->out);
    if (err) {
        int r = ftruncate(recorder->fd, recorder->n_bytes);
        (void)r; /* players pass over half a page at the end */
        return write_failed(recorder, err, reterr);
    }
    recorder->n_bytes += (off_t)n;
    recorder->n_head = 0;
    return 0;
}

static int begin_file(struct recorder_opus *recorder, int64_t frame, struct fault *reterr)
{
    int r = recorder->has_dir ? 0 : path_make_dirs(recorder->dir, reterr);
    if (r < 0) {
        return r;
    }
    recorder->has_dir = true;
    for (int again = 0; again < RECORDING_SAME_MAX && recorder->fd < 0; again++) {
        char name[RECORDING_NAME_MAX];
        recording_name(recorder->line_id, frame, again, "opus", name);
        r = path_join(recorder->path, recorder->dir, name, reterr);
        if (r < 0) {
            return r;
        }
        recorder->fd = open(recorder->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (recorder->fd < 0 && errno != EEXIST) {
            return write_failed(recorder, errno, reterr);
        }
    }
    if (recorder->fd < 0) {
        return write_failed(recorder, EEXIST, reterr);
    }
    flock(recorder->fd, LOCK_EX | LOCK_NB);
    recorder->n_bytes = 0;
    recorder->next_frame = frame;
    ogg_opus_begin(recorder->ogg, recorder->title, &recorder->out);
    recorder->n_head = recorder->out.n;
    return 0;
}

static int end_file(struct recorder_opus *recorder, struct fault *reterr)
{
    ogg_opus_end(recorder->ogg, &recorder->out);
    int r = put_pages(recorder, reterr);
    leave_file(recorder);
    return r;
}

static int put_packet(struct recorder_opus *recorder, const struct stream_packet *packet,
                      struct fault *reterr)
{
    int r = recorder->fd < 0 ? begin_file(recorder, packet->frame, reterr) : 0;
    ogg_opus_add(recorder->ogg, packet, &recorder->out);
    recorder->next_frame = packet->frame + packet->n_frames;
    if (r == 0 && recorder->next_frame % RECORDING_FRAMES_MAX == 0) {
        return end_file(recorder, reterr);
    }
    /* The headers wait for the first page of sound: a full disk gets no empty files. */
    return r == 0 && recorder->out.n > recorder->n_head ? put_pages(recorder, reterr) : r;
}

/* Silence for what never came, so that a place in the file is an instant. A long hole, the clock
 * having been set, ends the file instead. */
static int bridge(struct recorder_opus *recorder, int64_t frame, struct fault *reterr)
{
    static const unsigned char silence[] = {0xfc, 0xff, 0xfe}; /* full band, 20 ms, stereo */
    int64_t missing = frame - recorder->next_frame;
    if (missing < 0 || missing > RECORDING_FRAMES_MAX) {
        return end_file(recorder, reterr);
    }
    struct stream_packet packet = {.kind = STREAM_SOUND, .n_frames = STREAM_OPUS_FRAMES};
    packet.n_bytes = sizeof silence;
    memcpy(packet.bytes, silence, sizeof silence);
    int r = 0;
    while (r == 0 && recorder->next_frame < frame && recorder->fd >= 0) {
        packet.frame = recorder->next_frame;
        r = put_packet(recorder, &packet, reterr);
        atomic_fetch_add_explicit(&recorder->head.frames_padded, packet.n_frames,
                                  memory_order_relaxed);
    }
    return r;
}

static void opus_take(struct stream_writer *writer, const struct stream_packet *packet)
{
    struct recorder_opus *recorder = (struct recorder_opus *)writer;
    struct fault fault;
    int64_t wait_frames = recorder->retry_frame - packet->frame;
    if (writer->failed && wait_frames > 0 && wait_frames <= RETRY_FRAMES) {
        ogg_opus_add(recorder->ogg, packet, &recorder->out);
        stream_writer_lose(writer, packet->n_frames);
        return;
    }
    int r = recorder->fd >= 0 && packet->frame != recorder->next_frame
                ? bridge(recorder, packet->frame, &fault)
                : 0;
    if (r == 0) {
        r = put_packet(recorder, packet, &fault);
    }
    if (r < 0) {
        leave_file(recorder);
        recorder->retry_frame = packet->frame + RETRY_FRAMES;
        stream_writer_lose(writer, packet->n_frames);
        stream_writer_fail(writer, &fault, packet->frame);
    } else if (recorder->n_bytes > 0 || recorder->fd < 0) {
        stream_writer_is_well(writer, packet->frame);
    }
}

static void opus_tend(struct stream_writer *writer)
{
    (void)writer;
}

static void opus_end(struct stream_writer *writer)
{
    struct recorder_opus *recorder = (struct recorder_opus *)writer;
    struct fault fault;
    if (recorder->fd >= 0 && end_file(recorder, &fault) < 0) {
        stream_writer_fail(writer, &fault, recorder->next_frame);
    }
}

static void opus_destroy(struct stream_writer *writer)
{
    struct recorder_opus *recorder = (struct recorder_opus *)writer;
    ogg_opus_destroy(recorder->ogg);
    strbuf_finish(&recorder->out);
    free(recorder->dir);
    free(recorder->line_id);
    free(recorder->title);
    free(recorder);
}

static const struct stream_writer_ops opus_ops = {opus_take, opus_tend, opus_end, opus_destroy};

int recorder_opus_open(const struct kept_options *options, struct output **ret_output,
                       struct fault *reterr)
{
    struct recorder_opus *recorder = calloc(1, sizeof *recorder);
    if (!recorder) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    recorder->fd = -1;
    strbuf_init(&recorder->out, PAGES_BYTES_MAX);
    recorder->dir = strdup(options->dir);
    recorder->line_id = strdup(options->line_id);
    recorder->title = strdup(options->title);
    struct stream_settings settings = {STREAM_OPUS,
                                       stream_bitrate_near(STREAM_OPUS,
                                                           options->spec->bitrate_bps)};
    int r =
        recorder->dir && recorder->line_id && recorder->title
            ? ogg_opus_create(PACKETS_IN_PAGE, &recorder->ogg, reterr)
            : fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    if (r == 0) {
        r = stream_writer_start(&recorder->head, &opus_ops, options->hub, options->line, settings,
                                reterr);
    }
    if (r < 0) {
        opus_destroy(&recorder->head);
        return r;
    }
    *ret_output = &recorder->head.head;
    return 0;
}
