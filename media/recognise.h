/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_RECOGNISE_H
#define MEDIA_RECOGNISE_H

#include <stdbool.h>

/*
 * Is a file that lies in a folder meant to be a recording? It is if its name ends as
 * recordings do (.mp3, .wav, …: a damaged one is to be told of, not passed over), or if it
 * begins as sound does that import reads, whatever its name. Reads its first bytes at most.
 * What cannot be opened is: import says why. Threads: any.
 */
bool recording_is_recognised(const char *path);

#endif
