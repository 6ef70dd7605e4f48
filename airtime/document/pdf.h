/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_DOCUMENT_PDF_H
#define AIRTIME_DOCUMENT_PDF_H

#include "airtime/document/document.h"
#include "base/attr.h"

struct fault;
struct strbuf;

/*
 * A document on paper, in the form of official letters (Decree 30/2020/NĐ-CP, annex I): A4, the
 * national name and motto at the top right, who writes at the top left, number, place and date,
 * type and abstract, the text, recipients and the signature, the number of each page but the first
 * at its top. The annex begins on a page of its own. The head of a table is repeated on each page;
 * no row is torn.
 *
 * The same document gives the same bytes with the same fonts and libraries. They are added to the
 * buffer. -ENOMEM, or -EIO when it cannot be drawn.
 */
typedef int document_pdf_write(const struct document *document, struct strbuf *out,
                               struct fault *reterr);

/* What draws is loaded when it is first asked for (base/module.h). -ELIBACC: it cannot be. */
MUST_CHECK int document_pdf_find(document_pdf_write **ret_write, struct fault *reterr);

/* Of the module itself. */
MUST_CHECK int document_write_pdf(const struct document *document, struct strbuf *out,
                                  struct fault *reterr);

#endif
