/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/module.h"
#include "playout/outputs/mount.h"

typedef const struct mount_ops *ops_function(void);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct mount_ops *ops;
static char why_not[FAULT_TEXT_MAX];

static void load(void)
{
    ops_function *find =
        (ops_function *)module_find("loa-shout.so", "mount_ops_of_shout", why_not, sizeof why_not);
    ops = find ? find() : NULL;
}

int mount_ops_find(const struct mount_ops **ret_ops, struct fault *reterr)
{
    pthread_once(&once, load);
    *ret_ops = ops;
    return ops ? 0
               : fault_set(reterr, ELIBACC, NULL, 0,
                           _("a part of loa cannot be loaded; install loa and libshout again (%s)"),
                           why_not);
}
