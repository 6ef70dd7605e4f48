-- What an import found in a recording by listening to it: one row an original.
CREATE TABLE probe (
    original_sha256         TEXT    PRIMARY KEY,
    format                  TEXT    NOT NULL,      -- for people
    source_rate             INTEGER NOT NULL,
    source_channels         INTEGER NOT NULL,
    frames                  INTEGER NOT NULL,      -- of the prepared copy, and so are all below
    loudness_range_lu       REAL,                  -- EBU Tech 3342; null: too quiet or short
    max_momentary_lufs      REAL,
    max_short_term_lufs     REAL,
    clipped_runs            INTEGER NOT NULL,      -- places where it is clipped
    dc_offset               REAL    NOT NULL,      -- of the worse channel; 1 is full scale
    leading_silence_frames  INTEGER NOT NULL,      -- all frames: it is silent
    trailing_silence_frames INTEGER NOT NULL,
    gaps                    INTEGER NOT NULL,      -- of silence within, 3 s or longer
    longest_gap_frames      INTEGER NOT NULL,
    longest_gap_at_frames   INTEGER NOT NULL,
    balance_db              REAL,                  -- right over left; null: mono, or silence
    correlation             REAL,                  -- of the channels; null: mono, or one is silent
    content                 TEXT    NOT NULL CHECK (content IN ('unknown', 'speech', 'music')),
    cue_in_frames           INTEGER,               -- proposed; null: none
    cue_out_frames          INTEGER                -- exclusive
) STRICT;
