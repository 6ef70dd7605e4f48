/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/recognise.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <strings.h>

#include "base/attr.h"
#include "base/paths.h"
#include "media/soundfile.h"

static bool ends_as_recordings_do(const char *path)
{
    static const char *const endings[] = {
        "wav", "wave", "bwf",  "rf64", "w64", "aif", "aiff", "flac", "ogg", "oga", "opus",
        "mp3", "mp2",  "mpga", "m4a",  "m4b", "aac", "wma",  "amr",  "caf", "mka", "spx",
    };
    const char *ending = path_ending(path);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        if (strcasecmp(ending, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool recording_is_recognised(const char *path)
{
    if (ends_as_recordings_do(path)) {
        return true;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    AUTO(sound_close) struct sound_reader *reader = NULL;
    return fd < 0 || sound_open(fd, path, &reader, NULL) != -ENOTSUP;
}
