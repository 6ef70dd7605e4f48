/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/http.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/module.h"

/* libcurl and thirty libraries behind it are loaded when the first calendar is fetched. */
typedef int http_function(const struct http_request *request, struct http_answer *ret_answer,
                          struct fault *reterr);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static http_function *module_do;
static char why_not[FAULT_TEXT_MAX];

static void load(void)
{
    module_do = (http_function *)module_find("loa-http.so", "http_do", why_not, sizeof why_not);
}

int http_do(const struct http_request *request, struct http_answer *ret_answer,
            struct fault *reterr)
{
    pthread_once(&once, load);
    return module_do ? module_do(request, ret_answer, reterr)
                     : fault_set(reterr, ELIBACC, NULL, 0,
                                 _("a part of loa cannot be loaded; install loa and libcurl again "
                                   "(%s)"),
                                 why_not);
}

void http_answer_finish(struct http_answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}
