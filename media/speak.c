/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/speak.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/utf8.h"
#include "media/fold.h"
#include "media/metadata.h"
#include "media/soundfile.h"
#include "media/store.h"
#include "media/voice_process.h"
#include "media/wav_head.h"
#include "station/station.h"

enum {
    LIMIT_BASE_MS = 60000,
    LIMIT_MS_PER_CHARACTER = 200,
    BYTES_PER_MS = 48 * 2 * 4, /* 48 kHz, stereo, 32 bits */
    METADATA_MAX_BYTES = 1 << 20,
    READ_FRAMES = 4096,
    CHANNELS_MAX = 2,
};

static const char BLANKS[] = " \t\n";

/* --- the text --------------------------------------------------------------------------- */

static size_t count_characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return n;
}

/* C0 but newline and tab, DEL, and C1, which in UTF-8 is C2 80 to C2 9F. */
static bool is_control(const unsigned char *at)
{
    return (at[0] < 0x20 && at[0] != '\n' && at[0] != '\t') || at[0] == 0x7f ||
           (at[0] == 0xc2 && at[1] < 0xa0);
}

int speak_check_text(const char *text, struct fault *reterr)
{
    if (!utf8_is_valid(text)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the text is not UTF-8; save it as UTF-8 and try again"));
    }
    if (text[strspn(text, BLANKS)] == '\0') {
        return fault_set(reterr, EINVAL, NULL, 0, _("the text is empty; write what is to be said"));
    }
    size_t n = count_characters(text);
    if (n > SPEAK_TEXT_MAX) {
        return fault_set(reterr, E2BIG, NULL, 0,
                         _("the text has %zu characters, and at most %d are spoken; divide it"), n,
                         SPEAK_TEXT_MAX);
    }
    unsigned line = 1;
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        line += *at == '\n';
        if (is_control(at)) {
            return fault_set(reterr, EINVAL, NULL, 0,
                             _("line %u of the text holds a control character, which nobody can "
                               "say; take it out"),
                             line);
        }
    }
    if (!text_has_words(text)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the text has no letter and no digit; write what is to be said"));
    }
    return 0;
}

/* NFC, without blanks at its ends. NULL: out of memory. */
static char *text_to_speak(const char *text)
{
    char *composed = text_normalise(text + strspn(text, BLANKS), TEXT_COMPOSED);
    size_t n = composed ? strlen(composed) : 0;
    while (n > 0 && strchr(BLANKS, composed[n - 1])) {
        composed[--n] = '\0';
    }
    return composed;
}

/* --- title and code --------------------------------------------------------------------- */

/* Every run of blanks becomes one space; none at the ends. In place. */
static void squeeze(char *text)
{
    char *out = text;
    for (char *word = text + strspn(text, BLANKS); *word;) {
        size_t n = strcspn(word, BLANKS);
        char *next = word + n + strspn(word + n, BLANKS);
        memmove(out, word, n);
        out += n;
        if (*next) {
            *out++ = ' ';
        }
        word = next;
    }
    *out = '\0';
}

/* Where the text ends after so many characters, or after the last word that ends before. */
static size_t cut_at_word(const char *text, size_t n_characters)
{
    size_t at = 0;
    size_t word_end = 0;
    for (size_t i = 0; i < n_characters && text[at]; i++) {
        at += utf8_char_bytes(text + at);
        if (text[at] == ' ' || text[at] == '\0') {
            word_end = at;
        }
    }
    return word_end ? word_end : at;
}

char *speak_title(const char *text)
{
    AUTO_FREE char *line = utf8_is_valid(text) ? text_normalise(text, TEXT_COMPOSED) : NULL;
    if (!line) {
        return NULL;
    }
    squeeze(line);
    char *title = NULL;
    if (count_characters(line) <= SPEAK_TITLE_MAX) {
        return STEAL(line);
    }
    line[cut_at_word(line, SPEAK_TITLE_MAX - 1)] = '\0';
    return asprintf(&title, "%s…", line) < 0 ? NULL : title;
}

