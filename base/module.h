/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

#include <stddef.h>

/*
 * Parts of the program that are files of their own, because the libraries they need bring many
 * others with them, whose loading every command and the radio would pay for. A module is
 * found beside the program, or where it was installed with it, and stays loaded.
 *
 * Threads  Any; whoever needs a module keeps what was found, by pthread_once().
 */

/* A function of a module ("loa-av.so") by its name, or NULL, and why not in `why_not`. */
typedef void module_function(void);
module_function *module_find(const char *module, const char *name, char *why_not, size_t n);

#endif
