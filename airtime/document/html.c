/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/document/html.h"

#include <string.h>

#include "airtime/document/format.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "station/station.h"

static const char STYLE[] =
    "body{font-family:\"Times New Roman\",\"Liberation Serif\",serif;font-size:1.05rem;line-height:"
    "1.4;max-width:60rem;margin:1.5rem auto;padding:0 1rem;color:#111;background:#fff}"
    "header,footer{display:flex;flex-wrap:wrap;gap:1rem 2rem;justify-content:space-between}"
    "header div{text-align:center;flex:1 1 16rem}header p,footer p{margin:.15rem 0}"
    "h1{text-align:center;font-size:1.25rem;margin:1.5rem 0}"
    "h1 span{display:block}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}"
    "caption{font-style:italic;padding:.3rem}th,td{border:1px solid #777;padding:.2rem .4rem;"
    "vertical-align:top}thead th{background:#eee}td{text-align:right;white-space:nowrap}"
    "th,td.t{text-align:left;white-space:normal;font-weight:inherit}thead th,tr.sum{font-weight:"
    "bold}"
    ".bar{display:grid;grid-template-columns:minmax(8rem,2fr) 3fr minmax(6rem,1fr);gap:.6rem;"
    "align-items:center;margin:.25rem 0}.bar svg{width:100%;height:.9rem}"
    "footer{margin-top:2rem}footer .sign{text-align:center;min-width:16rem}"
    ".space{height:5rem}small{font-style:italic}"
    "@media print{@page{size:A4;margin:20mm 18mm 20mm 30mm}body{font-size:12pt;margin:0;padding:0;"
    "max-width:none}tr{break-inside:avoid}thead{display:table-header-group}.wide{overflow:visible}"
    "}";

static void add_escaped(struct strbuf *out, const char *text)
{
    for (const char *at = text; *at;) {
        size_t n = utf8_char_bytes(at);
        if (n == 0 || (unsigned char)*at < ' ') {
            strbuf_add(out, "\xef\xbf\xbd");
            at++;
            continue;
        }
        switch (*at) {
        case '&':
            strbuf_add(out, "&amp;");
            break;
        case '<':
            strbuf_add(out, "&lt;");
            break;
        case '>':
            strbuf_add(out, "&gt;");
            break;
        case '"':
            strbuf_add(out, "&quot;");
            break;
        default:
            strbuf_add_bytes(out, at, n);
        }
        at += n;
    }
}

/* <tag>text</tag>, or nothing where there is no text. */
static void element(struct strbuf *out, const char *tag, const char *text)
{
    if (text) {
        strbuf_printf(out, "<%s>", tag);
        add_escaped(out, text);
        strbuf_printf(out, "</%s>\n", tag);
    }
}

static void strong(struct strbuf *out, const char *text)
{
    if (text) {
        strbuf_add(out, "<p><strong>");
        add_escaped(out, text);
        strbuf_add(out, "</strong></p>\n");
    }
}

static void head(struct strbuf *out, const struct document *document)
{
    char text[DOCUMENT_HEAD_MAX];
    strbuf_add(out, "<header>\n<div>");
    element(out, "p", document->letterhead->superior);
    strong(out, document->letterhead->issuer);
    document_number_text(document, text);
    element(out, "p", text);
    strbuf_add(out, "</div>\n<div>");
    strong(out, _("SOCIALIST REPUBLIC OF VIET NAM"));
    strong(out, _("Independence - Freedom - Happiness"));
    document_date_text(document, text);
    element(out, "p", text);
    strbuf_add(out, "</div>\n</header>\n<main>\n<h1>");
    element(out, "span", document->type);
    element(out, "span", document->abstract);
    strbuf_add(out, "</h1>\n");
}

/* A row begins with what it is about, which is its heading. */
static void row(struct strbuf *out, const struct document_table *table,
                const struct document_row *cells)
{
    char number[DOCUMENT_NUMBER_MAX];
    strbuf_add(out, cells->is_total ? "<tr class=\"sum\">" : "<tr>");
    for (size_t i = 0; i < table->n_columns; i++) {
        enum document_type type = table->columns[i].type;
        if (i == 0) {
            strbuf_printf(out, "<th scope=\"row\" style=\"padding-left:%.1frem\">",
                          0.4 + cells->depth * 0.9);
        } else {
            strbuf_add(out, type == DOCUMENT_TEXT ? "<td class=\"t\">" : "<td>");
        }
        add_escaped(out, document_cell_text(type, &cells->cells[i], number));
        strbuf_add(out, i == 0 ? "</th>" : "</td>");
    }
    strbuf_add(out, "</tr>\n");
}

