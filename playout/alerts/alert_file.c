/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/alerts/alert_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "station/station.h"

/* Without sound: the longest list of lines is ten thousand ids. */
enum { HEAD_BYTES = 4096, TEXT_MAX_BYTES = 1 << 20, LEFT_BYTES = 1 << 20 };
static const size_t FRAME_BYTES = AIR_CHANNELS * sizeof(float);
static const size_t FILE_MAX_BYTES =
    TEXT_MAX_BYTES + (size_t)ALERT_SECONDS_MAX * AIR_RATE * AIR_CHANNELS * sizeof(float);
static const char MAGIC[] = "loa alert 1";

static int file_path(const struct station *station, const char *id, const char *ending,
                     char out[static PATHS_MAX], struct fault *reterr)
{
    char name[ALERT_ID_MAX + 24];
    snprintf(name, sizeof name, "alerts/%.*s.%s", ALERT_ID_MAX, id, ending);
    return path_join(out, station->dir, name, reterr);
}

/* ---- writing */

static void text_of_spec(struct strbuf *text, const struct station *station,
                         const struct alert_spec *spec)
{
    strbuf_printf(text, "%s\nid=%s\ntitle=%s\ngiven=%lld\nevery=%lld\nexpires=%lld\nchime=%d\n",
                  MAGIC, spec->id, spec->title, (long long)spec->given_us,
                  (long long)spec->every_us, (long long)spec->expires_us, spec->chime);
    strbuf_printf(text, "frames=%lld\nlines=", (long long)spec->n_frames);
    const char *between = "";
    for (size_t line = line_set_next(spec->lines, 0); line != SIZE_MAX;
         line = line_set_next(spec->lines, line + 1)) {
        strbuf_printf(text, "%s%s", between, station->lines[line].id);
        between = " ";
    }
    strbuf_add(text, "\n\n");
}

/* Ten minutes of sound are 230 MB: what cannot fit is not tried, again and again, by filling the
 * disk to its last byte. */
static int write_if_it_fits(const char *path, const char *bytes, size_t n, struct fault *reterr)
{
    char folder[PATHS_MAX];
    struct statvfs disk;
    snprintf(folder, sizeof folder, "%.*s", (int)(path_name(path) - path), path);
    if (statvfs(folder, &disk) == 0 &&
        (uint64_t)disk.f_bavail * disk.f_frsize < (uint64_t)n + LEFT_BYTES) {
        return fault_set(reterr, ENOSPC, path, 0,
                         _("the disk is full; free some space and try again"));
    }
    return path_write_file(path, bytes, n, reterr);
}

int alert_file_write(const struct station *station, const struct alert_spec *spec,
                     struct fault *reterr)
{
    struct strbuf text;
    char path[PATHS_MAX];
    char folder[PATHS_MAX];
    strbuf_init(&text, TEXT_MAX_BYTES);
    text_of_spec(&text, station, spec);
    size_t n_text = text.n;
    size_t n_head = (n_text + HEAD_BYTES - 1) / HEAD_BYTES * HEAD_BYTES;
    size_t n_sound = (size_t)spec->n_frames * FRAME_BYTES;
    AUTO_FREE char *bytes = !strbuf_failed(&text) ? calloc(1, n_head + n_sound) : NULL;
    if (bytes) {
        memcpy(bytes, strbuf_text(&text), n_text);
    }
    strbuf_finish(&text);
    if (!bytes) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the alert"));
    }
    memcpy(bytes + n_head, spec->frames, n_sound);
    int r = path_join(folder, station->dir, "alerts", reterr);
    r = r < 0 ? r : path_make_dirs(folder, reterr);
    r = r < 0 ? r : file_path(station, spec->id, "alert", path, reterr);
    if (r < 0) {
        return r;
    }
    r = write_if_it_fits(path, bytes, n_head + n_sound, reterr);
    if (r < 0 && unlink(path) == 0) {
        /* One that had this id: it stands no more, and nor may it after a crash. */
        r = write_if_it_fits(path, bytes, n_head + n_sound, reterr);
    }
    return r;
}

