/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/document/canvas.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <limits.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/strbuf.h"

/* Same metrics, so that pages break alike wherever they are made. */
static const char FACES[] = "Times New Roman, Liberation Serif, Tinos, serif";
enum { ISO_MAX = 40, LINE_BYTES_MAX = 400 };

struct canvas {
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoFontMap *fonts;
    PangoLayout *layout;
    struct strbuf *out;
};

static cairo_status_t take_bytes(void *context, const unsigned char *bytes, unsigned n)
{
    struct strbuf *out = context;
    strbuf_add_bytes(out, (const char *)bytes, n);
    return strbuf_failed(out) ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void write_facts(cairo_surface_t *surface, const struct canvas_facts *facts)
{
    char created[ISO_MAX];
    struct tm utc;
    time_t seconds = (time_t)(facts->created_us / 1000000);
    gmtime_r(&seconds, &utc);
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, facts->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, facts->author);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, created);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, created);
}

int canvas_create(double width, double height, const struct canvas_facts *facts, struct strbuf *out,
                  struct canvas **ret_canvas, struct fault *reterr)
{
    AUTO(canvas_destroy) struct canvas *canvas = calloc(1, sizeof *canvas);
    if (!canvas) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    canvas->out = out;
    canvas->surface = cairo_pdf_surface_create_for_stream(take_bytes, out, width, height);
    canvas->cairo = cairo_create(canvas->surface);
    if (cairo_status(canvas->cairo) != CAIRO_STATUS_SUCCESS) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    write_facts(canvas->surface, facts);
    /* Its own fonts, which go with it; the process has no use for a cache of them. */
    canvas->fonts = pango_cairo_font_map_new();
    PangoContext *context = pango_font_map_create_context(canvas->fonts);
    pango_cairo_update_context(canvas->cairo, context);
    /* Sizes are points of the page, whatever the system thinks of a screen. */
    pango_cairo_context_set_resolution(context, 72);
    canvas->layout = pango_layout_new(context);
    g_object_unref(context);
    pango_layout_set_wrap(canvas->layout, PANGO_WRAP_WORD_CHAR);
    *ret_canvas = STEAL(canvas);
    return 0;
}

int canvas_finish(struct canvas *canvas, struct fault *reterr)
{
    cairo_surface_finish(canvas->surface);
    cairo_status_t status = cairo_surface_status(canvas->surface);
    status = status == CAIRO_STATUS_SUCCESS ? cairo_status(canvas->cairo) : status;
    if (strbuf_failed(canvas->out) || status == CAIRO_STATUS_NO_MEMORY) {
        return fault_set(reterr, ENOMEM, NULL, 0,
                         _("the report is too large for this machine; take a shorter period"));
    }
    if (status != CAIRO_STATUS_SUCCESS && status != CAIRO_STATUS_SURFACE_FINISHED) {
        return fault_set(reterr, EIO, NULL, 0, _("the pages cannot be drawn: %s"),
                         cairo_status_to_string(status));
    }
    return 0;
}

struct canvas *canvas_destroy(struct canvas *canvas)
{
    if (canvas) {
        if (canvas->layout) {
            g_object_unref(canvas->layout);
        }
        if (canvas->fonts) {
            g_object_unref(canvas->fonts);
        }
        cairo_destroy(canvas->cairo);
        cairo_surface_destroy(canvas->surface);
        free(canvas);
    }
    return NULL;
}

void canvas_next_page(struct canvas *canvas)
{
    cairo_show_page(canvas->cairo);
}

/* An ellipsis carries the text that it stands for, however long: far more than a line holds is left
 * out before. */
static size_t text_bytes(const char *text, const struct canvas_style *style)
{
    size_t n = strlen(text);
    size_t most = (size_t)style->max_lines * LINE_BYTES_MAX;
    if (most == 0 || n <= most) {
        return n < INT_MAX ? n : INT_MAX;
    }
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80) {
        most--;
    }
    return most;
}

