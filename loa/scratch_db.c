/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/scratch_db.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/db.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"

static int copy_past(struct db *db, int64_t aired_until_us, int64_t frozen_until_us,
                     struct fault *reterr)
{
    int r = db_begin(db, reterr);
    if (r == 0) {
        r = db_exec(db,
                    "INSERT INTO segment SELECT * FROM station.segment;"
                    "INSERT INTO line_set SELECT * FROM station.line_set",
                    reterr);
    }
    if (r == 0) {
        r = db_run(db, reterr,
                   "INSERT INTO airing SELECT * FROM station.airing WHERE start_us < ?"
                   " AND id IN (SELECT airing_id FROM station.airing_end)",
                   "i", aired_until_us);
    }
    if (r == 0) {
        r = db_exec(db,
                    "INSERT INTO airing_end SELECT * FROM station.airing_end"
                    " WHERE airing_id IN (SELECT id FROM airing)",
                    reterr);
    }
    if (r == 0) {
        r = db_run(db, reterr, "INSERT INTO outage SELECT * FROM station.outage WHERE start_us < ?",
                   "i", aired_until_us);
    }
    if (r == 0) {
        r = db_exec(db,
                    "INSERT INTO outage_end SELECT * FROM station.outage_end"
                    " WHERE outage_id IN (SELECT id FROM outage)",
                    reterr);
    }
    if (r == 0) {
        r = db_run(db, reterr,
                   "INSERT INTO plan_window SELECT id, from_us, min(to_us, ?1), made_us"
                   " FROM station.plan_window WHERE from_us < ?1",
                   "i", frozen_until_us);
    }
    if (r == 0) {
        r = db_run(db, reterr,
                   "INSERT INTO plan_item SELECT * FROM station.plan_item WHERE slot_start_us < ?",
                   "i", frozen_until_us);
    }
    if (r == 0) {
        return db_commit(db, reterr);
    }
    db_rollback(db);
    return r;
}

int scratch_db_make(const char *path, const char *station_db, int64_t aired_until_us,
                    int64_t frozen_until_us, struct fault *reterr)
{
    AUTO(db_close) struct db *db = NULL;
    int r = db_open(path, DB_SCRATCH, &db, reterr);
    if (r == 0) {
        r = db_run(db, reterr, "ATTACH ? AS station", "t", station_db);
    }
    if (r == 0) {
        r = copy_past(db, aired_until_us, frozen_until_us, reterr);
    }
    if (r < 0 && db) {
        db = db_close(db);
        scratch_db_remove(path);
    }
    return r;
}

int scratch_db_name(char out[static PATHS_MAX], const char *dir, struct fault *reterr)
{
    int r = path_join(out, dir, "loa-rehearsal-XXXXXX", reterr);
    if (r < 0) {
        return r;
    }
    int fd = mkstemp(out);
    if (fd < 0) {
        return fault_set(reterr, errno, dir, 0, _("cannot be written: %s"), errno_text(errno));
    }
    close(fd);
    return 0;
}

void scratch_db_remove(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-lock"};
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        char name[PATHS_MAX + 8];
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        unlink(name);
    }
}
