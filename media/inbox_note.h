/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_INBOX_NOTE_H
#define MEDIA_INBOX_NOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "station/station.h"

struct findings;

/*
 * The text that lies beside a file of the inbox that was not taken, and says why: for people who
 * see the folder and nothing else of loa. Private to media.
 *
 *     tin-1.mp3.khong-nhap-duoc.txt       where the station speaks Vietnamese
 *     tin-1.mp3.not-imported.txt          where it speaks English
 */
enum { INBOX_NOTE_NAME_MAX = 256 };

/* Is this the name of a note, in whichever language? */
bool inbox_note_is(const char *name);
/* How many bytes of it are the name of the file that it is about, at least its beginning; 0: it is
 * no note. */
size_t inbox_note_stem(const char *name);

/* The name of the note about a file; a long one is cut where a character ends. */
void inbox_note_name(const char *name, enum language language,
                     char out[static INBOX_NOTE_NAME_MAX]);

/* Does it begin as our notes do? A file that only has the name of one is somebody's, and is neither
 * written over nor removed. */
bool inbox_note_is_ours(int folder_fd, const char *note);

/* Write what was found, a line each, beside `name` in the folder; what a note said before goes.
 * Negative errno; -EEXIST: somebody's file has its name. The sentences are in the language of
 * whoever found them. */
MUST_CHECK int inbox_note_write(int folder_fd, const char *name, enum language language,
                                const struct findings *findings);

/* Remove the notes about a file, of both languages. */
void inbox_note_remove(int folder_fd, const char *name);

#endif
