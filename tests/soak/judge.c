/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/soak/soak.h"

/*
 * What was heard is laid on the render by its sound alone: at the beginning of each stretch the
 * place is looked for around the guess, and from there on every quarter of a second must be what
 * the render has in that place. Where it is not, the place is looked for anew: frames that are
 * missing or came twice show as a step.
 */
enum {
    AIR_RATE = 48000,
    WINDOWS_A_SECOND = 4,
    PARTS = 10,                   /* of a window that is not right: each 25 ms */
    STEP_FRAMES = 480,            /* by so much a step is looked for at once */
    LOOK_EVERY = 20,              /* windows */
    DRIFT_FRAMES = 12,            /* that a device's sound may be moved in a window: 500 ppm is 6 */
    PENDING_MAX = 600 * AIR_RATE, /* before there is a sound to be found */
};
#define ALIKE 0.8    /* of a window in its place */
#define BETTER 0.02  /* … and by so much another place must be more alike than it, or … */
#define TRACE 0.0005 /* … where a device's sound is moved, a little at a time */
#define QUIET 4e-3   /* effective value of what counts as silence */

struct stamp {
    uint64_t at; /* sample of the stretch */
    size_t n;
    int64_t heard_ns;
};

struct judge {
    struct soak_source *source;
    int step; /* frames of the air in a sample */
    size_t window;
    SNDFILE *render;
    int64_t render_from;
    int64_t render_frames;
    float *air; /* the render's sound, a part of it */
    int64_t air_from;
    size_t n_air;
    size_t air_capacity;
    /* the stretch under way */
    bool is_open;
    bool placed;
    int64_t guess; /* air frame of its sample 0, if it is not placed */
    int64_t zero;  /* … if it is */
    int64_t from;  /* its first frame */
    uint64_t at;   /* sample of the stretch that is pending[0] */
    float *pending;
    size_t n_pending;
    size_t searched; /* of these, for the place */
    struct stamp *stamps;
    size_t n_stamps;
    size_t stamps_capacity;
    size_t n_wrong; /* windows, one after the other */
    size_t n_looked;
    /* what was found */
    uint64_t n_windows;
    uint64_t n_exact;
    uint64_t n_moved; /* windows in which a device's sound was moved */
    uint64_t n_steps;
    double least_alike;
    uint64_t n_near; /* onsets on a device within a frame of where the one before puts them */
    int64_t onset;   /* the last; 0: none in this stretch */
    uint64_t onset_sample;
    double *late_ms;
    size_t n_late;
    size_t late_capacity;
};

static void *grown(void *memory, size_t n, size_t *capacity, size_t size)
{
    if (n <= *capacity) {
        return memory;
    }
    *capacity = 2 * n + 64;
    memory = realloc(memory, *capacity * size);
    if (!memory) {
        abort();
    }
    return memory;
}

/* The render from an air frame on, as mono; silence outside of it. Borrowed until the next call. */
static const float *air_at(struct judge *judge, int64_t frame, size_t n)
{
    enum { MARGIN = 10 * AIR_RATE };
    if (judge->n_air > 0 && frame >= judge->air_from &&
        frame + (int64_t)n <= judge->air_from + (int64_t)judge->n_air) {
        return judge->air + (frame - judge->air_from);
    }
    judge->air_from = frame - AIR_RATE;
    judge->n_air = n + MARGIN;
    judge->air = grown(judge->air, judge->n_air, &judge->air_capacity, sizeof *judge->air);
    memset(judge->air, 0, judge->n_air * sizeof *judge->air);
    int64_t first = judge->air_from < judge->render_from ? judge->render_from : judge->air_from;
    int64_t end = judge->air_from + (int64_t)judge->n_air;
    int64_t render_end = judge->render_from + judge->render_frames;
    end = end < render_end ? end : render_end;
    static float frames[2 * 4096];
    if (first < end && sf_seek(judge->render, first - judge->render_from, SEEK_SET) < 0) {
        abort();
    }
    while (first < end) {
        int64_t wanted = end - first < 4096 ? end - first : 4096;
        if (sf_readf_float(judge->render, frames, wanted) != wanted) {
            abort();
        }
        for (int64_t i = 0; i < wanted; i++) {
            judge->air[first - judge->air_from + i] = 0.5f * (frames[2 * i] + frames[2 * i + 1]);
        }
        first += wanted;
    }
    return judge->air + (frame - judge->air_from);
}

