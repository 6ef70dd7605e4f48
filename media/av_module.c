/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "media/sound_source.h"

/*
 * FFmpeg's libraries bring a hundred others with them: loading those takes forty milliseconds and
 * thirty megabytes, of every command and of the radio, which decodes nothing. So what knows them
 * is a module of its own, av_read.c and av_file.c, and is loaded when the first recording needs it.
 */
typedef int source_open(int fd, int64_t size, const char *name, const char *demuxer,
                        struct sound_source **ret_source, struct fault *reterr);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static source_open *module_open;
static char why_not[FAULT_TEXT_MAX];

/* Beside the program, or where it was installed with it. */
static void *open_module(void)
{
    static const char *const places[] = {"loa-av.so", "../loa-av.so", "../lib/loa/loa-av.so"};
    char folder[PATHS_MAX] = "";
    char path[PATHS_MAX];
    void *module = NULL;
    ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
    const char *name = path_name(folder);
    folder[n > 0 ? name - folder : 0] = '\0';
    for (size_t i = 0; !module && i < ARRAY_LEN(places); i++) {
        if (path_join(path, folder, places[i], NULL) == 0) {
            /* Never unloaded, for its libraries mind. */
            module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        }
    }
    return module;
}

static void load(void)
{
    void *module = open_module();
    void *found = module ? dlsym(module, "av_source_open") : NULL;
    if (!found) {
        const char *error = dlerror();
        snprintf(why_not, sizeof why_not, "%s", error ? error : "av_source_open");
        return;
    }
    memcpy(&module_open, &found, sizeof found); /* as POSIX says a function is made of it */
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
