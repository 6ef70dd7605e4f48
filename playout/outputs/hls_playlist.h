/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_HLS_PLAYLIST_H
#define PLAYOUT_OUTPUTS_HLS_PLAYLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/strbuf.h"
#include "station/station.h"

/*
 * The playlist of a line's pieces (the media segments of RFC 8216), as a value, and as the text
 * that players read. What loa has written it reads again when it is started anew, so that the
 * numbers of pieces go on.
 *
 * Units   frames of 48 kHz of the air; seconds where it says so.
 */
enum { HLS_NAME_MAX = 192, HLS_TEXT_MAX = 64 << 10 };

struct hls_piece {
    int64_t frame; /* of the air: its first */
    int64_t n_frames;
    bool is_apart; /* it does not follow the piece before: EXT-X-DISCONTINUITY */
};

struct hls_playlist {
    int length_s;     /* no piece is longer, rounded: EXT-X-TARGETDURATION */
    int64_t sequence; /* of the first piece: EXT-X-MEDIA-SEQUENCE; the next piece's if none */
    int64_t discontinuities; /* EXT-X-DISCONTINUITY-SEQUENCE */
    size_t n_pieces;
    struct hls_piece pieces[OUTPUT_PIECES_MAX];
};

/* Take the first n pieces out, and count on. */
void hls_playlist_drop(struct hls_playlist *playlist, size_t n);
/* Add a piece, and take the first ones out until there are at most n_max. */
void hls_playlist_add(struct hls_playlist *playlist, const struct hls_piece *piece, size_t n_max);

/* "fm-000123.aac", and the number in it: -1 if a name is not that of a piece of the line. */
void hls_piece_name(const char *line_id, int64_t sequence, char out[static HLS_NAME_MAX]);
int64_t hls_piece_number(const char *line_id, const char *name);

/* The text (RFC 8216, 4), with the instant of each piece in the station's time. */
void hls_playlist_write(const struct hls_playlist *playlist, const char *line_id,
                        struct strbuf *out);

/* Read a text that hls_playlist_write() has written for this line. -EINVAL: it has not. */
MUST_CHECK int hls_playlist_read(const char *text, const char *line_id,
                                 struct hls_playlist *ret_playlist);

/* The tag that begins a piece of packed audio: an ID3 PRIV frame with the piece's place on a clock
 * of 90 kHz and 33 bits (RFC 8216, 3.4; ID3v2.4). */
enum { HLS_TAG_BYTES = 73 };
void hls_piece_tag(int64_t frame, unsigned char out[static HLS_TAG_BYTES]);

#endif