/* ---- two sounds */

struct likeness {
    double alike; /* 1: the same but for its level */
    double heard; /* effective values */
    double meant;
};

/* Every `skip`th of n samples. */
static struct likeness likeness_of(const float *heard, const float *meant, int step, size_t n,
                                   size_t skip)
{
    double both = 0;
    double one = 0;
    double other = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i += skip, count++) {
        double a = (double)heard[i];
        double b = (double)meant[i * (size_t)step];
        both += a * b;
        one += a * a;
        other += b * b;
    }
    return (struct likeness){both / sqrt(one * other + 1e-20), sqrt(one / (double)count),
                             sqrt(other / (double)count)};
}

static bool is_right(const struct judge *judge, const float *heard, const float *meant, size_t n,
                     double *ret_alike)
{
    struct likeness likeness = likeness_of(heard, meant, judge->step, n, 1);
    *ret_alike = likeness.alike;
    if (likeness.meant < QUIET) {
        *ret_alike = 1;
        return likeness.heard < 3 * QUIET;
    }
    double level = likeness.heard / likeness.meant;
    return likeness.alike >= ALIKE && level > 0.7 && level < 1.4;
}

static bool is_exact(const struct judge *judge, const float *heard, const float *meant, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fabsf(heard[i] - meant[i * (size_t)judge->step]) > judge->source->tolerance) {
            return false;
        }
    }
    return judge->source->tolerance > 0;
}

/* Where in [from, from + n_places) n samples fit best; how well. */
static double best_place(struct judge *judge, const float *heard, size_t n, int64_t from,
                         int64_t n_places, int64_t by, size_t skip, int64_t *ret_place)
{
    double best = -2;
    const float *air = air_at(judge, from, (size_t)n_places + n * (size_t)judge->step);
    for (int64_t place = 0; place < n_places; place += by) {
        double alike = likeness_of(heard, air + place, judge->step, n, skip).alike;
        if (alike > best) {
            best = alike;
            *ret_place = from + place;
        }
    }
    return best;
}

/* The place of the pending samples from `i` on, if they have one around `frame`. */
static bool find_place(struct judge *judge, size_t i, int64_t frame, int64_t *ret_frame)
{
    size_t n = 2 * judge->window;
    const float *heard = judge->pending + i;
    size_t skip = judge->source->rate > 8000 ? (size_t)judge->source->rate / 8000 : 1;
    double energy = 0;
    for (size_t k = 0; k < n; k++) {
        energy += (double)heard[k] * (double)heard[k];
    }
    if (sqrt(energy / (double)n) < QUIET) {
        return false;
    }
    int64_t from = frame - judge->source->before;
    int64_t n_places = judge->source->before + judge->source->after + 1;
    int64_t rough = frame;
    best_place(judge, heard, n, from, n_places, 2, skip, &rough);
    double alike = best_place(judge, heard, n, rough - 8, 17, 1, 1, ret_frame);
    return alike > ALIKE;
}

/* ---- a stretch */

static int64_t frame_of(const struct judge *judge, uint64_t sample)
{
    return judge->zero + (int64_t)sample * judge->step;
}

static void tell(const char *what, int64_t from, int64_t to)
{
    if (to > from) {
        printf("%s %lld %lld\n", what, (long long)from, (long long)to);
    }
}

static void note_late(struct judge *judge, const struct stamp *stamp)
{
    int64_t from = frame_of(judge, stamp->at);
    int64_t onset = (from + AIR_RATE - 1) / AIR_RATE * AIR_RATE;
    if (onset >= from + (int64_t)stamp->n * judge->step) {
        return;
    }
    int64_t heard_ns = stamp->heard_ns;
    if (judge->source->is_device) {
        uint64_t sample = stamp->at + (uint64_t)(onset - from);
        int64_t off = (int64_t)(sample - judge->onset_sample) - (onset - judge->onset);
        judge->n_near += judge->onset == 0 || llabs(off) <= 1;
        judge->onset = onset;
        judge->onset_sample = sample;
        heard_ns += (onset - from) * 62500 / 3;
    }
    judge->late_ms =
        grown(judge->late_ms, judge->n_late + 1, &judge->late_capacity, sizeof(double));
    judge->late_ms[judge->n_late++] = (double)(heard_ns - onset / AIR_RATE * 1000000000) / 1e6;
}

