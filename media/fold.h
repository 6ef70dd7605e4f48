/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_FOLD_H
#define MEDIA_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "media/import.h"

/*
 * Names across alphabets: the one place that knows utf8proc. Private to media.
 */

/* 1..64 of a-z 0-9, with single hyphens inside. */
bool code_is_valid(const char *text);

/*
 * A code from a file's name: lower case, đ as d, accents away, and one hyphen for
 * whatever else is between ("Tin Tứ Kỳ (số 2)" gives "tin-tu-ky-so-2"). A name typed on
 * one system and on another (NFC, NFD) gives the same code.
 * -EINVAL: not UTF-8, or nothing is left; -ENAMETOOLONG: past 64; -ENOMEM.
 */
MUST_CHECK int code_from_name(const char *name, char out[static IMPORT_CODE_MAX]);

/* The whole text folded as code_from_name() does it, of any length, so that "Cải cách hành chính",
 * its decomposed form and "cai-cach hanh_chinh" are one; the caller frees it. NULL: not UTF-8,
 * nothing is left, or no memory. */
MUST_CHECK char *text_fold(const char *text);

/* Have two names the same letters and digits, with their accents? Case, Unicode's forms, blanks and
 * signs make no difference: "Thôn Đông" is "thôn_đông" and not "Thôn Dòng". */
bool names_are_alike(const char *a, const char *b);

/* Is there a character in it that nobody can read and that breaks lists: a control
 * character, or one that separates lines or paragraphs? The text is UTF-8. */
bool text_has_control(const char *text);

enum text_form { TEXT_COMPOSED, TEXT_DECOMPOSED };

/* The text in Unicode's NFC or NFD; the caller frees it. NULL: not UTF-8, or no memory. */
MUST_CHECK char *text_normalise(const char *text, enum text_form form);

/* Is there a letter or a digit, of whatever script? The text is UTF-8. */
bool text_has_words(const char *text);

#endif
