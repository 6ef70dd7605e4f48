/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/utf8.h"
#include "media/metadata.h"
#include "media/tags.h"
#include "station/station.h"

/* Any bytes as a recording whose tags are read: a title that can stand in a list. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
const char *__lsan_default_suppressions(void);

/* libsndfile 1.2.0 forgets what libvorbis holds when an Ogg file breaks off in its headers. */
const char *__lsan_default_suppressions(void)
{
    return "leak:vorbis_info_init\nleak:libvorbis\nleak:libogg\nleak:libsndfile\n";
}

static void check_title(const char *title)
{
    bool has_letters = false;
    if (!title || !utf8_is_valid(title)) {
        abort();
    }
    for (const char *c = title; *c; c++) {
        if (iscntrl((unsigned char)*c)) {
            abort(); /* breaks lists */
        }
        has_letters |= *c != ' ';
    }
    if (!has_letters) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[32];
    int fd = memfd_create("recording", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n) {
        abort();
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct recording_tags tags;
    struct fault fault = {0};
    int r = recording_read_tags(path, &tags, &fault);
    close(fd);
    if (r < 0 && fault.text[0] == '\0') {
        abort(); /* refused without a word */
    }
    if (r < 0) {
        return 0;
    }
    static const struct kind_def kinds[] = {{.id = "tin"}};
    const struct station station = {.kinds = kinds, .n_kinds = 1};
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    AUTO(arena_destroy) struct arena *arena = arena_create(1 << 20);
    struct findings findings = {0};
    struct metadata metadata;
    if (!arena || metadata_gather(&station, "/nowhere/tin-1.wav", &options, &tags, arena, &metadata,
                                  &findings) < 0) {
        abort(); /* a tag is nobody's mistake */
    }
    check_title(metadata.title);
    findings_finish(&findings);
    return 0;
}
