-- What the frozen plan was made of, as it was then, so that a change is noticed after a restart too.
CREATE TABLE plan_source (
    name  TEXT PRIMARY KEY,    -- a file as the station file names it, or 'library/'
    stamp TEXT NOT NULL        -- another text as soon as it changes
) STRICT;

-- What was frozen and then changed: when, why, and what. Rows outlive the plan's.
CREATE TABLE plan_revision (
    id      INTEGER PRIMARY KEY,
    made_us INTEGER NOT NULL,
    from_us INTEGER NOT NULL,                      -- slots that start in here were planned anew
    to_us   INTEGER NOT NULL CHECK (to_us > from_us)
) STRICT;

CREATE TABLE plan_cause (
    id          INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES plan_revision (id),
    kind        TEXT    NOT NULL CHECK (kind IN ('calendar', 'station', 'library')),
    subject     TEXT    NOT NULL,                  -- the file or address; the recording's code
    act         TEXT    NOT NULL,                  -- 'edited'; of a recording, that of its segment_event
    who         TEXT    NOT NULL,                  -- '': nobody knows
    at_us       INTEGER,                           -- null: nobody knows
    n           INTEGER NOT NULL CHECK (n >= 1),   -- recordings; the subject is the last of them
    reason      TEXT    NOT NULL
) STRICT;
CREATE INDEX plan_cause_by_revision ON plan_cause (revision_id);

CREATE TABLE plan_change (
    id                 INTEGER PRIMARY KEY,
    revision_id        INTEGER NOT NULL REFERENCES plan_revision (id),
    change             TEXT    NOT NULL CHECK (change IN ('added', 'removed', 'moved', 'changed')),
    slot_uid           TEXT    NOT NULL,
    slot_recurrence_us INTEGER NOT NULL,
    slot_title         TEXT    NOT NULL,
    position           INTEGER                     -- of an item within the slot; null: the slot as a whole
) STRICT;
CREATE INDEX plan_change_by_revision ON plan_change (revision_id);
CREATE INDEX plan_change_by_slot ON plan_change (slot_uid, slot_recurrence_us);

-- What was changed as it was before, and as it is after: one row each, or none where it was not there.
CREATE TABLE plan_outcome (
    change_id       INTEGER NOT NULL REFERENCES plan_change (id),
    side            TEXT    NOT NULL CHECK (side IN ('before', 'after')),
    title           TEXT    NOT NULL,
    start_us        INTEGER NOT NULL,
    frames          INTEGER NOT NULL,              -- that it sounds, the mean of its lines
    line_set_id     INTEGER NOT NULL REFERENCES line_set (id),
    segment_code    TEXT,                          -- null, and so are the next two: none, or several
    segment_version INTEGER,
    gain_db         REAL,
    state           TEXT    NOT NULL CHECK (state IN ('planned', 'refused', 'unfilled', 'filler')),
    reason          TEXT    NOT NULL,
    PRIMARY KEY (change_id, side)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER plan_revision_is_not_changed BEFORE UPDATE ON plan_revision
BEGIN SELECT RAISE(ABORT, 'the record of revisions is append-only'); END;
CREATE TRIGGER plan_revision_is_not_removed BEFORE DELETE ON plan_revision
BEGIN SELECT RAISE(ABORT, 'the record of revisions is append-only'); END;
CREATE TRIGGER plan_cause_is_not_changed BEFORE UPDATE ON plan_cause
BEGIN SELECT RAISE(ABORT, 'the record of revisions is append-only'); END;
CREATE TRIGGER plan_cause_is_not_removed BEFORE DELETE ON plan_cause
BEGIN SELECT RAISE(ABORT, 'the record of revisions is append-only'); END;
CREATE TRIGGER plan_change_is_not_changed BEFORE UPDATE ON plan_change
BEGIN SELECT RAISE(ABORT, 'the record of revisions is append-only'); END;
CREATE TRIGGER plan_change_is_not_removed BEFORE DELETE ON plan_change
BEGIN SELECT RAISE(ABORT, 'the record of revisions is append-only'); END;
CREATE TRIGGER plan_outcome_is_not_changed BEFORE UPDATE ON plan_outcome
BEGIN SELECT RAISE(ABORT, 'the record of revisions is append-only'); END;
CREATE TRIGGER plan_outcome_is_not_removed BEFORE DELETE ON plan_outcome
BEGIN SELECT RAISE(ABORT, 'the record of revisions is append-only'); END;
