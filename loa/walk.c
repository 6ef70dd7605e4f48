/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/walk.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"

bool walk_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int walk_add(struct walk *walk, const char *path, struct fault *reterr)
{
    walk->files =
        arena_grow(walk->arena, walk->files, walk->n, &walk->capacity, sizeof *walk->files);
    char *kept = walk->files ? arena_strdup(walk->arena, path) : NULL;
    if (!kept) {
        return fault_set(reterr, ENOMEM, path, 0, _("out of memory"));
    }
    walk->files[walk->n++] = (struct walk_file){.path = kept};
    return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_skipped(const struct walk *walk, const FTSENT *entry)
{
    struct stat st;
    if (entry->fts_level == FTS_ROOTLEVEL) {
        return false; /* whoever names it means it */
    }
    return entry->fts_name[0] == '.' ||
           (entry->fts_info == FTS_D && walk->skipped && stat(walk->skipped, &st) == 0 &&
            st.st_dev == entry->fts_dev && st.st_ino == entry->fts_ino);
}

static int visit(struct walk *walk, FTS *tree, FTSENT *entry, struct fault *reterr)
{
    if (is_skipped(walk, entry)) {
        fts_set(tree, entry, FTS_SKIP);
        return 0;
    }
    switch (entry->fts_info) {
    case FTS_DNR:
    case FTS_ERR:
        return fault_set(reterr, entry->fts_errno, entry->fts_path, 0,
                         _("the folder cannot be read: %s"), errno_text(entry->fts_errno));
    case FTS_DEFAULT:
        walk->n_passed_over++;
        return 0;
    case FTS_F:
    case FTS_NS:
    case FTS_SLNONE: /* import says what is wrong with it */
        if (strcasecmp(path_ending(entry->fts_name), "txt") == 0) {
            return 0;
        }
        break;
    default: /* the folders themselves, and circles */
        return 0;
    }
    int r = walk_add(walk, entry->fts_path, reterr);
    if (r == 0) {
        walk->files[walk->n - 1].was_found = true;
    }
    return r;
}

int walk_folder(struct walk *walk, const char *path, struct fault *reterr)
{
    char root[PATHS_MAX];
    int r = path_join(root, "", path, reterr);
    if (r < 0) {
        return r;
    }
    char *const roots[] = {root, NULL};
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!tree) {
        return fault_set(reterr, errno, path, 0, _("the folder cannot be read: %s"),
                         errno_text(errno));
    }
    errno = 0;
    for (FTSENT *entry = fts_read(tree); r == 0 && entry; entry = r == 0 ? fts_read(tree) : NULL) {
        r = visit(walk, tree, entry, reterr);
        errno = 0;
    }
    if (r == 0 && errno != 0) {
        r = fault_set(reterr, errno, path, 0, _("the folder cannot be read: %s"),
                      errno_text(errno));
    }
    fts_close(tree);
    return r;
}
