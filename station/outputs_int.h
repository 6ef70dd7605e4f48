/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef STATION_OUTPUTS_INT_H
#define STATION_OUTPUTS_INT_H

#include <stdbool.h>

#include "station/build.h"

/* One output of a line while it is read. Private to outputs.c and its kinds' files. */
struct reading {
    struct build *build;
    const struct raw_key *key;
    struct output_spec *output;
};

/* Report a mistake, whose sentence has one %s for the text; false. */
bool output_complain(const struct reading *reading, const char *sentence, const char *text);

/* "239.1.1.1:5004", "[ff02::1]:5004", "phat.example:8000" */
bool output_is_host_and_port(const char *text);

/* Report a file in the station's folder that holds a secret and can be read by all; false then. A
 * file that is not there is found when the output is opened. */
bool output_check_secret(const struct reading *reading, const char *name);

/* rtp:REST; outputs_rtp.c. The text is cut up, and kept. */
bool output_read_rtp(const struct reading *reading, char *rest);

/* file:REST and hls:REST; outputs_kept.c. As above. */
bool output_read_file(const struct reading *reading, char *rest);
bool output_read_hls(const struct reading *reading, char *rest);

#endif
