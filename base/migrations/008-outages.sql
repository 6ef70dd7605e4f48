-- When a line's way out carried nothing, whatever left the mixer for it. Written like the airings, never changed.
CREATE TABLE outage (
    id       INTEGER PRIMARY KEY,
    line     TEXT    NOT NULL,                     -- its id
    start_us INTEGER NOT NULL,                     -- of the first frame that was lost
    reason   TEXT    NOT NULL                      -- a sentence: what is wrong with the way out
) STRICT;
CREATE INDEX outage_by_start ON outage (start_us);

CREATE TABLE outage_end (
    outage_id INTEGER PRIMARY KEY REFERENCES outage (id),
    end_us    INTEGER NOT NULL                     -- of the first frame that was heard again
) STRICT;

CREATE TRIGGER outage_is_not_changed BEFORE UPDATE ON outage
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER outage_is_not_removed BEFORE DELETE ON outage
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER outage_end_is_not_changed BEFORE UPDATE ON outage_end
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER outage_end_is_not_removed BEFORE DELETE ON outage_end
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
