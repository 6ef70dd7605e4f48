/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/say.h"

#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "loa/beside.h"

/* The first of LC_ALL, LC_MESSAGES and LANG that is set decides, as in POSIX. */
static const char *wanted_language(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value) {
            return strncmp(value, "en", 2) == 0 ? "en" : "vi";
        }
    }
    return "vi";
}

void say_choose_language(void)
{
    /* gettext needs a locale that is installed; C.UTF-8 always is. Numbers keep
     * their point: scripts read them. */
    setenv("LANGUAGE", wanted_language(), 1);
    setlocale(LC_CTYPE, "C.UTF-8");
    setlocale(LC_MESSAGES, "C.UTF-8");
    char built[PATH_MAX];
    bindtextdomain("loa", beside_program(built, "locale") ? built : LOA_LOCALE_DIR);
    bind_textdomain_codeset("loa", "UTF-8");
    textdomain("loa");
}

void say_speak(enum language language)
{
    setenv("LANGUAGE", language == LANGUAGE_EN ? "en" : "vi", 1);
    setlocale(LC_MESSAGES, "C.UTF-8"); /* makes gettext look again */
}

static void say_list(const char *where, unsigned line, const char *format, va_list args)
{
    fflush(stdout);
    flockfile(stderr);
    fputs("loa: ", stderr);
    if (where && *where && line) {
        fprintf(stderr, "%s:%u: ", where, line);
    } else if (where && *where) {
        fprintf(stderr, "%s: ", where);
    }
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    funlockfile(stderr);
}

static void say_at(const char *where, unsigned line, const char *format, ...) PRINTF_LIKE(3, 4);
static void say_at(const char *where, unsigned line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(where, line, format, args);
    va_end(args);
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(NULL, 0, format, args);
    va_end(args);
}

int say_fault(const struct fault *fault)
{
    say_at(fault->file, fault->line, "%s", fault->text);
    return fault_exit_status(fault->err);
}

void say_findings(const struct findings *findings)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &findings->items[i];
        say_at(finding->fault.file, finding->fault.line, "%s%s",
               finding->severity == SEVERITY_WARNING ? _("warning: ") : "", finding->fault.text);
    }
    if (findings->n_dropped) {
        say(_("and %zu more"), findings->n_dropped);
    }
}

int say_usage(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(NULL, 0, format, args);
    va_end(args);
    if (command) {
        say(_("see `loa %s --help`"), command);
    } else {
        say(_("see `loa --help`"));
    }
    return 2;
}
