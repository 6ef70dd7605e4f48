/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_STATUS_METRICS_H
#define LOA_STATUS_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct message;
struct strbuf;

/* What a station's machine is like, besides what the radio says. */
struct machine_state {
    bool clock_synchronised;
    double disk_free_bytes; /* of the station folder; negative: not known */
};

/*
 * The status as Prometheus reads it: text exposition format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). radio is the object of the
 * answer's first line, or NULL; lines are those that follow.
 */
void status_metrics(struct strbuf *out, const struct message *radio,
                    const struct message *const *lines, size_t n_lines,
                    const struct machine_state *machine);

#endif
