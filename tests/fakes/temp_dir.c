/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/temp_dir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/paths.h"

void temp_dir_make(char out[static TEMP_DIR_MAX])
{
    const char *base = getenv("TMPDIR");
    snprintf(out, TEMP_DIR_MAX, "%s/loa-test-XXXXXX", base && strlen(base) < 90 ? base : "/tmp");
    if (!mkdtemp(out)) {
        perror(out);
        abort();
    }
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

void temp_dir_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void temp_dir_write(const char *dir, const char *name, const char *text)
{
    char path[PATHS_MAX];
    char folder[PATHS_MAX];
    struct fault fault;
    if (path_join(path, dir, name, &fault) < 0) {
        abort();
    }
    snprintf(folder, sizeof folder, "%.*s", (int)(path_name(path) - path), path);
    if (path_make_dirs(folder, &fault) < 0 ||
        path_write_file(path, text, strlen(text), &fault) < 0) {
        fprintf(stderr, "%s: %s\n", fault.file, fault.text);
        abort();
    }
}
