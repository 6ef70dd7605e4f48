/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/log.h"
#include "base/paths.h"
#include "playout/alerts/alert_file.h"
#include "playout/radio_alerts.h"
#include "tests/fakes/studio.h"
#include "tests/test.h"

/* Alerts of a radio on air, under the machine's clock. */

static const struct output_spec to_nowhere = {.kind = OUTPUT_NULL, .target = ""};
static const int64_t HOUR_US = 3600LL * 1000000;

static int64_t now_us(void)
{
    struct clock clock = clock_system();
    return clock_now_us(&clock);
}

static struct stage *idle_stage(void)
{
    struct stage *stage = stage_create(2);
    for (size_t i = 0; i < 2; i++) {
        stage->lines[i].outputs = &to_nowhere;
        stage->lines[i].n_outputs = 1;
    }
    return stage;
}

static void note_begun(void *context, const struct radio_alert_state *state)
{
    *(int64_t *)context = state->begun_us;
}

/* *ret_us: when it is heard first. */
static int give(struct radio *radio, struct alert_spec spec, int64_t n_frames, int64_t *ret_us,
                struct fault *reterr)
{
    static uint64_t both[] = {3};
    struct alert_sound sound;
    assert_int_equal(alert_sound_tone(n_frames, &sound, reterr), 0);
    spec.title = "Lũ khẩn cấp";
    spec.lines = spec.lines.words ? spec.lines : (struct line_set){both, 1};
    spec.expires_us = spec.expires_us ? spec.expires_us : INT64_MAX;
    uint64_t ticket = 0;
    int r = radio_alert(radio, &spec, sound, &ticket, reterr);
    *ret_us = INT64_MIN;
    while (r == 0 && *ret_us == INT64_MIN) {
        assert_true(radio_visit_alert(radio, ticket, note_begun, ret_us));
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return r;
}

/* A person, who gives commands while the radio runs; then it is stopped. */
struct person {
    struct radio *radio;
    void (*act)(struct radio *radio);
    _Atomic bool done;
};

static void *person_main(void *context)
{
    struct person *person = context;
    struct radio_status status = {0};
    while (status.n_parts == 0) { /* until it mixes */
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        radio_status(person->radio, &status);
    }
    person->act(person->radio);
    atomic_store(&person->done, true);
    return NULL;
}

static void run_with(struct studio *studio, void (*act)(struct radio *))
{
    struct person person = {.radio = studio->radio, .act = act};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, person_main, &person), 0);
    while (!atomic_load(&person.done)) {
        assert_int_equal(radio_run_until(studio->radio, now_us() + 20000, NULL, NULL), 0);
    }
    pthread_join(thread, NULL);
}

struct standing {
    size_t n;
    size_t n_on_air;
    int64_t next_us;
};

static void count(void *context, const struct radio_alert_state *state)
{
    struct standing *standing = context;
    standing->n++;
    standing->n_on_air += state->on_air;
    standing->next_us = state->next_us;
}

static struct standing standing(struct radio *radio)
{
    struct standing now = {0};
    radio_visit_alerts(radio, count, &now);
    return now;
}

