/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_TEMP_DIR_H
#define TESTS_FAKES_TEMP_DIR_H

/* A folder of the test's own, made anew; remove it with everything in it. */
enum { TEMP_DIR_MAX = 128 };
void temp_dir_make(char out[static TEMP_DIR_MAX]);
void temp_dir_remove(const char *path);

/* Write a small text file under the folder, making the folders between; aborts on failure. */
void temp_dir_write(const char *dir, const char *name, const char *text);

#endif
