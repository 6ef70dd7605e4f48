/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <string.h>

#include "base/attr.h"
#include "base/errno_text.h"
#include "base/utf8.h"

static void what_goes_wrong_at_a_station_says_what_to_do(void **state)
{
    (void)state;
    static const int common[] = {ENOSPC, EACCES, EPERM,   ENOENT, EROFS,  EIO,          EBUSY,
                                 ENOMEM, EAGAIN, ENOTDIR, EISDIR, EMFILE, ENAMETOOLONG, ETXTBSY};
    assert_string_equal(errno_text(ENOSPC), "the disk is full; free some space and try again");
    for (size_t i = 0; i < ARRAY_LEN(common); i++) {
        const char *text = errno_text(common[i]);
        assert_string_not_equal(text, strerror(common[i]));
        assert_non_null(strstr(text, "; ")); /* what is wrong; what to do */
        assert_true(utf8_is_valid(text));
    }
}

static void what_is_rare_is_named_as_the_system_names_it(void **state)
{
    (void)state;
    assert_string_equal(errno_text(EFBIG), strerror(EFBIG));
    assert_true(strlen(errno_text(0)) > 0);
    assert_true(strlen(errno_text(99999)) > 0);
}

static void errno_stays_as_it_was(void **state)
{
    (void)state;
    errno = EROFS;
    (void)errno_text(ENOSPC);
    assert_int_equal(errno, EROFS);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_goes_wrong_at_a_station_says_what_to_do),
    cmocka_unit_test(what_is_rare_is_named_as_the_system_names_it),
    cmocka_unit_test(errno_stays_as_it_was),
};
TEST_MAIN(tests)
