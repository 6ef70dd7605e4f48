/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/stop.h"

#include <stddef.h>

/* The one mutable global: a signal handler can reach nothing else. */
static volatile sig_atomic_t stop_flag;

static void on_signal(int number)
{
    (void)number;
    __atomic_store_n(&stop_flag, 1, __ATOMIC_RELAXED); /* any thread may look, or be the one */
}

const volatile sig_atomic_t *stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &stop_flag;
}
