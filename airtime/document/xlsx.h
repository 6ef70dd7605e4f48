/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_DOCUMENT_XLSX_H
#define AIRTIME_DOCUMENT_XLSX_H

#include "airtime/document/document.h"
#include "base/attr.h"

struct fault;

/*
 * A document as a workbook: a sheet with the letter, a sheet a table, and one with a chart for
 * bars. Numbers stay numbers that can be reckoned with, times are times; a text is never a formula
 * or a link, whatever it begins with. Bytes that are not UTF-8 become U+FFFD, and what is longer
 * than a cell holds is cut off.
 *
 * It is written beside the path and takes its place when it is whole: on failure what was there
 * stays. The same document gives the same bytes. The errno of the file, or -EFBIG: a table has more
 * rows than a sheet.
 */
typedef int document_xlsx_write(const struct document *document, const char *path,
                                struct fault *reterr);

/* What writes is loaded when it is first asked for (base/module.h). -ELIBACC: it cannot be. */
MUST_CHECK int document_xlsx_find(document_xlsx_write **ret_write, struct fault *reterr);

/* Of the module itself. */
MUST_CHECK int document_write_xlsx(const struct document *document, const char *path,
                                   struct fault *reterr);

#endif
