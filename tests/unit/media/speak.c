/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/speak.h"
#include "media/wav_head.h"
#include "tests/unit/media/library_fixture.h"

/* A text that becomes a recording. The voices are small scripts in the station's folder, which is
 * where the command runs; tone.wav lies there for them. */

enum { SHORT_MS = 400 };

static const char *in_station(struct library_fixture *f, const char *name)
{
    const char *path = arena_printf(f->arena, "%s/%s", f->dir, name);
    assert_non_null(path);
    return path;
}

static int make(void **state)
{
    library_fixture_make(state);
    struct library_fixture *f = *state;
    struct signal_spec spec = tone(22050, 1, 22050);
    signal_write(in_station(f, "tone.wav"), &spec);
    return 0;
}

#define SPEAK_TEST(name) cmocka_unit_test_setup_teardown(name, make, library_fixture_remove)

static void set_voice(struct library_fixture *f, const char *script, const char *const *words)
{
    char text[2000];
    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    temp_dir_write(f->dir, "voice", text);
    assert_int_equal(chmod(in_station(f, "voice"), 0755), 0);
    f->station.voice = words;
    f->station.voice_line = 7;
}

static const char *const voice_to_file[] = {"./voice", "{wav}", NULL};

struct told {
    int r;
    struct fault fault;
    struct outcome outcome; /* of the import; only where r is 0 */
};

static struct told speak_as(struct library_fixture *f, const struct speech *speech)
{
    struct told told = {0};
    AUTO(importer_close) struct importer *importer = NULL;
    AUTO(import_job_destroy) struct import_job *job = NULL;
    assert_int_equal(importer_open(&f->station, f->db, "lan", &importer, NULL), 0);
    told.r = speak_prepare(importer, &f->station, speech, &job, &told.fault);
    if (told.r == 0) {
        const struct import_result *result = NULL;
        int r = import_commit(importer, job, FIXTURE_NOW_US, &result);
        told.outcome = outcome_of(r, result);
    } else {
        assert_null(job);
        assert_int_equal(told.fault.err, -told.r);
        assert_true(told.fault.text[0] != '\0');
    }
    return told;
}

static struct told speak_text(struct library_fixture *f, const char *text, int64_t limit_ms)
{
    struct speech speech = {.text = text, .import = IMPORT_OPTIONS_NONE, .limit_ms = limit_ms};
    speech.import.kind = "tin";
    return speak_as(f, &speech);
}

static void assert_voice_fails(struct library_fixture *f, const char *script, int err,
                               const char *words)
{
    set_voice(f, script, voice_to_file);
    struct told told = speak_text(f, "Thông báo", err == ETIME ? SHORT_MS : 0);
    assert_int_equal(told.r, -err);
    if (!strstr(told.fault.text, words)) {
        fail_msg("said: %s", told.fault.text);
    }
    assert_int_equal(library_rows(f).n, 0);
    assert_int_equal(count_library_files(f), 0);
}

static const char *read_text(struct library_fixture *f, const char *name)
{
    char *text = NULL;
    size_t n = 0;
    assert_int_equal(path_read_file(in_station(f, name), 1 << 20, &text, &n, NULL), 0);
    const char *kept = arena_strdup(f->arena, text);
    free(text);
    return kept;
}

static struct library_version newest(struct library_fixture *f, const char *code)
{
    struct library_history history = {0};
    assert_int_equal(library_read_history(f->db, code, f->arena, &history, NULL), 0);
    return history.items[history.n - 1];
}

/* --- what comes of it ------------------------------------------------------------------- */

