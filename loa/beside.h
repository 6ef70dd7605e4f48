/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_BESIDE_H
#define LOA_BESIDE_H

#include <limits.h>
#include <stdbool.h>

/* A folder that lies beside the program when it was built here and not installed
 * (translations, the manual). False if there is none. */
bool beside_program(char out[static PATH_MAX], const char *name);

#endif
