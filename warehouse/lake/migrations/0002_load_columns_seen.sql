-- The document's own header, so that the next load can say which columns were added, removed or moved.
ALTER TABLE ops.load ADD COLUMN columns_seen VARCHAR DEFAULT '';
