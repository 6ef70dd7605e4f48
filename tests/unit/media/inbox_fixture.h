/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_MEDIA_INBOX_FIXTURE_H
#define TESTS_UNIT_MEDIA_INBOX_FIXTURE_H

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "media/inbox.h"
#include "tests/unit/media/library_fixture.h"

/* A station whose inbox is looked at under a clock that moves when a test says so. */

struct box {
    struct library_fixture *f;
    struct clock clock;
    struct inbox *inbox;
    char root[PATHS_MAX];
    struct import_progress progress;
    volatile sig_atomic_t stop;
    struct inbox_outcome outcome; /* of the last step */
};

static inline void box_open(struct box *box)
{
    struct fault fault = {0};
    if (inbox_open(box->f->dir, &box->clock, &box->inbox, &fault) < 0) {
        fail_msg("%s: %s", fault.file, fault.text);
    }
    assert_int_equal(inbox_look(box->inbox, NULL), 0);
}

static inline int box_make(void **state)
{
    void *fixture = NULL;
    library_fixture_make(&fixture);
    struct box *box = calloc(1, sizeof *box);
    assert_non_null(box);
    box->f = fixture;
    box->f->station.language = LANGUAGE_EN;
    box->clock = clock_virtual(FIXTURE_NOW_US);
    assert_int_equal(path_join(box->root, box->f->dir, "inbox", NULL), 0);
    temp_dir_write(box->f->dir, "station.ini", "[station]\n");
    box_open(box);
    *state = box;
    return 0;
}

static inline int box_remove(void **state)
{
    struct box *box = *state;
    inbox_close(box->inbox);
    void *fixture = box->f;
    free(box);
    return library_fixture_remove(&fixture);
}

#define BOX_TEST(name) cmocka_unit_test_setup_teardown(name, box_make, box_remove)

/* A path in the inbox, its folder made; kept until the test ends. */
static inline const char *in_box(struct box *box, const char *name)
{
    const char *path = arena_printf(box->f->arena, "%s/%s", box->root, name);
    assert_non_null(path);
    const char *folder = arena_strndup(box->f->arena, path, (size_t)(path_name(path) - path));
    assert_non_null(folder);
    assert_int_equal(path_make_dirs(folder, NULL), 0);
    return path;
}

static inline bool lies_in_box(struct box *box, const char *name)
{
    return access(arena_printf(box->f->arena, "%s/%s", box->root, name), F_OK) == 0;
}

/* Tones of different lengths are different recordings. */
static inline void move_in(struct box *box, const char *name, int64_t frames)
{
    const char *made = recording_make(box->f, "made.wav", tone(48000, 1, frames));
    assert_int_equal(rename(made, in_box(box, name)), 0);
}

/* Write the bytes from..until of a made tone, without closing it if fd is wanted. */
static inline void write_part(struct box *box, const char *name, size_t from, size_t until,
                              int *ret_fd)
{
    static unsigned char bytes[1 << 19];
    const char *made = recording_make(box->f, "made.wav", tone(48000, 1, 48000));
    FILE *file = fopen(made, "rb");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    until = until < n ? until : n;
    int fd = open(in_box(box, name), O_WRONLY | O_CREAT | O_APPEND, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes + from, until - from), until - from);
    if (ret_fd) {
        *ret_fd = fd;
    } else {
        close(fd);
    }
}

/* So many seconds later: look, and take one. */
static inline enum inbox_act step(struct box *box, int seconds)
{
    clock_set_us(&box->clock, clock_now_us(&box->clock) + seconds * INT64_C(1000000));
    struct fault fault = {0};
    if (inbox_look(box->inbox, &fault) < 0) {
        fail_msg("%s: %s", fault.file, fault.text);
    }
    struct inbox_library library = {.station = &box->f->station,
                                    .db = box->f->db,
                                    .who = "lan",
                                    .progress = &box->progress,
                                    .stop = &box->stop};
    assert_int_equal(inbox_take(box->inbox, &library, &box->outcome, NULL), 0);
    return box->outcome.act;
}

#define assert_act(box, seconds, wanted)                                                           \
    do {                                                                                           \
        enum inbox_act act_ = step((box), (seconds));                                              \
        if (act_ != (wanted)) {                                                                    \
            const struct import_result *told_ = (box)->outcome.result;                             \
            fail_msg("act %d, not %d: %s", act_, (wanted),                                         \
                     told_ && told_->findings.n ? told_->findings.items[0].fault.text : "");       \
        }                                                                                          \
    } while (0)

static inline const char *note_of(struct box *box, const char *name)
{
    char *text = NULL;
    size_t n = 0;
    if (path_read_file(in_box(box, name), 1 << 16, &text, &n, NULL) < 0) {
        return NULL;
    }
    const char *kept = arena_strdup(box->f->arena, text);
    free(text);
    return kept;
}

#endif
