/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "media/checked.h"
#include "media/fold.h"
#include "media/library.h"
#include "media/library_int.h"

int library_note_step(struct db *db, int64_t segment_id, int64_t at_us, const char *who,
                      const char *act, const char *reason, struct fault *reterr)
{
    return db_run(db, reterr,
                  "INSERT INTO segment_event (segment_id, at_us, who, act, reason) "
                  "VALUES (?, ?, ?, ?, ?)",
                  "iittt", segment_id, at_us, who, act, reason ? reason : "");
}

/* --- approving -------------------------------------------------------------------------- */

/* What is asked of the version that is to be approved. */
struct newest {
    int64_t id;
    int version;
    bool is_approved;
    bool is_own; /* whoever approves brought it in or edited it */
    bool is_removed;
};

static int find_newest(struct db *db, const char *code, const char *who, struct newest *ret,
                       struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT id, version, state = 'approved', imported_by = ?1, "
                       "removed_us IS NOT NULL FROM segment WHERE code = ?2 "
                       "ORDER BY version DESC LIMIT 1",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "tt", who, code);
    r = stmt_step(stmt, reterr);
    if (r <= 0) {
        return r < 0 ? r : library_no_such_code(db, code, reterr);
    }
    *ret = (struct newest){.id = stmt_i64(stmt, 0),
                           .version = (int)stmt_i64(stmt, 1),
                           .is_approved = stmt_i64(stmt, 2) != 0,
                           .is_own = stmt_i64(stmt, 3) != 0,
                           .is_removed = stmt_i64(stmt, 4) != 0};
    return 0;
}

int library_files_removed(struct db *db, const char *code, struct fault *reterr)
{
    return fault_set(reterr, ENODATA, db_path(db), 0,
                     _("the files of `%s` were removed to make room; import the recording again"),
                     code);
}

int library_change_approve(struct db *db, const char *code, const struct library_decision *decision,
                           void *context, struct fault *reterr)
{
    struct newest newest = {0};
    (void)context;
    int r = find_newest(db, code, decision->who, &newest, reterr);
    if (r < 0 || newest.is_approved) {
        return r;
    }
    if (newest.is_removed) {
        return library_files_removed(db, code, reterr);
    }
    if (decision->two_person && newest.is_own) {
        return fault_set(reterr, EPERM, db_path(db), 0,
                         _("%s brought in or edited version %d of `%s` and must not approve it "
                           "too; have another person write loa segment approve %s"),
                         decision->who, newest.version, code, code);
    }
    r = db_run(db, reterr,
               "UPDATE segment SET state = 'approved', decided_us = ?, decided_by = ?, "
               "decided_reason = '' WHERE id = ?",
               "iti", decision->now_us, decision->who, newest.id);
    return r < 0 ? r
                 : library_note_step(db, newest.id, decision->now_us, decision->who, "approved",
                                     decision->reason, reterr);
}

/* --- withdrawing ------------------------------------------------------------------------ */

/* How many versions a code has, and how many of them were ever decided on. */
static int count_versions(struct db *db, const char *code, int64_t *ret_n, int64_t *ret_n_decided,
                          struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT count(*), count(CASE WHEN state <> 'draft' THEN 1 END) "
                       "FROM segment WHERE code = ?",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", code);
    r = stmt_step(stmt, reterr);
    if (r > 0) {
        *ret_n = stmt_i64(stmt, 0);
        *ret_n_decided = stmt_i64(stmt, 1);
    }
    return r < 0 ? r : 0;
}

static int withdraw(struct db *db, const char *code, const struct library_decision *decision,
                    void *context, struct fault *reterr)
{
    (void)context;
    int64_t n = 0;
    int64_t n_decided = 0;
    int r = count_versions(db, code, &n, &n_decided, reterr);
    if (r == 0 && n == 0) {
        r = library_no_such_code(db, code, reterr);
    } else if (r == 0 && n_decided == 0) {
        r = fault_set(reterr, ENODATA, db_path(db), 0,
                      _("`%s` was never approved, so there is nothing to withdraw"), code);
    }
    if (r == 0) {
        r = db_run(db, reterr,
                   "INSERT INTO segment_event (segment_id, at_us, who, act, reason) "
                   "SELECT id, ?, ?, 'withdrawn', ? FROM segment "
                   "WHERE code = ? AND state = 'approved' ORDER BY version",
                   "ittt", decision->now_us, decision->who, decision->reason, code);
    }
    return r < 0 ? r
                 : db_run(db, reterr,
                          "UPDATE segment SET state = 'withdrawn', decided_us = ?, "
                          "decided_by = ?, decided_reason = ? WHERE code = ? AND "
                          "state = 'approved'",
                          "ittt", decision->now_us, decision->who, decision->reason, code);
}

/* --- both ------------------------------------------------------------------------------- */

int library_decide(struct db *db, const char *code, const struct library_decision *decision,
                   library_change *change, void *context, struct fault *reterr)
{
    AUTO_FREE char *reason =
        text_normalise(decision->reason ? decision->reason : "", TEXT_COMPOSED);
    if (!reason) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the reason is not UTF-8 text; write it in a UTF-8 terminal"));
    }
    make_one_line(reason);
    struct library_decision kept = *decision;
    kept.reason = reason;
    int r = db_begin(db, reterr);
    if (r < 0) {
        return r;
    }
    r = change(db, code, &kept, context, reterr);
    if (r < 0) {
        db_rollback(db);
        return r;
    }
    return db_commit(db, reterr);
}

int library_approve(struct db *db, const char *code, const struct library_decision *decision,
                    struct fault *reterr)
{
    return library_decide(db, code, decision, library_change_approve, NULL, reterr);
}

int library_withdraw(struct db *db, const char *code, const struct library_decision *decision,
                     struct fault *reterr)
{
    return library_decide(db, code, decision, withdraw, NULL, reterr);
}
