/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <string.h>

#include "base/fault.h"
#include "base/utf8.h"

static void a_fault_keeps_what_a_person_needs(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(fault_set(&fault, EINVAL, "station.ini", 12, "no %s here", "hours"), -EINVAL);
    assert_int_equal(fault.err, EINVAL);
    assert_int_equal(fault.line, 12);
    assert_string_equal(fault.file, "station.ini");
    assert_string_equal(fault.text, "no hours here");
    assert_int_equal(fault_set(NULL, EIO, NULL, 0, "nobody listens"), -EIO);
}

static void a_newline_in_a_name_does_not_break_the_sentence(void **state)
{
    (void)state;
    struct fault fault;
    (void)fault_set(&fault, ENOENT, "tin\nxấu.wav", 0, "\x1b[31mred");
    assert_string_equal(fault.file, "tin?xấu.wav");
    assert_string_equal(fault.text, "?[31mred");
}

static void a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[4000];
    text[0] = 'x';
    for (size_t i = 1; i + 3 < sizeof text; i += 3) {
        memcpy(text + i, "ế", 4);
    }
    struct fault fault;
    (void)fault_set(&fault, EINVAL, NULL, 0, "%s", text);
    assert_true(strlen(fault.text) > FAULT_TEXT_MAX - 8);
    assert_true(utf8_is_valid(fault.text));
}

static void findings_stay_bounded_and_keep_counting(void **state)
{
    (void)state;
    struct findings findings = {0};
    for (unsigned i = 0; i < FINDINGS_MAX + 500U; i++) {
        findings_add(&findings, i % 2 ? SEVERITY_ERROR : SEVERITY_WARNING, "rule", "f", i, "x");
    }
    assert_int_equal(findings.n, FINDINGS_MAX);
    assert_int_equal(findings.n_dropped, 500);
    assert_int_equal(findings.n_errors, (FINDINGS_MAX + 500) / 2);
    findings_finish(&findings);
    assert_int_equal(findings.n, 0);
}

static void wrong_input_exits_1_and_a_failed_environment_3(void **state)
{
    (void)state;
    assert_int_equal(fault_exit_status(0), 0);
    assert_int_equal(fault_exit_status(EINVAL), 1);
    assert_int_equal(fault_exit_status(ENOENT), 1);
    assert_int_equal(fault_exit_status(E2BIG), 1);
    assert_int_equal(fault_exit_status(EFBIG), 3); /* the file system's own limit */
    assert_int_equal(fault_exit_status(ENOSPC), 3);
    assert_int_equal(fault_exit_status(EROFS), 3);
    assert_int_equal(fault_exit_status(ENODEV), 3);
    assert_int_equal(fault_exit_status(EBUSY), 3);    /* the database */
    assert_int_equal(fault_exit_status(EALREADY), 1); /* another radio */
    assert_int_equal(fault_exit_status(EBADMSG), 1);  /* a damaged recording */
    assert_int_equal(fault_exit_status(EUCLEAN), 3);  /* a damaged database */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_fault_keeps_what_a_person_needs),
    cmocka_unit_test(a_newline_in_a_name_does_not_break_the_sentence),
    cmocka_unit_test(a_long_text_is_cut_between_characters),
    cmocka_unit_test(findings_stay_bounded_and_keep_counting),
    cmocka_unit_test(wrong_input_exits_1_and_a_failed_environment_3),
};
TEST_MAIN(tests)
