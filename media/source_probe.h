/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SOURCE_PROBE_H
#define MEDIA_SOURCE_PROBE_H

#include <stddef.h>
#include <stdint.h>

/*
 * What only the decoder's own samples can tell, before they are resampled: clipping, and a
 * constant offset. Private to media. Zero-initialised but for `channels`; one thread.
 *
 * Clipping  Places on a channel where the top of a wave is cut off, by whichever of these three
 *           finds most of them:
 *           - three samples or more of one sign at full scale: at 32767/32768, the most that 16
 *             bits can hold, or beyond it;
 *           - three or more at the recording's own highest magnitude, to 16 bits, if that is
 *             half of full scale or more and there are eight such places: it was turned down
 *             after it was clipped;
 *           - eight or more beyond 0.85 of full scale that fall under 0.6 within an eighth of
 *             their number: a flat top with a steep side, whose ripples a lossy coder left. (A
 *             sine takes a third of its top's length for that fall, one clipped by 6 dB a
 *             seventeenth.)
 * Offset    the mean of a channel, 1.0 is full scale; that of the worse channel.
 */
enum { SOURCE_PROBE_CHANNELS = 2 };

struct source_probe_channel {
    double sum;
    float highest; /* magnitude so far */
    int own_run;   /* samples at `highest`, at full scale, beyond 0.85; negative: of that sign */
    int full_run;
    int top;
    int top_before; /* length of the top that has just ended: how far down does it go? */
    int since_top;
    int64_t own_runs;
    int64_t full_runs;
    int64_t tops;
};

struct source_probe {
    int channels;
    int64_t n_frames;
    struct source_probe_channel channel[SOURCE_PROBE_CHANNELS];
};

void source_probe_add(struct source_probe *probe, const float *samples, size_t n_frames);
int64_t source_probe_clipped_runs(const struct source_probe *probe);
double source_probe_dc_offset(const struct source_probe *probe);

#endif