int alert_file_heard(const struct station *station, const struct alert_spec *spec, int64_t heard_us,
                     struct fault *reterr)
{
    char path[PATHS_MAX];
    char text[64];
    int n =
        snprintf(text, sizeof text, "%lld %lld\n", (long long)heard_us, (long long)spec->given_us);
    int r = file_path(station, spec->id, "heard", path, reterr);
    return r < 0 ? r : path_write_file(path, text, (size_t)n, reterr);
}

void alert_file_remove(const struct station *station, const char *id)
{
    char path[PATHS_MAX];
    if (file_path(station, id, "alert", path, NULL) == 0) {
        unlink(path);
    }
    if (file_path(station, id, "heard", path, NULL) == 0) {
        unlink(path);
    }
}

/* ---- reading */

static bool read_number(const char *text, int64_t *ret_number)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    *ret_number = number;
    return errno == 0 && end != text && *end == '\0';
}

static bool read_key(struct alert_record *record, const char *key, char *value)
{
    struct alert_spec *spec = &record->spec;
    if (strcmp(key, "lines") == 0) {
        record->lines = value;
        return true;
    }
    const struct {
        const char *key;
        const char **text;
        int64_t *number;
    } keys[] = {{"id", &spec->id, NULL},
                {"title", &spec->title, NULL},
                {"given", NULL, &spec->given_us},
                {"every", NULL, &spec->every_us},
                {"expires", NULL, &spec->expires_us},
                {"frames", NULL, &spec->n_frames}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(keys[i].key, key) == 0 && keys[i].text) {
            *keys[i].text = value;
            return true;
        }
        if (strcmp(keys[i].key, key) == 0) {
            return read_number(value, keys[i].number);
        }
    }
    spec->chime = spec->chime || (strcmp(key, "chime") == 0 && strcmp(value, "1") == 0);
    return strcmp(key, "chime") == 0;
}

static bool read_lines(char *bytes, struct alert_record *record, size_t *ret_n_text)
{
    char *at = bytes;
    bool good = true;
    for (size_t n = 0; good; n++) {
        char *end = strchr(at, '\n');
        if (!end) {
            return false;
        }
        *end = '\0';
        char *value = strchr(at, '=');
        if (end == at) {
            *ret_n_text = (size_t)(end + 1 - bytes);
            return n > 0;
        }
        if (n == 0) {
            good = strcmp(at, MAGIC) == 0;
        } else if (value) {
            *value = '\0';
            good = read_key(record, at, value + 1);
        }
        at = end + 1;
    }
    return false;
}

int alert_record_parse(char *bytes, size_t n_bytes, struct alert_record *ret_record,
                       struct fault *reterr)
{
    struct alert_record record = {
        .spec = {.kind = ALERT_EMERGENCY, .heard_us = INT64_MIN, .restored = true}};
    size_t n_text = 0;
    bool good = read_lines(bytes, &record, &n_text) && record.spec.id && record.spec.title &&
                record.lines && alert_id_is_good(record.spec.id);
    size_t n_head = (n_text + HEAD_BYTES - 1) / HEAD_BYTES * HEAD_BYTES;
    good = good && n_bytes >= n_head && record.spec.n_frames > 0 &&
           (uint64_t)record.spec.n_frames == (n_bytes - n_head) / FRAME_BYTES &&
           (n_bytes - n_head) % FRAME_BYTES == 0;
    if (!good) {
        return fault_set(reterr, EBADMSG, NULL, 0,
                         _("is no alert of this loa; remove it, and give the alert again"));
    }
    record.spec.frames = (const float *)(const void *)(bytes + n_head);
    *ret_record = record;
    return alert_check_sound(record.spec.frames, record.spec.n_frames, reterr);
}

