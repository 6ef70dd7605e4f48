/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/peaks.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/frames.h"
#include "media/scan.h"

enum { VERSION = 2, HEADER_WORDS = 6 };

struct peaks {
    FILE *file;
    uint32_t channels;
    uint32_t n_pixels;
};

static void put_16(FILE *file, int value)
{
    fputc(value & 0xff, file);
    fputc(value >> 8 & 0xff, file);
}

static void put_header(const struct peaks *peaks)
{
    const uint32_t words[HEADER_WORDS] = {VERSION,         0,
                                          AIR_RATE,        PEAKS_FRAMES,
                                          peaks->n_pixels, peaks->channels};
    for (size_t i = 0; i < HEADER_WORDS; i++) {
        put_16(peaks->file, (int)(words[i] & 0xffff));
        put_16(peaks->file, (int)(words[i] >> 16));
    }
}

struct peaks *peaks_create(int fd, int channels)
{
    AUTO(peaks_destroy) struct peaks *peaks = calloc(1, sizeof *peaks);
    FILE *file = fdopen(fd, "wb");
    if (!file) {
        close(fd);
        return NULL;
    }
    if (!peaks) {
        fclose(file);
        return NULL;
    }
    peaks->file = file;
    peaks->channels = (uint32_t)channels;
    setvbuf(file, NULL, _IOFBF, 1 << 16);
    put_header(peaks);
    return STEAL(peaks);
}

struct peaks *peaks_destroy(struct peaks *peaks)
{
    if (peaks) {
        if (peaks->file) {
            fclose(peaks->file);
        }
        free(peaks);
    }
    return NULL;
}

static int to_16_bits(float sample)
{
    return (int)lrintf(fminf(fmaxf(sample * 32768, -32768), 32767));
}

void peaks_add(struct peaks *peaks, const float *left, const float *right, size_t n)
{
    const float *const channels[PEAKS_CHANNELS] = {left, right};
    for (size_t c = 0; c < peaks->channels; c++) {
        float least = 0;
        float most = 0;
        scan_extremes(channels[c], n, &least, &most);
        put_16(peaks->file, to_16_bits(least));
        put_16(peaks->file, to_16_bits(most));
    }
    peaks->n_pixels++;
}

int peaks_finish(struct peaks *peaks)
{
    if (fseek(peaks->file, 0, SEEK_SET) != 0) {
        return -errno;
    }
    put_header(peaks);
    if (ferror(peaks->file)) {
        return -EIO;
    }
    return fflush(peaks->file) == 0 && fsync(fileno(peaks->file)) == 0 ? 0 : -errno;
}
