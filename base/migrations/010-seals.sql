-- Each row of the ledger is sealed when it is written: a hash over the row and the seal before it. Nobody changes, removes
-- or adds a row later without breaking the chain from there on (airtime/seal.h).
CREATE TABLE seal (
    id     INTEGER PRIMARY KEY,                    -- 1, 2, 3 … without a hole: the order in which they were written
    row_of TEXT    NOT NULL CHECK (row_of IN ('airing', 'airing_end', 'outage', 'outage_end')),
    row_id INTEGER NOT NULL,                       -- its key there
    sha256 BLOB    NOT NULL CHECK (length(sha256) = 32)
) STRICT;
-- Not unique: a row that somebody removed, and that the radio then writes again, has two, and the first shows it.
CREATE INDEX seal_by_row ON seal (row_of, row_id);

CREATE TRIGGER seal_is_not_changed BEFORE UPDATE ON seal
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER seal_is_not_removed BEFORE DELETE ON seal
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
