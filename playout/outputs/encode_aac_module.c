/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/module.h"
#include "playout/outputs/encode_aac.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static aac_create *create;
static char why_not[FAULT_TEXT_MAX];

static void load(void)
{
    create = (aac_create *)module_find("loa-aac.so", "encode_aac_create", why_not, sizeof why_not);
}

int encode_aac_find(aac_create **ret_create, struct fault *reterr)
{
    pthread_once(&once, load);
    *ret_create = create;
    return create
               ? 0
               : fault_set(reterr, ELIBACC, NULL, 0,
                           _("a part of loa cannot be loaded; install loa and FFmpeg again (%s)"),
                           why_not);
}