/* The first n pending samples are dealt with. */
static void pass(struct judge *judge, size_t n)
{
    memmove(judge->pending, judge->pending + n, (judge->n_pending - n) * sizeof(float));
    judge->n_pending -= n;
    judge->searched = judge->searched > n ? judge->searched - n : 0;
    judge->at += n;
    size_t done = 0;
    while (done < judge->n_stamps && judge->stamps[done].at + judge->stamps[done].n <= judge->at) {
        if (judge->placed && judge->n_wrong == 0) {
            note_late(judge, &judge->stamps[done]);
        }
        done++;
    }
    judge->n_stamps -= done;
    memmove(judge->stamps, judge->stamps + done, judge->n_stamps * sizeof *judge->stamps);
}

static void tell_wrong(struct judge *judge, size_t n)
{
    int64_t frame = frame_of(judge, judge->at);
    const float *meant = air_at(judge, frame, n * (size_t)judge->step);
    size_t part = n / PARTS > 0 ? n / PARTS : n;
    for (size_t i = 0; i + part <= n; i += part) {
        double alike = 0;
        if (!is_right(judge, judge->pending + i, meant + i * (size_t)judge->step, part, &alike)) {
            tell("wrong", frame + (int64_t)i * judge->step,
                 frame + (int64_t)(i + part) * judge->step);
        }
    }
}

/* The sound goes on in another place: missing frames if it is later, doubled ones if earlier. */
static void move_to(struct judge *judge, int64_t frame)
{
    int64_t off = frame - frame_of(judge, judge->at);
    if (judge->source->is_device && llabs(off) <= DRIFT_FRAMES) {
        judge->n_moved++;
    } else {
        judge->n_steps++;
        tell("run", judge->from, frame_of(judge, judge->at));
        printf("step %lld %lld\n", (long long)frame_of(judge, judge->at), (long long)off);
        judge->from = frame;
    }
    judge->zero += off;
}

/* One window is due. Is the place still right? */
static void judge_window(struct judge *judge, size_t n)
{
    int64_t frame = frame_of(judge, judge->at);
    size_t n_air = n * (size_t)judge->step;
    double alike = 0;
    const float *meant = air_at(judge, frame, n_air);
    bool exact = is_exact(judge, judge->pending, meant, n);
    bool right = exact || is_right(judge, judge->pending, meant, n, &alike);
    bool look =
        !exact && (!right || judge->source->tolerance > 0 || ++judge->n_looked % LOOK_EVERY == 0);
    if (look && n == judge->window) {
        int64_t place = frame;
        double best = best_place(judge, judge->pending, n, frame - STEP_FRAMES, 2 * STEP_FRAMES + 1,
                                 1, 1, &place);
        bool trace = judge->source->is_device && llabs(place - frame) <= DRIFT_FRAMES;
        if (best > ALIKE && best > alike + (trace ? TRACE : BETTER) && place != frame) {
            move_to(judge, place);
            frame = place;
            alike = best;
            meant = air_at(judge, frame, n_air);
            right = is_right(judge, judge->pending, meant, n, &alike);
            exact = is_exact(judge, judge->pending, meant, n);
        }
    }
    judge->n_windows++;
    judge->n_exact += exact;
    judge->n_wrong = right ? 0 : judge->n_wrong + 1;
    if (!right) {
        tell_wrong(judge, n);
    } else if (!exact && alike < judge->least_alike) {
        judge->least_alike = alike;
    }
    pass(judge, n);
}

/* After sound that was not what was meant: is it another place of it? */
static void seek_again(struct judge *judge)
{
    int64_t frame = frame_of(judge, judge->at);
    int64_t place = 0;
    if (find_place(judge, 0, frame, &place) && place != frame) {
        move_to(judge, place);
        judge->n_wrong = 0;
    }
}

