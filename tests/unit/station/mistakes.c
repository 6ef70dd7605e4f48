/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "station/station.h"
#include "tests/fakes/temp_dir.h"
#include "tests/unit/station/parse.h"

static void a_station_without_a_time_zone_does_not_start(void **state)
{
    (void)state;
    assert_mistake("[line fm]\n", 0, "no-timezone", "write timezone = Asia/Ho_Chi_Minh");
    assert_mistake("[line fm]\n[station]\n", 2, "no-timezone", "time zone");
    assert_mistake("[station]\ntimezone = Asia/Tu_Ky\n[line fm]\n", 2, "bad-timezone",
                   "Asia/Tu_Ky");
    assert_mistake("[station]\ntimezone =\n[line fm]\n", 2, "bad-timezone", "is not known");
}

static void a_long_sentence_is_cut_at_a_characters_edge(void **state)
{
    (void)state;
    for (int shift = 0; shift < 2; shift++) {
        char text[2048] = "[station]\ntimezone = Asia/Ho_Chi_Minh\n[line a]\n[kind k]\ncounts = x";
        text[strlen(text) - (size_t)shift] = '\0';
        for (int i = 0; i < 500; i++) {
            strcat(text, "đ");
        }
        struct findings findings = {0};
        struct station *station = NULL;
        assert_int_equal(station_parse(".", "station.ini", text, strlen(text), &station, &findings),
                         -EINVAL);
        assert_int_equal(findings.n, 1);
        assert_true(strlen(findings.items[0].fault.text) > FAULT_TEXT_MAX - 8);
        assert_true(utf8_is_valid(findings.items[0].fault.text));
        findings_finish(&findings);
    }
}

static void a_mistyped_name_is_answered_with_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *rule;
        const char *words;
    } cases[] = {
        {"[line a]\nouput = null:\n", 4, "unknown-key", "did you mean \"output\""},
        {"[line a]\ncolour = red\n", 4, "unknown-key", "title, output, hours, gain, fallback"},
        {"[report x]\n[line b]\n", 3, "bad-id", "[report]"},
        {"[report]\n[report]\n[line b]\n", 4, "duplicate-section", "line 3"},
        {"[report]\nsinger = A\n[line b]\n", 4, "unknown-key", "\"signer\""},
        {"[repot]\n[line b]\n", 3, "unknown-section", "\"report\""},
        {"[lien a]\n[line b]\n", 3, "unknown-section", "did you mean \"line\""},
        {"[line ha-thanh]\n[zone z]\nlines = ha-thnah\n", 5, "unknown-id", "\"ha-thanh\""},
        {"[line a]\n[topic t]\nparent = cchc\n", 5, "unknown-id", "there is no [topic cchc]"},
        {"[line a]\n[topic cchc]\n[topic t]\nparent = chcc\n", 6, "unknown-id", "\"cchc\""},
        {"filler = ca-nac\n[line a]\n", 3, "unknown-id", "did you mean \"ca-nhac\""},
        {"[line a]\n[clock c]\nitems = 3 tinn\n", 5, "unknown-id", "did you mean \"tin\""},
        {"[line a]\n[topic tri]\n[clock c]\nitems = 3 tri\n", 6, "wrong-type", "[topic]"},
        {"[line a]\n[layer l]\ncalendar = l.ics\nreplaces = m\n", 6, "unknown-id", "[layer m]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[256];
        snprintf(text, sizeof text, HEAD "%s", cases[i].text);
        assert_mistake(text, cases[i].line, cases[i].rule, cases[i].words);
    }
}