static void a_text_becomes_a_recording_with_its_words(void **state)
{
    struct library_fixture *f = *state;
    set_voice(f, "cat >heard.txt\ncp tone.wav \"$1\"", voice_to_file);
    /* Decomposed, and with blanks that nobody says. */
    struct told told = speak_text(f, "\n  Ho\xcc\xa3p tho\xcc\x82n,\n7 giờ \t", 0);
    assert_int_equal(told.r, 0);
    assert_imported(told.outcome);
    assert_string_equal(told.outcome.result.code, "hop-thon-7-gio");
    assert_int_equal(told.outcome.result.frames, 48000);
    assert_string_equal(read_text(f, "heard.txt"), "Họp thôn,\n7 giờ\n");
    struct library_version version = newest(f, "hop-thon-7-gio");
    assert_string_equal(version.script, "Họp thôn,\n7 giờ");
    assert_string_equal(version.segment.title, "Họp thôn, 7 giờ");
    assert_string_equal(version.segment.kind, "tin");
    assert_string_equal(version.original_name, "hop-thon-7-gio.wav");
    assert_int_equal(version.segment.state, SEGMENT_DRAFT);
    assert_string_equal(version.steps[0].act, "spoken");
    assert_int_equal(count_library_files(f), 2); /* nothing is left in incoming/ */
    /* The same again is known. */
    told = speak_text(f, "Họp thôn,\n7 giờ", 0);
    assert_int_equal(told.outcome.result.status, IMPORT_DUPLICATE);
}

static void what_is_said_about_a_text_holds(void **state)
{
    struct library_fixture *f = *state;
    set_voice(f, "cp tone.wav \"$1\"", voice_to_file);
    struct speech speech = {.text = "Xin chào", .import = IMPORT_OPTIONS_NONE};
    speech.import.kind = "tin";
    speech.import.code = "chao";
    speech.import.title = "Lời chào";
    speech.import.topic = "cchc";
    speech.import.tags = "so,tthc";
    speech.import.approve = true;
    struct told told = speak_as(f, &speech);
    assert_int_equal(told.r, 0);
    struct library_version version = newest(f, "chao");
    assert_string_equal(version.segment.title, "Lời chào");
    assert_string_equal(version.segment.topic, "cchc");
    assert_string_equal(version.segment.tags, "so tthc");
    assert_int_equal(version.segment.state, SEGMENT_APPROVED);
}

static void a_kind_that_does_not_exist_is_told_before_the_voice_is_asked(void **state)
{
    struct library_fixture *f = *state;
    set_voice(f, "touch asked; cp tone.wav \"$1\"", voice_to_file);
    struct speech speech = {.text = "Xin chào", .import = IMPORT_OPTIONS_NONE};
    speech.import.kind = "tim";
    struct told told = speak_as(f, &speech);
    assert_int_equal(told.r, -EINVAL);
    assert_string_equal(told.fault.file, "");
    assert_non_null(strstr(told.fault.text, "did you mean `tin`"));
    assert_int_equal(access(in_station(f, "asked"), F_OK), -1);
}

static void every_wav_in_the_command_is_the_file(void **state)
{
    struct library_fixture *f = *state;
    static const char *const words[] = {"./voice", "a b", "--out={wav}:{wav}", "", NULL};
    set_voice(f, "[ $# = 3 ] && [ \"$1\" = 'a b' ] || exit 1\ncp tone.wav \"${2#*:}\"", words);
    assert_int_equal(speak_text(f, "Xin chào", 0).r, 0);
}

static void sound_is_taken_from_standard_output_where_no_file_is_named(void **state)
{
    struct library_fixture *f = *state;
    static const char *const words[] = {"./voice", NULL};
    /* A head as is written into a pipe: both sizes say "until the end". */
    set_voice(f,
              "printf 'RIFF\\044\\360\\377\\177'; tail -c +9 tone.wav | head -c 32\n"
              "printf '\\000\\360\\377\\177'; tail -c +45 tone.wav",
              words);
    struct told told = speak_text(f, "Xin chào", 0);
    assert_int_equal(told.r, 0);
    assert_imported(told.outcome);
    assert_int_equal(told.outcome.result.frames, 48000);
    assert_int_equal(told.outcome.n_findings, 0);
}

