/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <vo-amrwbenc/enc_if.h>

/* make_amrwb <SAMPLES >FILE: signed 16-bit samples, mono, 16 kHz, as a phone records AMR wideband.
 * Debian's sox and ffmpeg read it but do not write it. A frame is 20 ms; the last is filled up. */
enum { FRAME = 320, MODE_23_85_KBIT = 8, CODED_MAX = 64 };

int main(void)
{
    short samples[FRAME];
    unsigned char coded[CODED_MAX];
    void *encoder = E_IF_init();
    if (!encoder) {
        return 1;
    }
    fputs("#!AMR-WB\n", stdout);
    for (;;) {
        memset(samples, 0, sizeof samples);
        if (fread(samples, sizeof *samples, FRAME, stdin) == 0) {
            break;
        }
        int n = E_IF_encode(encoder, MODE_23_85_KBIT, samples, coded, 0);
        fwrite(coded, 1, (size_t)n, stdout);
    }
    E_IF_exit(encoder);
    return fflush(stdout) == 0 ? 0 : 1;
}