static void judge_pending(struct judge *judge, bool is_end)
{
    size_t both = 2 * judge->window;
    while (!judge->placed && judge->searched + both <= judge->n_pending) {
        int64_t place = 0;
        int64_t ahead = (int64_t)judge->searched * judge->step;
        if (find_place(judge, judge->searched, judge->guess + ahead, &place)) {
            judge->placed = true;
            judge->zero = place - ahead;
            judge->from = judge->zero;
        } else {
            judge->searched += both;
        }
    }
    if (!judge->placed && judge->n_pending > PENDING_MAX) {
        abort();
    }
    while (judge->placed && judge->n_pending >= both) {
        if (judge->n_wrong > 2) {
            seek_again(judge);
        }
        judge_window(judge, judge->window);
    }
    if (is_end && judge->placed && judge->n_pending > judge->window) {
        judge_window(judge, judge->window);
    }
    if (is_end && judge->placed && judge->n_pending > 0) {
        judge_window(judge, judge->n_pending);
    }
}

static void end_stretch(struct judge *judge)
{
    if (judge->is_open) {
        judge_pending(judge, true);
        if (judge->placed) {
            tell("run", judge->from, frame_of(judge, judge->at));
        } else {
            printf("unplaced %lld %lld\n", (long long)judge->guess,
                   (long long)judge->n_pending * judge->step);
        }
    }
    judge->is_open = judge->placed = false;
    judge->n_pending = judge->searched = judge->n_stamps = judge->n_wrong = 0;
    judge->at = 0;
    judge->onset = 0;
}

static void take(struct judge *judge, const struct soak_chunk *chunk)
{
    if (chunk->breaks) {
        if (judge->is_open) {
            printf("break %lld\n", (long long)chunk->guess);
        }
        end_stretch(judge);
        judge->guess = chunk->guess;
    }
    judge->is_open = true;
    judge->stamps =
        grown(judge->stamps, judge->n_stamps + 1, &judge->stamps_capacity, sizeof *judge->stamps);
    if (chunk->timed) {
        judge->stamps[judge->n_stamps++] =
            (struct stamp){judge->at + judge->n_pending, chunk->n, chunk->heard_ns};
    }
    memcpy(judge->pending + judge->n_pending, chunk->samples, chunk->n * sizeof(float));
    judge->n_pending += chunk->n;
    judge_pending(judge, false);
}

/* ---- the figures */

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static void tell_figures(struct judge *judge)
{
    const struct soak_source *source = judge->source;
    printf("figures windows=%llu exact=%llu moved=%llu steps=%llu alike=%.3f lost=%llu apart=%llu",
           (unsigned long long)judge->n_windows, (unsigned long long)judge->n_exact,
           (unsigned long long)judge->n_moved, (unsigned long long)judge->n_steps,
           judge->least_alike, (unsigned long long)source->n_lost,
           (unsigned long long)source->n_apart);
    if (judge->n_late > 0) {
        qsort(judge->late_ms, judge->n_late, sizeof(double), compare);
        printf(" onsets=%zu near=%llu first=%.3f middle=%.3f p99=%.3f last=%.3f", judge->n_late,
               (unsigned long long)judge->n_near, judge->late_ms[0],
               judge->late_ms[judge->n_late / 2], judge->late_ms[judge->n_late * 99 / 100],
               judge->late_ms[judge->n_late - 1]);
    }
    putchar('\n');
}

int soak_judge(struct soak_source *source, const char *render, int64_t from)
{
    SF_INFO info = {0};
    static struct soak_chunk chunk;
    struct judge judge = {.source = source,
                          .step = AIR_RATE / source->rate,
                          .window = (size_t)source->rate / WINDOWS_A_SECOND,
                          .render = sf_open(render, SFM_READ, &info),
                          .render_from = from,
                          .render_frames = info.frames,
                          .least_alike = 1};
    judge.pending = malloc((PENDING_MAX + 2 * SOAK_CHUNK) * sizeof(float));
    if (!judge.render || info.samplerate != AIR_RATE || info.channels != 2 || !judge.pending ||
        AIR_RATE % source->rate != 0) {
        fprintf(stderr, "%s: cannot be judged by\n", render);
        return 1;
    }
    judge.render_frames = info.frames;
    while (source->next(source, &chunk)) {
        take(&judge, &chunk);
    }
    end_stretch(&judge);
    tell_figures(&judge);
    return 0;
}
