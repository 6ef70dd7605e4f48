/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_DOCUMENT_CANVAS_H
#define AIRTIME_DOCUMENT_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;
struct strbuf;

/*
 * Pages to set text and draw lines on, which become a PDF. The only file that knows cairo and
 * pango: what stands on the pages is pdf.h's.
 *
 * Units   points of 1/72 inch, from the top left corner of the page.
 * Text    UTF-8; bytes that are not are shown as a replacement sign. In a face with the metrics of
 *         Times New Roman where the system has one.
 * Errors  are kept, and told once by canvas_finish().
 */
struct canvas;

enum canvas_align { CANVAS_LEFT, CANVAS_CENTRE, CANVAS_RIGHT, CANVAS_JUSTIFY };

struct canvas_style {
    double size;
    bool bold;
    bool italic;
    enum canvas_align align;
    double first_indent; /* of the first line */
    int max_lines;       /* 0: all; else the rest is left out, with an ellipsis */
};

struct canvas_facts {
    const char *title;
    const char *author;
    int64_t created_us; /* written into the file; nothing asks the clock */
};

/* The bytes come into `out`, which is borrowed until canvas_destroy(). -ENOMEM. */
MUST_CHECK int canvas_create(double width, double height, const struct canvas_facts *facts,
                             struct strbuf *out, struct canvas **ret_canvas, struct fault *reterr);
/* All is drawn: the file is whole. */
MUST_CHECK int canvas_finish(struct canvas *canvas, struct fault *reterr);
struct canvas *canvas_destroy(struct canvas *canvas); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct canvas, canvas_destroy)

void canvas_next_page(struct canvas *canvas);

struct canvas_size {
    double width; /* of the longest line */
    double height;
};
struct canvas_size canvas_measure(struct canvas *canvas, const char *text,
                                  const struct canvas_style *style, double width);
/* The size of what was drawn. */
struct canvas_size canvas_text(struct canvas *canvas, double x, double y, double width,
                               const char *text, const struct canvas_style *style);

/* A text that may go on over pages: draws lines from *line on, as many as `height` holds, and moves
 * *line on. The height that they took; *ret_done when there are no more. */
double canvas_lines(struct canvas *canvas, double x, double y, double width, double height,
                    const char *text, const struct canvas_style *style, size_t *line,
                    bool *ret_done);

void canvas_rule(struct canvas *canvas, double x1, double y1, double x2, double y2,
                 double thickness);
/* grey: 0 black to 1 white */
void canvas_fill(struct canvas *canvas, double x, double y, double width, double height,
                 double grey);

#endif
