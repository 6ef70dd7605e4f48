/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * 24 lines to an Icecast, as the radio has them behind its mixer: bench_streams DIR PORT
 * PROGRAMMES SECONDS WAV…  DIR/password holds the password. The programmes, sound files of 48 kHz,
 * are read into memory first; line i carries programme i modulo PROGRAMMES.
 * Prints the seconds of CPU it took per minute of radio, without the reading.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/frames.h"
#include "playout/outputs/output.h"
#include "tests/fakes/sound.h"

enum { LINES = 24, N = AIR_BLOCK_FRAMES };

static double cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct outputs *open_lines(const char *dir, const char *port)
{
    static struct output_spec specs[LINES];
    static struct line_def lines[LINES];
    static char names[LINES][2][100];
    static struct station station;
    static uint64_t all = (1u << LINES) - 1;
    struct outputs *outputs = NULL;
    for (int i = 0; i < LINES; i++) {
        snprintf(names[i][0], sizeof names[i][0], "line-%d", i);
        snprintf(names[i][1], sizeof names[i][1], "source:password@127.0.0.1:%s/line-%d", port, i);
        specs[i] = (struct output_spec){.kind = OUTPUT_ICECAST, .target = names[i][1]};
        lines[i] = (struct line_def){.id = names[i][0], .outputs = &specs[i], .n_outputs = 1};
    }
    station = (struct station){.dir = dir, .lines = lines, .n_lines = LINES};
    int r = outputs_open(&station, (struct line_set){&all, 1}, &outputs, NULL);
    return r == 0 ? outputs : NULL;
}

static void carry(struct outputs *outputs, const struct sound *sounds, uint32_t n_programmes,
                  int64_t block, int64_t base_ns)
{
    for (uint32_t p = 0; p < n_programmes; p++) {
        uint32_t lines[LINES];
        size_t n_lines = 0;
        for (uint32_t line = p; line < LINES; line += n_programmes) {
            lines[n_lines++] = line;
        }
        int64_t at = block % (sounds[p].frames / N) * N;
        outputs_carry(outputs, lines, n_lines, block * N, base_ns + block * 20000000,
                      sounds[p].samples + 2 * at, N);
    }
}

int main(int argc, char **argv)
{
    struct sound sounds[LINES];
    uint32_t n_programmes = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
    if (n_programmes < 1 || n_programmes > LINES || argc < 5 + (int)n_programmes) {
        return 2;
    }
    for (uint32_t p = 0; p < n_programmes; p++) {
        sounds[p] = sound_read_file(argv[5 + p]);
    }
    struct outputs *outputs = open_lines(argv[1], argv[2]);
    if (!outputs) {
        return 3;
    }
    int64_t n_blocks = strtol(argv[4], NULL, 10) * 50;
    int64_t base_ns = now_ns() + 150000000;
    double begun_s = 0;
    for (int64_t block = -250; block < n_blocks; block++) { /* the first 5 s are for connecting */
        if (block == 0) {
            begun_s = cpu_s();
        }
        int64_t mix_ns = base_ns + (block + 250) * 20000000 - 150000000;
        struct timespec when = {mix_ns / 1000000000, mix_ns % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
        carry(outputs, sounds, n_programmes, block + 250, base_ns);
    }
    double took_s = cpu_s() - begun_s;
    int status = 0;
    for (size_t line = 0; line < LINES; line++) {
        status |= outputs_stats(outputs, line).failed;
    }
    printf("%.3f\n", took_s * 3000 / (double)n_blocks);
    outputs_close(outputs);
    return status;
}
