/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdio.h>

#include "base/attr.h"

struct clock;
struct fault;

/*
 * A logger is an object with a prefix, handed down by whoever runs a process.
 * Library code does not log: it returns. One line an event, on one write(), so
 * that lines of several threads never mix.
 *
 * Threads: any, but never where sound is made (playout/rt posts events instead).
 */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
    FILE *stream;        /* borrowed; NULL: silent */
    const char *prefix;  /* borrowed: "run", "device" */
    enum log_level most; /* what is more detailed is left out */
    struct clock *clock; /* borrowed; gives the instant at the line's head; NULL: none */
};

/* A logger that prints nothing. */
extern const struct log LOG_SILENT;

void log_line(const struct log *log, enum log_level level, const char *format, ...)
    PRINTF_LIKE(3, 4);
void log_fault(const struct log *log, enum log_level level, const struct fault *fault);

#endif
