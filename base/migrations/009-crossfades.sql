-- Of an item's recording so many frames more sound under what follows.
ALTER TABLE plan_item ADD COLUMN tail_frames INTEGER NOT NULL DEFAULT 0;