static void a_head_that_says_its_length_stays_as_it_is(void **state)
{
    (void)state;
    unsigned char head[44] = "RIFF\x24\x01\0\0WAVEfmt \x10\0\0\0................data\0\x01\0\0";
    unsigned char before[sizeof head];
    memcpy(before, head, sizeof head);
    assert_false(wav_head_complete(head, sizeof head, 44 + 100)); /* cut off: not for us to hide */
    assert_memory_equal(head, before, sizeof head);
    memcpy(head + 40, "\xff\xff\xff\xff", 4);
    assert_true(wav_head_complete(head, sizeof head, 44 + 100));
    assert_memory_equal(head + 4, "\x88\0\0\0", 4);
    assert_memory_equal(head + 40, "\x64\0\0\0", 4);
}

/* --- the voice's surroundings ----------------------------------------------------------- */

static void the_voice_inherits_no_file_and_no_deaf_ear(void **state)
{
    struct library_fixture *f = *state;
    set_voice(f,
              "ls /proc/self/fd >fds\ngrep SigIgn /proc/self/status >ignored\ncp tone.wav \"$1\"",
              voice_to_file);
    int leak = dup2(STDERR_FILENO, 57);
    assert_int_equal(leak, 57);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(speak_text(f, "Xin chào", 0).r, 0);
    signal(SIGPIPE, SIG_DFL);
    close(leak);
    assert_null(strstr(read_text(f, "fds"), "57"));
    unsigned long long ignored = 1ULL << (SIGPIPE - 1);
    assert_int_equal(sscanf(read_text(f, "ignored"), "SigIgn: %llx", &ignored), 1);
    assert_false(ignored >> (SIGPIPE - 1) & 1);
}

static void a_voice_that_reads_nothing_does_no_harm(void **state)
{
    struct library_fixture *f = *state;
    set_voice(f, "exec <&-\ncp tone.wav \"$1\"", voice_to_file);
    char *text = malloc(SPEAK_TEXT_MAX + 1);
    assert_non_null(text);
    memset(text, 'a', SPEAK_TEXT_MAX);
    text[SPEAK_TEXT_MAX] = '\0';
    assert_int_equal(speak_text(f, text, 0).r, 0);
    free(text);
}

/* --- what can go wrong ------------------------------------------------------------------ */

static void a_voice_that_fails_is_quoted(void **state)
{
    struct library_fixture *f = *state;
    assert_voice_fails(f, "echo first >&2; printf 'no \\377 voice\\n\\n' >&2; exit 3", EIO,
                       "exit 3: no ? voice");
    assert_voice_fails(f, "cp tone.wav \"$1\"; exit 1", EIO, "exit 1");
    assert_voice_fails(f, "echo dying >&2; kill -9 $$", EIO, "dying");
    struct told told = speak_text(f, "Xin chào", 0);
    assert_string_equal(told.fault.file, "station.ini");
    assert_int_equal(told.fault.line, 7);
}

static void a_voice_that_floods_its_messages_is_quoted_too(void **state)
{
    struct library_fixture *f = *state;
    assert_voice_fails(
        f,
        "yes 'and so on' | head -c 20000000 >&2\n"
        "head -c 1000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last >&2; exit 1",
        EIO, "exit 1: last");
}

static bool is_running(const char *pid)
{
    char path[64];
    char state = 'Z';
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    AUTO_FILE FILE *file = fopen(path, "r");
    return file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1 && state != 'Z' && state != 'X';
}

static void a_voice_that_hangs_is_ended_with_all_it_has_started(void **state)
{
    struct library_fixture *f = *state;
    assert_voice_fails(f, "trap '' TERM INT\nsleep 600 & printf $! >child\nwait", ETIME,
                       "not done after 1 s");
    const char *child = read_text(f, "child");
    for (int i = 0; is_running(child) && i < 500; i++) {
        usleep(10000);
    }
    assert_false(is_running(child));
}

static void what_a_voice_leaves_running_ends_with_it(void **state)
{
    struct library_fixture *f = *state;
    set_voice(f, "sleep 600 & printf $! >child\ncp tone.wav \"$1\"", voice_to_file);
    assert_int_equal(speak_text(f, "Xin chào", 0).r, 0);
    const char *child = read_text(f, "child");
    for (int i = 0; is_running(child) && i < 500; i++) {
        usleep(10000);
    }
    assert_false(is_running(child));
}

