/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_DOCUMENT_PDF_INT_H
#define AIRTIME_DOCUMENT_PDF_INT_H

#include "airtime/document/canvas.h"
#include "airtime/document/document.h"

/* How a document flows down its pages. Private to pdf*.c. Units: points. */
#define PDF_MM(mm) ((mm)*72 / 25.4)

static const double PDF_PAGE_WIDTH = PDF_MM(210);
static const double PDF_PAGE_HEIGHT = PDF_MM(297);
/* 20 to 25 mm at the top and the bottom, 30 to 35 at the left, 15 to 20 at the right */
static const double PDF_TOP = PDF_MM(20);
static const double PDF_BOTTOM = PDF_MM(297 - 20);
static const double PDF_LEFT = PDF_MM(30);
static const double PDF_WIDTH = PDF_MM(210 - 30 - 18);

struct pdf_flow {
    struct canvas *canvas;
    double y; /* where the next thing goes */
    int page; /* from 1 */
};

void pdf_next_page(struct pdf_flow *flow);
/* Another page, unless so much room is left on this one, or nothing stands on it yet. True if there
 * is another page now. */
bool pdf_make_room(struct pdf_flow *flow, double height);

void pdf_table(struct pdf_flow *flow, const struct document_table *table);
void pdf_bars(struct pdf_flow *flow, const struct document_bars *bars);

#endif
