/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/module.h"
#include "media/sound_source.h"
#include "media/stream.h"

/*
 * FFmpeg's libraries bring a hundred others with them: loading those takes forty milliseconds and
 * thirty megabytes, of every command and of the radio, which decodes nothing. So what knows them
 * is a module of its own, av_read.c, av_file.c and av_stream.c, and is loaded when the first
 * recording needs it, or a relay, in its own process.
 */
typedef int source_open(int fd, int64_t size, const char *name, const char *demuxer,
                        struct sound_source **ret_source, struct fault *reterr);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static source_open *module_open;
static char why_not[FAULT_TEXT_MAX];

static void load(void)
{
    module_open =
        (source_open *)module_find("loa-av.so", "av_source_open", why_not, sizeof why_not);
}

int av_source_open(int fd, int64_t size, const char *name, const char *demuxer,
                   struct sound_source **ret_source, struct fault *reterr)
{
    pthread_once(&once, load);
    return module_open
               ? module_open(fd, size, name, demuxer, ret_source, reterr)
               : fault_set(reterr, ELIBACC, name, 0,
                           _("cannot be read, because a part of loa cannot be loaded; install loa "
                             "and FFmpeg's libraries again (%s)"),
                           why_not);
}

int av_stream_carry(const char *url, int fd, struct fault *reterr)
{
    typedef int stream_carry(const char *url, int fd, struct fault *reterr);
    char why[FAULT_TEXT_MAX];
    stream_carry *module_carry =
        (stream_carry *)module_find("loa-av.so", "av_stream_carry", why, sizeof why);
    return module_carry
               ? module_carry(url, fd, reterr)
               : fault_set(reterr, ELIBACC, NULL, 0,
                           _("relays cannot be read, because a part of loa cannot be loaded; "
                             "install loa and FFmpeg's libraries again (%s)"),
                           why);
}
