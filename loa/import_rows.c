/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/import_rows.h"

#include <math.h>

#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "media/import.h"

struct table import_rows_table(struct arena *arena)
{
    static const char *const heads[] = {N_("code"), N_("result"), N_("length"),
                                        N_("LUFS"), N_("gain"),   N_("file")};
    return table_make(arena, heads, ARRAY_LEN(heads), 1 << 2 | 1 << 3 | 1 << 4);
}

void import_rows_json(struct out *out, const struct import_result *result)
{
    struct json *json = out_object(out);
    json_text(json, "code", *result->code ? result->code : NULL);
    json_text(json, "path", result->path);
    json_text(json, "status", import_status_name(result->status));
    if (result->channels) {
        json_real(json, "duration", frames_to_seconds(result->frames), 6);
        json_real(json, "lufs", result->lufs, 2);
        json_real(json, "true_peak", result->true_peak_dbtp, 2);
        json_real(json, "gain", result->gain_db, 2);
    } else {
        json_null(json, "duration");
        json_null(json, "lufs");
        json_null(json, "true_peak");
        json_null(json, "gain");
    }
    json_text(json, "reason", result->findings.n ? result->findings.items[0].fault.text : NULL);
    out_end_object(out);
}

static void show_row(struct table *table, const struct import_result *result)
{
    char length[OUT_DURATION_MAX];
    table_cell(table, "%s", result->code);
    table_cell(table, "%s", out_word(import_status_name(result->status)));
    table_cell(table, "%s", result->channels ? out_duration(result->frames, length) : "");
    bool loud = result->channels && !isnan(result->lufs);
    table_real(table, loud, 1, result->lufs);
    table_real(table, result->channels != 0, 1, result->gain_db);
    table_cell(table, "%s", result->path);
}

void import_rows_show(struct out *out, struct table *table, const struct import_result *result)
{
    if (out->is_json) {
        import_rows_json(out, result);
    } else {
        show_row(table, result);
    }
}
