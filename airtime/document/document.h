/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_DOCUMENT_DOCUMENT_H
#define AIRTIME_DOCUMENT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct letterhead;

/*
 * A report as people read it: headings, paragraphs, tables and bars, before anybody has decided
 * whether that is paper, a spreadsheet or a page of a browser. One place composes it, each writer
 * (pdf.h, xlsx.h, html.h) only lays it out, so that no two of them say different things.
 *
 * Texts   UTF-8, already in the reader's language. Everything is borrowed and read-only.
 * Numbers are kept as numbers, so that a spreadsheet can go on reckoning with them;
 *         format.h writes them for people.
 */
enum document_type {
    DOCUMENT_TEXT,
    DOCUMENT_COUNT,   /* 0 and up */
    DOCUMENT_SECONDS, /* seconds, 0 and up, shown as 1:23:45 */
    DOCUMENT_MINUTES, /* seconds, 0 and up, shown as minutes to a tenth */
    DOCUMENT_PERCENT, /* in tenths: 853 is 85.3 % */
    DOCUMENT_INSTANT, /* microseconds since 1970 UTC, shown in the station's zone */
};

struct document_cell {
    const char *text; /* of DOCUMENT_TEXT; NULL of the others, and of an empty cell */
    int64_t value;
    bool has_value; /* false of DOCUMENT_TEXT, and of an empty cell */
};

struct document_column {
    const char *title;
    enum document_type type;
    double share; /* of the page's width, among those of its table; over 0 */
};

struct document_row {
    const struct document_cell *cells; /* as many as the table has columns */
    int depth;                         /* how far its first cell is indented; 0: not */
    bool is_total;                     /* stands out, as sums do */
};

struct document_table {
    const char *name; /* short, of a spreadsheet's page: at most 31 characters, none of []:*?/\ */
    const char *caption; /* NULL: none */
    const struct document_column *columns;
    size_t n_columns;
    const struct document_row *rows;
    size_t n_rows;
    bool is_dense; /* so long that each row is one line in small type, cut off where it must be */
};

/* One bar a line, from nothing to `percent`, with a mark at the goal, which is 100 %. */
struct document_bar {
    const char *label;
    int64_t percent;  /* in tenths, 0 and up */
    const char *text; /* what stands at its end, as "51 of 60 minutes" */
};

struct document_bars {
    const char *name; /* as a table's */
    const char *caption;
    const struct document_bar *bars;
    size_t n_bars;
};

enum document_block_kind {
    DOCUMENT_HEADING,
    DOCUMENT_PARAGRAPH,
    DOCUMENT_TABLE,
    DOCUMENT_BARS,
};

struct document_block {
    enum document_block_kind kind;
    const char *text; /* of a heading or paragraph */
    struct document_table table;
    struct document_bars bars;
};

struct document_blocks {
    const struct document_block *items;
    size_t n;
};

struct document {
    const struct letterhead *letterhead; /* station/station.h; with an issuer */
    const char *number;                  /* of the letter; NULL: left open, to be written by hand */
    int64_t dated_us;                    /* its day; INT64_MIN: left open likewise */
    int64_t made_us;  /* what stands in a file as the time it was made; nothing asks the clock */
    const char *type; /* "BÁO CÁO" */
    const char *abstract; /* what it is about; its first line stands below the type */
    struct document_blocks body;
    const char *annex_title;      /* of what comes on pages of its own after the signature */
    struct document_blocks annex; /* may be empty */
    const char *foot; /* small, after all else, as the seal; in a workbook on its first sheet;
                       * NULL: none */
};

#endif
