/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/hls_playlist.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/paths.h"
#include "base/zone.h"
#include "tests/fakes/kept.h"
#include "tests/test.h"

/* A folder of pieces as a player has it: a real web server, and FFmpeg, which fetches, decodes and
 * puts together. */

static const struct output_spec two_seconds = {
    .kind = OUTPUT_HLS, .target = "www", .bitrate_bps = 96000, .piece_s = 2, .n_pieces = 5};

enum { PIECE = 2 * AIR_RATE };

static struct kept *world_create(struct output_spec spec)
{
    assert_int_equal(zone_use("Asia/Ho_Chi_Minh", NULL), 0);
    return kept_create(&spec, 1);
}

static char *playlist_text(struct kept *kept, struct hls_playlist *ret_playlist)
{
    char path[PATHS_MAX];
    char *text = NULL;
    size_t n = 0;
    snprintf(path, sizeof path, "%s/www/xa.m3u8", kept->dir);
    assert_int_equal(path_read_file(path, HLS_TEXT_MAX, &text, &n, NULL), 0);
    assert_int_equal(hls_playlist_read(text, "xa", ret_playlist), 0);
    return text;
}

static struct hls_playlist playlist_now(struct kept *kept)
{
    struct hls_playlist playlist;
    free(playlist_text(kept, &playlist));
    return playlist;
}

static bool has_piece(struct kept *kept, int64_t number)
{
    char name[HLS_NAME_MAX];
    char path[PATHS_MAX];
    hls_piece_name("xa", number, name);
    snprintf(path, sizeof path, "%s/www/%s", kept->dir, name);
    return access(path, F_OK) == 0;
}

static size_t count_files(struct kept *kept)
{
    char path[PATHS_MAX];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/www", kept->dir);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        n += entry->d_name[0] != '.';
    }
    closedir(folder);
    return n;
}

/* ---- the web server, and the player */

struct server {
    pid_t pid;
    int port;
};

static bool answers(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons((uint16_t)port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_there = connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return is_there;
}

static struct server serve(struct kept *kept)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    close(fd);
    struct server server = {.port = ntohs(at.sin_port)};
    char port[16];
    char folder[PATHS_MAX];
    snprintf(port, sizeof port, "%d", server.port);
    snprintf(folder, sizeof folder, "%s/www", kept->dir);
    server.pid = fork();
    if (server.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        FILE *out = freopen("/dev/null", "w", stdout);
        FILE *err = freopen("/dev/null", "w", stderr);
        execlp("python3", "python3", "-m", "http.server", port, "--bind", "127.0.0.1",
               "--directory", folder, (char *)NULL);
        _exit(out && err ? 127 : 126);
    }
    for (int ms = 0; ms < 30000 && !answers(server.port); ms += 20) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    return server;
}

static void serve_no_more(struct server server)
{
    kill(server.pid, SIGKILL);
    waitpid(server.pid, NULL, 0);
}

static void player_words(struct kept *kept, struct server server, const char *playlist,
                         char url[static 128], char wav[static PATHS_MAX])
{
    snprintf(url, 128, "http://127.0.0.1:%d/%s", server.port, playlist);
    snprintf(wav, PATHS_MAX, "%s/heard.wav", kept->dir);
}

/* What a player hears of all pieces that the playlist names now. */
static struct sound play_all(struct kept *kept)
{
    char url[128];
    char wav[PATHS_MAX];
    struct hls_playlist playlist;
    AUTO_FREE char *text = playlist_text(kept, &playlist);
    AUTO_FREE char *closed = malloc(strlen(text) + 32);
    sprintf(closed, "%s#EXT-X-ENDLIST\n", text);
    temp_dir_write(kept->dir, "www/closed.m3u8", closed);
    struct server server = serve(kept);
    player_words(kept, server, "closed.m3u8", url, wav);
    const char *const words[] = {"ffmpeg", "-v",        "error", "-y",  "-i", url,
                                 "-c:a",   "pcm_f32le", "-f",    "wav", wav,  NULL};
    kept_run(words);
    serve_no_more(server);
    char path[PATHS_MAX];
    snprintf(path, sizeof path, "%s/www/closed.m3u8", kept->dir);
    unlink(path);
    return sound_read_file(wav);
}

/* ---- */

