/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_SDP_FILES_H
#define PLAYOUT_OUTPUTS_SDP_FILES_H

#include <stdint.h>

#include "base/attr.h"

struct fault;
struct station;

/*
 * STATION/sdp/LINE.sdp: the description of each line that goes out by RTP, for receivers that read
 * it as a file. One that says the same stays as it is, with its version; one of a line that is gone
 * is removed; what loa has not written is let be. A file is whole at any time.
 */

/* versions: one a line, of the description that lies there now; even after an error, which is that
 * of the last file that could not be written. */
MUST_CHECK int sdp_files_renew(const struct station *station, uint64_t *versions,
                               struct fault *reterr);

#endif