static void a_voice_is_stopped_when_we_are(void **state)
{
    struct library_fixture *f = *state;
    volatile sig_atomic_t stop = 1;
    set_voice(f, "sleep 600", voice_to_file);
    struct speech speech = {.text = "Xin chào", .import = IMPORT_OPTIONS_NONE, .stop = &stop};
    speech.import.kind = "tin";
    assert_int_equal(speak_as(f, &speech).r, -EINTR);
}

static void a_voice_that_made_no_sound_has_failed_whatever_it_says(void **state)
{
    struct library_fixture *f = *state;
    assert_voice_fails(f, "exit 0", EIO, "wrote no sound");
    assert_voice_fails(f, "rm \"$1\"", EIO, "wrote no sound");
    assert_voice_fails(f, "rm \"$1\"; ln -s tone.wav \"$1\"", EIO, "wrote no sound");
    assert_voice_fails(f, "head -c 44 tone.wav >\"$1\"", EBADMSG, "read to its end");
    assert_voice_fails(f, "head -c 20000 tone.wav >\"$1\"", EBADMSG, "read to its end");
    assert_voice_fails(f, "echo good morning >\"$1\"", EBADMSG, "read to its end");
    assert_voice_fails(f,
                       "head -c 44 tone.wav >\"$1\"\n"
                       "tail -c +45 tone.wav | tr -c '\\0' '\\0' >>\"$1\"",
                       EBADMSG, "nothing but silence");
}

static void a_voice_that_never_ends_its_sound_is_ended(void **state)
{
    struct library_fixture *f = *state;
    assert_voice_fails(f, "cat /dev/zero >\"$1\"", EFBIG, "far more sound");
}

static void a_full_disk_is_no_short_notice(void **state)
{
    struct library_fixture *f = *state;
    const char *library = in_station(f, "library");
    assert_int_equal(path_make_dirs(library, NULL), 0);
    if (mount("tmpfs", library, "tmpfs", 0, "size=33m") != 0) {
        skip();
    }
    set_voice(f, "cp tone.wav \"$1\"; head -c 2000000 /dev/zero >\"${1%/*}/other\"", voice_to_file);
    struct told told = speak_text(f, "Xin chào", 0);
    umount2(library, MNT_DETACH);
    assert_int_equal(told.r, -ENOSPC);
}

static void a_missing_program_says_what_to_install_or_to_set(void **state)
{
    struct library_fixture *f = *state;
    static const char *const cases[][2] = {{"no-such-voice", NULL},
                                           {"./no-such-voice", NULL},
                                           {"./tone.wav", NULL},
                                           {"./", NULL}};
    char path[PATHS_MAX];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        f->station.voice = cases[i];
        f->station.voice_line = i == 0 ? 0 : 9;
        struct told told = speak_text(f, "Xin chào", 0);
        assert_int_equal(told.r, -ENOENT);
        assert_non_null(strstr(told.fault.text, cases[i][0]));
        assert_non_null(strstr(told.fault.text, "install it"));
        assert_int_equal(speak_find_voice(&f->station, path, NULL), -ENOENT);
    }
    static const char *const cat[] = {"cat", NULL};
    f->station.voice = cat;
    assert_int_equal(speak_find_voice(&f->station, path, NULL), 0);
    assert_int_equal(access(path, X_OK), 0);
}

/* --- texts ------------------------------------------------------------------------------ */

static void assert_text(const char *text, int r, const char *words)
{
    struct fault fault = {0};
    assert_int_equal(speak_check_text(text, &fault), r);
    if (!strstr(fault.text, words)) {
        fail_msg("said: %s", fault.text);
    }
}

