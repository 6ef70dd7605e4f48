/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/aside/device_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/i18n.h"

enum { FEEDS_MAX = 1024 };

static size_t memory_bytes(size_t n_feeds)
{
    return sizeof(struct device_memory) + n_feeds * sizeof(struct device_feed);
}

static int map(int fd, size_t n_feeds, struct device_memory **ret_memory, struct fault *reterr)
{
    void *memory = mmap(NULL, memory_bytes(n_feeds), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        return fault_set(reterr, errno, NULL, 0, _("no memory can be shared: %s"),
                         errno_text(errno));
    }
    *ret_memory = memory;
    return 0;
}

int device_memory_create(const char *name, size_t n_feeds, bool records,
                         struct device_memory **ret_memory, int *ret_fd, struct fault *reterr)
{
    if (strlen(name) >= DEVICE_NAME_MAX || n_feeds > FEEDS_MAX) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the name of the sound device \"%s\" is too long"), name);
    }
    int fd = memfd_create("loa-device", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, (off_t)memory_bytes(n_feeds)) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        int err = errno;
        if (fd >= 0) {
            close(fd);
        }
        return fault_set(reterr, err, NULL, 0, _("no memory can be shared: %s"), errno_text(err));
    }
    int r = map(fd, n_feeds, ret_memory, reterr);
    if (r < 0) {
        close(fd);
        return r;
    }
    (*ret_memory)->n_feeds = (uint32_t)n_feeds;
    (*ret_memory)->records = records;
    memcpy((*ret_memory)->name, name, strlen(name) + 1);
    *ret_fd = fd;
    return 0;
}

int device_memory_attach(int fd, struct device_memory **ret_memory, struct fault *reterr)
{
    struct stat stat;
    size_t n_feeds = 0;
    bool fits = fstat(fd, &stat) == 0 && stat.st_size >= (off_t)memory_bytes(0);
    if (fits) {
        n_feeds = ((size_t)stat.st_size - memory_bytes(0)) / sizeof(struct device_feed);
        fits = (size_t)stat.st_size == memory_bytes(n_feeds) &&
               (fcntl(fd, F_GET_SEALS) & F_SEAL_SHRINK) != 0;
    }
    if (!fits) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("this command is the radio's own: `loa run` starts it"));
    }
    int r = map(fd, n_feeds, ret_memory, reterr);
    if (r == 0 && ((*ret_memory)->n_feeds != n_feeds ||
                   !memchr((*ret_memory)->name, '\0', DEVICE_NAME_MAX))) {
        device_memory_detach(*ret_memory, n_feeds);
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("this command is the radio's own: `loa run` starts it"));
    }
    return r;
}

void device_memory_detach(struct device_memory *memory, size_t n_feeds)
{
    if (memory) {
        munmap(memory, memory_bytes(n_feeds));
    }
}

void device_memory_tell(struct device_memory *memory, const struct fault *fault)
{
    uint64_t n = feed_count(&memory->n_news) + 1;
    struct device_news *news = &memory->news[n % 2];
    news->err = fault->err;
    memcpy(news->text, fault->text, sizeof news->text);
    atomic_store_explicit(&memory->n_news, n, memory_order_release);
}

bool device_memory_hear(const struct device_memory *memory, uint64_t *told, struct fault *ret_fault)
{
    uint64_t n = atomic_load_explicit(&memory->n_news, memory_order_acquire);
    if (n == *told) {
        return false;
    }
    *told = n;
    char text[FAULT_TEXT_MAX];
    const struct device_news *news = &memory->news[n % 2];
    int err = news->err > 0 ? news->err : EIO;
    memcpy(text, news->text, sizeof text);
    text[sizeof text - 1] = '\0'; /* whatever the process wrote */
    fault_set(ret_fault, err, NULL, 0, "%s", text);
    return true;
}

int64_t device_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Between a look at the clock and the look at the memory the other side may write once more. */
static const int64_t MEANWHILE_NS = 1000000000;

int64_t device_memory_age_ns(const _Atomic int64_t *at_ns, int64_t now_ns)
{
    int64_t at = atomic_load_explicit(at_ns, memory_order_relaxed);
    if (at <= 0 || at - now_ns > MEANWHILE_NS) {
        return INT64_MAX;
    }
    return at < now_ns ? now_ns - at : 0;
}
