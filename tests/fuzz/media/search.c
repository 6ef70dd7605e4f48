/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/utf8.h"
#include "media/search.h"
#include "station/station.h"

/* Any bytes as the words to look for: some recordings or none, and never a fault of the
 * database; refused only what is not UTF-8 or too long. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct db *open_library(void)
{
    struct db *db = NULL;
    if (db_open(":memory:", DB_SCRATCH, &db, NULL) < 0 ||
        db_exec(db,
                "INSERT INTO segment (code, title, version, script, original_name, kind, state,"
                " imported_us, original_sha256, original_bytes, air_sha256, channels, frames,"
                " gain_db, imported_by) VALUES ('tin-1', 'Cải cách hành chính', 1, 'Đường làng',"
                " 'a.mp3', 'tin', 'approved', 0, '', 0, '', 1, 48000, 0, 'lan')",
                NULL) < 0) {
        abort();
    }
    return db;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct db *db;
    static const struct station station = {.file = "station.ini"};
    db = db ? db : open_library();
    char *words = malloc(n + 1);
    struct arena *arena = arena_create(1 << 20);
    if (!words || !arena) {
        abort();
    }
    memcpy(words, bytes, n);
    words[n] = '\0';
    struct search search = SEARCH_ALL;
    search.words = words;
    struct segments segments = {0};
    struct fault fault = {0};
    int r = library_search(db, &station, &search, arena, &segments, &fault);
    int expected = !utf8_is_valid(words)                    ? -EINVAL
                   : strlen(words) > SEARCH_WORDS_MAX_BYTES ? -E2BIG
                                                            : 0;
    if (r != expected || (r < 0 && !fault.text[0]) || segments.n > 1) {
        abort();
    }
    arena_destroy(arena);
    free(words);
    return 0;
}
