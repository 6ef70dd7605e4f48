-- Finding recordings by their words. Accents are no part of a word here, so that "cai cach" finds "cải cách":
-- the tokenizer takes them off, whether they were typed composed or not. The stroke of đ is no accent to it, and old texts write the Icelandic Ð for it.
CREATE VIEW segment_text AS
    SELECT id,
           replace(replace(replace(replace(title, 'đ', 'd'), 'Đ', 'd'), 'Ð', 'd'), 'ð', 'd') AS title,
           replace(replace(replace(replace(script, 'đ', 'd'), 'Đ', 'd'), 'Ð', 'd'), 'ð', 'd') AS script,
           code,
           tags,
           replace(replace(replace(replace(original_name, 'đ', 'd'), 'Đ', 'd'), 'Ð', 'd'), 'ð', 'd') AS original_name
    FROM segment;

-- Holds no text of its own: what is taken out of it must be said word for word, before it is changed.
CREATE VIRTUAL TABLE segment_words USING fts5 (
    title, script, code, tags, original_name,
    content = '', prefix = '1 2', tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO segment_words (rowid, title, script, code, tags, original_name) SELECT * FROM segment_text;

CREATE TRIGGER segment_words_of_new AFTER INSERT ON segment
BEGIN
    INSERT INTO segment_words (rowid, title, script, code, tags, original_name)
        SELECT * FROM segment_text WHERE id = new.id;
END;
CREATE TRIGGER segment_words_before_change BEFORE UPDATE OF title, script, code, tags, original_name ON segment
BEGIN
    INSERT INTO segment_words (segment_words, rowid, title, script, code, tags, original_name)
        SELECT 'delete', * FROM segment_text WHERE id = old.id;
END;
CREATE TRIGGER segment_words_after_change AFTER UPDATE OF title, script, code, tags, original_name ON segment
BEGIN
    INSERT INTO segment_words (rowid, title, script, code, tags, original_name)
        SELECT * FROM segment_text WHERE id = new.id;
END;

-- All that a list of recordings tells. The rows themselves are long, for the scripts' sake.
CREATE INDEX segment_listed ON segment (
    code, version, title, kind, topic, tags, state, valid_from_us, valid_until_us, air_sha256, channels, frames,
    cue_in_frames, cue_out_frames, lufs, true_peak_dbtp, gain_db, decided_us, decided_by, decided_reason,
    imported_us);
