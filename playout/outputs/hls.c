/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "playout/outputs/encode_aac.h"
#include "playout/outputs/hls_playlist.h"
#include "playout/outputs/stream_writer.h"
#include "playout/outputs/transports.h"

/*
 * Pieces lie on a grid of air frames, so that those of all lines change together. Each is gathered
 * in memory and written when it is whole, then the playlist; both under another name first, so
 * that a web server never sees half a file.
 *
 * Nothing is synced to disk: what a power failure takes are some seconds that have been heard. A
 * playlist that it leaves empty is begun anew at a number that grows with time, faster than pieces
 * are made, so that numbers never go back.
 */
enum {
    PIECE_BYTES_MAX = 1 << 20,
    SECONDS_A_NUMBER = 2,
    LEAD_IN_FRAMES = 2 * STREAM_AAC_FRAMES, /* that the encoder lags behind */
};

/* A piece that the playlist names no more: some player may still be about to fetch it. */
struct withdrawn {
    int64_t number;
    int64_t until_ms; /* CLOCK_MONOTONIC */
};

struct hls {
    struct stream_writer head;
    char *dir;
    char *line_id;
    char *playlist_name;
    int64_t piece_frames;
    int length_s;
    size_t n_max;
    /* the thread's */
    bool has_dir;   /* it was there once: it is not made anew, what lies under it may be gone */
    bool has_begun; /* what lies in the folder was looked at, and nothing has failed since */
    bool is_apart;  /* the next piece does not follow the one before */
    bool has_gap;   /* nothing was carried before it */
    int64_t next_frame;
    struct hls_playlist playlist;
    struct hls_piece piece; /* that is being gathered; n_frames 0: none */
    struct strbuf bytes;
    struct strbuf text;
    struct withdrawn *withdrawn;
    size_t n_withdrawn;
    size_t withdrawn_capacity;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the folder */

static int write_failed(const char *path, int err, struct fault *reterr)
{
    return fault_set(reterr, err, path, 0, _("cannot be written: %s"), errno_text(err));
}

static int write_bytes(const char *path, const struct strbuf *bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) {
        return -errno;
    }
    const char *text = strbuf_text(bytes);
    int r = 0;
    for (size_t done = 0; done < bytes->n && r == 0;) {
        ssize_t n = write(fd, text + done, bytes->n - done);
        done += n > 0 ? (size_t)n : 0;
        r = n > 0 || (n < 0 && errno == EINTR) ? 0 : n < 0 ? -errno : -ENOSPC;
    }
    if (close(fd) != 0 && r == 0) {
        r = -errno;
    }
    return r;
}

/* A whole file, under its name or not at all. */
static int write_file(const struct hls *hls, const char *name, const struct strbuf *bytes,
                      struct fault *reterr)
{
    char path[PATHS_MAX];
    char fresh[PATHS_MAX];
    int r = strbuf_failed(bytes) ? -ENOMEM : path_join(path, hls->dir, name, reterr);
    if (r < 0) {
        return r == -ENOMEM ? write_failed(name, ENOMEM, reterr) : r;
    }
    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= PATHS_MAX) {
        return write_failed(path, ENAMETOOLONG, reterr);
    }
    r = write_bytes(fresh, bytes);
    if (r == 0 && rename(fresh, path) != 0) {
        r = -errno;
    }
    if (r < 0) {
        unlink(fresh);
        return write_failed(path, -r, reterr);
    }
    return 0;
}

static void remove_piece(const struct hls *hls, int64_t number)
{
    char name[HLS_NAME_MAX];
    char path[PATHS_MAX];
    hls_piece_name(hls->line_id, number, name);
    if (path_join(path, hls->dir, name, NULL) == 0) {
        unlink(path);
    }
}

/* It stays for as long as the longest playlist that named it (RFC 8216, 6.2.2), and one piece. */
static void withdraw(struct hls *hls, int64_t number)
{
    if (hls->n_withdrawn == hls->withdrawn_capacity) {
        size_t capacity = hls->withdrawn_capacity * 2 + 16;
        struct withdrawn *grown = realloc(hls->withdrawn, capacity * sizeof *grown);
        if (!grown) {
            return; /* found again at the next start */
        }
        hls->withdrawn = grown;
        hls->withdrawn_capacity = capacity;
    }
    int64_t stay_ms = (int64_t)(hls->n_max + 2) * hls->length_s * 1000;
    hls->withdrawn[hls->n_withdrawn++] = (struct withdrawn){number, now_ms() + stay_ms};
}

