/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_DOCUMENT_FORMAT_H
#define AIRTIME_DOCUMENT_FORMAT_H

#include "airtime/document/document.h"

/*
 * The numbers and times of documents as people read them, in the language of the locale:
 *
 *                     vi                     en
 *     count           12.345                 12,345
 *     seconds         1:23:45                1:23:45
 *     minutes         83,8                   83.8          (to the nearest tenth)
 *     percent         85,3 %                 85.3 %
 *     instant         10/05/2023 17:00:05    2023-05-10 17:00:05
 */
enum { DOCUMENT_NUMBER_MAX = 64 };

void document_format(enum document_type type, int64_t value, char out[static DOCUMENT_NUMBER_MAX]);
/* A cell's text: its own, or what its value is written as into `out`; "" when it is empty. */
const char *document_cell_text(enum document_type type, const struct document_cell *cell,
                               char out[static DOCUMENT_NUMBER_MAX]);

/* The heads of official letters, of which parts may be left open. In the arena of nobody: `out`. */
enum { DOCUMENT_HEAD_MAX = 256 };
/* "Số: 12/BC-ĐPT" */
void document_number_text(const struct document *document, char out[static DOCUMENT_HEAD_MAX]);
/* "Tứ Kỳ, ngày 05 tháng 01 năm 2024": days below 10 and the first two months with two digits. */
void document_date_text(const struct document *document, char out[static DOCUMENT_HEAD_MAX]);

#endif
