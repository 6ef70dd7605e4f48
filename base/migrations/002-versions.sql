-- What a person may change of a version without touching its sound, and who did what to it.

-- Where it begins and ends when it airs, in frames of the prepared copy. The copy is never cut.
ALTER TABLE segment ADD COLUMN cue_in_frames INTEGER NOT NULL DEFAULT 0
    CHECK (cue_in_frames >= 0 AND cue_in_frames < frames);
ALTER TABLE segment ADD COLUMN cue_out_frames INTEGER            -- exclusive; null: the end
    CHECK (cue_out_frames > cue_in_frames AND cue_out_frames <= frames);
ALTER TABLE segment ADD COLUMN decided_reason TEXT NOT NULL DEFAULT ''; -- of the last withdrawal
ALTER TABLE segment ADD COLUMN removed_us INTEGER;               -- its files went by then; null: they are here
CREATE INDEX segment_by_air ON segment (air_sha256);

-- Every step of every version, for ever: who, when, what and why.
CREATE TABLE segment_event (
    id         INTEGER PRIMARY KEY,
    segment_id INTEGER NOT NULL REFERENCES segment (id),
    at_us      INTEGER NOT NULL,
    who        TEXT    NOT NULL,
    act        TEXT    NOT NULL CHECK (act IN
                   ('imported', 'spoken', 'edited', 'approved', 'withdrawn', 'removed', 'restored')),
    reason     TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX segment_event_by_segment ON segment_event (segment_id);

INSERT INTO segment_event (segment_id, at_us, who, act)
    SELECT id, imported_us, imported_by, 'imported' FROM segment ORDER BY id;
INSERT INTO segment_event (segment_id, at_us, who, act)
    SELECT id, decided_us, decided_by, state FROM segment
    WHERE decided_us IS NOT NULL AND decided_by IS NOT NULL AND state <> 'draft' ORDER BY decided_us, id;

CREATE TRIGGER segment_event_is_not_changed BEFORE UPDATE ON segment_event
BEGIN SELECT RAISE(ABORT, 'the record of decisions is append-only'); END;
CREATE TRIGGER segment_event_is_not_removed BEFORE DELETE ON segment_event
BEGIN SELECT RAISE(ABORT, 'the record of decisions is append-only'); END;
