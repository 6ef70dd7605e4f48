/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/strbuf.h"
#include "loa/status_metrics.h"
#include "playout/control/message.h"

/* How a number is made of what the answer has. */
enum metric_value { VALUE_NUMBER, VALUE_IS_THERE, VALUE_TEXT_IS };

struct metric {
    const char *name;
    const char *type;
    const char *help;
    const char *key;
    enum metric_value value;
    const char *text; /* TEXT_IS */
    double otherwise; /* NUMBER: when the answer has none */
};

static const struct metric radio_metrics[] = {
    {"loa_late_blocks_total", "counter", "Blocks mixed after their time had begun.", "late",
     VALUE_NUMBER, NULL, 0},
    {"loa_skipped_seconds_total", "counter", "Sound not aired because the machine was too late.",
     "skipped_seconds", VALUE_NUMBER, NULL, 0},
    {"loa_missing_seconds_total", "counter",
     "Sound of recordings that came too late from the disk.", "missing_seconds", VALUE_NUMBER, NULL,
     0},
    {"loa_mixes_total", "counter", "Programmes mixed.", "mixes", VALUE_NUMBER, NULL, 0},
};

static const struct metric line_metrics[] = {
    {"loa_line_on_air", "gauge", "Whether something is on.", "state", VALUE_TEXT_IS, "on-air", 0},
    {"loa_line_failed", "gauge", "Whether an output of the line carries nothing.", "state",
     VALUE_TEXT_IS, "failed", 0},
    {"loa_line_stopped", "gauge", "Whether a person has stopped the line.", "stopped",
     VALUE_IS_THERE, NULL, 0},
    {"loa_line_silent", "gauge", "Whether the line is silent although something is on.", "alarm",
     VALUE_TEXT_IS, "silence", 0},
    {"loa_line_silent_seconds", "gauge", "How long it has been silent.", "silent_seconds",
     VALUE_NUMBER, NULL, 0},
    {"loa_line_level_dbfs", "gauge", "Power of the last block.", "level_dbfs", VALUE_NUMBER, NULL,
     -INFINITY},
    {"loa_line_peak_dbfs", "gauge", "Peak of the last block.", "peak_dbfs", VALUE_NUMBER, NULL,
     -INFINITY},
    {"loa_line_start_error_microseconds", "gauge", "How late what is on began.", "start_error_us",
     VALUE_NUMBER, NULL, 0},
    {"loa_line_underruns_total", "counter", "Times that an output ran dry.", "underruns",
     VALUE_NUMBER, NULL, 0},
    {"loa_line_reconnects_total", "counter", "Times that an output came back.", "reconnects",
     VALUE_NUMBER, NULL, 0},
    {"loa_line_lost_seconds_total", "counter", "Sound that the outputs could not send.",
     "lost_seconds", VALUE_NUMBER, NULL, 0},
};

static double value_of(const struct metric *metric, const struct message *message)
{
    const char *text = message_text(message, metric->key);
    double number = metric->otherwise;
    switch (metric->value) {
    case VALUE_TEXT_IS:
        return text && strcmp(text, metric->text) == 0;
    case VALUE_IS_THERE:
        return message_type(message, metric->key) != MESSAGE_ABSENT;
    case VALUE_NUMBER:
        (void)message_real(message, metric->key, &number);
        break;
    }
    return number;
}

/* Backslash, quote and newline are what the format escapes. */
static void add_label(struct strbuf *out, const char *value)
{
    for (; *value; value++) {
        if (*value == '\n') {
            strbuf_add(out, "\\n");
        } else if (*value == '\\' || *value == '"') {
            strbuf_printf(out, "\\%c", *value);
        } else {
            strbuf_add_bytes(out, value, 1);
        }
    }
}

static void add_number(struct strbuf *out, double value)
{
    if (isinf(value)) {
        strbuf_add(out, value > 0 ? " +Inf\n" : " -Inf\n");
    } else {
        strbuf_printf(out, " %.15g\n", value);
    }
}

static void add_head(struct strbuf *out, const char *name, const char *type, const char *help)
{
    strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_plain(struct strbuf *out, const char *name, const char *help, double value)
{
    add_head(out, name, "gauge", help);
    strbuf_add(out, name);
    add_number(out, value);
}

void status_metrics(struct strbuf *out, const struct message *radio,
                    const struct message *const *lines, size_t n_lines,
                    const struct machine_state *machine)
{
    add_plain(out, "loa_up", "Whether the radio runs and answers.", radio != NULL);
    add_plain(out, "loa_clock_synchronised", "Whether the machine's clock is kept by NTP.",
              machine->clock_synchronised);
    if (machine->disk_free_bytes >= 0) {
        add_plain(out, "loa_disk_free_bytes", "Room left on the station's disk.",
                  machine->disk_free_bytes);
    }
    for (size_t i = 0; radio && i < ARRAY_LEN(radio_metrics); i++) {
        const struct metric *metric = &radio_metrics[i];
        add_head(out, metric->name, metric->type, metric->help);
        strbuf_add(out, metric->name);
        add_number(out, value_of(metric, radio));
    }
    for (size_t i = 0; n_lines > 0 && i < ARRAY_LEN(line_metrics); i++) {
        const struct metric *metric = &line_metrics[i];
        add_head(out, metric->name, metric->type, metric->help);
        for (size_t line = 0; line < n_lines; line++) {
            const char *id = message_text(lines[line], "line");
            strbuf_printf(out, "%s{line=\"", metric->name);
            add_label(out, id ? id : "");
            strbuf_add(out, "\"}");
            add_number(out, value_of(metric, lines[line]));
        }
    }
}