static void sweep(struct hls *hls)
{
    int64_t now = now_ms();
    size_t n = 0;
    while (n < hls->n_withdrawn && hls->withdrawn[n].until_ms <= now) {
        remove_piece(hls, hls->withdrawn[n].number);
        n++;
    }
    if (n > 0) {
        hls->n_withdrawn -= n;
        memmove(hls->withdrawn, hls->withdrawn + n, hls->n_withdrawn * sizeof *hls->withdrawn);
    }
}

/* ---- going on where another run has stopped */

static int64_t next_number(const struct hls_playlist *playlist)
{
    return playlist->sequence + (int64_t)playlist->n_pieces;
}

/* Nothing that can be gone on with lies there but, at the most, pieces with numbers. */
static void begin_numbers(struct hls *hls, int64_t highest)
{
    int64_t number = (int64_t)time(NULL) / SECONDS_A_NUMBER;
    int64_t known = next_number(&hls->playlist);
    number = number > known ? number : known;
    number = number > highest ? number : highest + 1;
    hls->playlist = (struct hls_playlist){.length_s = hls->length_s,
                                          .sequence = number,
                                          .discontinuities = number};
}

/* Every piece of the line that lies in the folder and is not named: no player knows those past the
 * last, and others may still be asked for. */
static int64_t look_through(struct hls *hls, DIR *folder, bool has_playlist)
{
    int64_t highest = 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        int64_t number = hls_piece_number(hls->line_id, entry->d_name);
        highest = number > highest ? number : highest;
        if (has_playlist && number >= next_number(&hls->playlist)) {
            remove_piece(hls, number);
        } else if (number >= 0 && (!has_playlist || number < hls->playlist.sequence)) {
            withdraw(hls, number);
        }
    }
    return highest;
}

static bool read_playlist(const struct hls *hls, struct hls_playlist *ret_playlist)
{
    char path[PATHS_MAX];
    AUTO_FREE char *text = NULL;
    size_t n = 0;
    return path_join(path, hls->dir, hls->playlist_name, NULL) == 0 &&
           path_read_file(path, HLS_TEXT_MAX, &text, &n, NULL) == 0 && strlen(text) == n &&
           hls_playlist_read(text, hls->line_id, ret_playlist) == 0 &&
           next_number(ret_playlist) >= next_number(&hls->playlist);
}

/* Look at what lies in the folder: at the start, and after anything has failed. */
static int go_on(struct hls *hls, struct fault *reterr)
{
    int r = hls->has_dir ? 0 : path_make_dirs(hls->dir, reterr);
    if (r < 0) {
        return r;
    }
    DIR *folder = opendir(hls->dir);
    if (!folder) {
        return fault_set(reterr, errno, hls->dir, 0, _("cannot be read: %s"), errno_text(errno));
    }
    struct hls_playlist found;
    hls->has_dir = true;
    hls->is_apart = read_playlist(hls, &found);
    hls->playlist = hls->is_apart ? found : hls->playlist;
    int64_t highest = look_through(hls, folder, hls->is_apart);
    closedir(folder);
    if (!hls->is_apart) {
        begin_numbers(hls, highest);
    }
    hls->has_begun = true;
    return 0;
}

/* ---- pieces */

/* What was carried so long ago is not to be heard again by those who tune in now. */
static bool is_stale(const struct hls *hls)
{
    const struct hls_playlist *playlist = &hls->playlist;
    if (playlist->n_pieces == 0) {
        return false;
    }
    const struct hls_piece *last = &playlist->pieces[playlist->n_pieces - 1];
    int64_t since = hls->piece.frame - last->frame - last->n_frames;
    return playlist->length_s != hls->length_s ||
           llabs(since) > (int64_t)hls->n_max * hls->piece_frames;
}

static int publish(struct hls *hls, struct fault *reterr)
{
    char name[HLS_NAME_MAX];
    struct hls_playlist before = hls->playlist;
    int64_t number = next_number(&before);
    hls_piece_name(hls->line_id, number, name);
    int r = write_file(hls, name, &hls->bytes, reterr);
    if (r < 0) {
        return r;
    }
    if (is_stale(hls)) {
        hls_playlist_drop(&hls->playlist, hls->playlist.n_pieces);
    }
    hls->playlist.length_s = hls->length_s;
    hls->piece.is_apart = hls->is_apart;
    hls_playlist_add(&hls->playlist, &hls->piece, hls->n_max);
    strbuf_clear(&hls->text);
    hls_playlist_write(&hls->playlist, hls->line_id, &hls->text);
    r = write_file(hls, hls->playlist_name, &hls->text, reterr);
    if (r < 0) {
        remove_piece(hls, number); /* nobody has been told of it */
        hls->playlist = before;
        return r;
    }
    for (int64_t gone = before.sequence; gone < hls->playlist.sequence; gone++) {
        withdraw(hls, gone);
    }
    return 0;
}