static void a_player_hears_every_frame_of_the_programme_at_its_time(void **state)
{
    (void)state;
    struct kept *kept = world_create(two_seconds);
    kept_open_at(kept, KEPT_FROM - PIECE); /* silence, then the tones from the full hour on */
    kept_carry_until(kept, KEPT_FROM + 3 * PIECE + PIECE / 2);
    int64_t n_tones = kept->frame - KEPT_FROM;
    kept_close(kept);
    struct hls_playlist playlist = playlist_now(kept);
    assert_int_equal(playlist.n_pieces, 5);
    assert_int_equal(playlist.length_s, 2);
    int64_t n_frames = 0;
    for (size_t i = 0; i < playlist.n_pieces; i++) {
        const struct hls_piece *piece = &playlist.pieces[i];
        assert_true(piece->frame == playlist.pieces[0].frame + n_frames);
        assert_false(piece->is_apart);
        assert_true(piece->n_frames <= PIECE + 1024);
        n_frames += piece->n_frames;
    }
    struct sound sound = play_all(kept);
    assert_int_equal(sound.rate, AIR_RATE);
    assert_int_equal(sound.channels, 2);
    assert_true(sound.frames == n_frames); /* none lost or doubled where pieces meet */
    /* The hour is where the playlist's times say it is. AAC hears a beginning up to a block early.
     */
    int64_t hour = KEPT_FROM - playlist.pieces[0].frame;
    int64_t onset = 0;
    while (onset < sound.frames && sound.samples[2 * onset] * sound.samples[2 * onset] < 1e-3f) {
        onset++;
    }
    assert_in_range(onset, hour - 1024, hour + 100);
    double db = kept_likeness_db(&sound, hour + 2048, KEPT_FROM + 2048, n_tones - 2 * 2048);
    if (db < 15) {
        fail_msg("the sound is other than what was carried: %.1f dB", db);
    }
    sound_free(&sound);
    kept_destroy(kept);
}

static void a_radio_that_comes_back_goes_on_with_the_numbers(void **state)
{
    (void)state;
    struct kept *kept = world_create(two_seconds);
    kept_open_at(kept, KEPT_FROM);
    kept_carry_until(kept, KEPT_FROM + 3 * PIECE + PIECE / 2);
    kept_close(kept);
    struct hls_playlist before = playlist_now(kept);
    temp_dir_write(kept->dir, "www/xa-000001.aac", "left by a run that was killed");
    temp_dir_write(kept->dir, "www/other-000001.aac", "another's");
    /* three seconds later, within what the playlist spans */
    kept_open_at(kept, KEPT_FROM + 5 * PIECE);
    kept_carry_until(kept, KEPT_FROM + 6 * PIECE);
    kept_close(kept);
    struct hls_playlist after = playlist_now(kept);
    /* 4 pieces, then 3, of which the first is what its step of 240 ms has before the full piece */
    assert_true(after.sequence == before.sequence + 2);
    assert_int_equal(after.n_pieces, 5);
    assert_true(after.pieces[0].frame == before.pieces[2].frame);
    assert_false(after.pieces[1].is_apart);
    assert_true(after.pieces[2].is_apart); /* the first after the pause … */
    assert_false(after.pieces[3].is_apart);
    assert_true(after.pieces[2].frame > before.pieces[3].frame + AIR_RATE);
    /* … and it may still be fetched by who has the playlist of before */
    assert_true(has_piece(kept, before.sequence));
    struct sound sound = play_all(kept);
    int64_t n_frames = 0;
    for (size_t i = 0; i < after.n_pieces; i++) {
        n_frames += after.pieces[i].n_frames;
    }
    assert_true(sound.frames == n_frames);
    sound_free(&sound);
    /* an hour later what was on then is not to be heard again, but the numbers go on */
    kept_open_at(kept, KEPT_FROM + 1800 * PIECE);
    kept_carry_until(kept, KEPT_FROM + 1801 * PIECE);
    kept_close(kept);
    struct hls_playlist late = playlist_now(kept);
    assert_true(late.sequence == after.sequence + 5);
    assert_true(late.pieces[0].is_apart && late.discontinuities == after.discontinuities + 1);
    char path[PATHS_MAX];
    snprintf(path, sizeof path, "%s/www/other-000001.aac", kept->dir);
    assert_int_equal(access(path, F_OK), 0);
    kept_destroy(kept);
}

static void numbers_never_go_back_when_the_playlist_is_lost(void **state)
{
    (void)state;
    static const char *const lost[] = {"", "#EXTM3U\n#EXT-X-VERSION:3\n", "\001\002"};
    struct kept *kept = world_create(two_seconds);
    int64_t number = 0;
    for (size_t i = 0; i < ARRAY_LEN(lost); i++) {
        kept_open_at(kept, KEPT_FROM + (int64_t)i * 100 * PIECE);
        kept_carry(kept, 20);
        kept_close(kept);
        struct hls_playlist playlist = playlist_now(kept);
        assert_true(playlist.sequence > number);
        assert_true(playlist.discontinuities > 0);
        number = playlist.sequence + (int64_t)playlist.n_pieces - 1;
        temp_dir_write(kept->dir, "www/xa.m3u8", lost[i]);
    }
    kept_destroy(kept);
}

