/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errno_text.h"
#include "base/i18n.h"
#include "playout/aside/capture.h"
#include "playout/voice.h"

/* An input of a sound device, captured by a process of its own. */
enum { READ_FRAMES = 4096 };
static const int64_t TEND_EVERY_NS = 100000000;

struct input {
    struct clock clock;
    struct capture *capture;
    int64_t tended_ns;
    int64_t first_ns; /* when its first frame came; 0: none has */
};

static int input_fault(struct voice *voice, int err)
{
    return fault_set(&voice->fault, err, voice->target, 0, _("the input cannot be begun: %s"),
                     errno_text(err));
}

/* "NAME#1,2" as the plan has it; cuts the name off. Returns how many channels it names. */
static size_t take_channels(char *target, int channels[AIR_CHANNELS])
{
    char *hash = strrchr(target, '#');
    size_t n = 0;
    if (hash) {
        *hash = '\0';
        for (char *at = hash; at && n < AIR_CHANNELS; at = strchr(at, ',')) {
            channels[n++] = (int)strtol(at + 1, &at, 10);
        }
    }
    return n;
}

static int input_open(struct voice *voice)
{
    int channels[AIR_CHANNELS] = {1, 2};
    AUTO_FREE char *name = strdup(voice->target);
    struct input *input = calloc(1, sizeof *input);
    voice->state = input;
    if (!name || !input) {
        return input_fault(voice, ENOMEM);
    }
    input->clock = clock_system();
    size_t n_channels = take_channels(name, channels);
    return capture_open(name, channels, n_channels, &input->capture, &voice->fault);
}

static int input_fill(struct voice *voice)
{
    struct input *input = voice->state;
    struct fault fault;
    int64_t now_ns = clock_steady_ns(&input->clock);
    if (now_ns - input->tended_ns >= TEND_EVERY_NS) {
        (void)capture_tend(input->capture, &fault); /* the act tells when nothing comes */
        input->tended_ns = now_ns;
    }
    for (;;) {
        float frames[READ_FRAMES * AIR_CHANNELS];
        size_t room = ring_writable(&voice->tap.ring);
        size_t n = capture_read(input->capture, frames, room < READ_FRAMES ? room : READ_FRAMES);
        if (n == 0 || ring_write(&voice->tap.ring, frames, n) < n) {
            break;
        }
        input->first_ns = input->first_ns ? input->first_ns : now_ns;
    }
    voice_live_passed(voice, input->first_ns, now_ns);
    return 0;
}

static void input_close(struct voice *voice)
{
    struct input *input = voice->state;
    voice->state = NULL;
    if (input) {
        capture_close(input->capture);
        free(input);
    }
}

const struct voice_source VOICE_INPUT = {input_open, input_fill, input_close};
