/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "media/library.h"

/* Where the library's files lie. */

enum { ENDING_MAX = 8 };

static bool is_hash(const char *text)
{
    return strlen(text) == HASH_HEX_MAX - 1 && strspn(text, "0123456789abcdef") == HASH_HEX_MAX - 1;
}

static int stored_path(char out[static PATHS_MAX], const char *station_dir, const char *folder,
                       const char *sha256, const char *ending, struct fault *reterr)
{
    if (!is_hash(sha256)) {
        return fault_set(
            reterr, EINVAL, sha256, 0,
            _("does not name a file of the library; this is a fault of loa, report it"));
    }
    char name[PATHS_MAX];
    snprintf(name, sizeof name, "library/%s/%.2s/%s%s%s", folder, sha256, sha256,
             *ending ? "." : "", ending);
    return path_join(out, station_dir, name, reterr);
}

int library_air_path(char out[static PATHS_MAX], const char *station_dir, const char *air_sha256,
                     struct fault *reterr)
{
    return stored_path(out, station_dir, "air", air_sha256, "wav", reterr);
}

int library_peaks_path(char out[static PATHS_MAX], const char *station_dir, const char *air_sha256,
                       struct fault *reterr)
{
    return stored_path(out, station_dir, "peaks", air_sha256, "dat", reterr);
}

int library_original_path(char out[static PATHS_MAX], const char *station_dir,
                          const char *original_sha256, const char *original_name,
                          struct fault *reterr)
{
    char ending[ENDING_MAX + 1] = "";
    const char *given = path_ending(original_name);
    size_t n = strlen(given);
    for (size_t i = 0; n <= ENDING_MAX && i < n; i++) {
        bool upper = given[i] >= 'A' && given[i] <= 'Z';
        ending[i] = (char)(upper ? given[i] - 'A' + 'a' : given[i]);
    }
    if (strspn(ending, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(ending)) {
        ending[0] = '\0';
    }
    return stored_path(out, station_dir, "original", original_sha256, ending, reterr);
}
