/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/db.h"
#include "base/decimal.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "media/checked.h"
#include "media/library.h"
#include "media/library_int.h"

/* --- the values ------------------------------------------------------------------------- */

static bool is_blank(const char *text)
{
    return text[strspn(text, " ")] == '\0';
}

static struct origin said(const char *value)
{
    return (struct origin){.text = value && *value ? value : NULL};
}

static int check_title(const struct checking *checking, const char *title, const char **ret)
{
    struct origin origin = {.text = title};
    int r = checked_title(checking, &origin, ret);
    if (*ret && is_blank(*ret)) {
        findings_add(checking->findings, SEVERITY_ERROR, "no-title", NULL, 0,
                     _("a recording needs a title; write one"));
    }
    return r;
}

static int check_kind(const struct checking *checking, const char *kind, const char **ret)
{
    struct origin origin = said(kind);
    if (kind && !origin.text) {
        findings_add(checking->findings, SEVERITY_ERROR, "no-kind", NULL, 0,
                     _("a recording needs a kind; name one of the station"));
    }
    return checked_kind(checking, &origin, ret);
}

int library_edit_check(const struct station *station, const struct library_edit *edit,
                       struct arena *arena, struct library_edit *ret_checked,
                       struct findings *findings)
{
    struct checking checking = {.station = station, .arena = arena, .findings = findings};
    struct origin topic = said(edit->topic);
    struct origin tags = said(edit->tags);
    size_t n_errors = findings->n_errors;
    *ret_checked = *edit;
    if (check_title(&checking, edit->title, &ret_checked->title) < 0 ||
        check_kind(&checking, edit->kind, &ret_checked->kind) < 0 ||
        checked_topic(&checking, &topic, &ret_checked->topic) < 0 ||
        checked_tags(&checking, &tags, &ret_checked->tags) < 0) {
        return -ENOMEM;
    }
    if (edit->topic && !topic.text) {
        ret_checked->topic = ""; /* none is asked for */
    }
    if (!edit->tags) {
        ret_checked->tags = NULL;
    }
    return findings->n_errors > n_errors ? -EINVAL : 0;
}

/* --- the version ------------------------------------------------------------------------ */

/* What an edit can change of a version. The texts are the statement's, or the edit's. */
struct known {
    const char *title;
    const char *kind;
    const char *topic; /* "": none */
    const char *tags;
    int64_t valid_from_us;
    int64_t valid_until_us;
    int64_t cue_in_frames;
    int64_t cue_out_frames; /* the end of the copy, if none is kept */
};

struct editing {
    const struct library_edit *edit;
    struct library_edited result;
    struct stmt *newest; /* at the row of the code's newest version */
    int64_t copy_frames;
};

enum column {
    COLUMN_ID,
    COLUMN_VERSION,
    COLUMN_STATE,
    COLUMN_REMOVED,
    COLUMN_TITLE,
    COLUMN_KIND,
    COLUMN_TOPIC,
    COLUMN_TAGS,
    COLUMN_VALID_FROM,
    COLUMN_VALID_UNTIL,
    COLUMN_CUE_IN,
    COLUMN_CUE_OUT,
    COLUMN_COPY_FRAMES,
    COLUMN_LAST_VERSION,
};

/* The newest whose files are here: a draft that was removed does not keep what airs from being
 * edited. */