static void end_piece(struct hls *hls)
{
    struct fault fault;
    if (hls->piece.n_frames == 0) {
        return;
    }
    int r = hls->has_begun ? 0 : go_on(hls, &fault);
    if (r == 0) {
        hls->is_apart = hls->is_apart || hls->has_gap;
        r = publish(hls, &fault);
    }
    if (r < 0) {
        stream_writer_lose(&hls->head, hls->piece.n_frames);
        stream_writer_fail(&hls->head, &fault, hls->piece.frame);
    } else {
        stream_writer_is_well(&hls->head, hls->piece.frame);
    }
    hls->has_begun = r == 0;
    hls->is_apart = false;
    hls->has_gap = false;
    hls->piece.n_frames = 0;
}

static void begin_piece(struct hls *hls, int64_t frame)
{
    unsigned char tag[HLS_TAG_BYTES];
    hls->piece = (struct hls_piece){.frame = frame};
    hls_piece_tag(frame, tag);
    strbuf_finish(&hls->bytes); /* one that has failed stays so */
    strbuf_init(&hls->bytes, PIECE_BYTES_MAX);
    strbuf_add_bytes(&hls->bytes, (const char *)tag, sizeof tag);
}

/* A stream begins with what its encoder heard before: no piece is made of that alone. */
static bool is_lead_in(const struct hls *hls, const struct stream_packet *packet)
{
    return frames_floor_div(packet->frame, hls->piece_frames) !=
           frames_floor_div(packet->frame + LEAD_IN_FRAMES, hls->piece_frames);
}

static void hls_take(struct stream_writer *writer, const struct stream_packet *packet)
{
    struct hls *hls = (struct hls *)writer;
    bool follows = packet->frame == hls->next_frame;
    int64_t place = frames_floor_div(packet->frame, hls->piece_frames);
    if (!follows && is_lead_in(hls, packet)) {
        return;
    }
    if (!follows || place != frames_floor_div(hls->piece.frame, hls->piece_frames)) {
        end_piece(hls);
        hls->has_gap = !follows && hls->next_frame != INT64_MIN;
    }
    if (hls->piece.n_frames == 0) {
        begin_piece(hls, packet->frame);
    }
    strbuf_add_bytes(&hls->bytes, (const char *)packet->bytes, packet->n_bytes);
    hls->piece.n_frames += packet->n_frames;
    hls->next_frame = packet->frame + packet->n_frames;
}

static void hls_tend(struct stream_writer *writer)
{
    sweep((struct hls *)writer);
}

/* The playlist is not closed: a radio that comes back goes on with it. */
static void hls_end(struct stream_writer *writer)
{
    end_piece((struct hls *)writer);
}

static void hls_destroy(struct stream_writer *writer)
{
    struct hls *hls = (struct hls *)writer;
    strbuf_finish(&hls->bytes);
    strbuf_finish(&hls->text);
    free(hls->withdrawn);
    free(hls->dir);
    free(hls->line_id);
    free(hls->playlist_name);
    free(hls);
}

static const struct stream_writer_ops hls_ops = {hls_take, hls_tend, hls_end, hls_destroy};

int hls_open(const struct kept_options *options, struct output **ret_output, struct fault *reterr)
{
    aac_create *create = NULL;
    int r = encode_aac_find(&create, reterr);
    if (r < 0) {
        return r;
    }
    struct hls *hls = calloc(1, sizeof *hls);
    if (!hls) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    strbuf_init(&hls->bytes, PIECE_BYTES_MAX);
    strbuf_init(&hls->text, HLS_TEXT_MAX);
    hls->length_s = options->spec->piece_s;
    hls->piece_frames = (int64_t)hls->length_s * AIR_RATE;
    hls->n_max = (size_t)options->spec->n_pieces;
    hls->next_frame = INT64_MIN;
    hls->dir = strdup(options->dir);
    hls->line_id = strdup(options->line_id);
    struct strbuf name;
    strbuf_init(&name, PATHS_MAX);
    strbuf_printf(&name, "%s.m3u8", options->line_id);
    hls->playlist_name = strdup(strbuf_text(&name));
    strbuf_finish(&name);
    struct stream_settings settings = {STREAM_AAC,
                                       stream_bitrate_near(STREAM_AAC, options->spec->bitrate_bps)};
    r = hls->dir && hls->line_id && hls->playlist_name
            ? stream_writer_start(&hls->head, &hls_ops, options->hub, options->line, settings,
                                  reterr)
            : fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    if (r < 0) {
        hls_destroy(&hls->head);
        return r;
    }
    *ret_output = &hls->head.head;
    return 0;
}