static void resolve_lines(const struct station *station, char *ids, struct line_set lines)
{
    char *rest = NULL;
    for (char *id = strtok_r(ids, " ", &rest); id; id = strtok_r(NULL, " ", &rest)) {
        size_t line = station_find_line(station, id);
        if (line != SIZE_MAX) {
            line_set_add(lines, line);
        }
    }
}

/* When this one was heard last; what is said there of another that had its id is nothing. */
static int64_t read_heard(const struct station *station, const struct alert_spec *spec)
{
    char path[PATHS_MAX];
    AUTO_FREE char *text = NULL;
    size_t n = 0;
    int64_t heard_us = 0;
    int64_t given_us = spec->given_us;
    struct fault ignored;
    if (file_path(station, spec->id, "heard", path, NULL) < 0 ||
        path_read_file(path, 64, &text, &n, &ignored) < 0) {
        return INT64_MIN;
    }
    text[strcspn(text, "\n")] = '\0';
    char *given = strchr(text, ' '); /* an older loa wrote the first number alone */
    bool good = !given || read_number(given + 1, &given_us);
    if (given) {
        *given = '\0';
    }
    return good && given_us == spec->given_us && read_number(text, &heard_us) ? heard_us
                                                                              : INT64_MIN;
}

/* Takes the bytes. */
static int restore(const struct station *station, char *bytes, size_t n_bytes, int64_t now_us,
                   alert_restored restored, void *context, struct fault *reterr)
{
    struct alert_record record;
    size_t n_words = line_set_n_words(station->n_lines);
    AUTO_FREE uint64_t *words = calloc(n_words + 1, sizeof *words);
    int r = words ? alert_record_parse(bytes, n_bytes, &record, reterr) : -ENOMEM;
    if (r < 0) {
        return r;
    }
    if (record.spec.expires_us <= now_us) {
        alert_file_remove(station, record.spec.id);
        return 0;
    }
    record.spec.lines = (struct line_set){words, n_words};
    record.spec.heard_us = read_heard(station, &record.spec);
    resolve_lines(station, record.lines, record.spec.lines);
    struct alert_sound sound;
    r = alert_sound_copy(record.spec.frames, record.spec.n_frames, &sound, reterr);
    if (r == 0) {
        record.spec.frames = sound.frames;
        restored(context, &record.spec, sound, NULL);
    }
    return r;
}

/* Of a power failure while it was written, up to a whole alert's sound: mkostemp()'s
 * "ID.alert.XXXXXX". */
static bool is_leftover(const char *name)
{
    const char *ending = path_ending(name);
    size_t n = (size_t)(ending - name);
    return strlen(ending) == 6 && n > 7 &&
           (strncmp(ending - 7, ".alert.", 7) == 0 || strncmp(ending - 7, ".heard.", 7) == 0);
}

void alert_files_read(const struct station *station, int64_t now_us, alert_restored restored,
                      void *context)
{
    char folder[PATHS_MAX];
    DIR *dir = path_join(folder, station->dir, "alerts", NULL) == 0 ? opendir(folder) : NULL;
    for (const struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
        char path[PATHS_MAX];
        AUTO_FREE char *bytes = NULL;
        struct fault fault = {0};
        size_t n = 0;
        if (is_leftover(entry->d_name) && path_join(path, folder, entry->d_name, NULL) == 0) {
            unlink(path);
        }
        if (strcmp(path_ending(entry->d_name), "alert") != 0 || entry->d_name[0] == '.') {
            continue;
        }
        int r = path_join(path, folder, entry->d_name, &fault);
        r = r < 0 ? r : path_read_file(path, FILE_MAX_BYTES, &bytes, &n, &fault);
        r = r < 0 ? r : restore(station, bytes, n, now_us, restored, context, &fault);
        if (r < 0) {
            snprintf(fault.file, sizeof fault.file, "alerts/%s", entry->d_name);
            restored(context, NULL, (struct alert_sound){0}, &fault);
        }
    }
    if (dir) {
        closedir(dir);
    }
}
