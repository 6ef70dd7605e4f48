/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/tags.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "media/soundfile.h"

static void copy_tag(char out[static RECORDING_TAG_MAX], const struct sound_reader *reader,
                     enum sound_tag tag)
{
    const char *text = sound_tag(reader, tag);
    snprintf(out, RECORDING_TAG_MAX, "%s", text ? text : "");
}

int recording_read_tags(const char *path, struct recording_tags *ret_tags, struct fault *reterr)
{
    *ret_tags = (struct recording_tags){.title = ""};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return fault_set(reterr, errno, path, 0, _("cannot be read: %s"), errno_text(errno));
    }
    AUTO(sound_close) struct sound_reader *reader = NULL;
    int r = sound_open(fd, path, &reader, reterr);
    if (r == 0) {
        copy_tag(ret_tags->title, reader, SOUND_TAG_TITLE);
        copy_tag(ret_tags->genre, reader, SOUND_TAG_GENRE);
        copy_tag(ret_tags->album, reader, SOUND_TAG_ALBUM);
    }
    return r;
}