static void a_relay_that_cannot_be_reached_that_way_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *rule;
        const char *words;
    } cases[] = {
        {"[relay r]\ntitle = VOV1\n", 4, "no-address", "write url ="},
        {"[relay r]\nurl =\n", 5, "bad-address", "begins with https://"},
        {"[relay r]\nurl = file:///etc/passwd\n", 5, "bad-address", "begins with https://"},
        {"[relay r]\nurl = concat:/etc/passwd\n", 5, "bad-address", "begins with https://"},
        {"[relay r]\nurl = vov1.m3u8\n", 5, "bad-address", "begins with https://"},
        {"[relay r]\nurl = rtsp://vov.example/\n", 5, "bad-address", "begins with https://"},
        {"[relay r]\nurl = https://lan:bi@vov.example/\n", 5, "bad-address", "password"},
        {"[relay r]\nurl = https://\n", 5, "bad-address", "not the address of a stream"},
        {"[relay r]\nurl = https://vov example/\n", 5, "bad-address", "not the address"},
        {"[relay r]\nurl = rtp://239.1.2.3\n", 5, "bad-address", "rtp://HOST:PORT"},
        {"[relay r]\nurl = rtp://239.1.2.3:99999\n", 5, "bad-address", "rtp://HOST:PORT"},
        {"[relay r]\nurl = http://a/\nkind = tinn\n", 6, "unknown-id", "\"tin\""},
        {"[relay r]\nurl = http://a/\nlink = b\n", 6, "unknown-key", "title, url, kind, topic"},
        {"[relay r]\nurl = http://a/\npre-roll = 4 s\n", 6, "bad-value", "between 5 and 20 s"},
        {"[relay r]\nurl = http://a/\npre-roll = 1 min\n", 6, "bad-value", "as in 10 s"},
        {"[relay r]\nurl = http://a/\nduck = -15 dB\n", 6, "unknown-key", "pre-roll"},
        {"[input m]\ndevice = x\nduck = -2 dB\n", 6, "bad-value", "between -40 and -3 dB"},
        {"[input m]\n", 4, "no-device", "loa devices"},
        {"[input m]\ndevice = #1\n", 4, "no-device", "loa devices"},
        {"[input m]\ndevice = x#1,2,3\n", 5, "bad-device", "#1 or #1,2"},
        {"[input m]\ndevice = x#1,1\n", 5, "bad-device", "#1 or #1,2"},
        {"[relai r]\nurl = http://a/\n", 4, "unknown-section", "\"relay\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[256];
        snprintf(text, sizeof text, HEAD "[line a]\n%s", cases[i].text);
        assert_mistake(text, cases[i].line, cases[i].rule, cases[i].words);
    }
}

static void an_id_belongs_to_one_thing(void **state)
{
    (void)state;
    assert_mistake(HEAD "[line a]\n[line b]\n[line a]\n", 5, "duplicate-id", "[line] of line 3");
    assert_mistake(HEAD "[line a]\n[zone a]\nlines = a\n", 4, "duplicate-id", "[line] of line 3");
    assert_mistake(HEAD "[line a]\n[topic t]\n[tag t]\n", 5, "duplicate-id", "[topic] of line 4");
    assert_mistake(HEAD "[line a]\n[topic tin]\n", 4, "duplicate-id", "kind that loa brings");
    assert_mistake(HEAD "[line a]\n[kind tin]\n[kind tin]\n", 5, "duplicate-id", "line 4");
    assert_mistake(HEAD "[line a]\n[layer l]\ncalendar=a\n[layer l]\ncalendar=b\n", 6,
                   "duplicate-id", "line 4");
    assert_mistake(HEAD "[line a]\n[station]\n", 4, "duplicate-section", "line 1");
    assert_mistake(HEAD "[line a]\n[line all]\n", 4, "reserved-id", "every line");
    assert_mistake(HEAD "[line a]\n[line Hà-Thanh]\n", 4, "bad-id", "accents");
    assert_mistake(HEAD "[line a]\n[line]\n", 4, "no-id", "[line ID]");
    assert_mistake("[station tu-ky]\ntimezone = UTC\n[line a]\n", 1, "bad-id", "no id");
    /* Other name spaces are other names. */
    station_destroy(good(HEAD "[line a]\n[topic a]\n[clock a]\nitems = tin\n"
                              "[layer a]\ncalendar = a.ics\n"));
}

