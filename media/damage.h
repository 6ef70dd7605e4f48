/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_DAMAGE_H
#define MEDIA_DAMAGE_H

#include <stdbool.h>

struct findings;
struct sound_damage;

/*
 * One warning about what was wrong with a recording that was read as far as it goes; none for
 * a whole one. `approve`: it was to be approved at once, and the warning says that it is not.
 * True: somebody has to listen to it first. Private to media; any thread.
 */
bool damage_warn(const struct sound_damage *damage, const char *path, const char *code,
                 bool approve, struct findings *findings);

#endif