static int select_newest(struct db *db, const char *code, struct editing *editing,
                         struct fault *reterr)
{
    int r =
        db_prepare(db,
                   "SELECT id, version, state, removed_us IS NOT NULL, title, "
                   "kind, coalesce(topic, ''), tags, coalesce(valid_from_us, ?2), "
                   "coalesce(valid_until_us, ?3), cue_in_frames, "
                   "coalesce(cue_out_frames, frames), frames, max(version) OVER () FROM segment "
                   "WHERE code = ?1 ORDER BY removed_us IS NULL DESC, version DESC LIMIT 1",
                   &editing->newest, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(editing->newest, "tii", code, INT64_MIN, INT64_MAX);
    r = stmt_step(editing->newest, reterr);
    if (r == 0) {
        return library_no_such_code(db, code, reterr);
    }
    if (r > 0 && stmt_i64(editing->newest, COLUMN_REMOVED)) {
        return library_files_removed(db, code, reterr);
    }
    editing->copy_frames = stmt_i64(editing->newest, COLUMN_COPY_FRAMES);
    return r < 0 ? r : 0;
}

static struct known known_now(const struct editing *editing)
{
    struct stmt *row = editing->newest;
    return (struct known){.title = stmt_text(row, COLUMN_TITLE),
                          .kind = stmt_text(row, COLUMN_KIND),
                          .topic = stmt_text(row, COLUMN_TOPIC),
                          .tags = stmt_text(row, COLUMN_TAGS),
                          .valid_from_us = stmt_i64(row, COLUMN_VALID_FROM),
                          .valid_until_us = stmt_i64(row, COLUMN_VALID_UNTIL),
                          .cue_in_frames = stmt_i64(row, COLUMN_CUE_IN),
                          .cue_out_frames = stmt_i64(row, COLUMN_CUE_OUT)};
}

static const char *text_or(const char *wanted, const char *before)
{
    return wanted ? wanted : before;
}

static int64_t value_or(const int64_t *wanted, int64_t before)
{
    return wanted ? *wanted : before;
}

static struct known known_then(const struct editing *editing, const struct known *now)
{
    const struct library_edit *edit = editing->edit;
    struct known then = {.title = text_or(edit->title, now->title),
                         .kind = text_or(edit->kind, now->kind),
                         .topic = text_or(edit->topic, now->topic),
                         .tags = text_or(edit->tags, now->tags),
                         .valid_from_us = value_or(edit->valid_from_us, now->valid_from_us),
                         .valid_until_us = value_or(edit->valid_until_us, now->valid_until_us),
                         .cue_in_frames = value_or(edit->cue_in_frames, now->cue_in_frames),
                         .cue_out_frames = value_or(edit->cue_out_frames, now->cue_out_frames)};
    if (then.cue_out_frames == INT64_MAX) {
        then.cue_out_frames = editing->copy_frames;
    }
    return then;
}

static bool known_equal(const struct known *a, const struct known *b)
{
    return strcmp(a->title, b->title) == 0 && strcmp(a->kind, b->kind) == 0 &&
           strcmp(a->topic, b->topic) == 0 && strcmp(a->tags, b->tags) == 0 &&
           a->valid_from_us == b->valid_from_us && a->valid_until_us == b->valid_until_us &&
           a->cue_in_frames == b->cue_in_frames && a->cue_out_frames == b->cue_out_frames;
}

/* What depends on the version, and not only on the edit. */
static int check_known(const struct editing *editing, const char *code, const struct known *known,
                       struct fault *reterr)
{
    if (known->valid_from_us >= known->valid_until_us) {
        return fault_set(reterr, EINVAL, code, 0,
                         _("would never be valid, because it ends before it begins; correct "
                           "valid-from or valid-until"));
    }
    if (known->cue_in_frames < 0 || known->cue_in_frames >= known->cue_out_frames ||
        known->cue_out_frames > editing->copy_frames) {
        char in[DECIMAL_MAX];
        char out[DECIMAL_MAX];
        char length[DECIMAL_MAX];
        return fault_set(
            reterr, EINVAL, code, 0,
            _("cannot begin at %s s and end at %s s: it is %s s long, and has to begin "
              "before it ends"),
            decimal_text(frames_to_seconds(known->cue_in_frames), 3, in),
            decimal_text(frames_to_seconds(known->cue_out_frames), 3, out),
            decimal_text(frames_to_seconds(editing->copy_frames), 3, length));
    }
    return 0;
}

/* What belongs to the sound, and goes over to every version of it. */
#define SOUND_COLUMNS                                                                              \
    "original_sha256, original_name, original_bytes, air_sha256, channels, frames, lufs, "         \
    "true_peak_dbtp, gain_db, script"

static int insert_version(struct db *db, const struct editing *editing, const struct known *known,
                          bool approved, const struct library_decision *decision,
                          struct fault *reterr)
{
    return db_run(db, reterr,
                  "INSERT INTO segment (code, version, title, kind, topic, tags, valid_from_us, "
                  "valid_until_us, cue_in_frames, cue_out_frames, state, imported_us, "
                  "imported_by, decided_us, decided_by, " SOUND_COLUMNS ") "
                  "SELECT code, ?15, ?1, ?2, nullif(?3, ''), ?4, nullif(?5, ?6), "
                  "nullif(?7, ?8), ?9, nullif(?10, frames), iif(?11, 'approved', 'draft'), ?12, "
                  "?13, iif(?11, ?12, NULL), iif(?11, ?13, NULL), " SOUND_COLUMNS
                  " FROM segment WHERE id = ?14",
                  "tttt"
                  "iiii"
                  "ii"
                  "iitii",
                  known->title, known->kind, known->topic, known->tags, known->valid_from_us,
                  INT64_MIN, known->valid_until_us, INT64_MAX, known->cue_in_frames,
                  known->cue_out_frames, (int64_t)approved, decision->now_us, decision->who,
                  stmt_i64(editing->newest, COLUMN_ID),
                  stmt_i64(editing->newest, COLUMN_LAST_VERSION) + 1);
}

static int make_version(struct db *db, struct editing *editing, const struct known *known,
                        const struct library_decision *decision, struct fault *reterr)
{
    bool approve = editing->edit->approve && !decision->two_person;
    int r = insert_version(db, editing, known, approve, decision, reterr);
    int64_t id = db_last_id(db);
    if (r == 0) {
        r = library_note_step(db, id, decision->now_us, decision->who, "edited", decision->reason,
                              reterr);
    }
    if (r == 0 && approve) {
        r = library_note_step(db, id, decision->now_us, decision->who, "approved", NULL, reterr);
    }
    editing->result =
        (struct library_edited){.version = (int)stmt_i64(editing->newest, COLUMN_LAST_VERSION) + 1,
                                .is_new = true,
                                .is_approved_now = approve,
                                .state = approve ? SEGMENT_APPROVED : SEGMENT_DRAFT,
                                .awaits_another = editing->edit->approve && !approve};
    return r;
}

/* It was so already. */
static int keep_version(struct db *db, const char *code, struct editing *editing,
                        const struct library_decision *decision, struct fault *reterr)
{
    bool approve = editing->edit->approve;
    enum segment_state state = segment_state_from_name(stmt_text(editing->newest, COLUMN_STATE));
    editing->result =
        (struct library_edited){.version = (int)stmt_i64(editing->newest, COLUMN_VERSION),
                                .is_approved_now = approve && state != SEGMENT_APPROVED,
                                .state = approve ? SEGMENT_APPROVED : state};
    return approve ? library_change_approve(db, code, decision, NULL, reterr) : 0;
}

static int change_version(struct db *db, const char *code, const struct library_decision *decision,
                          void *context, struct fault *reterr)
{
    struct editing *editing = context;
    int r = select_newest(db, code, editing, reterr);
    if (r < 0) {
        return r;
    }
    struct known now = known_now(editing);
    struct known then = known_then(editing, &now);
    if (known_equal(&now, &then)) {
        return keep_version(db, code, editing, decision, reterr);
    }
    r = check_known(editing, code, &then, reterr);
    return r < 0 ? r : make_version(db, editing, &then, decision, reterr);
}

static int change_and_close(struct db *db, const char *code,
                            const struct library_decision *decision, void *context,
                            struct fault *reterr)
{
    struct editing *editing = context;
    int r = change_version(db, code, decision, editing, reterr);
    editing->newest = stmt_close(editing->newest); /* an open one would be in the commit's way */
    return r;
}

int library_edit(struct db *db, const char *code, const struct library_edit *edit,
                 const struct library_decision *decision, struct library_edited *ret_edited,
                 struct fault *reterr)
{
    struct editing editing = {.edit = edit};
    int r = library_decide(db, code, decision, change_and_close, &editing, reterr);
    if (r == 0) {
        *ret_edited = editing.result;
    }
    return r;
}
