/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fault.h"
#include "station/station.h"
#include "tests/fakes/temp_dir.h"
#include "tests/unit/station/parse.h"

/* Where lines go: the values of `output`. */

static void outputs_of_every_kind_are_understood(void **state)
{
    (void)state;
    struct station *station =
        good(HEAD "[line fm]\n"
                  "output = device:USB Audio: - (hw:1,0)#3, device:default#1,2, device:hw:0,0,\n"
                  "    file:ghi?format=wav, file:ghi, null:, hls:www/fm,\n"
                  "    rtp://239.1.1.1:5004?codec=opus, rtp://[ff15::1]:5006,\n"
                  "    icecast://source:secrets/mk@loa.example:8000/an-thanh\n");
    const struct output_spec *o = station->lines[0].outputs;
    assert_int_equal(station->lines[0].n_outputs, 10);
    assert_int_equal(o[0].kind, OUTPUT_DEVICE);
    assert_string_equal(o[0].target, "USB Audio: - (hw:1,0)");
    assert_int_equal(o[0].n_channels, 1);
    assert_int_equal(o[0].channels[0], 3);
    assert_int_equal(o[0].file_line, 4);
    assert_string_equal(o[1].target, "default");
    assert_int_equal(o[1].n_channels, 2);
    assert_int_equal(o[1].channels[1], 2);
    assert_string_equal(o[2].target, "hw:0,0");
    assert_int_equal(o[2].n_channels, 2);
    assert_int_equal(o[3].kind, OUTPUT_FILE);
    assert_string_equal(o[3].target, "ghi");
    assert_string_equal(o[3].format, "wav");
    assert_string_equal(o[4].format, "flac");
    assert_int_equal(o[5].kind, OUTPUT_NULL);
    assert_int_equal(o[6].kind, OUTPUT_HLS);
    assert_string_equal(o[6].target, "www/fm");
    assert_int_equal(o[7].kind, OUTPUT_RTP);
    assert_string_equal(o[7].target, "239.1.1.1:5004");
    assert_string_equal(o[7].format, "opus");
    assert_string_equal(o[8].target, "[ff15::1]:5006");
    assert_int_equal(o[9].kind, OUTPUT_ICECAST);
    assert_string_equal(o[9].target, "source:secrets/mk@loa.example:8000/an-thanh");
    station_destroy(station);
}

static void an_output_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"devise:default", "did you mean \"device:\""},
        {"default", "is not an output"},
        {"device:", "names no sound device"},
        {"device:x#0", "counted from 1"},
        {"device:x#1,2,3", "counted from 1"},
        {"device:x#1,1", "counted from 1"},
        {"file:", "names no folder"},
        {"file:ghi?format=mp3", "write flac, wav or opus"},
        {"file:ghi?bitrate=9", "not a bit rate of Opus"},
        {"hls:", "names no folder"},
        {"null:x", "goes nowhere"},
        {"rtp:239.1.1.1:5004", "is not an address"},
        {"rtp://239.1.1.1", "is not an address"},
        {"rtp://239.1.1.1:70000", "is not an address"},
        {"rtp://239.1.1.1:5004?codec=mp3", "\"mp3\" is not a codec"},
        {"rtp://239.1.1.1:5004?codec=opsu", "did you mean \"opus\"?"},
        {"rtp://239.1.1.1:5004?bitrat=32k", "did you mean \"bitrate=\"?"},
        {"rtp://239.1.1.1:5004?", "it knows codec, bitrate"},
        {"rtp://239.1.1.1:5004?ttl=1&", "it knows codec, bitrate"},
        {"rtp://239.1.1.1:5004?codec=opus&codec=l16", "written twice"},
        {"rtp://239.1.1.1:5004?bitrate=5k", "6k to 256k"},
        {"rtp://239.1.1.1:5004?bitrate=32x", "6k to 256k"},
        {"rtp://239.1.1.1:5004?bitrate", "6k to 256k"},
        {"rtp://239.1.1.1:5004?channels=3", "1 (mono) or 2"},
        {"rtp://239.1.1.1:5004?ttl=256", "1 to 255"},
        {"rtp://239.1.1.1:5004?announce=maybe", "must be yes"},
        {"rtp://239.1.1.1:5004?interface=eth 0", "name of a network interface"},
        {"rtp://239.1.1.1:5004?interface=a23456789b123456", "name of a network interface"},
        {"rtp://239.1.1.1:5004?srtp=", "names no file"},
        {"rtp://239.1.1.1:5004?codec=l16&bitrate=64k", "take \"bitrate=\" out"},
        {"rtp://239.1.1.1:5004?channels=2&codec=pcmu", "pcmu is mono"},
        {"icecast://source@host:8000/m", "is not an address"},
        {"icecast://source:f@host/m", "is not an address"},
        {"icecast://source:f@host:8000", "is not an address"},
        {"null:,", "comma"},
        {"null:, , null:", "comma"},
        {"", "is not an output"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        char text[256];
        snprintf(text, sizeof text, HEAD "[line fm]\noutput = %s\n", wrong[i][0]);
        assert_mistake(text, 4, "bad-output", wrong[i][1]);
    }
}