static void wait_silent(struct radio *radio)
{
    while (standing(radio).n_on_air > 0) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

static bool is_there(const struct stage *stage, const char *name)
{
    char path[PATHS_MAX];
    snprintf(path, sizeof path, "%s/alerts/%s", stage->dir, name);
    return access(path, F_OK) == 0;
}

static void wait_file(const struct stage *stage, const char *name)
{
    while (!is_there(stage, name)) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

static const struct stage *staged; /* for those who act */

static void alert_and_end(struct radio *radio)
{
    struct fault fault = {0};
    int64_t before_us = now_us();
    int64_t begun_us = 0;
    struct alert_spec spec = {.id = "lu", .every_us = HOUR_US};
    assert_int_equal(give(radio, spec, 9600, &begun_us, &fault), 0);
    assert_in_range(begun_us - before_us, 0, 500000);
    assert_int_equal(standing(radio).n, 1);
    wait_silent(radio);
    assert_int_equal(standing(radio).n, 1);
    assert_in_range(standing(radio).next_us - before_us, HOUR_US, HOUR_US + 1000000);
    wait_file(staged, "lu.alert");
    wait_file(staged, "lu.heard");
    assert_int_equal(radio_end_alert(radio, "bao", &fault), -ENOENT);
    assert_int_equal(radio_end_alert(radio, "lu", &fault), 0);
    while (radio_alert_stands(radio, "lu")) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    assert_int_equal(standing(radio).n, 0);
    spec.expires_us = 1;
    assert_int_equal(give(radio, spec, 9600, &begun_us, &fault), -ETIME);
}

static void an_alert_is_heard_soon_stands_and_is_ended(void **state)
{
    (void)state;
    struct stage *stage = idle_stage();
    staged = stage;
    struct studio *studio = studio_begin(stage, clock_system(), RADIO_OUTPUTS);
    run_with(studio, alert_and_end);
    studio_close(studio);
    assert_false(is_there(stage, "lu.alert")); /* although one may still ask how it fared */
    struct heard heard = studio_heard(stage, now_us());
    assert_int_equal(heard.n, 1);
    assert_memory_equal(heard.text[0], "alert:lu l0 l1 ", 15);
    assert_non_null(strstr(heard.text[0], "-9600 complete"));
    stage_destroy(stage);
}

static void alert_once(struct radio *radio)
{
    int64_t begun_us = 0;
    struct fault fault = {0};
    struct alert_spec spec = {.id = "lu"};
    assert_int_equal(give(radio, spec, 9600, &begun_us, &fault), 0);
    while (standing(radio).n > 0) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

static void a_folder_that_cannot_be_written_does_not_hinder_it(void **state)
{
    (void)state;
    struct stage *stage = idle_stage();
    char path[PATHS_MAX];
    snprintf(path, sizeof path, "%s/alerts", stage->dir);
    AUTO_FILE FILE *in_the_way = fopen(path, "w");
    assert_non_null(in_the_way);
    struct studio *studio = studio_begin(stage, clock_system(), RADIO_OUTPUTS);
    run_with(studio, alert_once);
    studio_close(studio);
    struct heard heard = studio_heard(stage, now_us());
    assert_int_equal(heard.n, 1);
    assert_non_null(strstr(heard.text[0], "-9600 complete"));
    stage_destroy(stage);
}

static void alert_for_long(struct radio *radio)
{
    int64_t begun_us = 0;
    struct fault fault = {0};
    struct alert_spec spec = {.id = "lu", .every_us = HOUR_US};
    assert_int_equal(give(radio, spec, 20 * AIR_RATE, &begun_us, &fault), 0);
    wait_file(staged, "lu.alert");
    raise(SIGKILL);
}

static void wait_said_again(struct radio *radio)
{
    while (standing(radio).n_on_air == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    assert_int_equal(standing(radio).n, 1);
}

static void a_killed_radio_says_it_again_when_it_is_back(void **state)
{
    (void)state;
    struct stage *stage = idle_stage();
    staged = stage;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct studio *studio = studio_begin(stage, clock_system(), RADIO_OUTPUTS);
        run_with(studio, alert_for_long);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    struct studio *studio = studio_begin(stage, clock_system(), RADIO_OUTPUTS);
    run_with(studio, wait_said_again);
    studio_close(studio);
    assert_true(is_there(stage, "lu.alert")); /* stopped, not ended: it stands */
    stage_destroy(stage);
}

static void find_none(struct radio *radio)
{
    assert_int_equal(standing(radio).n, 0);
}

static void one_that_expired_while_the_radio_was_off_is_gone(void **state)
{
    (void)state;
    struct stage *stage = idle_stage();
    static const float frames[] = {0.5F, 0.5F};
    uint64_t word = 1;
    struct alert_spec spec = {.id = "lu",
                              .title = "Lũ",
                              .given_us = now_us() - HOUR_US,
                              .expires_us = now_us() - 1,
                              .lines = {&word, 1},
                              .frames = frames,
                              .n_frames = 1};
    assert_int_equal(alert_file_write(&stage->station, &spec, NULL), 0);
    assert_true(is_there(stage, "lu.alert"));
    struct studio *studio = studio_begin(stage, clock_system(), RADIO_OUTPUTS);
    run_with(studio, find_none);
    studio_close(studio);
    assert_false(is_there(stage, "lu.alert"));
    assert_int_equal(studio_heard(stage, now_us()).n, 0);
    stage_destroy(stage);
}

static void keep_context(void *context, const struct alert_spec *spec, struct alert_sound sound,
                         const struct fault *fault)
{
    (void)fault;
    *(bool *)context = spec && strcmp(spec->id, "lu") == 0 && spec->heard_us == 77 &&
                       spec->every_us == HOUR_US && spec->chime && spec->n_frames == 2 &&
                       line_set_count(spec->lines) == 1 && line_set_has(spec->lines, 1) &&
                       sound.frames[2] == -0.25F && spec->restored;
    alert_sound_free(&sound);
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    struct stage *stage = idle_stage();
    static const float frames[] = {0.5F, 0.5F, -0.25F, 1};
    uint64_t word = 2;
    struct alert_spec spec = {.id = "lu",
                              .title = "Lũ = lớn",
                              .given_us = 5,
                              .every_us = HOUR_US,
                              .expires_us = INT64_MAX,
                              .chime = true,
                              .lines = {&word, 1},
                              .frames = frames,
                              .n_frames = 2};
    bool same = false;
    assert_int_equal(alert_file_write(&stage->station, &spec, NULL), 0);
    assert_int_equal(alert_file_heard(&stage->station, &spec, 77, NULL), 0);
    alert_files_read(&stage->station, now_us(), keep_context, &same);
    assert_true(same);
    stage_destroy(stage);
}

static void keep_heard(void *context, const struct alert_spec *spec, struct alert_sound sound,
                       const struct fault *fault)
{
    (void)fault;
    *(int64_t *)context = spec->heard_us;
    alert_sound_free(&sound);
}

static void what_was_superseded_does_not_stand_again(void **state)
{
    (void)state;
    struct stage *stage = idle_stage();
    static const float frames[] = {0.5F, 0.5F};
    uint64_t word = 2;
    struct alert_spec spec = {.id = "lu",
                              .title = "Lũ",
                              .given_us = 5,
                              .expires_us = INT64_MAX,
                              .lines = {&word, 1},
                              .frames = frames,
                              .n_frames = 1};
    int64_t heard_us = 0;
    assert_int_equal(alert_file_write(&stage->station, &spec, NULL), 0);
    assert_int_equal(alert_file_heard(&stage->station, &spec, 77, NULL), 0);
    temp_dir_write(stage->dir, "alerts/bao.alert.a1B2c3", "of a power failure");
    /* The next one of that id was not heard yet, whatever the file of the one before says. */
    spec.given_us = 6;
    assert_int_equal(alert_file_write(&stage->station, &spec, NULL), 0);
    alert_files_read(&stage->station, now_us(), keep_heard, &heard_us);
    assert_int_equal(heard_us, INT64_MIN);
    assert_false(is_there(stage, "bao.alert.a1B2c3"));
    /* And where it cannot be written the one before goes all the same. */
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){100, limit.rlim_max}), 0);
    int r = alert_file_write(&stage->station, &spec, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(r, -EFBIG);
    assert_false(is_there(stage, "lu.alert"));
    stage_destroy(stage);
}

static void tone_beside_a_programme(struct radio *radio)
{
    static uint64_t idle[] = {2};
    int64_t begun_us = 0;
    struct fault fault = {0};
    struct alert_spec spec = {.id = "tone", .kind = ALERT_TEST};
    struct radio_line line = {0};
    while (line.state != RADIO_LINE_ON_AIR) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        radio_line(radio, 0, &line);
    }
    assert_int_equal(give(radio, spec, 4800, &begun_us, &fault), -EBUSY);
    assert_non_null(strstr(fault.text, "l0"));
    spec.lines = (struct line_set){idle, 1};
    assert_int_equal(give(radio, spec, 4800, &begun_us, &fault), 0);
    spec = (struct alert_spec){.id = "tone-2", .kind = ALERT_TEST_FORCED};
    assert_int_equal(give(radio, spec, 4800, &begun_us, &fault), 0);
    wait_silent(radio);
    assert_false(is_there(staged, "tone.alert"));
}

static void a_test_tone_is_refused_where_something_is_on(void **state)
{
    (void)state;
    struct stage *stage = idle_stage();
    staged = stage;
    stage_copy(stage, 1, 20 * 48000);
    struct clock clock = clock_system();
    stage_item(stage, 0, frames_from_us(clock_now_us(&clock)) - 48000, 1);
    struct studio *studio = studio_begin(stage, clock, RADIO_OUTPUTS);
    run_with(studio, tone_beside_a_programme);
    studio_close(studio);
    stage_destroy(stage);
}

static int memory_file(const void *bytes, size_t n, int seals)
{
    int fd = memfd_create("said", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static void only_a_sealed_memory_file_of_sound_is_taken(void **state)
{
    (void)state;
    static const float good[] = {0.5F, -0.5F, 1, -1};
    static const float loud[] = {2, 2};
    struct alert_sound sound;
    int fd = memory_file(good, sizeof good, F_SEAL_SHRINK | F_SEAL_WRITE);
    assert_int_equal(alert_sound_map(fd, &sound, NULL), 0);
    close(fd);
    assert_int_equal(sound.n_frames, 2);
    assert_true(sound.frames[3] == -1);
    alert_sound_free(&sound);
    fd = memory_file(good, sizeof good, F_SEAL_WRITE);
    assert_int_equal(alert_sound_map(fd, &sound, NULL), -EINVAL);
    close(fd);
    fd = memory_file(good, sizeof good - 1, F_SEAL_SHRINK | F_SEAL_WRITE);
    assert_int_equal(alert_sound_map(fd, &sound, NULL), -EINVAL);
    close(fd);
    fd = memory_file(loud, sizeof loud, F_SEAL_SHRINK | F_SEAL_WRITE);
    assert_int_equal(alert_sound_map(fd, &sound, NULL), -EINVAL);
    close(fd);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_alert_is_heard_soon_stands_and_is_ended),
    cmocka_unit_test(a_folder_that_cannot_be_written_does_not_hinder_it),
    cmocka_unit_test(a_killed_radio_says_it_again_when_it_is_back),
    cmocka_unit_test(one_that_expired_while_the_radio_was_off_is_gone),
    cmocka_unit_test(what_is_written_is_read_again),
    cmocka_unit_test(what_was_superseded_does_not_stand_again),
    cmocka_unit_test(a_test_tone_is_refused_where_something_is_on),
    cmocka_unit_test(only_a_sealed_memory_file_of_sound_is_taken),
};
TEST_MAIN(tests)
