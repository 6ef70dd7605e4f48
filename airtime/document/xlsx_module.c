/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>

#include "airtime/document/xlsx.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/module.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static document_xlsx_write *write_xlsx;
static char why_not[FAULT_TEXT_MAX];

static void load(void)
{
    write_xlsx = (document_xlsx_write *)module_find("loa-xlsx.so", "document_write_xlsx", why_not,
                                                    sizeof why_not);
}

int document_xlsx_find(document_xlsx_write **ret_write, struct fault *reterr)
{
    pthread_once(&once, load);
    *ret_write = write_xlsx;
    return write_xlsx
               ? 0
               : fault_set(
                     reterr, ELIBACC, NULL, 0,
                     _("a part of loa cannot be loaded; install loa and libxlsxwriter again (%s)"),
                     why_not);
}
