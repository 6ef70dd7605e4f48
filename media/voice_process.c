/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/voice_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/utf8.h"
#include "media/store.h"
#include "station/station.h"

enum { LINE_MAX_BYTES = 256, READ_BYTES = 4096, READS_MAX = 16, TICK_MS = 20 };

static const char WAV_MARK[] = "{wav}";
static const size_t WAV_MARK_BYTES = sizeof WAV_MARK - 1;

int voice_fault(const struct station *station, int err, const char *format, const char *detail,
                struct fault *reterr)
{
    return fault_set(reterr, err, station->voice_line ? station->file : NULL, station->voice_line,
                     format, station->voice[0], detail);
}

/* --- the program ------------------------------------------------------------------------ */

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* In the folders of $PATH. A folder that is not absolute would be another one for the voice,
 * which runs in the station's. */
static bool find_on_path(const char *name, char out[static PATHS_MAX])
{
    const char *path = getenv("PATH");
    for (path = path ? path : "/usr/local/bin:/usr/bin:/bin"; *path;) {
        size_t n = strcspn(path, ":");
        if (*path == '/' && snprintf(out, PATHS_MAX, "%.*s/%s", (int)n, path, name) < PATHS_MAX &&
            is_program(out)) {
            return true;
        }
        path += n + (path[n] == ':');
    }
    return false;
}

int voice_process_find(const struct station *station, char out[static PATHS_MAX],
                       struct fault *reterr)
{
    const char *name = station->voice[0];
    bool found = strchr(name, '/')
                     ? path_join(out, station->dir, name, NULL) == 0 && is_program(out)
                     : find_on_path(name, out);
    if (found) {
        return 0;
    }
    return station->voice_line
               ? voice_fault(
                     station, ENOENT,
                     _("the voice's program `%s` is not there or cannot be run; install it, "
                       "or correct `voice`"),
                     NULL, reterr)
               : voice_fault(station, ENOENT,
                             _("the program `%s`, which speaks texts, is not installed; install "
                               "it, or set `voice` in station.ini to another"),
                             NULL, reterr);
}

/* --- its words -------------------------------------------------------------------------- */

static size_t count_marks(const char *word)
{
    size_t n = 0;
    for (const char *at = strstr(word, WAV_MARK); at; at = strstr(at + WAV_MARK_BYTES, WAV_MARK)) {
        n++;
    }
    return n;
}

/* The word with the file's name in place of each {wav}; NULL: out of memory. */
static char *word_with_wav(const char *word, const char *wav)
{
    size_t n_wav = strlen(wav);
    char *full = malloc(strlen(word) + count_marks(word) * n_wav + 1);
    char *out = full;
    while (full && *word) {
        if (strncmp(word, WAV_MARK, WAV_MARK_BYTES) == 0) {
            memcpy(out, wav, n_wav);
            out += n_wav;
            word += WAV_MARK_BYTES;
        } else {
            *out++ = *word++;
        }
    }
    if (full) {
        *out = '\0';
    }
    return full;
}

struct words {
    char **items; /* NULL behind the last */
    bool name_wav;
};

static void words_finish(struct words *words)
{
    for (size_t i = 0; words->items && words->items[i]; i++) {
        free(words->items[i]);
    }
    free(words->items);
}

static int words_make(const struct voice_process *process, struct words *ret_words)
{
    const char *const *voice = process->station->voice;
    size_t n = 0;
    while (voice[n]) {
        n++;
    }
    struct words words = {.items = calloc(n + 1, sizeof *words.items)};
    bool whole = words.items != NULL;
    for (size_t i = 0; whole && i < n; i++) {
        words.items[i] = word_with_wav(voice[i], process->wav);
        words.name_wav |= count_marks(voice[i]) > 0;
        whole = words.items[i] != NULL;
    }
    *ret_words = words;
    return whole ? 0 : -ENOMEM;
}

/* --- what it says ----------------------------------------------------------------------- */

/* Its standard error, of which the last line is kept. */
struct talk {
    int fd;                    /* -1: closed by the voice */
    char line[LINE_MAX_BYTES]; /* in the making */
    size_t n_line;
    char last[LINE_MAX_BYTES]; /* with something in it; "": none */
};

static void talk_end_line(struct talk *talk)
{
    talk->line[talk->n_line] = '\0';
    if (talk->line[strspn(talk->line, " \t")] != '\0') {
        memcpy(talk->last, talk->line, talk->n_line + 1);
    }
    talk->n_line = 0;
}

static void talk_hear(struct talk *talk, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\r') {
            talk_end_line(talk);
        } else if (bytes[i] != '\0' && talk->n_line + 1 < LINE_MAX_BYTES) {
            talk->line[talk->n_line++] = bytes[i];
        }
    }
}

