/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>

#include "airtime/document/pdf.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/module.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static document_pdf_write *write_pdf;
static char why_not[FAULT_TEXT_MAX];

static void load(void)
{
    write_pdf = (document_pdf_write *)module_find("loa-pdf.so", "document_write_pdf", why_not,
                                                  sizeof why_not);
}

int document_pdf_find(document_pdf_write **ret_write, struct fault *reterr)
{
    pthread_once(&once, load);
    *ret_write = write_pdf;
    return write_pdf
               ? 0
               : fault_set(reterr, ELIBACC, NULL, 0,
                           _("a part of loa cannot be loaded; install loa and Pango again (%s)"),
                           why_not);
}
