/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/hash.h"
#include "media/inbox_file.h"
#include "media/library.h"
#include "tests/unit/media/inbox_fixture.h"

/* What the inbox refuses, and that nothing is lost in it whatever happens. */

/* --- what is refused --------------------------------------------------------------------- */

static void what_is_refused_stays_with_a_note_until_it_is_put_right(void **state)
{
    struct box *box = *state;
    move_in(box, "Tin sáng.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_REFUSED);
    const char *note = note_of(box, "Tin sáng.wav.not-imported.txt");
    assert_non_null(note);
    assert_non_null(strstr(note, "write `kind: tin` into `Tin sáng.txt`"));
    assert_act(box, 100, INBOX_IDLE); /* it is told once */
    assert_true(lies_in_box(box, "Tin sáng.wav"));
    temp_dir_write(box->root, "Tin sáng.txt", "kind: tinn\n");
    assert_act(box, 0, INBOX_REFUSED);
    assert_non_null(strstr(note_of(box, "Tin sáng.wav.not-imported.txt"), "Tin sáng.txt:1: "));
    temp_dir_write(box->root, "Tin sáng.txt", "kind: tin\n");
    assert_act(box, 0, INBOX_TAKEN);
    assert_false(lies_in_box(box, "Tin sáng.wav.not-imported.txt"));
    assert_false(lies_in_box(box, "Tin sáng.txt"));
}

/* Whoever copied it to a share with the rights of their own home folder sees nothing but the
 * share. The superuser may read everything, so another user takes it. */
static void what_may_not_be_read_has_a_note(void **state)
{
    struct box *box = *state;
    bool is_root = geteuid() == 0;
    char command[PATHS_MAX + 32];
    move_in(box, "tin/a.wav", 48000);
    snprintf(command, sizeof command, "chown -R 65534 '%s'", box->f->dir);
    assert_int_equal(is_root ? system(command) : 0, 0);
    assert_int_equal(chmod(in_box(box, "tin/a.wav"), 0), 0);
    assert_int_equal(is_root ? seteuid(65534) : 0, 0);
    (void)step(box, 0);
    enum inbox_act act = step(box, 3);
    assert_int_equal(is_root ? seteuid(0) : 0, 0);
    assert_int_equal(act, INBOX_REFUSED);
    assert_non_null(strstr(note_of(box, "tin/a.wav.not-imported.txt"), "cannot be read by loa"));
    assert_non_null(strstr(note_of(box, "tin/a.wav.not-imported.txt"), "force user = "));
    assert_act(box, 100, INBOX_IDLE);
    assert_int_equal(chmod(in_box(box, "tin/a.wav"), 0644), 0);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
}

static void moving_it_into_a_folder_of_a_kind_puts_it_right(void **state)
{
    struct box *box = *state;
    move_in(box, "a.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_REFUSED);
    assert_int_equal(rename(in_box(box, "a.wav"), in_box(box, "tin/a.wav")), 0);
    assert_act(box, 0, INBOX_IDLE);
    assert_false(lies_in_box(box, "a.wav.not-imported.txt"));
    assert_act(box, 3, INBOX_TAKEN);
    assert_int_equal(count_files_below(box->root), 0);
}

static void a_change_of_the_station_file_is_another_try(void **state)
{
    struct box *box = *state;
    move_in(box, "y-te/a.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_REFUSED);
    assert_act(box, 9, INBOX_IDLE);
    temp_dir_write(box->f->dir, "station.ini", "[station]\n[kind y-te]\n");
    static const struct kind_def kinds[] = {{.id = "y-te", .title = "Y tế"}};
    box->f->station.kinds = kinds;
    box->f->station.n_kinds = ARRAY_LEN(kinds);
    assert_act(box, 0, INBOX_TAKEN);
}

static void notes_speak_the_stations_language_and_go_with_their_file(void **state)
{
    struct box *box = *state;
    box->f->station.language = LANGUAGE_VI;
    move_in(box, "a.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_REFUSED);
    assert_true(lies_in_box(box, "a.wav.khong-nhap-duoc.txt"));
    assert_int_equal(unlink(in_box(box, "a.wav")), 0);
    assert_act(box, 0, INBOX_IDLE);
    assert_int_equal(count_files_below(box->root), 0);
}

static void a_file_with_a_notes_name_is_somebodys(void **state)
{
    struct box *box = *state;
    temp_dir_write(box->root, "what was.not-imported.txt", "a list of mine\n");
    temp_dir_write(box->root, "a.wav.not-imported.txt", "mine too\n");
    move_in(box, "a.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_REFUSED);
    assert_string_equal(note_of(box, "a.wav.not-imported.txt"), "mine too\n");
    assert_int_equal(unlink(in_box(box, "a.wav")), 0);
    assert_act(box, 100, INBOX_IDLE);
    assert_int_equal(count_files_below(box->root), 2);
}

/* As long a name as there can be: the note's is cut, and is found again. */
static void a_long_name_has_a_note_too(void **state)
{
    struct box *box = *state;
    char name[256] = "";
    while (strlen(name) < 245) {
        strcat(name, "ệ");
    }
    strcat(name, ".wav");
    move_in(box, name, 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_REFUSED);
    assert_int_equal(count_files_below(box->root), 2);
    assert_act(box, 1, INBOX_IDLE);
    assert_int_equal(count_files_below(box->root), 2);
    assert_int_equal(unlink(in_box(box, name)), 0);
    assert_act(box, 1, INBOX_IDLE);
    assert_int_equal(count_files_below(box->root), 0);
}

static void links_are_refused_and_not_followed(void **state)
{
    struct box *box = *state;
    const char *outside = recording_make(box->f, "outside.wav", tone(48000, 1, 48000));
    assert_int_equal(symlink(outside, in_box(box, "tin/a.wav")), 0);
    assert_int_equal(symlink(box->f->recordings, in_box(box, "tin/folder")), 0);
    move_in(box, "tin/b.wav", 48001);
    temp_dir_write(box->f->recordings, "secret.txt", "title: Secret\n");
    assert_int_equal(symlink(recording_path(box->f, "secret.txt"), in_box(box, "tin/b.txt")), 0);
    (void)step(box, 0);
    (void)step(box, 3);
    for (int i = 0; i < 6; i++) {
        assert_true(step(box, 1) != INBOX_TAKEN);
    }
    assert_int_equal(library_rows(box->f).n, 0);
    assert_non_null(strstr(note_of(box, "tin/a.wav.not-imported.txt"), "is a link"));
    assert_non_null(strstr(note_of(box, "tin/folder.not-imported.txt"), "is a link"));
    assert_non_null(note_of(box, "tin/b.wav.not-imported.txt"));
    assert_int_equal(access(outside, F_OK), 0);
    assert_int_equal(mkfifo(in_box(box, "tin/pipe.wav"), 0600), 0);
    assert_act(box, 0, INBOX_REFUSED);
}

static void folders_may_be_eight_deep(void **state)
{
    struct box *box = *state;
    move_in(box, "tin/tin/tin/tin/tin/tin/tin/tin/a.wav", 48000);
    move_in(box, "so/so/so/so/so/so/so/so/tin/b.wav", 48001);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
    assert_true(lies_in_box(box, "so/so/so/so/so/so/so/so/tin.not-imported.txt"));
    assert_true(lies_in_box(box, "so/so/so/so/so/so/so/so/tin/b.wav"));
}

static void ten_thousand_files_are_looked_at_and_no_more(void **state)
{
    struct box *box = *state;
    for (int i = 0; i < 10001; i++) {
        char name[32];
        snprintf(name, sizeof name, "%05d.txt", i);
        int fd = open(in_box(box, name), O_WRONLY | O_CREAT, 0644);
        assert_true(fd >= 0);
        close(fd);
    }
    assert_act(box, 0, INBOX_IDLE);
    assert_true(inbox_is_overfull(box->inbox));
    assert_int_equal(unlink(in_box(box, "00000.txt")), 0);
    assert_act(box, 0, INBOX_IDLE);
    assert_false(inbox_is_overfull(box->inbox));
}

/* --- nothing is lost --------------------------------------------------------------------- */

static void append_once(void *context, int64_t done_bytes, int64_t total_bytes)
{
    struct box *box = context;
    (void)done_bytes;
    (void)total_bytes;
    box->progress = (struct import_progress){0};
    FILE *file = fopen(in_box(box, "tin/a.wav"), "ab");
    assert_non_null(file);
    assert_true(fputs("more", file) >= 0);
    fclose(file);
}

static void what_changes_while_it_is_taken_is_not_taken(void **state)
{
    struct box *box = *state;
    move_in(box, "tin/a.wav", 48000);
    (void)step(box, 0);
    box->progress = (struct import_progress){append_once, box};
    assert_act(box, 3, INBOX_IDLE);
    assert_int_equal(library_rows(box->f).n, 0);
    assert_int_equal(count_library_files(box->f), 1); /* the lock */
    assert_act(box, 2, INBOX_IDLE);
    assert_act(box, 3, INBOX_TAKEN);
    assert_int_equal(library_rows(box->f).n, 1);
}

/* A recording may be of hours, and whoever stops a radio waits for seconds. */
static void stop_here(void *context, int64_t done_bytes, int64_t total_bytes)
{
    struct box *box = context;
    (void)done_bytes;
    (void)total_bytes;
    box->stop = 1;
}

static void a_stop_leaves_what_is_being_taken(void **state)
{
    struct box *box = *state;
    move_in(box, "tin/a.wav", 48000);
    (void)step(box, 0);
    box->progress = (struct import_progress){stop_here, box};
    assert_act(box, 3, INBOX_STOPPED);
    assert_null(box->outcome.result);
    assert_true(lies_in_box(box, "tin/a.wav"));
    assert_int_equal(count_files_below(box->root), 1); /* no note */
    assert_int_equal(library_rows(box->f).n, 0);
    assert_int_equal(count_library_files(box->f), 1); /* the lock, and no mark of a death */
    box->stop = 0;
    box->progress = (struct import_progress){0};
    assert_act(box, 0, INBOX_TAKEN);
}

/* The library's original has the right length and other bytes: what lies here is the last. */
static void a_duplicate_of_what_rotted_puts_it_right_before_it_goes(void **state)
{
    struct box *box = *state;
    char path[PATHS_MAX];
    char hash[HASH_HEX_MAX];
    char found[HASH_HEX_MAX];
    move_in(box, "tin/a.wav", 48000);
    assert_int_equal(hash_file(in_box(box, "tin/a.wav"), hash, NULL), 0);
    assert_int_equal(library_original_path(path, box->f->dir, hash, "a.wav", NULL), 0);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "rotten", 6, 50000), 6);
    close(fd);
    move_in(box, "tin/a.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
    assert_false(lies_in_box(box, "tin/a.wav"));
    assert_int_equal(hash_file(path, found, NULL), 0);
    assert_string_equal(found, hash);
    assert_int_equal(library_rows(box->f).n, 1);
}

static void only_the_very_bytes_that_were_taken_are_removed(void **state)
{
    struct box *box = *state;
    move_in(box, "a.wav", 48000);
    const char *path = in_box(box, "a.wav");
    int folder = open(box->root, O_RDONLY | O_DIRECTORY);
    assert_true(folder >= 0);
    struct file_stamp stamp = file_stamp_of_path(path);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    assert_int_equal(file_writing(folder, "a.wav"), FILE_IS_WRITTEN);
    assert_int_equal(file_take_away(folder, "a.wav", &stamp), -EBUSY);
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
    assert_int_equal(file_writing(folder, "a.wav"), FILE_AT_REST);
    assert_int_equal(file_take_away(folder, "a.wav", &stamp), -EBUSY);
    assert_true(lies_in_box(box, "a.wav"));
    stamp = file_stamp_of_path(path);
    move_in(box, "a.wav", 48001); /* another file in its place */
    assert_int_equal(file_take_away(folder, "a.wav", &stamp), -EBUSY);
    assert_true(lies_in_box(box, "a.wav"));
    stamp = file_stamp_of_path(path);
    assert_int_equal(file_take_away(folder, "a.wav", &stamp), 0);
    assert_int_equal(file_take_away(folder, "a.wav", &stamp), 0);
    assert_int_equal(count_files_below(box->root), 0);
    close(folder);
}

/* On a share a file may be another user's, of which the system does not tell who writes it. */
static void what_another_user_may_be_writing_has_a_minute(void **state)
{
    struct box *box = *state;
    char command[PATHS_MAX + 32];
    int fd = -1;
    if (geteuid() != 0) {
        skip();
    }
    inbox_close(STEAL(box->inbox));
    temp_dir_write(box->root, "tin/a.txt", "title: A\n");
    snprintf(command, sizeof command, "chown -R 65534 '%s'", box->f->dir);
    assert_int_equal(system(command), 0);
    write_part(box, "tin/a.wav", 0, SIZE_MAX, &fd);
    assert_int_equal(seteuid(65534), 0);
    box_open(box);
    int seconds[] = {3, 20, 20, 16};
    enum inbox_act acts[ARRAY_LEN(seconds)];
    acts[0] = step(box, seconds[0]);
    acts[1] = step(box, seconds[1]);
    assert_int_equal(write(fd, "more", 4), 4); /* it goes on, and the minute begins anew */
    for (size_t i = 2; i < ARRAY_LEN(seconds); i++) {
        acts[i] = step(box, seconds[i]);
    }
    size_t n_waiting = inbox_n_waiting(box->inbox);
    close(fd);
    enum inbox_act at_last = step(box, 0);
    at_last = at_last == INBOX_IDLE ? step(box, 3) : at_last;
    assert_int_equal(seteuid(0), 0);
    for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
        assert_int_equal(acts[i], INBOX_IDLE);
    }
    assert_int_equal(n_waiting, 0);
    assert_int_equal(at_last, INBOX_TAKEN); /* it was seen being closed */
}

static void what_was_put_aside_when_the_power_went_comes_back(void **state)
{
    struct box *box = *state;
    move_in(box, "tin/.loa-taken-a.wav", 48000);
    (void)step(box, 0);
    assert_true(lies_in_box(box, "tin/a.wav"));
    assert_act(box, 3, INBOX_TAKEN);
    assert_string_equal(box->outcome.result->code, "a");
}

static void one_process_at_a_time_has_the_inbox(void **state)
{
    struct box *box = *state;
    struct inbox *other = NULL;
    struct fault fault = {0};
    assert_int_equal(inbox_open(box->f->dir, &box->clock, &other, &fault), -EALREADY);
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    assert_non_null(strstr(fault.text, pid));
    char lock[PATHS_MAX];
    assert_int_equal(path_join(lock, box->f->dir, "library/incoming/inbox-lock", NULL), 0);
    assert_int_equal(truncate(lock, 0), 0); /* it has the lock, and has not said who it is */
    assert_int_equal(inbox_open(box->f->dir, &box->clock, &other, &fault), -EALREADY);
    assert_null(strstr(fault.text, "process"));
}

/* Killed between the two removals, while the text was aside: no note claims that it was not read.
 */
static void a_text_whose_recording_went_before_a_kill_goes_too(void **state)
{
    struct box *box = *state;
    temp_dir_write(box->root, "a.txt", "kind: tin\n");
    move_in(box, "a.wav", 48000);
    assert_act(box, 0, INBOX_TAKEN);
    temp_dir_write(box->root, ".loa-taken-a.txt", "kind: tin\n");
    temp_dir_write(box->root, ".loa-taken-b.txt", "kind: tin\n");
    move_in(box, "b.wav", 48001);
    assert_act(box, 0, INBOX_IDLE);
    assert_true(lies_in_box(box, "b.txt")); /* its recording is still to be taken */
    assert_act(box, 60, INBOX_TAKEN);
    assert_int_equal(box->outcome.result->status, IMPORT_IMPORTED);
    assert_act(box, 60, INBOX_IDLE);
    assert_int_equal(count_files_below(box->root), 0);
}

static void a_text_that_cannot_be_removed_is_named(void **state)
{
    struct box *box = *state;
    char command[2 * PATHS_MAX + 64];
    if (geteuid() != 0) {
        skip();
    }
    snprintf(command, sizeof command, "chown -R 65534 '%s'", box->f->dir);
    assert_int_equal(system(command), 0);
    temp_dir_write(box->root, "tin/a.txt", "title: A\n");
    move_in(box, "tin/a.wav", 48000);
    snprintf(command, sizeof command, "chown 65534 '%s'; chown 0 '%s/tin'; chmod 1777 '%s/tin'",
             in_box(box, "tin/a.wav"), box->root, box->root);
    assert_int_equal(system(command), 0);
    assert_int_equal(seteuid(65534), 0);
    enum inbox_act act = step(box, 0);
    act = act == INBOX_IDLE ? step(box, 60) : act;
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(act, INBOX_TAKEN);
    assert_int_equal(box->outcome.stays_err, EPERM);
    assert_string_equal(path_name(box->outcome.stays), "a.txt");
    assert_act(box, 1, INBOX_IDLE); /* it is told once */
    assert_true(lies_in_box(box, "tin/a.wav"));
    assert_int_equal(unlink(in_box(box, "tin/a.txt")), 0);
    assert_act(box, 3, INBOX_TAKEN); /* as known already */
    assert_int_equal(count_files_below(box->root), 0);
    assert_int_equal(library_rows(box->f).n, 1);
}

/* Else it would be its approver's own, where two persons are asked for. */
static void an_owner_without_a_name_is_a_number(void **state)
{
    struct box *box = *state;
    if (geteuid() != 0) {
        skip();
    }
    move_in(box, "tin/a.wav", 48000);
    assert_int_equal(chown(in_box(box, "tin/a.wav"), 54321, 54321), 0);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(box->f->db, "SELECT imported_by FROM segment", &stmt, NULL), 0);
    assert_true(stmt_step(stmt, NULL) > 0);
    assert_string_equal(stmt_text(stmt, 0), "uid 54321");
}

/* The C library's, which fails as on a share that goes away. */
static bool fails_to_read_folders;

struct dirent *readdir(DIR *dir)
{
    static struct dirent *(*real)(DIR *);
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "readdir");
    }
    if (fails_to_read_folders) {
        errno = EIO;
        return NULL;
    }
    return real(dir);
}

