-- The library: one row a version of a recording. The bytes lie under library/,
-- named by their hash; a row is written after its files are on disk.
CREATE TABLE segment (
    id               INTEGER PRIMARY KEY,
    code             TEXT    NOT NULL,             -- what calendars and people call it
    version          INTEGER NOT NULL CHECK (version >= 1),
    title            TEXT    NOT NULL,
    kind             TEXT    NOT NULL,             -- id of a [kind] of the station file
    topic            TEXT,                         -- id of a [topic]; null: counts to none
    tags             TEXT    NOT NULL DEFAULT '',  -- ids of [tag]s, sorted, one space between
    state            TEXT    NOT NULL CHECK (state IN ('draft', 'approved', 'withdrawn')),
    valid_from_us    INTEGER,                      -- null: always
    valid_until_us   INTEGER,                      -- exclusive; null: for ever
    original_sha256  TEXT    NOT NULL,
    original_name    TEXT    NOT NULL,             -- as it came in, without its folder
    original_bytes   INTEGER NOT NULL,
    air_sha256       TEXT    NOT NULL,             -- of the prepared copy
    channels         INTEGER NOT NULL CHECK (channels IN (1, 2)),
    frames           INTEGER NOT NULL CHECK (frames > 0), -- of the prepared copy, 48 kHz
    lufs             REAL,                         -- integrated, EBU R128; null: too quiet or short
    true_peak_dbtp   REAL,                         -- null: digital silence
    gain_db          REAL    NOT NULL,             -- brings it to the station's loudness
    script           TEXT    NOT NULL DEFAULT '',  -- the words that are read, where known
    imported_us      INTEGER NOT NULL,
    imported_by      TEXT    NOT NULL,
    decided_us       INTEGER,                      -- when it was last approved or withdrawn
    decided_by       TEXT,
    UNIQUE (code, version)
) STRICT;
CREATE INDEX segment_by_original ON segment (original_sha256);

-- Sets of lines, named once and referred to: ten thousand lines do not make ten
-- thousand rows an airing. `lines` holds ids, sorted, with one space between.
CREATE TABLE line_set (
    id    INTEGER PRIMARY KEY,
    lines TEXT NOT NULL UNIQUE
) STRICT;

-- The frozen plan: what `loa run` plays. Instants are those of the slot grid.
CREATE TABLE plan_window (
    id      INTEGER PRIMARY KEY,
    from_us INTEGER NOT NULL,
    to_us   INTEGER NOT NULL CHECK (to_us > from_us),
    made_us INTEGER NOT NULL
) STRICT;

CREATE TABLE plan_item (
    id                  INTEGER PRIMARY KEY,
    window_id           INTEGER NOT NULL REFERENCES plan_window (id) ON DELETE CASCADE,
    slot_uid            TEXT    NOT NULL,
    slot_recurrence_us  INTEGER NOT NULL,
    slot_start_us       INTEGER NOT NULL,          -- by the calendar; lies in the window
    slot_title          TEXT    NOT NULL,
    position            INTEGER NOT NULL,          -- of the item within its slot, from 0
    piece               INTEGER NOT NULL,          -- of the item, where another slot took lines from it
    line_set_id         INTEGER NOT NULL REFERENCES line_set (id),
    start_us            INTEGER NOT NULL,
    frames              INTEGER NOT NULL,          -- 0 for what is refused or unfilled
    offset_frames       INTEGER NOT NULL,          -- into the recording
    segment_id          INTEGER REFERENCES segment (id),
    title               TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    topic               TEXT,
    priority            INTEGER NOT NULL,
    gain_db             REAL    NOT NULL,
    fade_in_frames      INTEGER NOT NULL,
    fade_out_frames     INTEGER NOT NULL,
    end_cause           TEXT    NOT NULL CHECK (end_cause IN ('complete', 'cut', 'preempted')),
    state               TEXT    NOT NULL CHECK (state IN ('planned', 'refused', 'unfilled', 'filler')),
    repeat              INTEGER NOT NULL CHECK (repeat IN (0, 1)),
    reason              TEXT    NOT NULL DEFAULT '',
    UNIQUE (slot_uid, slot_recurrence_us, position, piece)
) STRICT;
CREATE INDEX plan_item_by_start ON plan_item (start_us);
CREATE INDEX plan_item_by_slot_start ON plan_item (slot_start_us);
CREATE INDEX plan_item_by_window ON plan_item (window_id);

-- The ledger: written by the mixer's events and by nothing else, never changed.
CREATE TABLE airing (
    id                  INTEGER PRIMARY KEY,
    slot_uid            TEXT    NOT NULL,
    slot_recurrence_us  INTEGER NOT NULL,
    position            INTEGER NOT NULL,
    piece               INTEGER NOT NULL,
    line_set_id         INTEGER NOT NULL REFERENCES line_set (id),
    segment_id          INTEGER NOT NULL,          -- no foreign key: a ledger outlives its library
    segment_code        TEXT    NOT NULL,          -- as of then, and so are the next four
    segment_version     INTEGER NOT NULL,
    title               TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    topic               TEXT,
    tags                TEXT    NOT NULL,
    repeat              INTEGER NOT NULL CHECK (repeat IN (0, 1)),
    role                TEXT    NOT NULL CHECK (role IN ('programme', 'filler', 'fallback')),
    planned_start_us    INTEGER NOT NULL,
    planned_frames      INTEGER NOT NULL,          -- of this piece, as planned
    start_us            INTEGER NOT NULL,          -- of its first frame in the mix
    offset_frames       INTEGER NOT NULL,          -- into the recording, at start_us
    whole_frames        INTEGER NOT NULL           -- length of the recording
) STRICT;
CREATE INDEX airing_by_start ON airing (start_us);
CREATE INDEX airing_by_segment ON airing (segment_code, start_us);
CREATE INDEX airing_by_slot ON airing (slot_uid, slot_recurrence_us, position, piece);

CREATE TABLE airing_end (
    airing_id INTEGER PRIMARY KEY REFERENCES airing (id),
    end_us    INTEGER NOT NULL,
    frames    INTEGER NOT NULL CHECK (frames >= 0), -- of the recording, really mixed
    cause     TEXT    NOT NULL CHECK (cause IN ('complete', 'cut', 'preempted', 'stopped', 'failed', 'crashed'))
) STRICT;

-- How far the sound has got: at most half a second behind while on air. What was
-- sounding when the power went is closed at this frame by the next start.
CREATE TABLE playhead (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    at_us  INTEGER NOT NULL
) STRICT;

CREATE TRIGGER airing_is_not_changed BEFORE UPDATE ON airing
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER airing_is_not_removed BEFORE DELETE ON airing
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER airing_end_is_not_changed BEFORE UPDATE ON airing_end
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER airing_end_is_not_removed BEFORE DELETE ON airing_end
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER line_set_is_not_changed BEFORE UPDATE ON line_set
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER line_set_is_not_removed BEFORE DELETE ON line_set
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
