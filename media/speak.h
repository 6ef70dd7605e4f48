/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SPEAK_H
#define MEDIA_SPEAK_H

#include <signal.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/paths.h"
#include "media/import.h"

struct fault;
struct station;

/*
 * A text becomes a recording: the station's voice, a command of station.ini, speaks it into a
 * file of library/incoming/, and what it made goes the way of every recording.
 *
 *     importer_open()
 *     speak_prepare(importer, station, &speech, &job, &fault)    any thread
 *     import_commit(importer, job, …); import_job_destroy(job)
 *     importer_close()
 *
 * Text     1 to SPEAK_TEXT_MAX characters of UTF-8 with a letter or a digit among them; newlines
 *          and tabs, and no other control characters. It is spoken, and kept as the script,
 *          in NFC and without blanks at its ends; nothing in it is spelled out or changed.
 * Command  As docs/man/loa-station.5 says: without a shell, in the station's folder, the text
 *          and a newline on its standard input; the sound in the file that stands for {wav}, or
 *          else from its standard output. It gets 60 s and 1 s for each 5 characters,
 *          and may write as long a sound as that of 48 kHz stereo in 32 bits. It is killed
 *          when it takes longer or writes more, and when the disk has no room to spare.
 * Sound    Is decoded to its end before it is taken: what is cut off, is no sound, or holds
 *          nothing but silence is the voice's failure, whatever its exit status.
 */
enum {
    SPEAK_TEXT_MAX = 20000,
    SPEAK_TEXT_MAX_BYTES = 4 * SPEAK_TEXT_MAX,
    SPEAK_TITLE_MAX = 60, /* characters of a title that is made of the text */
};

struct speech {
    const char *text;
    /* As for any recording. kind is needed; a title is made of the first words, and a code of
     * the title, where they are NULL. script and spoken are set here. */
    struct import_options import;
    int64_t limit_ms;                  /* of the voice's life; 0: as above */
    const volatile sig_atomic_t *stop; /* set: end the voice, -EINTR; NULL: never */
};

/*
 * Check the text and what is said about it, speak it, and prepare the import. The job is to be
 * committed, even if it is rejected already, and destroyed; its result is named CODE.wav.
 * Negative errno, and no job, with a sentence: -EINVAL the text, or a kind, topic, tag or code
 * that cannot be; -E2BIG the text is too long; -ENOENT the voice's program is missing;
 * -EIO, -EBADMSG, -ETIME, -EFBIG the voice failed; -EINTR, -ENOSPC, -ENOMEM …
 */
MUST_CHECK int speak_prepare(struct importer *importer, const struct station *station,
                             const struct speech *speech, struct import_job **ret_job,
                             struct fault *reterr);

/* Can this be spoken? -EINVAL, -E2BIG, with a sentence about the text, which has no file. */
MUST_CHECK int speak_check_text(const char *text, struct fault *reterr);

/* Can the voice be run? Its program's file, or -ENOENT with what to install or to set. */
MUST_CHECK int speak_find_voice(const struct station *station, char out[static PATHS_MAX],
                                struct fault *reterr);

/* Is this file, which the voice wrote, a whole recording with something to hear? Sets right the
 * header of what came through a pipe. Private to media. -EIO, -EBADMSG. */
MUST_CHECK int speak_check_sound(const struct station *station, const char *path,
                                 struct fault *reterr);

/* A title of the text's first words, one line of at most SPEAK_TITLE_MAX characters; what is cut
 * off leaves "…". The caller frees it. NULL: not UTF-8, or no memory. */
MUST_CHECK char *speak_title(const char *text);
/* A code of a title, of as many of its words as fit. -EINVAL: it has neither letter nor digit. */
MUST_CHECK int speak_code(const char *title, char out[static IMPORT_CODE_MAX]);

#endif
