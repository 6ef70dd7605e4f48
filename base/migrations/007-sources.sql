-- What a plan carries live instead of a recording: its segment_id is null then.
ALTER TABLE plan_item ADD COLUMN source TEXT NOT NULL DEFAULT 'copy' CHECK (source IN ('copy', 'relay', 'input'));
ALTER TABLE plan_item ADD COLUMN source_name TEXT NOT NULL DEFAULT '';   -- 'relay:vov1', as a calendar writes it
ALTER TABLE plan_item ADD COLUMN source_target TEXT NOT NULL DEFAULT ''; -- its address, or its device and channels
