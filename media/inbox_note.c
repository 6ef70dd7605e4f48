/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/inbox_note.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/paths.h"
#include "base/strbuf.h"

enum { NOTE_MAX_BYTES = 64 << 10 };

static const char *const endings[] = {
    [LANGUAGE_VI] = ".khong-nhap-duoc.txt", [LANGUAGE_EN] = ".not-imported.txt"};

/* By its first line a note is known as ours, whichever language loa spoke then. */
static const char *const first_lines[] = {[LANGUAGE_VI] =
                                              "Ghi chú của loa: tệp này không nhập được.\r\n",
                                          [LANGUAGE_EN] =
                                              "Note by loa: this file was not imported.\r\n"};

enum { FIRST_LINE_MAX = 64 };

size_t inbox_note_stem(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        size_t n_ending = strlen(endings[i]);
        if (n > n_ending && strcmp(name + n - n_ending, endings[i]) == 0) {
            return n - n_ending;
        }
    }
    return 0;
}

bool inbox_note_is(const char *name)
{
    return inbox_note_stem(name) > 0;
}

void inbox_note_name(const char *name, enum language language, char out[static INBOX_NOTE_NAME_MAX])
{
    size_t room = INBOX_NOTE_NAME_MAX - 1 - strlen(endings[language]);
    size_t n = strlen(name);
    if (n > room) {
        n = room;
        while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80) {
            n--;
        }
    }
    snprintf(out, INBOX_NOTE_NAME_MAX, "%.*s%s", (int)n, name, endings[language]);
}

bool inbox_note_is_ours(int folder_fd, const char *note)
{
    char text[FIRST_LINE_MAX + 1] = "";
    AUTO_FD int fd = openat(folder_fd, note, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || read(fd, text, FIRST_LINE_MAX) <= 0) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(first_lines); i++) {
        if (strncmp(text, first_lines[i], strlen(first_lines[i])) == 0) {
            return true;
        }
    }
    return false;
}

static int write_text(int folder_fd, const char *note, const char *text)
{
    /* Anew, so that what somebody put in its place is not written through, nor over. */
    AUTO_FD int fd =
        openat(folder_fd, note, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) {
        return -errno;
    }
    size_t n = strlen(text);
    if (write(fd, text, n) != (ssize_t)n) {
        int err = errno ? errno : EIO;
        unlinkat(folder_fd, note, 0);
        return -err;
    }
    return 0;
}

int inbox_note_write(int folder_fd, const char *name, enum language language,
                     const struct findings *findings)
{
    struct strbuf buf;
    strbuf_init(&buf, NOTE_MAX_BYTES);
    strbuf_printf(&buf, "%s", first_lines[language]);
    for (size_t i = 0; i < findings->n; i++) {
        const struct fault *fault = &findings->items[i].fault;
        const char *file = path_name(fault->file);
        /* Notepad shows lines that end as DOS ends them, wherever it runs. */
        if (fault->line) {
            strbuf_printf(&buf, "%s:%u: %s\r\n", file, fault->line, fault->text);
        } else {
            strbuf_printf(&buf, "%s: %s\r\n", file, fault->text);
        }
    }
    inbox_note_remove(folder_fd, name);
    char note[INBOX_NOTE_NAME_MAX];
    inbox_note_name(name, language, note);
    int r = write_text(folder_fd, note, strbuf_text(&buf));
    strbuf_finish(&buf);
    return r;
}

void inbox_note_remove(int folder_fd, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        char note[INBOX_NOTE_NAME_MAX];
        inbox_note_name(name, (enum language)i, note);
        if (inbox_note_is_ours(folder_fd, note)) {
            unlinkat(folder_fd, note, 0);
        }
    }
}
