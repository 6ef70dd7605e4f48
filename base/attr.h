/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

/* The one place, with cleanup.h, where compiler extensions are spelled out. */

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt_index, first_arg) __attribute__((format(printf, fmt_index, first_arg)))

/* RT_SAFE marks what may run where sound is made: no allocation, no lock, no
 * system call, no log. Compilers that can check it do; elsewhere the guard in
 * tests/fakes/rt_guard.c aborts a test that breaks it. */
#if defined(__has_attribute)
#if __has_attribute(nonblocking)
#define RT_SAFE __attribute__((nonblocking))
#endif
#endif
#ifndef RT_SAFE
#define RT_SAFE
#endif

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
