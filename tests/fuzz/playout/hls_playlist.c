/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/zone.h"
#include "playout/outputs/hls_playlist.h"

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

/* Any bytes as the playlist that an earlier run left: what is taken is sound, and is what it is
 * when it is written and read again. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static int has_zone;
    struct hls_playlist playlist;
    struct hls_playlist again;
    if (!has_zone) {
        require(zone_use("Asia/Ho_Chi_Minh", NULL) == 0);
        has_zone = 1;
    }
    char *text = malloc(n + 1);
    require(text != NULL);
    memcpy(text, bytes, n);
    text[n] = '\0';
    if (hls_playlist_read(text, "fm", &playlist) == 0) {
        struct strbuf out;
        strbuf_init(&out, HLS_TEXT_MAX);
        require(playlist.n_pieces <= OUTPUT_PIECES_MAX && playlist.sequence >= 0 &&
                playlist.discontinuities >= 0 && playlist.length_s >= 0);
        for (size_t i = 0; i < playlist.n_pieces; i++) {
            require(playlist.pieces[i].n_frames > 0);
        }
        hls_playlist_write(&playlist, "fm", &out);
        require(strbuf_failed(&out) || hls_playlist_read(strbuf_text(&out), "fm", &again) == 0);
        require(strbuf_failed(&out) ||
                (again.n_pieces == playlist.n_pieces && again.sequence == playlist.sequence));
        struct hls_piece piece = {.frame = 1, .n_frames = 1};
        hls_playlist_add(&playlist, &piece, 5);
        require(playlist.n_pieces <= 5 && playlist.n_pieces > 0);
        strbuf_finish(&out);
    }
    free(text);
    return 0;
}