static void values_out_of_form_or_range_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[][3] = {
        {"loudness = -18", "bad-value", "as in -18 LUFS"},
        {"loudness = -18,5 LUFS", "bad-value", "as in -18 LUFS"},
        {"loudness = 18 LUFS", "bad-value", "between -36 and -8"},
        {"ceiling = 1 dBTP", "bad-value", "between -12 and 0"},
        {"hours = 5-21", "bad-value", "write 05:00-21:00"},
        {"after-emergency = go on", "bad-value", "write rejoin, resume or cut"},
        {"two-person = ja", "bad-value", "yes nor no"},
        {"silence = 0 s", "bad-value", "too short"},
        {"silence = 2h", "bad-value", ""},
        {"hours = 05:00-05:00", "bad-value", "00:00-24:00 for the whole day"},
        {"hours = 05:00-25:00", "bad-value", "write 05:00-21:00"},
        {"hours = 05:60-06:00", "bad-value", "write 05:00-21:00"},
        {"hours = 05:00-06:00,", "bad-value", "write 05:00-21:00"},
        {"hours =", "bad-value", "write 05:00-21:00"},
        {"separation = 20", "bad-value", "write 90 s, 30 min, 20 h or 2 d"},
        {"separation = -1 h", "bad-value", "write 90 s, 30 min, 20 h or 2 d"},
        {"separation = 400 d", "bad-value", "is more than"},
        {"rotation = by-quota", "bad-value", "write quota or turn"},
        {"rotation =", "bad-value", "write quota or turn"},
        {"freeze = 10 min", "bad-value", "at least 1 h"},
        {"voice =", "bad-value", "names no program"},
        {"voice = \"\" -w {wav}", "bad-value", "names no program"},
        {"voice = espeak-ng -v \"vi", "bad-value", "quote of the command is not closed"},
        {"voice = a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
         "a a a a a a a a a a a a a a a a a a a a a a a a a",
         "bad-value", "more than 64 words"},
        {"keep-recordings = 24", "bad-value", "write 24 months, 2 years or for-ever"},
        {"keep-recordings = 0 months", "bad-value", "write 24 months, 2 years or for-ever"},
        {"keep-recordings = -2 years", "bad-value", "write 24 months, 2 years or for-ever"},
        {"keep-recordings = forever", "bad-value", "write 24 months, 2 years or for-ever"},
        {"keep-recordings =", "bad-value", "write 24 months, 2 years or for-ever"},
        {"keep-recordings = 101 years", "bad-value", "more than the 100 years"},
        {"keep-recordings = 999999999 years", "bad-value", "more than the 100 years"},
        {"language = fr", "bad-value", "write vi or en"},
        {"[line a]\ngain = 20 dB", "bad-value", "between -60 and 12"},
        {"[line a]\ngain = 05:00 -9 dB", "bad-value", "05:00-06:00 -9 dB"},
        {"[line a]\ngain = 0 dB, -9 dB", "bad-value", "second level"},
        {"[line a]\nfallback = nhac-hieu", "bad-fallback", "segment:CODE or silence"},
        {"[line a]\nfallback = segment:", "bad-fallback", "segment:CODE or silence"},
        {"[line a]\nfallback = silence, segment:a", "bad-fallback", "write it last"},
        {"[zone z]\nlines =", "empty-item", "comma"},
        {"[topic t]\nquota = 60 min", "bad-quota", "is not a quota"},
        {"[topic t]\nquota = 2023:", "bad-quota", "once each"},
        {"[topic t]\nquota = 2023: 60", "bad-quota", "once each"},
        {"[topic t]\nquota = 2023: 0 min", "bad-quota", "once each"},
        {"[topic t]\nquota = 2023: 1 min, 1 h", "bad-quota", "once each"},
        {"[topic t]\nquota = 2023-q5: 1 min", "bad-quota", "is not a period"},
        {"[topic t]\nquota = cchc-2023-q2: 1 min", "bad-quota", "is not a period"},
        {"[kind k]\nhours = evening", "bad-value", "write 05:00-21:00"},
        {"[kind k]\ncounts = all", "bad-value", "feature, item or nothing"},
        {"[clock c]\nitems = 0 tin", "bad-clock", "between 1 and 100"},
        {"[clock c]\nitems = 101 tin", "bad-clock", "between 1 and 100"},
        {"[clock c]\nitems = tin bai", "bad-clock", "not a step"},
        {"[clock c]\nitems = segment:", "bad-clock", "not a step"},
        {"[layer l]\ncalendar = ftp://cal.example/a.ics", "bad-address", "begins with https"},
        {"[layer l]\ncalendar = https:///a.ics", "bad-address", "is not a web address"},
        {"[layer l]\ncalendar = https://:443/a.ics", "bad-address", "is not a web address"},
        {"[layer l]\ncalendar = https://cal.example/a b", "bad-address", "is not a web address"},
        {"[layer l]\ncalendar = https://cal.example/lịch", "bad-address", "is not a web address"},
        {"[mode m]\nwithholds = ca-nhac, khan-cap", "bad-mode", "take khan-cap out"},
        {"[mode m]\nwithholds = ca-nhat", "unknown-id", "did you mean \"ca-nhac\"?"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        char text[256];
        snprintf(text, sizeof text, HEAD "%s\n[line x]\n", wrong[i][0]);
        assert_mistake(text, strchr(wrong[i][0], '\n') ? 4 : 3, wrong[i][1], wrong[i][2]);
    }
}

