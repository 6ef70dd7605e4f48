/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "media/probe.h"

int library_write_probe(struct db *db, const char *original_sha256, const struct probe *probe,
                        struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    /* SQLite makes a null of what is not a number. */
    int r = db_prepare(db,
                       "INSERT OR REPLACE INTO probe (original_sha256, format, source_rate, "
                       "source_channels, frames, loudness_range_lu, max_momentary_lufs, "
                       "max_short_term_lufs, clipped_runs, dc_offset, leading_silence_frames, "
                       "trailing_silence_frames, gaps, longest_gap_frames, longest_gap_at_frames, "
                       "balance_db, correlation, content, cue_in_frames, cue_out_frames) VALUES "
                       "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                       "nullif(?, -1), nullif(?, -1))",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ttiiidddidiiiiiddtii", original_sha256, probe->format,
              (int64_t)probe->source_rate, (int64_t)probe->source_channels, probe->frames,
              probe->loudness_range_lu, probe->max_momentary_lufs, probe->max_short_term_lufs,
              probe->clipped_runs, probe->dc_offset, probe->leading_silence_frames,
              probe->trailing_silence_frames, probe->n_gaps, probe->longest_gap_frames,
              probe->longest_gap_at_frames, probe->balance_db, probe->correlation,
              probe_content_name(probe->content), probe->cue_in_frames, probe->cue_out_frames);
    r = stmt_step(stmt, reterr);
    return r < 0 ? r : 0;
}

static double real_or_nan(struct stmt *stmt, int column)
{
    return stmt_is_null(stmt, column) ? NAN : stmt_f64(stmt, column);
}

static int64_t frame_or_none(struct stmt *stmt, int column)
{
    return stmt_is_null(stmt, column) ? -1 : stmt_i64(stmt, column);
}

static enum probe_content content_from_name(const char *name)
{
    return strcmp(name, "speech") == 0  ? PROBE_SPEECH
           : strcmp(name, "music") == 0 ? PROBE_MUSIC
                                        : PROBE_UNKNOWN;
}

int library_read_probe(struct db *db, const char *original_sha256, struct probe *ret_probe,
                       struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT format, source_rate, source_channels, frames, loudness_range_lu, "
                       "max_momentary_lufs, max_short_term_lufs, clipped_runs, dc_offset, "
                       "leading_silence_frames, trailing_silence_frames, gaps, "
                       "longest_gap_frames, longest_gap_at_frames, balance_db, correlation, "
                       "content, cue_in_frames, cue_out_frames FROM probe "
                       "WHERE original_sha256 = ?",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", original_sha256);
    r = stmt_step(stmt, reterr);
    if (r <= 0) {
        return r;
    }
    *ret_probe = (struct probe){
        .source_rate = (int)stmt_i64(stmt, 1),
        .source_channels = (int)stmt_i64(stmt, 2),
        .frames = stmt_i64(stmt, 3),
        .loudness_range_lu = real_or_nan(stmt, 4),
        .max_momentary_lufs = real_or_nan(stmt, 5),
        .max_short_term_lufs = real_or_nan(stmt, 6),
        .clipped_runs = stmt_i64(stmt, 7),
        .dc_offset = stmt_f64(stmt, 8),
        .leading_silence_frames = stmt_i64(stmt, 9),
        .trailing_silence_frames = stmt_i64(stmt, 10),
        .n_gaps = stmt_i64(stmt, 11),
        .longest_gap_frames = stmt_i64(stmt, 12),
        .longest_gap_at_frames = stmt_i64(stmt, 13),
        .balance_db = real_or_nan(stmt, 14),
        .correlation = real_or_nan(stmt, 15),
        .content = content_from_name(stmt_text(stmt, 16)),
        .cue_in_frames = frame_or_none(stmt, 17),
        .cue_out_frames = frame_or_none(stmt, 18),
    };
    snprintf(ret_probe->format, sizeof ret_probe->format, "%s", stmt_text(stmt, 0));
    return 1;
}
