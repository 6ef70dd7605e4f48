/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_OGG_OPUS_H
#define PLAYOUT_OUTPUTS_OGG_OPUS_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

struct fault;
struct stream_packet;

/*
 * Opus packets as an Ogg stream (RFC 3533, RFC 7845) of one link after another. Each link has its
 * own title. A link begins with the last packets of the one before, which its pre-skip passes
 * over, so that a decoder that starts anew with it gives the sound without a seam.
 *
 * Threads One at a time.
 */
struct ogg_opus;

/* n_in_page: packets of 20 ms in a page. -ENOMEM. Given to the caller: ogg_opus_destroy(). */
MUST_CHECK int ogg_opus_create(size_t n_in_page, struct ogg_opus **ret_ogg, struct fault *reterr);
struct ogg_opus *ogg_opus_destroy(struct ogg_opus *ogg); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct ogg_opus, ogg_opus_destroy)

/* Begin a link, ending one that is under way. Each of these adds whole pages to `out`. */
void ogg_opus_begin(struct ogg_opus *ogg, const char *title, struct strbuf *out);
/* Before a link was begun, packets are only kept as those before it. */
void ogg_opus_add(struct ogg_opus *ogg, const struct stream_packet *packet, struct strbuf *out);
void ogg_opus_end(struct ogg_opus *ogg, struct strbuf *out);
/* The link under way is not to be ended: nobody is there any more. */
void ogg_opus_break(struct ogg_opus *ogg);

#endif
