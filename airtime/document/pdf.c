/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/document/pdf.h"

#include <errno.h>
#include <stdio.h>

#include "airtime/document/format.h"
#include "airtime/document/pdf_int.h"
#include "base/i18n.h"
#include "station/station.h"

static const double GAP = 6;
static const double SIGNING_SPACE = 64; /* for the signature and the seal */

static const struct canvas_style body = {.size = 13, .align = CANVAS_JUSTIFY, .first_indent = 28};

static struct canvas_style centred(double size, bool bold)
{
    return (struct canvas_style){.size = size, .bold = bold, .align = CANVAS_CENTRE};
}

/* ---- the flow */

void pdf_next_page(struct pdf_flow *flow)
{
    char number[DOCUMENT_NUMBER_MAX];
    struct canvas_style style = centred(13, false);
    canvas_next_page(flow->canvas);
    flow->page++;
    flow->y = PDF_TOP;
    snprintf(number, sizeof number, "%d", flow->page);
    canvas_text(flow->canvas, PDF_LEFT, PDF_TOP / 2, PDF_WIDTH, number, &style);
}

bool pdf_make_room(struct pdf_flow *flow, double height)
{
    bool another = flow->y + height > PDF_BOTTOM && flow->y > PDF_TOP;
    if (another) {
        pdf_next_page(flow);
    }
    return another;
}

/* Over as many pages as it takes. */
static void paragraph(struct pdf_flow *flow, const char *text, const struct canvas_style *style)
{
    size_t line = 0;
    bool done = false;
    pdf_make_room(flow, 2 * style->size);
    while (!done) {
        size_t before = line;
        flow->y += canvas_lines(flow->canvas, PDF_LEFT, flow->y, PDF_WIDTH, PDF_BOTTOM - flow->y,
                                text, style, &line, &done);
        if (!done && line == before && flow->y <= PDF_TOP) {
            break; /* a line that is higher than a page */
        }
        if (!done) {
            pdf_next_page(flow);
        }
    }
    flow->y += GAP;
}

static void heading(struct pdf_flow *flow, const char *text)
{
    struct canvas_style style = {.size = 13, .bold = true, .align = CANVAS_LEFT};
    pdf_make_room(flow, 5 * style.size); /* never alone at the end of a page */
    flow->y += flow->y > PDF_TOP ? GAP : 0;
    paragraph(flow, text, &style);
}

static void blocks(struct pdf_flow *flow, const struct document_blocks *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct document_block *block = &all->items[i];
        switch (block->kind) {
        case DOCUMENT_HEADING:
            heading(flow, block->text);
            break;
        case DOCUMENT_PARAGRAPH:
            paragraph(flow, block->text, &body);
            break;
        case DOCUMENT_TABLE:
            pdf_table(flow, &block->table);
            break;
        case DOCUMENT_BARS:
            pdf_bars(flow, &block->bars);
            break;
        }
    }
}

/* ---- the head */

/* Lines of text below each other in a column, with a rule beneath as long as a part of the last. */
struct column {
    double x;
    double width;
    double y;
};

static double put(struct pdf_flow *flow, struct column *column, const char *text,
                  const struct canvas_style *style)
{
    struct canvas_size size =
        canvas_text(flow->canvas, column->x, column->y, column->width, text, style);
    column->y += size.height;
    return size.width;
}

static void rule_beneath(struct pdf_flow *flow, struct column *column, double length)
{
    double middle = column->x + column->width / 2;
    canvas_rule(flow->canvas, middle - length / 2, column->y + 2, middle + length / 2,
                column->y + 2, 0.7);
    column->y += 2 * GAP;
}

static void head(struct pdf_flow *flow, const struct document *document)
{
    const struct letterhead *letterhead = document->letterhead;
    struct column left = {PDF_LEFT - PDF_MM(5), PDF_WIDTH * 0.42, flow->y};
    struct column right = {PDF_LEFT + PDF_WIDTH * 0.42, PDF_WIDTH * 0.58 + PDF_MM(3), flow->y};
    struct canvas_style plain = centred(12, false);
    struct canvas_style strong = centred(12, true);
    struct canvas_style motto = centred(13, true);
    struct canvas_style dated = {.size = 13, .italic = true, .align = CANVAS_CENTRE};
    char text[DOCUMENT_HEAD_MAX];
    if (letterhead->superior) {
        put(flow, &left, letterhead->superior, &plain);
    }
    double width = put(flow, &left, letterhead->issuer, &strong);
    rule_beneath(flow, &left, width / 2.5);
    put(flow, &right, _("SOCIALIST REPUBLIC OF VIET NAM"), &strong);
    width = put(flow, &right, _("Independence - Freedom - Happiness"), &motto);
    rule_beneath(flow, &right, width);
    left.y = right.y = left.y > right.y ? left.y : right.y;
    document_number_text(document, text);
    plain.size = 13;
    put(flow, &left, text, &plain);
    document_date_text(document, text);
    put(flow, &right, text, &dated);
    struct column title = {PDF_LEFT, PDF_WIDTH, (left.y > right.y ? left.y : right.y) + 3 * GAP};
    motto.size = 14;
    put(flow, &title, document->type, &motto);
    put(flow, &title, document->abstract, &motto);
    rule_beneath(flow, &title, PDF_WIDTH / 5);
    flow->y = title.y + GAP;
}