/* What is there now; a voice that floods is not listened to for ever. */
static void talk_listen(struct talk *talk)
{
    char bytes[READ_BYTES];
    for (int i = 0; i < READS_MAX && talk->fd >= 0; i++) {
        ssize_t n = read(talk->fd, bytes, sizeof bytes);
        if (n > 0) {
            talk_hear(talk, bytes, (size_t)n);
        } else if (n == 0) {
            close(talk->fd);
            talk->fd = -1;
        } else if (errno != EINTR) {
            return;
        }
    }
}

/* The last line as text: programs write in whatever encoding they like. */
static const char *talk_last(struct talk *talk)
{
    talk_end_line(talk);
    for (char *c = talk->last; *c;) {
        size_t n = utf8_char_bytes(c);
        if (n == 0) {
            *c = '?';
        }
        c += n ? n : 1;
    }
    return talk->last;
}

/* --- its life --------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The text as a file without a name: nobody has to write while the voice reads. */
static int text_open(const char *text, int *ret_fd)
{
    AUTO_FD int fd = memfd_create("text", MFD_CLOEXEC);
    size_t n = strlen(text);
    for (size_t done = 0; fd >= 0 && done < n;) {
        ssize_t written = write(fd, text + done, n - done);
        if (written < 0 && errno != EINTR) {
            return -errno;
        }
        done += written > 0 ? (size_t)written : 0;
    }
    if (fd < 0 || write(fd, "\n", 1) != 1 || lseek(fd, 0, SEEK_SET) != 0) {
        return -errno;
    }
    *ret_fd = fd;
    fd = -1;
    return 0;
}

/* The descriptors of a voice that is being started, none of which is one of the first three. */
struct start {
    int text;
    int talk;
    int error; /* an errno goes through here, or its end when the program runs */
};

/* Signals as a program expects them: none ignored, none blocked. */
static void reset_signals(void)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int i = 1; i < NSIG; i++) {
        (void)!sigaction(i, &by_default, NULL); /* of two it cannot be changed */
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the new process: calls that are safe after a fork of a process with threads, and no others.
 * It is killed with the thread that started it, which waits for it. */
static int become_voice(const char *dir, const char *out, const struct start *start, pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        return errno;
    }
    if (getppid() != parent) {
        return ESRCH; /* it was killed before that */
    }
    int out_fd = -1;
    if (setpgid(0, 0) != 0 || dup2(start->text, STDIN_FILENO) < 0 ||
        dup2(start->talk, STDERR_FILENO) < 0 ||
        (out_fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0644)) < 0 ||
        dup2(out_fd, STDOUT_FILENO) < 0 ||
        close_range(STDERR_FILENO + 1, (unsigned)start->error - 1, 0) != 0 ||
        close_range((unsigned)start->error + 1, ~0U, 0) != 0 || chdir(dir) != 0) {
        return errno;
    }
    reset_signals();
    return 0;
}

/* The fork, with no signal in between that our handlers would take for ours. */
static pid_t fork_quietly(void)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    int err = errno;
    if (pid != 0) {
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    errno = err;
    return pid;
}

/* A positive errno. What could not be started is gone when this returns. */
static int start_voice(const char *program, char *const *words, const char *dir, const char *out,
                       const struct start *start, int error_end, pid_t *ret_pid)
{
    pid_t parent = getpid();
    pid_t pid = fork_quietly();
    if (pid == 0) {
        int err = become_voice(dir, out, start, parent);
        if (err == 0) {
            execve(program, words, environ);
            err = errno;
        }
        (void)!write(start->error, &err, sizeof err);
        _exit(127);
    }
    int err = pid < 0 ? errno : 0;
    close(start->error);
    if (pid < 0) {
        return err;
    }
    ssize_t n = 0;
    do {
        n = read(error_end, &err, sizeof err);
    } while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof err) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
        return err;
    }
    *ret_pid = pid;
    return 0;
}

/* A positive errno. A program that is named with a slash is looked for once the child is in the
 * station's folder. */
static int spawn(const struct voice_process *process, const char *found, struct words *words,
                 int text_fd, int talk_fd, pid_t *ret_pid)
{
    enum { ABOVE_STANDARD = STDERR_FILENO + 1 };
    const char *name = process->station->voice[0];
    const char *dir = *process->station->dir ? process->station->dir : ".";
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return errno;
    }
    AUTO_FD int error_end = ends[0];
    AUTO_FD int text = fcntl(text_fd, F_DUPFD_CLOEXEC, ABOVE_STANDARD);
    AUTO_FD int talk = fcntl(talk_fd, F_DUPFD_CLOEXEC, ABOVE_STANDARD);
    struct start start = {text, talk, fcntl(ends[1], F_DUPFD_CLOEXEC, ABOVE_STANDARD + 1)};
    int err = errno;
    close(ends[1]);
    if (text < 0 || talk < 0 || start.error < 0) {
        if (start.error >= 0) {
            close(start.error);
        }
        return err;
    }
    return start_voice(strchr(name, '/') ? name : found, words->items, dir,
                       words->name_wav ? "/dev/null" : process->wav, &start, error_end, ret_pid);
}

