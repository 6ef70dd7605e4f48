/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ALERTS_ALERT_FILE_H
#define PLAYOUT_ALERTS_ALERT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "playout/alerts/alert.h"
#include "playout/alerts/alert_sound.h"

struct fault;
struct station;

/*
 * Where alerts that stand survive a crash: STATION/alerts/ID.alert, lines of text, an empty line,
 * zero bytes up to 4096, and the frames, little endian; ID.heard, one number, is
 * alert_spec.heard_us. Best effort: without them an alert is heard all the same, but does not stand
 * again.
 *
 * Threads  any but the one that makes sound; one at a time.
 */

/* What the text of a file says. Texts are borrowed from its bytes. */
struct alert_record {
    struct alert_spec spec; /* without lines and heard_us; frames point into the bytes */
    char *lines;            /* ids, one blank between */
};
/* bytes[n_bytes] is 0, and changed. -EBADMSG. */
MUST_CHECK int alert_record_parse(char *bytes, size_t n_bytes, struct alert_record *ret_record,
                                  struct fault *reterr);

/* In place of one that had its id, which is gone even if this one cannot be written: it stands no
 * more. -ENOSPC also where it would leave less than 1 MB. */
MUST_CHECK int alert_file_write(const struct station *station, const struct alert_spec *spec,
                                struct fault *reterr);
/* When it was heard last: it, and no other that had or will have its id. */
MUST_CHECK int alert_file_heard(const struct station *station, const struct alert_spec *spec,
                                int64_t heard_us, struct fault *reterr);
void alert_file_remove(const struct station *station, const char *id);

/* Each alert that stood and has not expired at now_us: the callback takes the sound. Files of
 * expired ones are removed; what cannot be read is told (`fault`, with a NULL spec). */
typedef void (*alert_restored)(void *context, const struct alert_spec *spec,
                               struct alert_sound sound, const struct fault *fault);
void alert_files_read(const struct station *station, int64_t now_us, alert_restored restored,
                      void *context);

#endif
