/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/errno_text.h"
#include "base/i18n.h"
#include "base/log.h"
#include "playout/aside/foreign_frames.h"
#include "playout/voice.h"

/*
 * A relay: a process decodes it (`loa relay-reader`) and writes frames into a pipe, from which
 * they come into the voice's ring. A full ring fills the pipe, and that holds up the process, so
 * that a server's burst is taken as slowly as it is heard. When the process ends, however it
 * ends, it is started again.
 */
enum { READ_FRAMES = 8192, PIPE_BYTES = 1 << 20 };
static const int64_t SECOND_NS = 1000000000;

struct relay {
    struct clock clock;
    const char *words[3];
    int write_fd;
    int read_fd;
    struct child_spec spec;
    struct child child;
    struct foreign_frames frames;
    int64_t first_ns; /* when its first frame came; 0: none has */
};

static int relay_fault(struct voice *voice, int err)
{
    return fault_set(&voice->fault, err, voice->target, 0, _("the relay cannot be begun: %s"),
                     errno_text(err));
}

static int relay_open(struct voice *voice)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (!relay) {
        return relay_fault(voice, ENOMEM);
    }
    voice->state = relay;
    relay->clock = clock_system();
    relay->read_fd = relay->write_fd = -1;
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0) {
        return relay_fault(voice, errno);
    }
    relay->read_fd = fds[0];
    relay->write_fd = fds[1];
    if (fcntl(relay->read_fd, F_SETFL, O_NONBLOCK) < 0) {
        return relay_fault(voice, errno);
    }
    (void)fcntl(relay->read_fd, F_SETPIPE_SZ, PIPE_BYTES); /* what it has is enough, too */
    relay->words[0] = "relay-reader";
    relay->words[1] = voice->target;
    relay->spec = (struct child_spec){.words = relay->words,
                                      .fds = &relay->write_fd,
                                      .n_fds = 1,
                                      .pause_ns = SECOND_NS / 2,
                                      .longest_pause_ns = 10 * SECOND_NS,
                                      .lasting_ns = 10 * SECOND_NS};
    relay->child = (struct child){.spec = &relay->spec,
                                  .name = "loa relay-reader",
                                  .log = &LOG_SILENT, /* the process says itself what is wrong */
                                  .clock = &relay->clock};
    return 0;
}

/* One piece of the pipe into the ring; false: there is no more, or no room. */
static bool relay_take(struct voice *voice, struct relay *relay)
{
    unsigned char bytes[READ_FRAMES * FOREIGN_FRAME_BYTES];
    float frames[READ_FRAMES * AIR_CHANNELS];
    size_t room = ring_writable(&voice->tap.ring);
    size_t n = room < READ_FRAMES ? room : READ_FRAMES;
    size_t most = n ? n * FOREIGN_FRAME_BYTES - relay->frames.n_part : 0;
    ssize_t n_bytes = most ? read(relay->read_fd, bytes, most) : 0;
    if (n_bytes <= 0) {
        return false;
    }
    size_t n_read = foreign_frames_take(&relay->frames, bytes, (size_t)n_bytes, frames);
    return ring_write(&voice->tap.ring, frames, n_read) == n_read;
}

/* What a process that has ended left in the pipe does not fit, and may break off within a frame,
 * while the next one is to begin with a whole one. */
static void relay_forget(struct relay *relay)
{
    unsigned char bytes[4096];
    while (read(relay->read_fd, bytes, sizeof bytes) > 0) {
    }
    relay->frames = (struct foreign_frames){0};
}

static int relay_fill(struct voice *voice)
{
    struct relay *relay = voice->state;
    unsigned n_ends = relay->child.n_ends;
    children_tend(&relay->child, 1); /* starts none in the moment in which one ends */
    int64_t now_ns = clock_steady_ns(&relay->clock);
    while (relay_take(voice, relay)) {
        relay->first_ns = relay->first_ns ? relay->first_ns : now_ns;
    }
    if (relay->child.n_ends != n_ends) {
        relay_forget(relay);
    }
    voice_live_passed(voice, relay->first_ns, now_ns);
    return 0;
}

static void relay_close(struct voice *voice)
{
    struct relay *relay = voice->state;
    if (!relay) {
        return;
    }
    voice->state = NULL;
    if (relay->child.spec) {
        children_stop(&relay->child, 1);
    }
    if (relay->read_fd >= 0) {
        close(relay->read_fd);
        close(relay->write_fd);
    }
    free(relay);
}

const struct voice_source VOICE_RELAY = {relay_open, relay_fill, relay_close};