/* ---- recipients and signature, which stay together */

static void put_recipients(struct pdf_flow *flow, struct column *left,
                           const struct letterhead *letterhead)
{
    struct canvas_style title = {.size = 12, .bold = true, .italic = true};
    struct canvas_style small = {.size = 11};
    char line[DOCUMENT_HEAD_MAX];
    if (letterhead->n_recipients) {
        put(flow, left, _("Recipients:"), &title);
    }
    for (size_t i = 0; i < letterhead->n_recipients; i++) {
        snprintf(line, sizeof line, "- %.200s", letterhead->recipients[i]);
        put(flow, left, line, &small);
    }
}

static double signature_height(const struct letterhead *letterhead)
{
    double recipients = 16.0 + 14.0 * (double)letterhead->n_recipients;
    double signing = 3 * 16.0 + SIGNING_SPACE;
    return 2 * GAP + (recipients > signing ? recipients : signing);
}

static void signature(struct pdf_flow *flow, const struct letterhead *letterhead)
{
    struct canvas_style strong = centred(13, true);
    pdf_make_room(flow, signature_height(letterhead));
    flow->y += 2 * GAP;
    struct column left = {PDF_LEFT, PDF_WIDTH * 0.48, flow->y};
    struct column right = {PDF_LEFT + PDF_WIDTH * 0.5, PDF_WIDTH * 0.5, flow->y};
    put_recipients(flow, &left, letterhead);
    if (letterhead->authority) {
        put(flow, &right, letterhead->authority, &strong);
    }
    if (letterhead->position) {
        put(flow, &right, letterhead->position, &strong);
    }
    right.y += SIGNING_SPACE;
    if (letterhead->signer) {
        put(flow, &right, letterhead->signer, &strong);
    }
    flow->y = left.y > right.y ? left.y : right.y;
}

/* Nobody signs a page on which nothing stands: the last paragraph stays with the signature. */
static void body_and_signature(struct pdf_flow *flow, const struct document *document)
{
    struct document_blocks before = document->body;
    const struct document_block *last = before.n ? &before.items[before.n - 1] : NULL;
    if (last && last->kind == DOCUMENT_PARAGRAPH) {
        before.n--;
        blocks(flow, &before);
        double height = canvas_measure(flow->canvas, last->text, &body, PDF_WIDTH).height + GAP;
        pdf_make_room(flow, height + signature_height(document->letterhead));
        paragraph(flow, last->text, &body);
    } else {
        blocks(flow, &before);
    }
    signature(flow, document->letterhead);
}

static void annex(struct pdf_flow *flow, const struct document *document)
{
    struct canvas_style strong = centred(14, true);
    if (document->annex.n == 0) {
        return;
    }
    pdf_next_page(flow);
    struct column title = {PDF_LEFT, PDF_WIDTH, flow->y};
    put(flow, &title, document->annex_title, &strong);
    flow->y = title.y + 2 * GAP;
    blocks(flow, &document->annex);
}

static void foot(struct pdf_flow *flow, const struct document *document)
{
    struct canvas_style small = {.size = 9, .italic = true, .align = CANVAS_LEFT};
    if (document->foot) {
        flow->y += GAP;
        paragraph(flow, document->foot, &small);
    }
}

int document_write_pdf(const struct document *document, struct strbuf *out, struct fault *reterr)
{
    struct canvas_facts facts = {.title = document->abstract,
                                 .author = document->letterhead->issuer,
                                 .created_us = document->made_us};
    AUTO(canvas_destroy) struct canvas *canvas = NULL;
    int r = canvas_create(PDF_PAGE_WIDTH, PDF_PAGE_HEIGHT, &facts, out, &canvas, reterr);
    if (r < 0) {
        return r;
    }
    struct pdf_flow flow = {.canvas = canvas, .y = PDF_TOP, .page = 1};
    head(&flow, document);
    body_and_signature(&flow, document);
    annex(&flow, document);
    foot(&flow, document);
    return canvas_finish(canvas, reterr);
}
