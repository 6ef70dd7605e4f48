/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "station/nearest.h"
#include "station/outputs_int.h"
#include "station/values.h"

/* rtp://HOST:PORT?codec=opus&bitrate=32k&channels=1&ttl=4&interface=eth0&srtp=FILE&announce=yes */

enum {
    BITRATE_LOW_BPS = 6000,
    BITRATE_HIGH_BPS = 256000,
    INTERFACE_BYTES_MAX = 15, /* IFNAMSIZ without its end */
    TTL_MAX = 255,
};

static const struct rtp_codec_form {
    const char *word;
    enum rtp_codec codec;
    int channels_max;
} codecs[] = {
    {"opus", RTP_OPUS, 2},
    {"l16", RTP_L16, 2},
    {"pcmu", RTP_PCMU, 1},
    {"g722", RTP_G722, 1},
};

static bool read_codec(const struct reading *reading, char *value)
{
    for (size_t i = 0; i < ARRAY_LEN(codecs); i++) {
        if (strcmp(value, codecs[i].word) == 0) {
            reading->output->format = codecs[i].word;
            reading->output->rtp.codec = codecs[i].codec;
            return true;
        }
    }
    const char *near =
        station_nearest_id(value, &codecs[0].word, ARRAY_LEN(codecs), sizeof *codecs);
    if (near) {
        build_mistake(reading->build, "bad-output", reading->key->line,
                      _("\"%s\" is not a codec of RTP; did you mean \"%s\"?"), value, near);
        return false;
    }
    return output_complain(reading,
                           _("\"%s\" is not a codec of RTP; write codec=opus, l16, pcmu or g722"),
                           value);
}

static bool read_bitrate(const struct reading *reading, char *value)
{
    const char *at = value;
    int64_t bps = 0;
    bool is_count = value_take_count(&at, &bps);
    if (is_count && *at == 'k') {
        bps *= 1000;
        at++;
    }
    if (!is_count || *at || bps < BITRATE_LOW_BPS || bps > BITRATE_HIGH_BPS) {
        return output_complain(
            reading, _("\"bitrate=%s\" is not a bit rate of Opus; write one from 6k to 256k"),
            value);
    }
    reading->output->rtp.bitrate_bps = (int)bps;
    return true;
}

static bool read_channels(const struct reading *reading, char *value)
{
    if (strcmp(value, "1") != 0 && strcmp(value, "2") != 0) {
        return output_complain(reading, _("\"channels=%s\" must be 1 (mono) or 2 (stereo)"), value);
    }
    reading->output->rtp.channels = *value - '0';
    return true;
}

static bool read_ttl(const struct reading *reading, char *value)
{
    const char *at = value;
    int64_t ttl = 0;
    if (!value_take_count(&at, &ttl) || *at || ttl < 1 || ttl > TTL_MAX) {
        return output_complain(
            reading,
            _("\"ttl=%s\" does not say how many routers a packet may cross; write 1 to 255"),
            value);
    }
    reading->output->rtp.ttl = (int)ttl;
    return true;
}

static bool read_interface(const struct reading *reading, char *value)
{
    size_t n = strlen(value);
    for (size_t i = 0; i < n; i++) {
        n = isalnum((unsigned char)value[i]) || strchr("._-:@", value[i]) ? n : 0;
    }
    if (n == 0 || n > INTERFACE_BYTES_MAX) {
        return output_complain(reading,
                               _("\"interface=%s\" is not the name of a network interface; write "
                                 "one that \"ip link\" lists, such as eth0"),
                               value);
    }
    reading->output->rtp.interface = value;
    return true;
}

static bool read_srtp(const struct reading *reading, char *value)
{
    if (!*value) {
        return output_complain(reading,
                               _("\"srtp=%s\" names no file; write the name of the key file"),
                               value);
    }
    reading->output->rtp.srtp_key_file = value;
    return output_check_secret(reading, value);
}

static bool read_announce(const struct reading *reading, char *value)
{
    bool is_yes = strcmp(value, "yes") == 0;
    if (!is_yes && strcmp(value, "no") != 0) {
        return output_complain(reading,
                               _("\"announce=%s\" must be yes (receivers are told of the group) or "
                                 "no"),
                               value);
    }
    reading->output->rtp.announced = is_yes;
    return true;
}

static const struct rtp_parameter {
    const char *word;
    bool (*read)(const struct reading *reading, char *value);
} parameters[] = {
    {"codec", read_codec},       {"bitrate", read_bitrate},     {"channels", read_channels},
    {"ttl", read_ttl},           {"interface", read_interface}, {"srtp", read_srtp},
    {"announce", read_announce},
};

static bool read_parameter(const struct reading *reading, char *name, unsigned *seen)
{
    char *equals = strchr(name, '=');
    if (equals) {
        *equals = '\0';
    }
    for (size_t i = 0; i < ARRAY_LEN(parameters); i++) {
        if (strcmp(name, parameters[i].word) != 0) {
            continue;
        }
        if (*seen >> i & 1) {
            return output_complain(reading, _("\"%s=\" is written twice; take one out"), name);
        }
        *seen |= 1u << i;
        return parameters[i].read(reading, equals ? equals + 1 : name + strlen(name));
    }
    const char *near =
        station_nearest_id(name, &parameters[0].word, ARRAY_LEN(parameters), sizeof *parameters);
    if (near) {
        build_mistake(reading->build, "bad-output", reading->key->line,
                      _("\"%s=\" is not known to rtp:; did you mean \"%s=\"?"), name, near);
        return false;
    }
    return output_complain(reading,
                           _("\"%s=\" is not known to rtp:; it knows codec, bitrate, channels, "
                             "ttl, interface, srtp and announce"),
                           name);
}

/* What does not go together. */
static bool check_together(const struct reading *reading)
{
    struct rtp_spec *rtp = &reading->output->rtp;
    const char *word = reading->output->format;
    if (rtp->bitrate_bps && rtp->codec != RTP_OPUS) {
        return output_complain(reading,
                               _("the bit rate of %s cannot be chosen; take \"bitrate=\" out"),
                               word);
    }
    if (rtp->channels > codecs[rtp->codec].channels_max) {
        return output_complain(reading, _("%s is mono; take \"channels=2\" out"), word);
    }
    rtp->channels = rtp->channels ? rtp->channels : 1;
    if (rtp->codec == RTP_OPUS && !rtp->bitrate_bps) {
        rtp->bitrate_bps = rtp->channels == 1 ? 32000 : 64000;
    }
    return true;
}

bool output_read_rtp(const struct reading *reading, char *rest)
{
    *reading->output = (struct output_spec){.kind = OUTPUT_RTP,
                                            .format = codecs[0].word,
                                            .rtp = {.codec = RTP_OPUS, .announced = true}};
    unsigned seen = 0;
    char *parameter = strchr(rest, '?');
    if (parameter) {
        *parameter++ = '\0';
    }
    if (strncmp(rest, "//", 2) != 0 || !output_is_host_and_port(rest + 2)) {
        return output_complain(reading,
                               _("\"rtp:%s\" is not an address; write rtp://239.1.1.1:5004"), rest);
    }
    reading->output->target = rest + 2;
    while (parameter) {
        char *next = strchr(parameter, '&');
        if (next) {
            *next++ = '\0';
        }
        if (!read_parameter(reading, parameter, &seen)) {
            return false;
        }
        parameter = next;
    }
    return check_together(reading);
}
