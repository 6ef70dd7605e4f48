/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/hls_playlist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/frames.h"
#include "base/zone.h"
#include "tests/test.h"

static const int64_t eleven = 1683716400LL * AIR_RATE; /* 2023-05-10T18:00:00+07:00 */

static struct hls_playlist three_pieces(void)
{
    struct hls_playlist playlist = {.length_s = 4, .sequence = 7, .discontinuities = 2};
    assert_int_equal(zone_use("Asia/Ho_Chi_Minh", NULL), 0);
    hls_playlist_add(&playlist, &(struct hls_piece){eleven, 187 * 1024, false}, 5);
    hls_playlist_add(&playlist, &(struct hls_piece){eleven + 187 * 1024, 188 * 1024, false}, 5);
    hls_playlist_add(&playlist, &(struct hls_piece){eleven + 100 * AIR_RATE, 1024, true}, 5);
    return playlist;
}

static void a_playlist_names_its_pieces_with_their_station_time(void **state)
{
    (void)state;
    struct hls_playlist playlist = three_pieces();
    struct strbuf text;
    strbuf_init(&text, HLS_TEXT_MAX);
    hls_playlist_write(&playlist, "fm", &text);
    assert_string_equal(strbuf_text(&text),
                        "#EXTM3U\n"
                        "#EXT-X-VERSION:3\n"
                        "#EXT-X-TARGETDURATION:4\n"
                        "#EXT-X-MEDIA-SEQUENCE:7\n"
                        "#EXT-X-DISCONTINUITY-SEQUENCE:2\n"
                        "#EXT-X-PROGRAM-DATE-TIME:2023-05-10T18:00:00+07:00\n"
                        "#EXTINF:3.989333,\n"
                        "fm-000007.aac\n"
                        "#EXT-X-PROGRAM-DATE-TIME:2023-05-10T18:00:03.989333+07:00\n"
                        "#EXTINF:4.010667,\n"
                        "fm-000008.aac\n"
                        "#EXT-X-DISCONTINUITY\n"
                        "#EXT-X-PROGRAM-DATE-TIME:2023-05-10T18:01:40+07:00\n"
                        "#EXTINF:0.021333,\n"
                        "fm-000009.aac\n");
    strbuf_finish(&text);
}

static void what_leaves_a_playlist_is_counted(void **state)
{
    (void)state;
    struct hls_playlist playlist = three_pieces();
    struct hls_piece piece = {eleven + 200 * AIR_RATE, 1024, true};
    hls_playlist_add(&playlist, &piece, 3);
    assert_true(playlist.n_pieces == 3 && playlist.sequence == 8 && playlist.discontinuities == 2);
    hls_playlist_add(&playlist, &piece, 2);
    assert_true(playlist.n_pieces == 2 && playlist.sequence == 10);
    assert_int_equal(playlist.discontinuities, 3); /* the piece that was apart has left */
}

static void a_playlist_is_read_again_as_it_was_written(void **state)
{
    (void)state;
    struct hls_playlist playlist = three_pieces();
    struct hls_playlist again;
    struct strbuf text;
    strbuf_init(&text, HLS_TEXT_MAX);
    hls_playlist_write(&playlist, "fm", &text);
    assert_int_equal(hls_playlist_read(strbuf_text(&text), "fm", &again), 0);
    assert_true(again.sequence == 7 && again.discontinuities == 2 && again.length_s == 4);
    assert_int_equal(again.n_pieces, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(again.pieces[i].frame == playlist.pieces[i].frame);
        assert_true(again.pieces[i].n_frames == playlist.pieces[i].n_frames);
        assert_true(again.pieces[i].is_apart == playlist.pieces[i].is_apart);
    }
    /* cut anywhere but behind a piece, another's, or damaged, it is not one */
    char *cut = strdup(strbuf_text(&text));
    size_t n_good = 0;
    for (size_t n = strlen(cut); n > 0; n--) {
        cut[n - 1] = '\0';
        n_good += hls_playlist_read(cut, "fm", &again) == 0;
    }
    free(cut);
    assert_int_equal(n_good, 3); /* two pieces, one, none */
    assert_int_equal(hls_playlist_read(strbuf_text(&text), "loa", &again), -EINVAL);
    *strstr(text.text, "fm-000008") = 'x';
    assert_int_equal(hls_playlist_read(strbuf_text(&text), "fm", &again), -EINVAL);
    strbuf_finish(&text);
}

static void only_names_of_the_line_s_own_pieces_are_taken(void **state)
{
    (void)state;
    char name[HLS_NAME_MAX];
    hls_piece_name("fm", 123, name);
    assert_string_equal(name, "fm-000123.aac");
    assert_int_equal(hls_piece_number("fm", name), 123);
    hls_piece_name("fm", 841858200, name);
    assert_int_equal(hls_piece_number("fm", name), 841858200);
    static const char *const others[] = {"fm-2-000123.aac", "fm-000123.aac.new",
                                         "fm-123.aac",      "fm-0000123.aac",
                                         "fm-.aac",         "fm-00012x.aac",
                                         "am-000123.aac",   "fm.m3u8",
                                         "fm--00123.aac",   "fm-999999999999999999.aac"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_int_equal(hls_piece_number("fm", others[i]), -1);
    }
}

/* RFC 8216, 3.4: a 33-bit count of 90 kHz in eight bytes, most significant first. */
static void a_piece_begins_with_its_place_in_time(void **state)
{
    (void)state;
    unsigned char tag[HLS_TAG_BYTES];
    hls_piece_tag(48000, tag);
    static const unsigned char head[] = {'I', 'D', '3', 4,   0, 0, 0, 0,  0, 63,
                                         'P', 'R', 'I', 'V', 0, 0, 0, 53, 0, 0};
    assert_memory_equal(tag, head, sizeof head);
    assert_string_equal((const char *)tag + 20, "com.apple.streaming.transportStreamTimestamp");
    static const unsigned char second[] = {0, 0, 0, 0, 0, 1, 0x5f, 0x90};
    assert_memory_equal(tag + 65, second, 8);
    hls_piece_tag(((int64_t)1 << 33) / 15 * 8 + 8, tag); /* 7 ticks past the wrap */
    static const unsigned char wrapped[] = {0, 0, 0, 0, 0, 0, 0, 13};
    assert_memory_equal(tag + 65, wrapped, 8);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_playlist_names_its_pieces_with_their_station_time),
    cmocka_unit_test(what_leaves_a_playlist_is_counted),
    cmocka_unit_test(a_playlist_is_read_again_as_it_was_written),
    cmocka_unit_test(only_names_of_the_line_s_own_pieces_are_taken),
    cmocka_unit_test(a_piece_begins_with_its_place_in_time),
};
TEST_MAIN(tests)
