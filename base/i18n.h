/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_I18N_H
#define BASE_I18N_H

#include <libintl.h>

/* Sentences for people are written in English in the code and read in the
 * user's language: Vietnamese unless the locale asks for English. po/vi.po is
 * complete; a test says so. */
#define _(text) gettext(text)
#define N_(text) text

#endif