static void what_rtp_is_told_is_read_and_the_rest_has_defaults(void **state)
{
    (void)state;
    struct station *station =
        good(HEAD "[line fm]\noutput = rtp://239.1.1.1:5004, rtp://h:1?channels=2,\n"
                  "  rtp://[::1]:5006?srtp=khoa&interface=br-lan.2&ttl=8&channels=2&codec=l16,\n"
                  "  rtp://10.0.0.1:5008?bitrate=24k, rtp://h:5?bitrate=24500, "
                  "rtp://h:6?codec=g722&announce=no\n");
    const struct output_spec *outputs = station->lines[0].outputs;
    assert_int_equal(station->lines[0].n_outputs, 6);
    assert_string_equal(outputs[0].target, "239.1.1.1:5004");
    assert_string_equal(outputs[0].format, "opus");
    assert_int_equal(outputs[0].rtp.codec, RTP_OPUS);
    assert_int_equal(outputs[0].rtp.bitrate_bps, 32000);
    assert_int_equal(outputs[0].rtp.channels, 1);
    assert_int_equal(outputs[0].rtp.ttl, 0);
    assert_null(outputs[0].rtp.interface);
    assert_null(outputs[0].rtp.srtp_key_file);
    assert_true(outputs[0].rtp.announced);
    assert_int_equal(outputs[1].rtp.bitrate_bps, 64000);
    assert_string_equal(outputs[2].target, "[::1]:5006");
    assert_int_equal(outputs[2].rtp.codec, RTP_L16);
    assert_int_equal(outputs[2].rtp.bitrate_bps, 0);
    assert_int_equal(outputs[2].rtp.channels, 2);
    assert_int_equal(outputs[2].rtp.ttl, 8);
    assert_string_equal(outputs[2].rtp.interface, "br-lan.2");
    assert_string_equal(outputs[2].rtp.srtp_key_file, "khoa");
    assert_int_equal(outputs[3].rtp.bitrate_bps, 24000);
    assert_int_equal(outputs[4].rtp.bitrate_bps, 24500);
    assert_int_equal(outputs[5].rtp.codec, RTP_G722);
    assert_false(outputs[5].rtp.announced);
    station_destroy(station);
}

static void a_password_that_everyone_can_read_is_refused(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char path[TEMP_DIR_MAX + 16];
    temp_dir_make(dir);
    temp_dir_write(dir, "mk", "mat-khau\n");
    snprintf(path, sizeof path, "%s/mk", dir);
    static const char text[] = HEAD "[line fm]\noutput = icecast://source:mk@host:8000/fm\n";
    struct findings findings;
    struct station *station = NULL;
    assert_int_equal(chmod(path, 0604), 0);
    assert_int_equal(parse_in(dir, text, strlen(text), &station, &findings), -EINVAL);
    assert_string_equal(findings.items[0].rule, "readable-secret");
    assert_int_equal(findings.items[0].fault.line, 4);
    findings_finish(&findings);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(parse_in(dir, text, strlen(text), &station, &findings), 0);
    station_destroy(station);
    static const char rtp[] = HEAD "[line fm]\noutput = rtp://239.1.1.1:5004?srtp=mk\n";
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(parse_in(dir, rtp, strlen(rtp), &station, &findings), -EINVAL);
    assert_string_equal(findings.items[0].rule, "readable-secret");
    findings_finish(&findings);
    temp_dir_remove(dir);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(outputs_of_every_kind_are_understood),
    cmocka_unit_test(an_output_that_makes_no_sense_is_refused),
    cmocka_unit_test(what_rtp_is_told_is_read_and_the_rest_has_defaults),
    cmocka_unit_test(a_password_that_everyone_can_read_is_refused),
};
TEST_MAIN(tests)
