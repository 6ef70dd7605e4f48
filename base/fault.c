/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Printable on one line of a terminal, and whole UTF-8 characters only. */
static void make_printable(char *text, bool was_cut)
{
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    if (!was_cut) {
        return;
    }
    size_t n = strlen(text);
    while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80) {
        n--;
    }
    if (n > 0 && (unsigned char)text[n - 1] >= 0xc0) {
        n--;
    }
    text[n] = '\0';
}

static void fault_fill(struct fault *fault, int err, const char *file, unsigned line,
                       const char *format, va_list args)
{
    fault->err = err;
    fault->line = line;
    int n_file = snprintf(fault->file, sizeof fault->file, "%s", file ? file : "");
    make_printable(fault->file, n_file >= (int)sizeof fault->file);
    int n_text = vsnprintf(fault->text, sizeof fault->text, format, args);
    make_printable(fault->text, n_text >= (int)sizeof fault->text);
}

int fault_set(struct fault *fault, int err, const char *file, unsigned line, const char *format,
              ...)
{
    if (fault) {
        va_list args;
        va_start(args, format);
        fault_fill(fault, err, file, line, format, args);
        va_end(args);
    }
    return -err;
}

int fault_exit_status(int err)
{
    switch (err) {
    case 0:
        return 0;
    case EINVAL:
    case ENOENT:
    case EEXIST:
    case EPERM:
    case EBADMSG:
    case ERANGE:
    case ELOOP:
    case E2BIG:
    case ENAMETOOLONG:
    case ENODATA:
    case ENOTDIR:
    case EISDIR:
    case EALREADY: /* another radio runs; the database that is busy is EBUSY */
    case ENOTSUP:
        return 1;
    default:
        return 3;
    }
}

static struct finding *findings_next(struct findings *findings, enum severity severity)
{
    if (severity == SEVERITY_ERROR) {
        findings->n_errors++;
    }
    if (findings->n == findings->capacity && findings->n < FINDINGS_MAX) {
        size_t capacity = findings->capacity ? findings->capacity * 2 : 16;
        struct finding *items = realloc(findings->items, capacity * sizeof *items);
        if (items) {
            findings->items = items;
            findings->capacity = capacity;
        }
    }
    if (findings->n >= findings->capacity || findings->n >= FINDINGS_MAX) {
        findings->n_dropped++;
        return NULL;
    }
    return &findings->items[findings->n++];
}

void findings_add(struct findings *findings, enum severity severity, const char *rule,
                  const char *file, unsigned line, const char *format, ...)
{
    struct finding *finding = findings_next(findings, severity);
    if (!finding) {
        return;
    }
    finding->severity = severity;
    finding->rule = rule;
    va_list args;
    va_start(args, format);
    fault_fill(&finding->fault, EINVAL, file, line, format, args);
    va_end(args);
}

void findings_add_fault(struct findings *findings, const char *rule, const struct fault *fault)
{
    struct finding *finding = findings_next(findings, SEVERITY_ERROR);
    if (finding) {
        *finding = (struct finding){.severity = SEVERITY_ERROR, .rule = rule, .fault = *fault};
    }
}

void findings_put_errors_first(struct findings *findings)
{
    for (size_t i = 1; i < findings->n; i++) {
        struct finding finding = findings->items[i];
        size_t at = i;
        while (at > 0 && finding.severity == SEVERITY_ERROR &&
               findings->items[at - 1].severity == SEVERITY_WARNING) {
            findings->items[at] = findings->items[at - 1];
            at--;
        }
        findings->items[at] = finding;
    }
}

void findings_finish(struct findings *findings)
{
    free(findings->items);
    *findings = (struct findings){0};
}