/* A limit of so many bytes a file is as good as a full disk. */
static void a_full_disk_leaves_the_playlist_as_it_was_and_is_got_over(void **state)
{
    (void)state;
    struct rlimit kept_limit;
    struct kept *kept = world_create(two_seconds);
    kept_open_at(kept, KEPT_FROM);
    kept_carry_until(kept, KEPT_FROM + 3 * PIECE);
    struct hls_playlist before = playlist_now(kept);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept_limit), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, kept_limit.rlim_max}), 0);
    kept_carry_until_failed(kept, true);
    kept_carry(kept, 20);
    struct hls_playlist during = playlist_now(kept);
    size_t n_files = count_files(kept);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &kept_limit), 0);
    struct outputs_line_state line;
    outputs_line_state(kept->outputs, 0, &line);
    assert_false(line.carries);
    assert_true(line.since_frame > KEPT_FROM && line.since_frame < kept->frame);
    struct fault fault;
    size_t whose = 9;
    assert_true(outputs_take_fault(kept->outputs, &whose, &fault));
    assert_int_equal(whose, 0);
    assert_int_equal(fault.err, EFBIG);
    assert_false(outputs_take_fault(kept->outputs, &whose, &fault));
    assert_int_equal(n_files, during.n_pieces + 1); /* nothing half, and nothing unnamed */
    kept_carry_until_failed(kept, false);
    kept_carry(kept, 10);
    struct output_stats stats = outputs_stats(kept->outputs, 0);
    assert_true(stats.frames_dropped > 0 && stats.n_reconnects == 1);
    assert_int_equal(outputs_stats(kept->outputs, 1).frames_dropped, 0);
    kept_close(kept);
    struct hls_playlist after = playlist_now(kept);
    assert_true(during.sequence + (int64_t)during.n_pieces >=
                before.sequence + (int64_t)before.n_pieces);
    size_t first_new = (size_t)(during.sequence - after.sequence) + during.n_pieces;
    assert_true(after.pieces[first_new].is_apart); /* no number was used up, and the gap is told */
    kept_destroy(kept);
}

static void a_folder_that_cannot_be_made_is_tried_again(void **state)
{
    (void)state;
    char path[PATHS_MAX];
    struct kept *kept = world_create(two_seconds);
    temp_dir_write(kept->dir, "www", "in the way");
    kept_open_at(kept, KEPT_FROM);
    kept_carry_until_failed(kept, true);
    snprintf(path, sizeof path, "%s/www", kept->dir);
    assert_int_equal(unlink(path), 0);
    kept_carry_until_failed(kept, false);
    kept_close(kept);
    assert_true(playlist_now(kept).n_pieces > 0);
    kept_destroy(kept);
}

/* At its time: a player that follows the playlist while it rolls; and what has left it is removed,
 * but no earlier than a player may ask for it. */
static void a_player_that_follows_the_playlist_misses_nothing(void **state)
{
    (void)state;
    struct output_spec spec = two_seconds;
    spec.n_pieces = 3;
    struct kept *kept = world_create(spec);
    char url[128];
    char wav[PATHS_MAX];
    kept->is_timed = true;
    kept_open_at(kept, KEPT_FROM);
    kept_carry_until(kept, KEPT_FROM + 2 * PIECE + AIR_RATE);
    struct hls_playlist first = playlist_now(kept);
    struct server server = serve(kept);
    player_words(kept, server, "xa.m3u8", url, wav);
    pid_t player = fork();
    if (player == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        FILE *out = freopen("/dev/null", "w", stdout);
        execlp("ffmpeg", "ffmpeg", "-v", "error", "-y", "-live_start_index", "0", "-i", url, "-t",
               "11", "-c:a", "pcm_f32le", "-f", "wav", wav, (char *)NULL);
        _exit(out ? 127 : 126);
    }
    int status = -1;
    while (waitpid(player, &status, WNOHANG) == 0) {
        kept_carry(kept, 1);
    }
    assert_int_equal(status, 0);
    serve_no_more(server);
    struct sound sound = sound_read_file(wav);
    assert_true(sound.frames == 11 * AIR_RATE);
    int64_t from = first.pieces[0].frame;
    double db = kept_likeness_db(&sound, 2048, from + 2048, sound.frames - 2048);
    if (db < 15) {
        fail_msg("the sound is other than what was carried: %.1f dB", db);
    }
    sound_free(&sound);
    for (struct hls_playlist now = playlist_now(kept);
         now.sequence < first.sequence + 9 || has_piece(kept, first.sequence);
         now = playlist_now(kept)) {
        for (size_t i = 0; i < now.n_pieces; i++) {
            assert_true(has_piece(kept, now.sequence + (int64_t)i));
        }
        /* out of the playlist for less than the time that it spans */
        assert_true(now.sequence == first.sequence || has_piece(kept, now.sequence - 1));
        assert_true(now.sequence < first.sequence + 30);
        kept_carry(kept, 1);
    }
    kept_destroy(kept);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_player_hears_every_frame_of_the_programme_at_its_time),
    cmocka_unit_test(a_radio_that_comes_back_goes_on_with_the_numbers),
    cmocka_unit_test(numbers_never_go_back_when_the_playlist_is_lost),
    cmocka_unit_test(a_full_disk_leaves_the_playlist_as_it_was_and_is_got_over),
    cmocka_unit_test(a_folder_that_cannot_be_made_is_tried_again),
    cmocka_unit_test(a_player_that_follows_the_playlist_misses_nothing),
};
TEST_MAIN(tests)
