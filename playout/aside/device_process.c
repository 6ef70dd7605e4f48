/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/aside/device_process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "playout/aside/device_player.h"

enum { DRAIN_MS = 500, STEP_MS = 10, PRIORITY = 10 };

static const int64_t SECOND_NS = 1000000000;
static const int64_t STALLED_NS = 2 * INT64_C(1000000000);
static const int64_t DEAD_NS = 30 * INT64_C(1000000000);
static const int64_t TEND_NS = 40 * INT64_C(1000000);

struct device_process {
    struct device_memory *memory;
    size_t n_feeds;
    int fd;
    struct clock clock;
    const char *words[2];
    struct child_spec spec;
    struct child child;
    int64_t tended_ns;
    uint64_t n_heard; /* of the memory's news */
    unsigned n_ends;  /* of the child's, that were told */
    int start_error;  /* that was told */
    unsigned n_troubles;
    struct fault fault;
};

int device_process_create(const char *device, size_t n_feeds, bool records,
                          struct device_process **ret_process, struct fault *reterr)
{
    struct device_process *process = calloc(1, sizeof *process);
    if (!process) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    int r = device_memory_create(device, n_feeds, records, &process->memory, &process->fd, reterr);
    if (r < 0) {
        free(process);
        return r;
    }
    process->n_feeds = n_feeds;
    process->clock = clock_system();
    process->words[0] = "device-player";
    process->spec = (struct child_spec){.words = process->words,
                                        .fds = &process->fd,
                                        .n_fds = 1,
                                        .death_signal = SIGKILL,
                                        .realtime_priority = PRIORITY,
                                        .pause_ns = SECOND_NS / 10,
                                        .longest_pause_ns = 10 * SECOND_NS,
                                        .lasting_ns = 60 * SECOND_NS};
    process->child = (struct child){.spec = &process->spec,
                                    .name = "loa device-player",
                                    .log = &LOG_SILENT,
                                    .clock = &process->clock};
    *ret_process = process;
    return 0;
}

struct device_memory *device_process_memory(const struct device_process *process)
{
    return process->memory;
}

static void note(struct device_process *process)
{
    process->n_troubles++;
}

static const char *name_of(struct device_process *process)
{
    process->memory->name[DEVICE_NAME_MAX - 1] = '\0';
    return process->memory->name;
}

/* That a device has gone was said by the process itself. */
static void tell_end(struct device_process *process, int status)
{
    if (WIFSIGNALED(status)) {
        fault_set(&process->fault, EIO, NULL, 0,
                  _("the player of the sound device \"%s\" was ended by signal %d; it is started "
                    "again"),
                  name_of(process), WTERMSIG(status));
        note(process);
    } else if (WEXITSTATUS(status) != DEVICE_PLAYER_GONE) {
        fault_set(&process->fault, EIO, NULL, 0,
                  _("the player of the sound device \"%s\" ended with status %d; it is started "
                    "again"),
                  name_of(process), WEXITSTATUS(status));
        note(process);
    }
}

/* Its end, or that it cannot begin. */
static void watch_child(struct device_process *process)
{
    const struct child *child = &process->child;
    if (child->n_ends != process->n_ends) {
        process->n_ends = child->n_ends;
        atomic_store(&process->memory->state, DEVICE_AWAY);
        tell_end(process, child->status);
    }
    if (child->start_error != process->start_error) {
        process->start_error = child->start_error;
        if (child->start_error) {
            fault_set(&process->fault, child->start_error, NULL, 0,
                      _("the sound device \"%s\" cannot be played on: %s"), name_of(process),
                      errno_text(child->start_error));
            note(process);
        }
    }
}

static bool has_stalled(const struct device_process *process, int64_t longest_ns)
{
    int64_t now_ns = device_now_ns();
    int64_t ran_ns = now_ns - process->child.began_ns;
    int64_t still_ns = device_memory_age_ns(&process->memory->beat_ns, now_ns);
    return process->child.pid > 0 && (still_ns < ran_ns ? still_ns : ran_ns) > longest_ns;
}

void device_process_tend(struct device_process *process)
{
    int64_t now_ns = device_now_ns();
    if (now_ns - process->tended_ns < TEND_NS) {
        return;
    }
    process->tended_ns = now_ns;
    if (has_stalled(process, DEAD_NS)) {
        kill(process->child.pid, SIGKILL);
    }
    children_tend(&process->child, 1);
    atomic_store(&process->memory->priority_error, process->child.priority_error);
    watch_child(process);
    if (device_memory_hear(process->memory, &process->n_heard, &process->fault)) {
        note(process);
    }
}

unsigned device_process_trouble(const struct device_process *process, struct fault *ret_fault)
{
    *ret_fault = process->fault;
    return process->n_troubles;
}

bool device_process_is_well(const struct device_process *process)
{
    uint32_t state = atomic_load(&process->memory->state);
    return state == DEVICE_OPENING || (state == DEVICE_LIVE && !has_stalled(process, STALLED_NS));
}

static void drain(const struct device_process *process)
{
    for (int ms = 0; ms < DRAIN_MS; ms += STEP_MS) {
        size_t n = 0;
        for (size_t i = 0; i < process->n_feeds; i++) {
            n += feed_readable(&process->memory->feeds[i]);
        }
        if (n == 0 || atomic_load(&process->memory->state) != DEVICE_LIVE ||
            has_stalled(process, STALLED_NS)) {
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
}

/* It ends by itself once it is told to, unless its driver hangs. */
static void end(struct device_process *process)
{
    atomic_store(&process->memory->stopping, true);
    for (int ms = 0; ms < DRAIN_MS && process->child.pid > 0; ms += STEP_MS) {
        if (waitpid(process->child.pid, NULL, WNOHANG) != 0) {
            process->child.pid = 0;
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
    children_stop(&process->child, 1);
}

struct device_process *device_process_destroy(struct device_process *process)
{
    if (process) {
        if (!process->memory->records && process->child.pid > 0) {
            drain(process);
        }
        end(process);
        device_memory_detach(process->memory, process->n_feeds);
        close(process->fd);
        free(process);
    }
    return NULL;
}
