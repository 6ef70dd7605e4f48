/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_STATION_PARSE_H
#define TESTS_UNIT_STATION_PARSE_H

#include "tests/test.h"

#include <errno.h>
#include <string.h>

#include "base/fault.h"
#include "station/station.h"

/* Station files as texts, for the tests of this folder. */

#define HEAD "[station]\ntimezone = Asia/Ho_Chi_Minh\n"

static inline int parse_in(const char *dir, const char *text, size_t n,
                           struct station **ret_station, struct findings *findings)
{
    *findings = (struct findings){0};
    *ret_station = NULL;
    return station_parse(dir, "station.ini", text, n, ret_station, findings);
}

/* A text that is right. */
static inline struct station *good(const char *text)
{
    struct findings findings;
    struct station *station = NULL;
    int r = parse_in("/dai", text, strlen(text), &station, &findings);
    for (size_t i = 0; i < findings.n; i++) {
        print_message("line %u: %s\n", findings.items[i].fault.line, findings.items[i].fault.text);
    }
    assert_int_equal(r, 0);
    findings_finish(&findings);
    return station;
}

/* A text with exactly one mistake: it is found in this line, by this rule, and the
 * sentence holds these words. */
static inline void assert_mistake_of(const char *text, size_t n, unsigned line, const char *rule,
                                     const char *words)
{
    struct findings findings;
    struct station *station = NULL;
    assert_int_equal(parse_in("/dai", text, n, &station, &findings), -EINVAL);
    assert_null(station);
    for (size_t i = 0; i < findings.n; i++) {
        if (findings.n > 1) {
            print_message("line %u: %s\n", findings.items[i].fault.line,
                          findings.items[i].fault.text);
        }
    }
    assert_int_equal(findings.n, 1);
    const struct finding *finding = &findings.items[0];
    assert_string_equal(finding->fault.file, "station.ini");
    assert_string_equal(finding->rule, rule);
    assert_int_equal(finding->fault.line, line);
    if (!strstr(finding->fault.text, words)) {
        fail_msg("\"%s\" does not say \"%s\"", finding->fault.text, words);
    }
    findings_finish(&findings);
}

static inline void assert_mistake(const char *text, unsigned line, const char *rule,
                                  const char *words)
{
    assert_mistake_of(text, strlen(text), line, rule, words);
}

#endif
