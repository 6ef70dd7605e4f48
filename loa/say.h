/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_SAY_H
#define LOA_SAY_H

#include <stdbool.h>

#include "base/attr.h"
#include "station/station.h"

struct fault;
struct findings;

/*
 * What the command line tells a person. Results go to standard output; everything
 * here goes to standard error as `loa: WHERE: one sentence that says what to do`.
 */

/* Vietnamese unless the locale asks for English; call once, first thing in main(). */
void say_choose_language(void);
/* From now on in this one, whatever the locale asks for; before other threads start. */
void say_speak(enum language language);

void say(const char *format, ...) PRINTF_LIKE(1, 2);
/* Prints the fault and returns the exit status it means (1 or 3). */
MUST_CHECK int say_fault(const struct fault *fault);
/* Prints every finding, warnings marked as such. */
void say_findings(const struct findings *findings);
/* As say(), then "loa: see `loa COMMAND --help`"; returns exit status 2. */
MUST_CHECK int say_usage(const char *command, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
