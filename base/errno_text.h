/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_ERRNO_TEXT_H
#define BASE_ERRNO_TEXT_H

/* What a positive errno means to a person and what to do about it, in the user's language,
 * to stand behind a colon: "cannot be written: %s". The rarer ones are as strerror() has
 * them. Static storage; may be called from every thread; leaves errno alone. */
const char *errno_text(int err);

#endif
