/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stddef.h>

#include "base/attr.h"

/*
 * What went wrong, for a person: an errno for the program, one sentence that
 * says what to do, and the file and line it is about. Fixed size, so that the
 * error path never allocates.
 *
 * Functions that report to a person take `struct fault *reterr` (NULL is
 * allowed: nothing is recorded) and return the negative errno.
 */
enum { FAULT_FILE_MAX = 512, FAULT_TEXT_MAX = 768 };

struct fault {
    int err;                   /* positive errno; 0: no fault recorded */
    unsigned line;             /* 1-based; 0: the fault is about the whole file, or about no file */
    char file[FAULT_FILE_MAX]; /* as the user named it; "" if none */
    char text[FAULT_TEXT_MAX]; /* one sentence without a newline, in the user's language */
};

/* Record a fault and return -err. A longer text is cut at a character's edge;
 * control characters (a file name may hold a newline) become '?'. file may be NULL. */
int fault_set(struct fault *fault, int err, const char *file, unsigned line, const char *format,
              ...) PRINTF_LIKE(5, 6);

/* Exit status of the command line for an errno: 1 for input that is wrong or
 * was refused, 3 for an environment that failed (disk, database, device). */
int fault_exit_status(int err);

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct finding {
    enum severity severity;
    const char *rule; /* static, lower-case with hyphens: "unknown-key" */
    struct fault fault;
};

/*
 * A list of findings, for work that reports every mistake at once. Bounded: past
 * FINDINGS_MAX it only counts, so that hostile input cannot fill the memory.
 * Zero-initialised is empty; findings_finish() frees.
 */
enum { FINDINGS_MAX = 2000 };

struct findings {
    struct finding *items;
    size_t n;
    size_t capacity;
    size_t n_errors;  /* all errors seen, kept or not */
    size_t n_dropped; /* seen, but past FINDINGS_MAX or out of memory */
};

void findings_add(struct findings *findings, enum severity severity, const char *rule,
                  const char *file, unsigned line, const char *format, ...) PRINTF_LIKE(6, 7);
/* Take over a fault that a function returned, as an error. */
void findings_add_fault(struct findings *findings, const char *rule, const struct fault *fault);
/* Errors before warnings, each in the order in which they were added. */
void findings_put_errors_first(struct findings *findings);
void findings_finish(struct findings *findings);

#endif
