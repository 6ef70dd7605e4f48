/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/alerts/alert_sound.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "playout/alerts/alert.h"

static const size_t FRAME_BYTES = AIR_CHANNELS * sizeof(float);

static int is_no_sound(struct fault *reterr)
{
    return fault_set(reterr, EINVAL, NULL, 0,
                     _("what is to be said has to come as a sealed memory file of 48 kHz stereo"));
}

int alert_sound_map(int fd, struct alert_sound *ret_sound, struct fault *reterr)
{
    struct stat info;
    int seals = fcntl(fd, F_GET_SEALS);
    static const int needed = F_SEAL_SHRINK | F_SEAL_WRITE;
    if (seals < 0 || (seals & needed) != needed || fstat(fd, &info) != 0 || info.st_size <= 0 ||
        (size_t)info.st_size % FRAME_BYTES != 0 ||
        info.st_size / (off_t)FRAME_BYTES > (off_t)ALERT_SECONDS_MAX * AIR_RATE) {
        return is_no_sound(reterr);
    }
    size_t n_bytes = (size_t)info.st_size;
    /* Populated, so that the first reading of a page does not wait while sound is made. */
    void *memory = mmap(NULL, n_bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (memory == MAP_FAILED) {
        return fault_set(reterr, errno, NULL, 0, _("what is to be said cannot be taken over: %s"),
                         errno_text(errno));
    }
    struct alert_sound sound = {memory, (int64_t)(n_bytes / FRAME_BYTES), memory, n_bytes};
    int r = alert_check_sound(sound.frames, sound.n_frames, reterr);
    if (r < 0) {
        alert_sound_free(&sound);
        return r;
    }
    *ret_sound = sound;
    return 0;
}

static int sound_make(int64_t n_frames, struct alert_sound *ret_sound, struct fault *reterr)
{
    size_t n_bytes = (size_t)n_frames * FRAME_BYTES;
    void *memory = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the alert"));
    }
    *ret_sound = (struct alert_sound){memory, n_frames, memory, n_bytes};
    return 0;
}

int alert_sound_copy(const float *frames, int64_t n_frames, struct alert_sound *ret_sound,
                     struct fault *reterr)
{
    int r = sound_make(n_frames, ret_sound, reterr);
    if (r == 0) {
        memcpy(ret_sound->memory, frames, ret_sound->n_bytes);
    }
    return r;
}

int alert_sound_tone(int64_t n_frames, struct alert_sound *ret_sound, struct fault *reterr)
{
    static const double amplitude = 0.1; /* -20 dBFS, by the peak of the sine */
    static const int64_t fade = AIR_BLOCK_FRAMES;
    int r = sound_make(n_frames, ret_sound, reterr);
    float *out = r == 0 ? ret_sound->memory : NULL;
    for (int64_t k = 0; r == 0 && k < n_frames; k++) {
        int64_t edge = k < n_frames - 1 - k ? k : n_frames - 1 - k;
        double gain = edge < fade ? ((double)edge + 0.5) / (double)fade : 1;
        double phase = 2 * acos(-1.0) * (double)(k % AIR_RATE) * 1000 / AIR_RATE;
        out[2 * k] = out[2 * k + 1] = (float)(amplitude * gain * sin(phase));
    }
    return r;
}

void alert_sound_free(struct alert_sound *sound)
{
    if (sound->memory) {
        munmap(sound->memory, sound->n_bytes);
        *sound = (struct alert_sound){0};
    }
}
