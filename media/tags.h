/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_TAGS_H
#define MEDIA_TAGS_H

#include "base/attr.h"

struct fault;

/* What stands in a recording about itself. "" where nothing does; any bytes, cut where there are
 * more than fit. Private to media. */
enum { RECORDING_TAG_MAX = 1024 };

struct recording_tags {
    char title[RECORDING_TAG_MAX];
    char genre[RECORDING_TAG_MAX];
    char album[RECORDING_TAG_MAX];
};

/* Open a file and read its tags, without decoding it; any thread. The errors of sound_open():
 * what is no recording is found out here. */
MUST_CHECK int recording_read_tags(const char *path, struct recording_tags *ret_tags,
                                   struct fault *reterr);

#endif