static void texts_have_bounds(void **state)
{
    (void)state;
    assert_text("", -EINVAL, "is empty");
    assert_text(" \n\t ", -EINVAL, "is empty");
    assert_text("… — !", -EINVAL, "no letter");
    assert_text("a\n\tb", 0, "");
    assert_text("7", 0, "");
    assert_text("ជម្រាបសួរ", 0, "");
    assert_text("a\xff", -EINVAL, "not UTF-8");
    assert_text("a\nb\rc", -EINVAL, "line 2");
    assert_text("a\x1b[1m", -EINVAL, "control");
    assert_text("a\xc2\x85", -EINVAL, "control");
    assert_text("a\x7f", -EINVAL, "control");
    char *text = calloc(1, SPEAK_TEXT_MAX_BYTES + 2);
    assert_non_null(text);
    for (size_t i = 0; i < SPEAK_TEXT_MAX; i++) {
        memcpy(text + 3 * i, "ế", 3);
    }
    assert_text(text, 0, "");
    text[strlen(text)] = 'e';
    assert_text(text, -E2BIG, "20001 characters");
    free(text);
}

static void assert_titled(const char *text, const char *title, const char *code)
{
    char out[IMPORT_CODE_MAX] = "";
    char *made = speak_title(text);
    assert_non_null(made);
    assert_string_equal(made, title);
    assert_int_equal(speak_code(made, out), 0);
    assert_string_equal(out, code);
    free(made);
}

static void title_and_code_are_of_the_first_words(void **state)
{
    (void)state;
    assert_titled(" Mời\n họp  thôn ", "Mời họp thôn", "moi-hop-thon");
    assert_titled("Trưởng thôn kính mời đại diện các gia đình đến họp thôn vào bảy giờ rưỡi tối",
                  "Trưởng thôn kính mời đại diện các gia đình đến họp thôn vào…",
                  "truong-thon-kinh-moi-dai-dien-cac-gia-dinh-den-hop-thon-vao");
    /* One word that is too long is cut where it must be. */
    char word[101];
    memset(word, 'x', 100);
    word[100] = '\0';
    char *made = speak_title(word);
    assert_int_equal(strlen(made), SPEAK_TITLE_MAX - 1 + strlen("…"));
    free(made);
    /* A title that was given may be longer than a code can be. */
    char code[IMPORT_CODE_MAX];
    assert_int_equal(speak_code(word, code), 0);
    assert_int_equal(strlen(code), IMPORT_CODE_MAX - 1);
    assert_int_equal(speak_code("Về việc phòng chống lụt bão, cháy rừng và bảo đảm an ninh trật tự "
                                "trên địa bàn huyện Tứ Kỳ năm 2023",
                                code),
                     0);
    assert_string_equal(code, "ve-viec-phong-chong-lut-bao-chay-rung-va-bao-dam-an-ninh-trat-tu");
    assert_int_equal(speak_code("សួរ", code), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEAK_TEST(a_text_becomes_a_recording_with_its_words),
        SPEAK_TEST(what_is_said_about_a_text_holds),
        SPEAK_TEST(a_kind_that_does_not_exist_is_told_before_the_voice_is_asked),
        SPEAK_TEST(every_wav_in_the_command_is_the_file),
        SPEAK_TEST(sound_is_taken_from_standard_output_where_no_file_is_named),
        cmocka_unit_test(a_head_that_says_its_length_stays_as_it_is),
        SPEAK_TEST(the_voice_inherits_no_file_and_no_deaf_ear),
        SPEAK_TEST(a_voice_that_reads_nothing_does_no_harm),
        SPEAK_TEST(a_voice_that_fails_is_quoted),
        SPEAK_TEST(a_voice_that_floods_its_messages_is_quoted_too),
        SPEAK_TEST(a_voice_that_hangs_is_ended_with_all_it_has_started),
        SPEAK_TEST(what_a_voice_leaves_running_ends_with_it),
        SPEAK_TEST(a_voice_is_stopped_when_we_are),
        SPEAK_TEST(a_voice_that_made_no_sound_has_failed_whatever_it_says),
        SPEAK_TEST(a_voice_that_never_ends_its_sound_is_ended),
        SPEAK_TEST(a_full_disk_is_no_short_notice),
        SPEAK_TEST(a_missing_program_says_what_to_install_or_to_set),
        cmocka_unit_test(texts_have_bounds),
        cmocka_unit_test(title_and_code_are_of_the_first_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
