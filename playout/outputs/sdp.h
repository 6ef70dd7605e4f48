/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_SDP_H
#define PLAYOUT_OUTPUTS_SDP_H

#include <stdbool.h>

struct line_def;
struct strbuf;

/*
 * What a receiver has to know of a line's packets, as it reads it (SDP, RFC 8866; Opus: RFC 7587,
 * section 7): where they go, the codec and its clock. One description, with a part for each of the
 * line's outputs by RTP. Keys are not told: who may listen is given the key file.
 */

/* False, and nothing is added: the line has no such output. */
bool sdp_add_line(struct strbuf *text, const struct line_def *line);

#endif
