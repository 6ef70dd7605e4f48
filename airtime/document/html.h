/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_DOCUMENT_HTML_H
#define AIRTIME_DOCUMENT_HTML_H

#include "airtime/document/document.h"

struct strbuf;

/*
 * A document as one page of a browser, which needs nothing else: no script, no address, its style
 * within, and well-formed as XML too. It is read on a telephone and printed on A4 alike. Adds to
 * the buffer; strbuf_failed() tells when that did not work. Bytes that are not UTF-8, and control
 * characters, become U+FFFD.
 */
void document_write_html(const struct document *document, struct strbuf *out);

#endif
