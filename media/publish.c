/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/publish.h"

#include <stddef.h>

#include "base/db.h"
#include "media/known.h"
#include "media/library.h"
#include "media/prepare.h"
#include "media/store.h"

/* Nothing depends on peaks. */
static void publish_peaks(const char *station_dir, struct prepared *air,
                          struct published *published)
{
    if (air->peaks[0] != '\0' &&
        library_peaks_path(published->path, station_dir, air->sha256, NULL) == 0 &&
        store_publish_for_show(air->peaks, published->path, &published->is_new) == 0) {
        air->peaks[0] = '\0';
    }
}

int publish(const char *station_dir, struct taken_in *original, const char *original_name,
            struct prepared *air, struct published published[N_PUBLISHED], struct fault *reterr)
{
    char *const temporaries[] = {original->temporary, air->temporary};
    int r = library_original_path(published[0].path, station_dir, original->sha256, original_name,
                                  reterr);
    if (r == 0) {
        r = library_air_path(published[1].path, station_dir, air->sha256, reterr);
    }
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(temporaries); i++) {
        r = store_publish(temporaries[i], published[i].path, &published[i].is_new, reterr);
        if (r == 0) {
            temporaries[i][0] = '\0';
        }
    }
    if (r == 0) {
        publish_peaks(station_dir, air, &published[2]);
    }
    return r;
}

void unpublish(const struct published published[N_PUBLISHED])
{
    for (size_t i = 0; i < N_PUBLISHED; i++) {
        if (published[i].is_new) {
            store_withdraw(published[i].path);
        }
    }
}

void unpublish_if_unknown(struct db *db, const char *original_sha256, const char *air_sha256,
                          const struct published published[N_PUBLISHED])
{
    if (db_begin(db, NULL) < 0) {
        return;
    }
    if (known_files(db, original_sha256, air_sha256, NULL) == 0) {
        unpublish(published);
    }
    db_rollback(db);
}
