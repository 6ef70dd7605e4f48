/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/zone.h"

const struct log LOG_SILENT = {.stream = NULL};

static const char *level_mark(enum log_level level)
{
    switch (level) {
    case LOG_ERROR:
        return "E";
    case LOG_WARNING:
        return "W";
    case LOG_INFO:
        return "I";
    default:
        return "D";
    }
}

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
    if (!log->stream || level > log->most) {
        return;
    }
    char instant[ZONE_INSTANT_MAX] = "";
    if (log->clock) {
        int64_t us = clock_now_us(log->clock);
        zone_format_instant(us - us % 1000000, instant); /* people read whole seconds */
    }
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    flockfile(log->stream);
    fprintf(log->stream, "%s%s%s %s: %s\n", instant, *instant ? " " : "", level_mark(level),
            log->prefix ? log->prefix : "loa", text);
    fflush(log->stream);
    funlockfile(log->stream);
}

void log_fault(const struct log *log, enum log_level level, const struct fault *fault)
{
    if (fault->line) {
        log_line(log, level, "%s:%u: %s", fault->file, fault->line, fault->text);
    } else if (*fault->file) {
        log_line(log, level, "%s: %s", fault->file, fault->text);
    } else {
        log_line(log, level, "%s", fault->text);
    }
}