int speak_code(const char *title, char out[static IMPORT_CODE_MAX])
{
    AUTO_FREE char *words = strdup(title);
    if (!words) {
        return -ENOMEM;
    }
    int r = code_from_name(words, out);
    while (r == -ENAMETOOLONG) {
        size_t n = count_characters(words);
        words[cut_at_word(words, n > IMPORT_CODE_MAX ? IMPORT_CODE_MAX : n - 1)] = '\0';
        r = code_from_name(words, out);
    }
    return r;
}

/* --- the sound -------------------------------------------------------------------------- */

/* The file that the voice writes into: it is removed with what keeps incoming/ from being
 * cleared meanwhile. */
struct spoken {
    struct store store;
    char path[PATHS_MAX]; /* absolute; "": none */
};

static void spoken_finish(struct spoken *spoken)
{
    if (spoken->path[0] != '\0') {
        unlink(spoken->path);
    }
    store_close(&spoken->store);
}

/* Programs go by the ending of a name. */
static int spoken_make(struct spoken *spoken, const char *station_dir, struct fault *reterr)
{
    char name[PATHS_MAX];
    char dir[PATH_MAX];
    int r = store_open(&spoken->store, station_dir, reterr);
    if (r < 0) {
        return r;
    }
    if (!realpath(spoken->store.dir, dir)) {
        return fault_set(reterr, errno, spoken->store.dir, 0, _("cannot be read: %s"),
                         errno_text(errno));
    }
    r = path_join(name, dir, "incoming/import-XXXXXX.wav", reterr);
    if (r < 0) {
        return r;
    }
    AUTO_FD int fd = mkostemps(name, (int)strlen(".wav"), O_CLOEXEC);
    if (fd < 0) {
        return fault_set(reterr, errno, spoken->store.dir, 0, _("cannot be written: %s"),
                         errno_text(errno));
    }
    memcpy(spoken->path, name, strlen(name) + 1);
    return 0;
}

/* What came through a pipe does not say how long it is. */
static int complete_head(int fd, int64_t n_bytes)
{
    unsigned char head[WAV_HEAD_MAX];
    ssize_t n = pread(fd, head, sizeof head, 0);
    if (n < 0) {
        return -errno;
    }
    bool changed = wav_head_complete(head, (size_t)n, n_bytes);
    return changed && pwrite(fd, head, (size_t)n, 0) != n ? -EIO : 0;
}

/* What the voice has written, with a whole head. 1: there is nothing. */
static int open_sound(const char *path, int *ret_fd, struct fault *reterr)
{
    AUTO_FD int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0) {
        return 1;
    }
    int r = complete_head(fd, st.st_size);
    if (r < 0) {
        return fault_set(reterr, -r, path, 0, _("cannot be read: %s"), errno_text(-r));
    }
    *ret_fd = fd;
    fd = -1;
    return 0;
}

/* To its end, whatever its head promises. *ret_heard: something is above silence. */
static int decode(struct sound_reader *reader, bool *ret_heard, struct fault *reterr)
{
    float samples[READ_FRAMES * CHANNELS_MAX];
    size_t n_channels = (size_t)sound_info(reader)->channels;
    int64_t claimed = sound_info(reader)->claimed_frames;
    int64_t frames = 0;
    size_t n = 0;
    do {
        int r = sound_read(reader, samples, READ_FRAMES, &n, reterr);
        if (r < 0) {
            return r;
        }
        for (size_t i = 0; i < n * n_channels; i++) {
            *ret_heard |= samples[i] != 0.0F;
        }
        frames += (int64_t)n;
    } while (n > 0);
    return frames < claimed ? fault_set(reterr, EBADMSG, NULL, 0, "%s", errno_text(EBADMSG)) : 0;
}

