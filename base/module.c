/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/module.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/paths.h"

/* Beside the program, or where it was installed with it. */
static void *open_module(const char *name)
{
    static const char *const places[] = {"", "../", "../lib/loa/"};
    char folder[PATHS_MAX] = "";
    char file[PATHS_MAX];
    char path[PATHS_MAX];
    void *module = NULL;
    ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
    const char *program = path_name(folder);
    folder[n > 0 ? program - folder : 0] = '\0';
    for (size_t i = 0; !module && i < ARRAY_LEN(places); i++) {
        snprintf(file, sizeof file, "%s%s", places[i], name);
        if (path_join(path, folder, file, NULL) == 0) {
            /* Never unloaded, for its libraries mind. */
            module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        }
    }
    return module;
}

module_function *module_find(const char *module, const char *name, char *why_not, size_t n)
{
    void *opened = open_module(module);
    void *found = opened ? dlsym(opened, name) : NULL;
    module_function *function = NULL;
    if (found) {
        memcpy(&function, &found, sizeof found); /* as POSIX says a function is made of it */
    } else {
        const char *error = dlerror();
        snprintf(why_not, n, "%s", error ? error : name);
    }
    return function;
}