static void set_text(struct canvas *canvas, const char *text, const struct canvas_style *style,
                     double width)
{
    static const PangoAlignment aligns[] = {PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT,
                                            PANGO_ALIGN_LEFT};
    PangoLayout *layout = canvas->layout;
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, FACES);
    pango_font_description_set_size(font, (int)(style->size * PANGO_SCALE));
    pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_style(font, style->italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_alignment(layout, aligns[style->align]);
    pango_layout_set_justify(layout, style->align == CANVAS_JUSTIFY);
    pango_layout_set_indent(layout, (int)(style->first_indent * PANGO_SCALE));
    pango_layout_set_height(layout, style->max_lines ? -style->max_lines : -1);
    pango_layout_set_ellipsize(layout,
                               style->max_lines ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
    size_t n = text_bytes(text, style);
    if (g_utf8_validate(text, (gssize)n, NULL)) {
        pango_layout_set_text(layout, text, (int)n);
        return;
    }
    char *valid = g_utf8_make_valid(text, (gssize)n);
    pango_layout_set_text(layout, valid, -1);
    g_free(valid);
}

static struct canvas_size size_now(struct canvas *canvas)
{
    int width = 0;
    int height = 0;
    pango_layout_get_size(canvas->layout, &width, &height);
    return (struct canvas_size){(double)width / PANGO_SCALE, (double)height / PANGO_SCALE};
}

struct canvas_size canvas_measure(struct canvas *canvas, const char *text,
                                  const struct canvas_style *style, double width)
{
    set_text(canvas, text, style, width);
    return size_now(canvas);
}

struct canvas_size canvas_text(struct canvas *canvas, double x, double y, double width,
                               const char *text, const struct canvas_style *style)
{
    set_text(canvas, text, style, width);
    cairo_move_to(canvas->cairo, x, y);
    pango_cairo_show_layout(canvas->cairo, canvas->layout);
    return size_now(canvas);
}

double canvas_lines(struct canvas *canvas, double x, double y, double width, double height,
                    const char *text, const struct canvas_style *style, size_t *line,
                    bool *ret_done)
{
    set_text(canvas, text, style, width);
    PangoLayoutIter *lines = pango_layout_get_iter(canvas->layout);
    double top = 0; /* of the first that is drawn, in the layout */
    double used = 0;
    size_t n = 0;
    bool fits = true;
    bool more = true;
    for (; more && fits; more = fits && pango_layout_iter_next_line(lines), n++) {
        PangoRectangle box;
        pango_layout_iter_get_line_extents(lines, NULL, &box);
        double bottom = (double)(box.y + box.height) / PANGO_SCALE;
        if (n < *line) {
            top = bottom;
            continue;
        }
        fits = bottom - top <= height;
        if (fits) {
            double baseline = (double)pango_layout_iter_get_baseline(lines) / PANGO_SCALE;
            cairo_move_to(canvas->cairo, x + (double)box.x / PANGO_SCALE, y + baseline - top);
            pango_cairo_show_layout_line(canvas->cairo, pango_layout_iter_get_line_readonly(lines));
            used = bottom - top;
        }
    }
    pango_layout_iter_free(lines);
    *line = fits ? n : n - 1;
    *ret_done = fits;
    return used;
}

void canvas_rule(struct canvas *canvas, double x1, double y1, double x2, double y2,
                 double thickness)
{
    cairo_set_line_width(canvas->cairo, thickness);
    cairo_move_to(canvas->cairo, x1, y1);
    cairo_line_to(canvas->cairo, x2, y2);
    cairo_stroke(canvas->cairo);
}

void canvas_fill(struct canvas *canvas, double x, double y, double width, double height,
                 double grey)
{
    cairo_set_source_rgb(canvas->cairo, grey, grey, grey);
    cairo_rectangle(canvas->cairo, x, y, width, height);
    cairo_fill(canvas->cairo);
    cairo_set_source_rgb(canvas->cairo, 0, 0, 0);
}