static void table(struct strbuf *out, const struct document_table *table)
{
    strbuf_add(out, "<div class=\"wide\"><table>\n");
    element(out, "caption", table->caption);
    strbuf_add(out, "<thead><tr>");
    for (size_t i = 0; i < table->n_columns; i++) {
        strbuf_add(out, "<th scope=\"col\">");
        add_escaped(out, table->columns[i].title);
        strbuf_add(out, "</th>");
    }
    strbuf_add(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < table->n_rows; i++) {
        row(out, table, &table->rows[i]);
    }
    strbuf_add(out, "</tbody></table></div>\n");
}

/* The picture says nothing that the text beside it does not. */
static void bar(struct strbuf *out, const struct document_bar *bar)
{
    static const long long full = 1000;
    static const long long most = 1250;
    long long length = bar->percent < most ? (long long)bar->percent : most;
    strbuf_add(out, "<div class=\"bar\"><span>");
    add_escaped(out, bar->label);
    strbuf_printf(out,
                  "</span><svg viewBox=\"0 0 %lld 100\" preserveAspectRatio=\"none\" "
                  "aria-hidden=\"true\"><rect width=\"%lld\" height=\"100\" fill=\"#e5e5e5\"/>"
                  "<rect width=\"%lld\" height=\"100\" fill=\"%s\"/><rect x=\"%lld\" width=\"6\" "
                  "height=\"100\"/></svg><span>",
                  most, full, length, bar->percent >= full ? "#2b6e3f" : "#9a5b00", full);
    add_escaped(out, bar->text);
    strbuf_add(out, "</span></div>\n");
}

static void bars(struct strbuf *out, const struct document_bars *bars)
{
    strbuf_add(out, "<figure>\n");
    element(out, "figcaption", bars->caption);
    for (size_t i = 0; i < bars->n_bars; i++) {
        bar(out, &bars->bars[i]);
    }
    strbuf_add(out, "</figure>\n");
}

static void blocks(struct strbuf *out, const struct document_blocks *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct document_block *block = &all->items[i];
        switch (block->kind) {
        case DOCUMENT_HEADING:
            element(out, "h2", block->text);
            break;
        case DOCUMENT_PARAGRAPH:
            element(out, "p", block->text);
            break;
        case DOCUMENT_TABLE:
            table(out, &block->table);
            break;
        case DOCUMENT_BARS:
            bars(out, &block->bars);
            break;
        }
    }
}

static void signature(struct strbuf *out, const struct letterhead *letterhead)
{
    strbuf_add(out, "<footer>\n<div>");
    if (letterhead->n_recipients) {
        strong(out, _("Recipients:"));
    }
    for (size_t i = 0; i < letterhead->n_recipients; i++) {
        strbuf_add(out, "<p>- ");
        add_escaped(out, letterhead->recipients[i]);
        strbuf_add(out, "</p>\n");
    }
    strbuf_add(out, "</div>\n<div class=\"sign\">");
    strong(out, letterhead->authority);
    strong(out, letterhead->position);
    strbuf_add(out, "<div class=\"space\"></div>");
    strong(out, letterhead->signer);
    strbuf_add(out, "</div>\n</footer>\n");
}

void document_write_html(const struct document *document, struct strbuf *out)
{
    strbuf_printf(out,
                  "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n",
                  /* the language of these texts, as a code of two letters */ _("en"));
    element(out, "title", document->abstract);
    strbuf_printf(out, "<style>%s</style>\n</head>\n<body>\n", STYLE);
    head(out, document);
    blocks(out, &document->body);
    signature(out, document->letterhead);
    if (document->annex.n) {
        element(out, "h1", document->annex_title);
        blocks(out, &document->annex);
    }
    element(out, "small", document->foot);
    strbuf_add(out, "</main>\n</body>\n</html>\n");
}