static void a_folder_that_cannot_be_read_is_not_an_empty_one(void **state)
{
    struct box *box = *state;
    struct fault fault = {0};
    move_in(box, "a.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_REFUSED);
    fails_to_read_folders = true;
    int r = inbox_look(box->inbox, &fault);
    fails_to_read_folders = false;
    assert_int_equal(r, -EIO);
    assert_non_null(strstr(fault.text, "cannot be read"));
    assert_true(lies_in_box(box, "a.wav.not-imported.txt"));
    assert_act(box, 0, INBOX_IDLE); /* it is known as before */
}

static void a_share_that_cannot_be_written_keeps_its_files_and_gives_them_once(void **state)
{
    struct box *box = *state;
    inbox_close(STEAL(box->inbox));
    if (mount("tmpfs", box->root, "tmpfs", 0, "size=4m") != 0) {
        box_open(box);
        skip();
    }
    FILE *file = fopen(in_box(box, "tin/a.wav"), "wb");
    assert_non_null(file);
    fclose(file);
    signal_write(in_box(box, "tin/a.wav"), &(struct signal_spec){48000, 1, 48000, 1000, 0.1});
    assert_int_equal(mount("tmpfs", box->root, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0);
    box_open(box);
    enum inbox_act act = step(box, 3);
    int stays_err = box->outcome.stays_err;
    enum inbox_act again = step(box, 100);
    umount2(box->root, MNT_DETACH);
    assert_int_equal(act, INBOX_TAKEN);
    assert_int_equal(stays_err, EROFS);
    assert_int_equal(again, INBOX_IDLE);
    assert_int_equal(library_rows(box->f).n, 1);
}

static void a_full_disk_is_no_fault_of_the_file(void **state)
{
    struct box *box = *state;
    char library[PATHS_MAX];
    assert_int_equal(path_join(library, box->f->dir, "library", NULL), 0);
    inbox_close(STEAL(box->inbox));
    if (mount("tmpfs", library, "tmpfs", 0, "size=1m") != 0) {
        box_open(box);
        skip();
    }
    move_in(box, "tin/a.wav", 48000);
    box_open(box);
    enum inbox_act acts[] = {step(box, 3), step(box, 1), step(box, 5), step(box, 5)};
    umount2(library, MNT_DETACH);
    assert_null(inbox_waiting(box->inbox, 0)); /* it stands still, and is whole */
    assert_int_equal(acts[0], INBOX_FAILED);
    assert_int_equal(acts[1], INBOX_IDLE);
    assert_int_equal(acts[2], INBOX_FAILED);
    assert_int_equal(acts[3], INBOX_IDLE); /* the pauses grow */
    assert_true(lies_in_box(box, "tin/a.wav"));
    assert_int_equal(count_files_below(box->root), 1);
}

/* --- crashes ---------------------------------------------------------------------------- */

static void die(void *context, int64_t done_bytes, int64_t total_bytes)
{
    (void)context;
    (void)done_bytes;
    (void)total_bytes;
    raise(SIGKILL);
}

/* A process of its own takes what is in the inbox and is killed over it. */
static void take_and_die(struct box *box)
{
    inbox_close(STEAL(box->inbox));
    pid_t child = fork();
    if (child == 0) {
        box_open(box);
        box->progress = (struct import_progress){die, NULL};
        (void)step(box, 3);
        _exit(0); /* it was refused, or had nothing to do */
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    box_open(box);
}

static void a_kill_in_the_middle_loses_nothing(void **state)
{
    struct box *box = *state;
    move_in(box, "tin/a.wav", 48000);
    take_and_die(box);
    assert_true(lies_in_box(box, "tin/a.wav"));
    assert_int_equal(library_rows(box->f).n, 0);
    assert_act(box, 3, INBOX_TAKEN);
    assert_int_equal(library_rows(box->f).n, 1);
    assert_int_equal(count_files_below(box->root), 0);
    assert_int_equal(count_library_files(box->f), 3); /* and the lock */
}

static void bytes_that_kill_twice_are_not_read_a_third_time(void **state)
{
    struct box *box = *state;
    move_in(box, "tin/a.wav", 48000);
    move_in(box, "tin/b.wav", 48001);
    take_and_die(box);
    take_and_die(box);
    assert_act(box, 3, INBOX_REFUSED);
    assert_string_equal(path_name(box->outcome.result->path), "a.wav");
    assert_non_null(strstr(note_of(box, "tin/a.wav.not-imported.txt"), "save it anew"));
    assert_act(box, 0, INBOX_TAKEN);
    assert_string_equal(box->outcome.result->code, "b");
    inbox_close(STEAL(box->inbox));
    box_open(box); /* nor by the next process */
    assert_act(box, 3, INBOX_REFUSED);
    move_in(box, "tin/a.wav", 48002);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
    assert_false(lies_in_box(box, "tin/a.wav.not-imported.txt"));
}

static const struct CMUnitTest tests[] = {
    BOX_TEST(what_is_refused_stays_with_a_note_until_it_is_put_right),
    BOX_TEST(what_may_not_be_read_has_a_note),
    BOX_TEST(moving_it_into_a_folder_of_a_kind_puts_it_right),
    BOX_TEST(a_change_of_the_station_file_is_another_try),
    BOX_TEST(notes_speak_the_stations_language_and_go_with_their_file),
    BOX_TEST(a_file_with_a_notes_name_is_somebodys),
    BOX_TEST(a_long_name_has_a_note_too),
    BOX_TEST(links_are_refused_and_not_followed),
    BOX_TEST(folders_may_be_eight_deep),
    BOX_TEST(ten_thousand_files_are_looked_at_and_no_more),
    BOX_TEST(what_changes_while_it_is_taken_is_not_taken),
    BOX_TEST(a_stop_leaves_what_is_being_taken),
    BOX_TEST(a_duplicate_of_what_rotted_puts_it_right_before_it_goes),
    BOX_TEST(only_the_very_bytes_that_were_taken_are_removed),
    BOX_TEST(what_another_user_may_be_writing_has_a_minute),
    BOX_TEST(what_was_put_aside_when_the_power_went_comes_back),
    BOX_TEST(one_process_at_a_time_has_the_inbox),
    BOX_TEST(a_text_whose_recording_went_before_a_kill_goes_too),
    BOX_TEST(a_text_that_cannot_be_removed_is_named),
    BOX_TEST(an_owner_without_a_name_is_a_number),
    BOX_TEST(a_folder_that_cannot_be_read_is_not_an_empty_one),
    BOX_TEST(a_share_that_cannot_be_written_keeps_its_files_and_gives_them_once),
    BOX_TEST(a_full_disk_is_no_fault_of_the_file),
    BOX_TEST(a_kill_in_the_middle_loses_nothing),
    BOX_TEST(bytes_that_kill_twice_are_not_read_a_third_time),
};
TEST_MAIN(tests)
