/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/i18n.h"
#include "station/outputs_int.h"
#include "station/values.h"

/* Outputs that are folders: file:DIR?format=opus&bitrate=64k&keep=90d and
 * hls:DIR?length=4s&pieces=6&bitrate=96k */

enum {
    OPUS_LOW_BPS = 6000,
    OPUS_HIGH_BPS = 510000,
    OPUS_BPS = 64000,
    AAC_LOW_BPS = 32000,
    AAC_HIGH_BPS = 192000,
    AAC_BPS = 96000,
    KEEP_DAYS_MAX = 36500,
    LENGTH_LOW_S = 2,
    LENGTH_HIGH_S = 30,
    LENGTH_S = 4,
    PIECES_LOW = 3,
    PIECES = 6,
};

/* "64k" or "64000": 0 if it is neither. */
static int64_t read_rate(const char *value)
{
    const char *at = value;
    int64_t bps = 0;
    if (!value_take_count(&at, &bps) || (*at && strcmp(at, "k") != 0) || bps > OPUS_HIGH_BPS) {
        return 0;
    }
    return *at ? bps * 1000 : bps;
}

static bool read_opus_bitrate(const struct reading *reading, const char *value)
{
    int64_t bps = read_rate(value);
    if (bps < OPUS_LOW_BPS || bps > OPUS_HIGH_BPS) {
        return output_complain(
            reading, _("\"bitrate=%s\" is not a bit rate of Opus; write one from 6k to 510k"),
            value);
    }
    reading->output->bitrate_bps = (int)bps;
    return true;
}

static bool read_aac_bitrate(const struct reading *reading, const char *value)
{
    int64_t bps = read_rate(value);
    if (bps < AAC_LOW_BPS || bps > AAC_HIGH_BPS) {
        return output_complain(
            reading, _("\"bitrate=%s\" is not a bit rate of AAC; write one from 32k to 192k"),
            value);
    }
    reading->output->bitrate_bps = (int)bps;
    return true;
}

static bool read_format(const struct reading *reading, const char *value)
{
    static const char *const formats[] = {"flac", "wav", "opus"};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (strcmp(value, formats[i]) == 0) {
            reading->output->format = formats[i];
            return true;
        }
    }
    return output_complain(reading,
                           _("\"format=%s\" is not known to file:; write flac, wav or opus"),
                           value);
}

static bool read_keep(const struct reading *reading, const char *value)
{
    const char *at = value;
    int64_t days = 0;
    if (!value_take_count(&at, &days) || strcmp(at, "d") != 0 || days < 1 || days > KEEP_DAYS_MAX) {
        return output_complain(
            reading, _("\"keep=%s\" is not a number of days; write one from 1d to 36500d"), value);
    }
    reading->output->keep_days = (int)days;
    return true;
}

static bool read_length(const struct reading *reading, const char *value)
{
    const char *at = value;
    int64_t seconds = 0;
    if (!value_take_count(&at, &seconds) || strcmp(at, "s") != 0 || seconds < LENGTH_LOW_S ||
        seconds > LENGTH_HIGH_S) {
        return output_complain(
            reading, _("\"length=%s\" is not the length of a piece; write one from 2s to 30s"),
            value);
    }
    reading->output->piece_s = (int)seconds;
    return true;
}

static bool read_pieces(const struct reading *reading, const char *value)
{
    const char *at = value;
    int64_t n = 0;
    if (!value_take_count(&at, &n) || *at || n < PIECES_LOW || n > OUTPUT_PIECES_MAX) {
        return output_complain(
            reading,
            _("\"pieces=%s\" is not how many pieces a playlist names; write a number from 3 to 60"),
            value);
    }
    reading->output->n_pieces = (int)n;
    return true;
}

struct parameter {
    const char *name;
    bool (*read)(const struct reading *reading, const char *value);
};

/* Cut "?length=6s&pieces=5" off and read it. */
static bool take_parameters(const struct reading *reading, char *rest,
                            const struct parameter *known, size_t n_known)
{
    char *next = strchr(rest, '?');
    if (next) {
        *next++ = '\0';
    }
    while (next) {
        char *parameter = next;
        next = strchr(parameter, '&');
        if (next) {
            *next++ = '\0';
        }
        size_t n = strcspn(parameter, "=");
        size_t i = 0;
        while (i < n_known && (strlen(known[i].name) != n || parameter[n] != '=' ||
                               strncmp(known[i].name, parameter, n) != 0)) {
            i++;
        }
        if (i == n_known) {
            return output_complain(
                reading, _("\"?%s\" is not known to this kind of output; see loa-station(5)"),
                parameter);
        }
        if (!known[i].read(reading, parameter + n + 1)) {
            return false;
        }
    }
    return true;
}

bool output_read_file(const struct reading *reading, char *rest)
{
    static const struct parameter known[] = {{"format", read_format},
                                             {"bitrate", read_opus_bitrate},
                                             {"keep", read_keep}};
    struct output_spec *output = reading->output;
    *output = (struct output_spec){.kind = OUTPUT_FILE, .target = rest, .format = "flac"};
    if (!take_parameters(reading, rest, known, ARRAY_LEN(known))) {
        return false;
    }
    bool is_opus = strcmp(output->format, "opus") == 0;
    if (output->bitrate_bps && !is_opus) {
        return output_complain(reading,
                               _("the bit rate of %s cannot be chosen; take \"bitrate=\" out"),
                               output->format);
    }
    output->bitrate_bps = is_opus && !output->bitrate_bps ? OPUS_BPS : output->bitrate_bps;
    return *rest ? true
                 : output_complain(reading, _("\"%s\" names no folder; write file:DIR"),
                                   reading->key->value);
}

bool output_read_hls(const struct reading *reading, char *rest)
{
    static const struct parameter known[] = {{"length", read_length},
                                             {"pieces", read_pieces},
                                             {"bitrate", read_aac_bitrate}};
    *reading->output = (struct output_spec){.kind = OUTPUT_HLS,
                                            .target = rest,
                                            .bitrate_bps = AAC_BPS,
                                            .piece_s = LENGTH_S,
                                            .n_pieces = PIECES};
    if (!take_parameters(reading, rest, known, ARRAY_LEN(known))) {
        return false;
    }
    return *rest ? true
                 : output_complain(reading, _("\"%s\" names no folder; write hls:DIR"),
                                   reading->key->value);
}
