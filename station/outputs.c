/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "base/i18n.h"
#include "base/paths.h"
#include "station/outputs_int.h"
#include "station/values.h"

/* The value of a line's `output`: where its programme goes. */

enum { OUTPUTS_MAX = 16 };

bool output_complain(const struct reading *reading, const char *sentence, const char *text)
{
    build_mistake(reading->build, "bad-output", reading->key->line, sentence, text);
    return false;
}

/* Device names may hold commas ("USB Audio: - (hw:1,0)"), so a comma parts two outputs
 * only where something like "file:" follows. */
static bool begins_output(const char *text)
{
    text += strspn(text, " \t");
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    return n > 0 && text[n] == ':';
}

static char *next_output(char **list)
{
    char *item = *list;
    if (!item) {
        return NULL;
    }
    char *comma = strchr(item, ',');
    while (comma && !begins_output(comma + 1)) {
        comma = strchr(comma + 1, ',');
    }
    if (comma) {
        *comma = '\0';
    }
    *list = comma ? comma + 1 : NULL;
    return value_trim(item);
}

/* NAME[#1[,2]] */
static bool read_device(const struct reading *reading, char *rest)
{
    struct output_spec *output = reading->output;
    struct fault fault = {0};
    *output = (struct output_spec){.kind = OUTPUT_DEVICE};
    int r = value_device(rest, &output->target, output->channels, &output->n_channels, &fault);
    if (r < 0) {
        build_fault(reading->build, "bad-output", reading->key->line, r, &fault);
        return false;
    }
    return *output->target
               ? true
               : output_complain(reading,
                                 _("\"%s\" names no sound device; write device:default, or "
                                   "a name that loa devices lists"),
                                 reading->key->value);
}

static bool read_null(const struct reading *reading, char *rest)
{
    *reading->output = (struct output_spec){.kind = OUTPUT_NULL, .target = ""};
    return *rest ? output_complain(reading, _("\"null:%s\" goes nowhere; write null: alone"), rest)
                 : true;
}

bool output_is_host_and_port(const char *text)
{
    size_t n_host =
        *text == '[' ? strspn(text + 1, "0123456789abcdefABCDEF:.") + 2 : strcspn(text, ":/@[] ");
    if (n_host == 0 || strlen(text) < n_host || (*text == '[' && text[n_host - 1] != ']') ||
        text[n_host] != ':') {
        return false;
    }
    const char *at = text + n_host + 1;
    int64_t port = 0;
    return value_take_count(&at, &port) && *at == '\0' && port >= 1 && port <= 65535;
}

bool output_check_secret(const struct reading *reading, const char *name)
{
    char path[PATHS_MAX];
    struct stat st;
    if (path_join(path, reading->build->station->dir, name, NULL) < 0 || stat(path, &st) != 0 ||
        !(st.st_mode & S_IROTH)) {
        return true;
    }
    build_mistake(reading->build, "readable-secret", reading->key->line,
                  _("the password file %s can be read by everyone; run chmod 600 on it"), name);
    return false;
}

/* "64k" or "64000" */
static bool take_bitrate(const struct reading *reading, const char *value)
{
    const char *at = value;
    int64_t rate = 0;
    if (value_take_count(&at, &rate) && (strcmp(at, "k") == 0 || *at == '\0')) {
        rate *= *at && rate < 1000 ? 1000 : 1;
        if (rate >= 6000 && rate <= 510000) {
            reading->output->bitrate_bps = (int)rate;
            return true;
        }
    }
    return output_complain(reading, _("\"%s\" is not a bit rate; write 64k, from 6k to 510k"),
                           value);
}

/* Cut "?codec=mp3&bitrate=96k" off. */
static bool take_stream_parameters(const struct reading *reading, char *rest)
{
    reading->output->format = "opus";
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
        if (strncmp(parameter, "bitrate=", 8) == 0) {
            if (!take_bitrate(reading, parameter + 8)) {
                return false;
            }
        } else if (strcmp(parameter, "codec=mp3") == 0) {
            reading->output->format = "mp3";
        } else if (strcmp(parameter, "tls=yes") == 0) {
            reading->output->tls = true;
        } else if (strcmp(parameter, "codec=opus") != 0 && strcmp(parameter, "tls=no") != 0) {
            return output_complain(
                reading, _("\"?%s\" is not known to this kind of output; see loa-station(5)"),
                parameter);
        }
    }
    return true;
}

