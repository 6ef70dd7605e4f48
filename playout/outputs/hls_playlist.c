/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/hls_playlist.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/frames.h"
#include "base/zone.h"

enum { DIGITS_MAX = 15, MICROSECONDS = 1000000 };

void hls_playlist_drop(struct hls_playlist *playlist, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        playlist->discontinuities += playlist->pieces[i].is_apart;
    }
    playlist->sequence += (int64_t)n;
    playlist->n_pieces -= n;
    memmove(playlist->pieces, playlist->pieces + n, playlist->n_pieces * sizeof *playlist->pieces);
}

void hls_playlist_add(struct hls_playlist *playlist, const struct hls_piece *piece, size_t n_max)
{
    if (playlist->n_pieces >= n_max) {
        hls_playlist_drop(playlist, playlist->n_pieces - n_max + 1);
    }
    playlist->pieces[playlist->n_pieces++] = *piece;
}

/* ---- names */

void hls_piece_name(const char *line_id, int64_t sequence, char out[static HLS_NAME_MAX])
{
    snprintf(out, HLS_NAME_MAX, "%s-%06" PRId64 ".aac", line_id, sequence);
}

/* Digits, no sign; -1 if there are none, or too many. */
static int64_t take_number(const char **text)
{
    const char *at = *text;
    int64_t number = 0;
    while (*at >= '0' && *at <= '9' && at - *text < DIGITS_MAX) {
        number = number * 10 + (*at++ - '0');
    }
    bool is_one = at > *text && (*at < '0' || *at > '9');
    *text = at;
    return is_one ? number : -1;
}

int64_t hls_piece_number(const char *line_id, const char *name)
{
    size_t n = strlen(line_id);
    if (strncmp(name, line_id, n) != 0 || name[n] != '-') {
        return -1;
    }
    const char *at = name + n + 1;
    int64_t number = take_number(&at);
    char again[HLS_NAME_MAX];
    hls_piece_name(line_id, number, again);
    return number >= 0 && strcmp(again, name) == 0 ? number : -1;
}

/* ---- the text */

static void write_piece(const struct hls_piece *piece, const char *line_id, int64_t sequence,
                        struct strbuf *out)
{
    char instant[ZONE_INSTANT_MAX];
    char name[HLS_NAME_MAX];
    zone_format_instant(frames_to_us(piece->frame), instant);
    hls_piece_name(line_id, sequence, name);
    int64_t us = frames_to_us(piece->n_frames);
    strbuf_printf(out, "%s#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:%" PRId64 ".%06" PRId64 ",\n%s\n",
                  piece->is_apart ? "#EXT-X-DISCONTINUITY\n" : "", instant, us / MICROSECONDS,
                  us % MICROSECONDS, name);
}

void hls_playlist_write(const struct hls_playlist *playlist, const char *line_id,
                        struct strbuf *out)
{
    strbuf_printf(out,
                  "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:%d\n"
                  "#EXT-X-MEDIA-SEQUENCE:%" PRId64 "\n#EXT-X-DISCONTINUITY-SEQUENCE:%" PRId64 "\n",
                  playlist->length_s, playlist->sequence, playlist->discontinuities);
    for (size_t i = 0; i < playlist->n_pieces; i++) {
        write_piece(&playlist->pieces[i], line_id, playlist->sequence + (int64_t)i, out);
    }
}

static bool take_text(const char **at, const char *text)
{
    size_t n = strlen(text);
    bool is_it = strncmp(*at, text, n) == 0;
    *at += is_it ? n : 0;
    return is_it;
}

/* "#TAG:123\n" */
static bool take_tag(const char **at, const char *tag, int64_t *ret_number)
{
    if (!take_text(at, tag)) {
        return false;
    }
    *ret_number = take_number(at);
    return *ret_number >= 0 && take_text(at, "\n");
}

static bool take_instant(const char **at, int64_t *ret_frame)
{
    char instant[ZONE_INSTANT_MAX];
    size_t n = strcspn(*at, "\n");
    if (n >= sizeof instant || !(*at)[n]) {
        return false;
    }
    memcpy(instant, *at, n);
    instant[n] = '\0';
    *at += n + 1;
    int64_t us = 0;
    if (zone_parse_instant(instant, &us, NULL) < 0) {
        return false;
    }
    *ret_frame = frames_from_us(us);
    return true;
}

/* "3.989333,\n" */
static bool take_seconds(const char **at, int64_t *ret_n_frames)
{
    int64_t whole = take_number(at);
    const char *point = *at;
    if (whole < 0 || whole > 3600 || !take_text(at, ".")) {
        return false;
    }
    int64_t fraction = take_number(at);
    if (fraction < 0 || *at - point != 7 || !take_text(at, ",\n")) {
        return false;
    }
    *ret_n_frames = frames_from_us(whole * MICROSECONDS + fraction);
    return *ret_n_frames > 0;
}

static bool take_piece(const char **at, const char *line_id, int64_t sequence,
                       struct hls_piece *ret_piece)
{
    char name[HLS_NAME_MAX];
    ret_piece->is_apart = take_text(at, "#EXT-X-DISCONTINUITY\n");
    if (!take_text(at, "#EXT-X-PROGRAM-DATE-TIME:") || !take_instant(at, &ret_piece->frame) ||
        !take_text(at, "#EXTINF:") || !take_seconds(at, &ret_piece->n_frames)) {
        return false;
    }
    hls_piece_name(line_id, sequence, name);
    return take_text(at, name) && take_text(at, "\n");
}

int hls_playlist_read(const char *text, const char *line_id, struct hls_playlist *ret_playlist)
{
    struct hls_playlist playlist = {0};
    const char *at = text;
    int64_t length_s = 0;
    if (!take_text(&at, "#EXTM3U\n#EXT-X-VERSION:3\n") ||
        !take_tag(&at, "#EXT-X-TARGETDURATION:", &length_s) || length_s > 3600 ||
        !take_tag(&at, "#EXT-X-MEDIA-SEQUENCE:", &playlist.sequence) ||
        !take_tag(&at, "#EXT-X-DISCONTINUITY-SEQUENCE:", &playlist.discontinuities)) {
        return -EINVAL;
    }
    playlist.length_s = (int)length_s;
    while (*at) {
        if (playlist.n_pieces == OUTPUT_PIECES_MAX ||
            !take_piece(&at, line_id, playlist.sequence + (int64_t)playlist.n_pieces,
                        &playlist.pieces[playlist.n_pieces])) {
            return -EINVAL;
        }
        playlist.n_pieces++;
    }
    *ret_playlist = playlist;
    return 0;
}

/* ---- the piece's own head */

void hls_piece_tag(int64_t frame, unsigned char out[static HLS_TAG_BYTES])
{
    /* ID3v2.4 and its size; a PRIV frame and its size, each 7 bits a byte; no flags. */
    static const unsigned char head[20] = {'I', 'D',
                                           '3', 4,
                                           0,   0,
                                           0,   0,
                                           0,   HLS_TAG_BYTES - 10,
                                           'P', 'R',
                                           'I', 'V',
                                           0,   0,
                                           0,   HLS_TAG_BYTES - 20};
    static const char owner[] = "com.apple.streaming.transportStreamTimestamp";
    uint64_t ticks = ((uint64_t)frame * 15 / 8) & (((uint64_t)1 << 33) - 1);
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, owner, sizeof owner);
    for (int i = 0; i < 8; i++) {
        out[HLS_TAG_BYTES - 1 - i] = (unsigned char)(ticks >> 8 * i);
    }
}
