/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_STOP_H
#define LOA_STOP_H

#include <signal.h>

/* From now on SIGINT and SIGTERM set the flag that is returned, instead of ending the
 * process at once; a second one ends it. For long work that has something to put in order. */
const volatile sig_atomic_t *stop_on_signals(void);

#endif