/* //USER:FILE@HOST:PORT/MOUNT */
static bool read_icecast(const struct reading *reading, char *rest)
{
    static const char sentence[] =
        N_("\"icecast:%s\" is not an address; write icecast://source:FILE@host:8000/mount, where "
           "FILE holds the password");
    *reading->output = (struct output_spec){.kind = OUTPUT_ICECAST};
    if (!take_stream_parameters(reading, rest)) {
        return false;
    }
    char *copy = build_copy(reading->build, rest);
    char *at_sign = copy ? strrchr(copy, '@') : NULL;
    char *colon = copy ? strchr(copy, ':') : NULL;
    if (!at_sign || strncmp(copy, "//", 2) != 0 || !colon || colon == copy + 2 ||
        colon + 1 >= at_sign) {
        return output_complain(reading, _(sentence), rest);
    }
    *at_sign = '\0';
    char *slash = strchr(at_sign + 1, '/');
    if (!slash || slash[1] == '\0') {
        return output_complain(reading, _(sentence), rest);
    }
    *slash = '\0';
    if (!output_is_host_and_port(at_sign + 1)) {
        return output_complain(reading, _(sentence), rest);
    }
    reading->output->target = rest + 2;
    return output_check_secret(reading, colon + 1);
}

static const struct output_form {
    const char *word;
    bool (*read)(const struct reading *reading, char *rest);
} forms[] = {
    {"device", read_device},  {"file", output_read_file}, {"null", read_null},
    {"rtp", output_read_rtp}, {"icecast", read_icecast},  {"hls", output_read_hls},
};

static bool read_output(const struct reading *reading, char *item)
{
    size_t n = strlen(item);
    if (*reading->key->value && (n == 0 || item[n - 1] == ',')) {
        return output_complain(
            reading,
            _("an output is missing before or after a comma of \"%s\"; write it or "
              "take the comma out"),
            reading->key->value);
    }
    char *colon = strchr(item, ':');
    size_t n_word = colon ? (size_t)(colon - item) : strlen(item);
    for (size_t i = 0; i < ARRAY_LEN(forms) && colon; i++) {
        if (strlen(forms[i].word) == n_word && strncmp(forms[i].word, item, n_word) == 0) {
            return forms[i].read(reading, value_trim(colon + 1));
        }
    }
    char *word = item;
    word[n_word] = '\0';
    const char *near = station_nearest_id(word, &forms[0].word, ARRAY_LEN(forms), sizeof forms[0]);
    if (near && colon) {
        build_mistake(reading->build, "bad-output", reading->key->line,
                      _("\"%s:\" is not a kind of output; did you mean \"%s:\"?"), word, near);
        return false;
    }
    return output_complain(reading,
                           _("\"%s\" is not an output; write device:NAME, rtp://HOST:PORT, "
                             "icecast://source:FILE@HOST:PORT/MOUNT, file:DIR, hls:DIR or null:"),
                           word);
}

/* Two of them would write over each other's pieces. */
static bool has_hls_in(const struct output_spec *outputs, size_t n, const char *dir)
{
    for (size_t i = 0; i < n; i++) {
        if (outputs[i].kind == OUTPUT_HLS && strcmp(outputs[i].target, dir) == 0) {
            return true;
        }
    }
    return false;
}

void read_outputs(struct build *build, const struct raw_key *key, void *into)
{
    struct line_def *line = into;
    struct output_spec *outputs = NULL;
    size_t n = 0;
    size_t capacity = 0;
    char *list = build_copy(build, key->value);
    char *item = NULL;
    while ((item = next_output(&list))) {
        if (n == OUTPUTS_MAX) {
            build_mistake(build, "bad-output", key->line,
                          _("a line has at most %d outputs; take some out"), OUTPUTS_MAX);
            return;
        }
        struct output_spec *grown = build_grow(build, outputs, n, &capacity, sizeof *outputs);
        if (!grown) {
            return;
        }
        outputs = grown;
        struct reading reading = {build, key, &outputs[n]};
        if (read_output(&reading, item)) {
            if (outputs[n].kind == OUTPUT_HLS && has_hls_in(outputs, n, outputs[n].target)) {
                output_complain(&reading,
                                _("hls:%s is written twice; give each a folder of its own"),
                                outputs[n].target);
            }
            outputs[n++].file_line = key->line;
        }
    }
    line->outputs = outputs;
    line->n_outputs = n;
}