/* None of the sentences repeats the address, in which a password may be. */
static void a_password_in_an_address_is_refused_and_not_repeated(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "https://lan:bi-mat@cal.example/a.ics",
        "webcal://lan:bi-mat@cal.example",
        "ftp://lan:bi-mat@cal.example?x",
        "https://bi-mat@cal.example#x",
    };
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        char text[256];
        struct findings findings;
        struct station *station = NULL;
        snprintf(text, sizeof text, HEAD "[line x]\n[layer l]\ncalendar = %s\n", addresses[i]);
        assert_int_equal(parse_in("/dai", text, strlen(text), &station, &findings), -EINVAL);
        assert_int_equal(findings.n, 1);
        assert_string_equal(findings.items[0].rule, "bad-address");
        assert_non_null(strstr(findings.items[0].fault.text, "login = FILE"));
        assert_null(strstr(findings.items[0].fault.text, "bi-mat"));
        findings_finish(&findings);
    }
}

static void a_login_crosses_no_network_for_everybody_to_read(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool is_refused;
    } cases[] = {
        {"https://cal.example/", false},
        {"http://cal.example/", true},
        {"webcal://cal.example/", false},
        {"http://127.0.0.1:5232/lich/", false},
        {"http://127.8.9.10", false},
        {"http://[::1]:5232/lich/", false},
        {"http://localhost/lich/", false},
        {"http://LOCALHOST:1/", false},
        {"http://127.0.0.1.cal.example", true},
        {"http://localhost.example/", true},
        {"http://127.0.0.x/", true},
        {"http://127.0.0.1.", true},
        {"http://[::2]/", true},
        {"http://128.0.0.1/", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[256];
        snprintf(text, sizeof text, HEAD "[line x]\n[layer l]\ncalendar = %s\nlogin = bi-mat\n",
                 cases[i].address);
        if (cases[i].is_refused) {
            assert_mistake(text, 6, "open-login", "https://");
        } else {
            station_destroy(good(text));
        }
    }
}

static void what_is_for_addresses_is_refused_with_a_file(void **state)
{
    (void)state;
    assert_mistake(HEAD "[line x]\n[layer l]\ncalendar = a.ics\nlogin = bi-mat\n", 6, "no-address",
                   "login is for");
    assert_mistake(HEAD "[line x]\n[layer l]\ncalendar = a.ics\nevery = 1 h\n", 6, "no-address",
                   "every is for");
    assert_mistake(HEAD "[line x]\n[layer l]\ncalendar = https://a\nlogin =\n", 6, "no-login",
                   "name:password");
    assert_mistake(HEAD "[line x]\n[layer l]\ncalendar = https://a\nevery = 59 s\n", 6,
                   "bad-duration", "once a minute");
    assert_mistake(HEAD "[line x]\n[layer l]\ncalendar = https://a\nevery = 8 d\n", 6,
                   "bad-duration", "168 h");
}