/* Has it done something for which it is to be ended? */
static int judge(const struct voice_process *process, int64_t deadline_ms, struct fault *reterr)
{
    const struct station *station = process->station;
    struct stat st;
    if (process->stop && *process->stop) {
        return voice_fault(station, EINTR, _("the voice `%s` was stopped"), NULL, reterr);
    }
    if (now_ms() >= deadline_ms) {
        char seconds[32];
        snprintf(seconds, sizeof seconds, "%lld", (long long)(process->limit_ms + 999) / 1000);
        return voice_fault(station, ETIME,
                           _("the voice `%s` was not done after %s s and was ended; try its "
                             "command in a terminal, or divide the text"),
                           seconds, reterr);
    }
    if (stat(process->wav, &st) == 0 && st.st_size > process->max_bytes) {
        return voice_fault(station, EFBIG,
                           _("the voice `%s` wrote far more sound than the text is long, and was "
                             "ended; try its command in a terminal"),
                           NULL, reterr);
    }
    return process->store ? store_ask_room(process->store, station->voice[0], 0, reterr) : 0;
}

/* Has it ended? It stays unreaped, so that its number and its group are not another's. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

/* Until it ends by itself or must be ended; then nothing of its group goes on. */
static int watch(const struct voice_process *process, pid_t pid, struct talk *talk, int *ret_status,
                 struct fault *reterr)
{
    int64_t deadline_ms = now_ms() + process->limit_ms;
    int r = 0;
    while (r == 0 && !has_ended(pid)) {
        struct pollfd hears = {.fd = talk->fd, .events = POLLIN};
        (void)!poll(&hears, 1, TICK_MS); /* a descriptor of -1 is passed over: a pause */
        talk_listen(talk);
        r = judge(process, deadline_ms, reterr);
    }
    if (r == 0) {
        talk_listen(talk);
        r = judge(process, INT64_MAX, reterr); /* a full disk cuts sound short without a word */
    }
    kill(-pid, SIGKILL);
    *ret_status = -1;
    while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR) {
    }
    return r;
}

static int judge_status(const struct station *station, int status, const char *last,
                        struct fault *reterr)
{
    char how[LINE_MAX_BYTES + 64];
    const char *colon = *last ? ": " : "";
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return 0;
    }
    if (WIFSIGNALED(status)) {
        snprintf(how, sizeof how, "%s%s%s", strsignal(WTERMSIG(status)), colon, last);
    } else {
        snprintf(how, sizeof how, "exit %d%s%s", WEXITSTATUS(status), colon, last);
    }
    return voice_fault(station, EIO,
                       _("the voice `%s` failed; correct `voice` in station.ini, or what it "
                         "complains of: %s"),
                       how, reterr);
}

int voice_process_run(const struct voice_process *process, struct fault *reterr)
{
    const struct station *station = process->station;
    char program[PATHS_MAX];
    int r = voice_process_find(station, program, reterr);
    if (r < 0) {
        return r;
    }
    AUTO_FD int text_fd = -1;
    int ends[2] = {-1, -1};
    struct words words = {0};
    pid_t pid = 0;
    r = words_make(process, &words);
    r = r < 0 ? r : text_open(process->text, &text_fd);
    r = r < 0 ? r : pipe2(ends, O_CLOEXEC) != 0 ? -errno : 0;
    r = r < 0 ? r : -spawn(process, program, &words, text_fd, ends[1], &pid);
    words_finish(&words);
    AUTO_FD int write_end = ends[1];
    struct talk talk = {.fd = ends[0]};
    int status = 0;
    if (r == 0) {
        close(write_end);
        write_end = -1;
        fcntl(talk.fd, F_SETFL, O_NONBLOCK); /* the voice's end still waits for us */
        r = watch(process, pid, &talk, &status, reterr);
        r = r < 0 ? r : judge_status(station, status, talk_last(&talk), reterr);
    } else {
        r = voice_fault(station, -r, _("the voice `%s` cannot be started: %s"), errno_text(-r),
                        reterr);
    }
    if (talk.fd >= 0) {
        close(talk.fd);
    }
    return r;
}
