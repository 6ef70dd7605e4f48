/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/kept.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_S = 30, WINDOW = 240 };

static void die(const char *why)
{
    fprintf(stderr, "kept: %s\n", why);
    abort();
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static float tone(int64_t frame, int side)
{
    double hz = side ? KEPT_HZ * 1.5 : KEPT_HZ;
    return frame < KEPT_FROM
               ? 0
               : (float)(0.4 *
                         sin(2 * M_PI * hz * (double)((frame - KEPT_FROM) % AIR_RATE) / AIR_RATE));
}

struct kept *kept_create(const struct output_spec *specs, size_t n)
{
    struct kept *kept = calloc(1, sizeof *kept);
    if (!kept || n > 2) {
        die("no memory");
    }
    temp_dir_make(kept->dir);
    memcpy(kept->specs, specs, n * sizeof *specs);
    kept->specs[2] = (struct output_spec){.kind = OUTPUT_NULL, .target = ""};
    kept->lines[0] =
        (struct line_def){.id = "xa", .title = "Đài xã", .outputs = kept->specs, .n_outputs = n};
    kept->lines[1] = (struct line_def){.id = "loa", .outputs = &kept->specs[2], .n_outputs = 1};
    kept->station = (struct station){.dir = kept->dir, .lines = kept->lines, .n_lines = 2};
    return kept;
}

void kept_open_at(struct kept *kept, int64_t frame)
{
    struct line_set both = {(uint64_t[]){3}, 1};
    if (outputs_open(&kept->station, both, &kept->outputs, NULL) < 0) {
        die("the outputs cannot be opened");
    }
    kept->frame = frame;
    kept->first_frame = frame;
    kept->base_ns = now_ns() - (kept->is_timed ? 0 : 7200LL * 1000000000);
}

void kept_close(struct kept *kept)
{
    kept->outputs = outputs_close(kept->outputs);
}

void kept_destroy(struct kept *kept)
{
    kept_close(kept);
    temp_dir_remove(kept->dir);
    free(kept);
}

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void carry_step(struct kept *kept)
{
    for (int b = 0; b < KEPT_STEP / AIR_BLOCK_FRAMES; b++) {
        float frames[2 * AIR_BLOCK_FRAMES];
        for (int i = 0; i < AIR_BLOCK_FRAMES; i++) {
            frames[2 * i] = tone(kept->frame + i, 0);
            frames[2 * i + 1] = tone(kept->frame + i, 1);
        }
        int64_t due_ns = kept->base_ns + frames_to_us(kept->frame - kept->first_frame) * 1000;
        outputs_carry(kept->outputs, (uint32_t[]){0, 1}, 2, kept->frame, due_ns, frames,
                      AIR_BLOCK_FRAMES);
        kept->frame += AIR_BLOCK_FRAMES;
    }
}

void kept_carry(struct kept *kept, int n_steps)
{
    for (int i = 0; i < n_steps; i++) {
        int64_t until = now_ns() + (int64_t)WAIT_S * 1000000000;
        carry_step(kept);
        /* Streams are encoded in whole steps of a grid. */
        int64_t whole = frames_floor_div(kept->frame, KEPT_STEP) * KEPT_STEP - kept->first_frame;
        uint64_t wanted = (uint64_t)(whole > 0 ? whole : 0) * kept->lines[0].n_outputs;
        while (outputs_stats(kept->outputs, 0).frames_pushed < wanted) {
            if (now_ns() > until) {
                die("what was carried is not encoded");
            }
            rest();
        }
    }
}

void kept_carry_until(struct kept *kept, int64_t frame)
{
    while (kept->frame < frame) {
        kept_carry(kept, 1);
    }
}

void kept_carry_until_failed(struct kept *kept, bool failed)
{
    int64_t until = now_ns() + (int64_t)WAIT_S * 1000000000;
    while (outputs_stats(kept->outputs, 0).failed != failed) {
        kept_carry(kept, 1);
        if (now_ns() > until) {
            die(failed ? "it does not fail" : "it stays failed");
        }
    }
}

void kept_run(const char *const words[])
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        FILE *out = freopen("/dev/null", "w", stdout);
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(out ? 127 : 126);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        die(words[0]);
    }
}

double kept_likeness_db(const struct sound *sound, int64_t at, int64_t frame, int64_t n)
{
    double worst = 1000;
    for (int64_t from = 0; from + WINDOW <= n; from += WINDOW) {
        double wanted = 0;
        double wrong = 0;
        for (int64_t i = from; i < from + WINDOW; i++) {
            for (int side = 0; side < 2; side++) {
                double want = tone(frame + i, side);
                double got = at + i < sound->frames ? sound->samples[2 * (at + i) + side] : 0;
                wanted += want * want;
                wrong += (want - got) * (want - got);
            }
        }
        double db = 10 * log10((wanted + 1e-9) / (wrong + 1e-9));
        worst = db < worst ? db : worst;
    }
    return worst;
}
