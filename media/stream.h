/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_STREAM_H
#define MEDIA_STREAM_H

#include "base/attr.h"

struct fault;

/*
 * A live stream from the network, decoded by FFmpeg's libraries: Icecast and other HTTP streams,
 * HLS, RTP. This runs in a process of its own (`loa relay-reader`), because foreign bytes meet
 * foreign decoders here, and a server may not answer.
 *
 * The fence: the protocols of the address's own scheme and no file; containers and codecs by a
 * list; no request waits longer than STREAM_PATIENCE_S. TLS holds certificates to the authorities
 * that the system trusts, or to the file that SSL_CERT_FILE names.
 */
enum {
    STREAM_PATIENCE_S = 10,
    STREAM_WRITE_FRAMES = 512, /* written at once: no more than a pipe takes whole (PIPE_BUF) */
};

/*
 * Write the stream into a pipe as stereo frames of 48 kHz, interleaved floats, whole frames only,
 * until the stream ends or nobody reads. url: as station_check_stream() has it. 0: nobody reads
 * any more. -ENODATA: the stream has ended; -EKEYREJECTED: the certificate; -EPROTO: it is none, or
 * of a kind that is not read; -ETIMEDOUT; or the errno of the network. A sentence without the
 * address comes with each.
 */
MUST_CHECK int av_stream_carry(const char *url, int fd, struct fault *reterr);

#endif
