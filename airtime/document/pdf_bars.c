/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/document/format.h"
#include "airtime/document/pdf_int.h"

/* Bars against their goal: a label, the bar with a mark at 100 %, and what it says. */

static const double ROW = 22;
static const double BAR = 11;
static const double LABEL_SHARE = 0.42;
static const double BAR_SHARE = 0.34;
static const double FULL = 1000; /* 100 % */
static const double MOST = 1250; /* what goes beyond is cut off there */

static void draw_bar(struct pdf_flow *flow, const struct document_bar *bar)
{
    struct canvas_style label = {.size = 11, .align = CANVAS_LEFT, .max_lines = 1};
    double x = PDF_LEFT + PDF_WIDTH * LABEL_SHARE;
    double width = PDF_WIDTH * BAR_SHARE;
    double share = (double)bar->percent < MOST ? (double)bar->percent / MOST : 1;
    double goal = x + width * FULL / MOST;
    double top = flow->y + (ROW - BAR) / 2;
    canvas_text(flow->canvas, PDF_LEFT, flow->y + 4, PDF_WIDTH * LABEL_SHARE - 6, bar->label,
                &label);
    canvas_fill(flow->canvas, x, top, goal - x, BAR, 0.9);
    canvas_fill(flow->canvas, x, top, width * share, BAR, bar->percent >= FULL ? 0.35 : 0.55);
    canvas_rule(flow->canvas, goal, top - 2, goal, top + BAR + 2, 1);
    canvas_text(flow->canvas, x + width + 6, flow->y + 4,
                PDF_WIDTH * (1 - LABEL_SHARE - BAR_SHARE) - 6, bar->text, &label);
    flow->y += ROW;
}

void pdf_bars(struct pdf_flow *flow, const struct document_bars *bars)
{
    struct canvas_style caption = {.size = 12, .italic = true, .align = CANVAS_CENTRE};
    pdf_make_room(flow, 3 * ROW);
    if (bars->caption) {
        flow->y += canvas_text(flow->canvas, PDF_LEFT, flow->y, PDF_WIDTH, bars->caption, &caption)
                       .height +
                   4;
    }
    for (size_t i = 0; i < bars->n_bars; i++) {
        pdf_make_room(flow, ROW);
        draw_bar(flow, &bars->bars[i]);
    }
    flow->y += ROW / 2;
}
