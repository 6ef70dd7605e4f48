/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_FAST_H
#define PLAYOUT_RT_FAST_H

/*
 * RT_FAST marks a loop over samples: compiled twice, for any machine and for one with
 * wide registers; the program picks at start. Both give the same bits, because these
 * files are built without contracting a multiplication and an addition into one
 * (-ffp-contract=off). Sanitizers are not yet running when the picking happens, so
 * their builds have the plain version only.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define RT_FAST __attribute__((target_clones("avx2", "default")))
#else
#define RT_FAST
#endif

#endif
