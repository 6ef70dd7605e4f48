/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

/* What cmocka wants before it, and cmocka, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* main() of a test program: an argument picks the tests whose names match it. */
#define TEST_MAIN(tests)                                                                           \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        if (argc > 1) {                                                                            \
            cmocka_set_test_filter(argv[1]);                                                       \
        }                                                                                          \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

#endif