static void what_a_section_needs_and_lacks_is_said(void **state)
{
    (void)state;
    assert_mistake(HEAD "[line x]\n[zone z]\n", 4, "empty-zone", "lines =");
    assert_mistake(HEAD "[line x]\n[clock c]\n", 4, "empty-clock", "items =");
    assert_mistake(HEAD "[line x]\n[layer l]\n", 4, "no-calendar", "schedules/l.ics");
    assert_mistake(HEAD "[line x]\n[mode m]\n", 4, "no-withholds", "withholds =");
    assert_mistake(HEAD
                   "[line x]\n[layer l]\ncalendar = a\nfrom = 2023-02-01\nuntil = 2023-02-01\n",
                   4, "bad-dates", "not before");
    assert_mistake(HEAD "[line x]\n[layer l]\ncalendar = a\nfrom = 2023-02-30\n", 6, "bad-date",
                   "2023-02-30");
    assert_mistake(HEAD "[line x]\n[layer l]\ncalendar = a\nreplaces = m\n"
                        "[layer m]\ncalendar = b\n",
                   6, "bad-layer", "[layer m] before");
    assert_mistake(HEAD "[line x]\n[layer l]\ncalendar = a\nreplaces = l\n", 6, "bad-layer",
                   "below it");
    assert_mistake(HEAD "title = a\ntitle = b\n[line x]\n", 4, "duplicate-key", "line 3");
    assert_mistake(HEAD "[line x]\n[topic t]\nquota = 2023: 1 min\nquota = 2023: 2 items\n", 6,
                   "duplicate-quota", "line 5");
}

static void all_mistakes_are_told_at_once_from_top_to_bottom(void **state)
{
    (void)state;
    static const char text[] = "title = too early\n"
                               "[zone z]\nlines = nowhere\n"
                               "[station]\nloudness = loud\ntimezone = UTC\n"
                               "garbage\nmore garbage\n"
                               "[line\noutput = null:\n"
                               "[line Fm]\n"
                               "[topic t]\nparent = u\n";
    static const unsigned lines[] = {1, 3, 5, 7, 8, 9, 11, 13};
    struct findings findings;
    struct station *station = NULL;
    assert_int_equal(parse_in("/dai", text, strlen(text), &station, &findings), -EINVAL);
    size_t n = 0;
    for (size_t i = 0; i < findings.n; i++) {
        if (findings.items[i].severity == SEVERITY_ERROR) {
            assert_true(n < ARRAY_LEN(lines));
            assert_int_equal(findings.items[i].fault.line, lines[n++]);
        }
    }
    assert_int_equal(n, ARRAY_LEN(lines));
    findings_finish(&findings);
}

static void bytes_that_are_no_station_file_are_findings(void **state)
{
    (void)state;
    assert_mistake(HEAD "[line x]\ntitle = \xc3\x28\n", 4, "not-text", "UTF-8");
    assert_mistake(HEAD "[line x]\ntitle = \x01\n", 4, "not-text", "UTF-8");
    static const char with_nul[] = HEAD "[line x]\ntitle = a\0b\n";
    assert_mistake_of(with_nul, sizeof with_nul - 1, 4, "not-text", "UTF-8");
    assert_mistake(HEAD "[line x]\n[line y\n", 4, "section-header", "has no \"]\"");
    assert_mistake(HEAD "[line x]\n[line y] z\n", 4, "section-header", "nothing but a comment");
    assert_mistake(HEAD "[line x]\n= 5\n", 4, "no-value", "neither");
    /* Where a key is refused, so is what goes on with it, without another word. */
    assert_mistake(HEAD "[line x]\ntitle\n   more of it\n", 4, "no-value", "neither");
    char text[8192];
    int n = snprintf(text, sizeof text, HEAD "[line x]\ntitle = ");
    memset(text + n, 'a', 4500);
    strcpy(text + n + 4500, "\n[line y]\n");
    assert_mistake(text, 4, "long-line", "too long");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_station_without_a_time_zone_does_not_start),
    cmocka_unit_test(a_long_sentence_is_cut_at_a_characters_edge),
    cmocka_unit_test(a_mistyped_name_is_answered_with_the_nearest),
    cmocka_unit_test(a_relay_that_cannot_be_reached_that_way_is_refused),
    cmocka_unit_test(an_id_belongs_to_one_thing),
    cmocka_unit_test(values_out_of_form_or_range_are_refused),
    cmocka_unit_test(a_password_in_an_address_is_refused_and_not_repeated),
    cmocka_unit_test(a_login_crosses_no_network_for_everybody_to_read),
    cmocka_unit_test(what_is_for_addresses_is_refused_with_a_file),
    cmocka_unit_test(what_a_section_needs_and_lacks_is_said),
    cmocka_unit_test(all_mistakes_are_told_at_once_from_top_to_bottom),
    cmocka_unit_test(bytes_that_are_no_station_file_are_findings),
};

TEST_MAIN(tests)