int speak_check_sound(const struct station *station, const char *path, struct fault *reterr)
{
    AUTO(sound_close) struct sound_reader *reader = NULL;
    struct fault fault = {0};
    bool heard = false;
    int fd = -1;
    int r = open_sound(path, &fd, reterr);
    if (r < 0) {
        return r;
    }
    if (r > 0) {
        return voice_fault(station, EIO,
                           _("the voice `%s` ended well but wrote no sound; its command must name "
                             "the file as {wav}, or write to standard output"),
                           NULL, reterr);
    }
    r = sound_open(fd, path_name(path), &reader, &fault);
    r = r < 0 ? r : decode(reader, &heard, &fault);
    if (r == -EBADMSG || r == -ENOTSUP) {
        return voice_fault(station, EBADMSG,
                           _("the voice `%s` wrote no recording that can be read to its end; try "
                             "its command in a terminal"),
                           NULL, reterr);
    }
    if (r < 0) {
        return fault_set(reterr, -r, fault.file, fault.line, "%s", fault.text);
    }
    return heard ? 0
                 : voice_fault(station, EBADMSG,
                               _("the voice `%s` wrote nothing but silence; does it know the "
                                 "language of the text?"),
                               NULL, reterr);
}

static int say(struct spoken *spoken, const struct station *station, const struct speech *speech,
               const char *text, struct fault *reterr)
{
    int64_t limit_ms = LIMIT_BASE_MS + LIMIT_MS_PER_CHARACTER * (int64_t)count_characters(text);
    struct voice_process process = {.station = station,
                                    .store = &spoken->store,
                                    .text = text,
                                    .wav = spoken->path,
                                    .limit_ms = speech->limit_ms ? speech->limit_ms : limit_ms,
                                    .max_bytes = limit_ms * BYTES_PER_MS,
                                    .stop = speech->stop};
    int r = voice_process_run(&process, reterr);
    return r < 0 ? r : speak_check_sound(station, spoken->path, reterr);
}

/* --- the import ------------------------------------------------------------------------- */

/* What is wrong with kind, topic … is told before anybody waits for the voice. The path is one
 * that never has a text file beside it. */
static int check_metadata(const struct station *station, const char *path,
                          const struct import_options *options, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(METADATA_MAX_BYTES);
    struct metadata metadata;
    struct findings findings = {0};
    int r = arena ? metadata_gather(station, path, options, NULL, arena, &metadata, &findings)
                  : -ENOMEM;
    if (r < 0 && findings.n == 0) {
        (void)fault_set(reterr, -r, NULL, 0, "%s", errno_text(-r));
    } else if (r < 0) {
        (void)fault_set(reterr, EINVAL, NULL, 0, "%s", findings.items[0].fault.text);
    }
    findings_finish(&findings);
    return r;
}

static int prepare_in(struct spoken *spoken, struct importer *importer,
                      const struct station *station, const struct speech *speech, const char *text,
                      struct import_job **ret_job, struct fault *reterr)
{
    int r = spoken_make(spoken, station->dir, reterr);
    r = r < 0 ? r : check_metadata(station, spoken->path, &speech->import, reterr);
    r = r < 0 ? r : say(spoken, station, speech, text, reterr);
    if (r < 0) {
        return r;
    }
    *ret_job = import_prepare(importer, spoken->path, &speech->import, NULL);
    return *ret_job ? 0 : fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
}

int speak_prepare(struct importer *importer, const struct station *station,
                  const struct speech *speech, struct import_job **ret_job, struct fault *reterr)
{
    int r = speak_check_text(speech->text, reterr);
    if (r < 0) {
        return r;
    }
    AUTO_FREE char *text = text_to_speak(speech->text);
    AUTO_FREE char *title = text ? speak_title(text) : NULL;
    char code[IMPORT_CODE_MAX];
    struct speech full = *speech;
    if (!title) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    full.import.script = text;
    full.import.spoken = true;
    full.import.title = speech->import.title ? speech->import.title : title;
    if (!full.import.code) {
        r = speak_code(full.import.title, code);
        if (r < 0) {
            return fault_set(reterr, -r, NULL, 0,
                             _("no code can be made of the title \"%s\"; give one with --code"),
                             full.import.title);
        }
        full.import.code = code;
    }
    struct spoken spoken = {.store = {.lock_fd = -1}};
    r = prepare_in(&spoken, importer, station, &full, text, ret_job, reterr);
    spoken_finish(&spoken);
    return r;
}

int speak_find_voice(const struct station *station, char out[static PATHS_MAX],
                     struct fault *reterr)
{
    return voice_process_find(station, out, reterr);
}
