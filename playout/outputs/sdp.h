/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_SDP_H
#define PLAYOUT_OUTPUTS_SDP_H

#include <stdbool.h>
#include <stdint.h>

struct line_def;
struct output_spec;
struct station;
struct strbuf;

/*
 * What a receiver has to know of a line's packets, as it reads it (SDP, RFC 8866; Opus: RFC 7587,
 * section 7): where they go, the codec and its clock. Keys are not told: who may listen is given
 * the key file.
 */

/* Which description it is, in the whole world (RFC 8866, 5.2). */
struct sdp_origin {
    uint64_t session;    /* the same for as long as it describes the same */
    uint64_t version;    /* greater whenever it says something else */
    const char *address; /* of this machine, as numbers; NULL: not told */
};

/* Of a line, or of one of its outputs (NULL: of all of them). The session is a digest of this
 * machine's name, the station folder and what is described; the version is the time at which the
 * station file was changed last, in seconds since 1900, or 1. */
struct sdp_origin sdp_origin_of(const struct station *station, const struct line_def *line,
                                const struct output_spec *output);

/* One description, with a part for each of the line's outputs by RTP. False, and nothing is added:
 * the line has no such output. */
bool sdp_add_line(struct strbuf *text, const struct line_def *line,
                  const struct sdp_origin *origin);
/* A description of one of them. */
void sdp_add_output(struct strbuf *text, const struct line_def *line,
                    const struct output_spec *output, const struct sdp_origin *origin);
/* The line of a description that says which it is. */
void sdp_add_origin(struct strbuf *text, const struct sdp_origin *origin);

#endif
