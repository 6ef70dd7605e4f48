/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_OWN_NETWORK_H
#define TESTS_FAKES_OWN_NETWORK_H

#include <stdbool.h>

/* Move this process, which has no threads yet, to a network of its own, where nothing is but the
 * loopback interface, with 10.77.0.1 beside its own address; it carries multicast of IPv6 too.
 * False: it may not, and stays. */
bool own_network_enter(void);

#endif
