/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/sdp_files.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "playout/outputs/sdp.h"
#include "station/station.h"

enum { FILE_BYTES_MAX = 64 << 10, ID_BYTES_MAX = 65 };
static const char beginning[] = "v=0\r\no=loa ";
static const char ending[] = ".sdp";

/* What a file of loa's own says; NULL: it is none, or there is none. */
static char *read_own(const char *path)
{
    char *text = NULL;
    size_t n = 0;
    if (path_read_file(path, FILE_BYTES_MAX, &text, &n, NULL) < 0) {
        return NULL;
    }
    if (strncmp(text, beginning, sizeof beginning - 1) != 0) {
        free(STEAL(text));
    }
    return text;
}

/* The version of what lies there, if that is what the file is to say but for the version; or 0. */
static uint64_t version_there(const char *path, const struct line_def *line,
                              struct sdp_origin origin)
{
    AUTO_FREE char *there = read_own(path);
    struct strbuf text;
    uint64_t session = 0;
    bool same = false;
    if (there &&
        sscanf(there, "v=0\r\no=loa %" SCNu64 " %" SCNu64, &session, &origin.version) == 2) {
        strbuf_init(&text, FILE_BYTES_MAX);
        same = sdp_add_line(&text, line, &origin) && strcmp(strbuf_text(&text), there) == 0;
        strbuf_finish(&text);
    }
    return same ? origin.version : 0;
}

static int renew(const struct station *station, const struct line_def *line, const char *dir,
                 uint64_t *ret_version, struct fault *reterr)
{
    char name[ID_BYTES_MAX + sizeof ending];
    char path[PATHS_MAX];
    struct sdp_origin origin = sdp_origin_of(station, line, NULL);
    snprintf(name, sizeof name, "%s%s", line->id, ending);
    *ret_version = origin.version;
    int r = path_join(path, dir, name, reterr);
    uint64_t there = r == 0 ? version_there(path, line, origin) : 0;
    if (r < 0 || there) {
        *ret_version = there ? there : origin.version;
        return r;
    }
    struct strbuf text;
    strbuf_init(&text, FILE_BYTES_MAX);
    if (sdp_add_line(&text, line, &origin) && !strbuf_failed(&text)) {
        r = path_make_dirs(dir, reterr);
        r = r < 0 ? r : path_write_file(path, text.text, text.n, reterr);
    }
    strbuf_finish(&text);
    return r;
}

static bool has_rtp(const struct line_def *line)
{
    for (size_t i = 0; i < line->n_outputs; i++) {
        if (line->outputs[i].kind == OUTPUT_RTP) {
            return true;
        }
    }
    return false;
}

/* Is it the file of no line that goes out by RTP? */
static bool is_left_over(const struct station *station, const char *name)
{
    char id[ID_BYTES_MAX];
    size_t n = strlen(name);
    size_t n_id = n > sizeof ending - 1 ? n - (sizeof ending - 1) : 0;
    if (n_id == 0 || n_id >= sizeof id || strcmp(name + n_id, ending) != 0) {
        return false;
    }
    memcpy(id, name, n_id);
    id[n_id] = '\0';
    size_t line = station_find_line(station, id);
    return line == SIZE_MAX || !has_rtp(&station->lines[line]);
}

static void remove_left_over(const struct station *station, const char *dir)
{
    DIR *entries = opendir(dir);
    for (const struct dirent *entry; entries && (entry = readdir(entries));) {
        char path[PATHS_MAX];
        if (!is_left_over(station, entry->d_name) ||
            path_join(path, dir, entry->d_name, NULL) < 0) {
            continue;
        }
        AUTO_FREE char *own = read_own(path);
        if (own) {
            unlink(path);
        }
    }
    if (entries) {
        closedir(entries);
    }
}

int sdp_files_renew(const struct station *station, uint64_t *versions, struct fault *reterr)
{
    char dir[PATHS_MAX];
    int r = path_join(dir, station->dir, "sdp", reterr);
    for (size_t line = 0; line < station->n_lines; line++) {
        versions[line] = 1;
        if (r == -ENAMETOOLONG || !has_rtp(&station->lines[line])) {
            continue;
        }
        int one = renew(station, &station->lines[line], dir, &versions[line], reterr);
        r = one < 0 ? one : r;
    }
    if (r != -ENAMETOOLONG) {
        remove_left_over(station, dir);
    }
    return r;
}
