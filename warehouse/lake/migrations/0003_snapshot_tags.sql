-- Names that people give to snapshots.
CREATE TABLE ops.snapshot_tag (
  tag VARCHAR,
  snapshot BIGINT,
  tagged_by VARCHAR,
  tagged_at TIMESTAMPTZ,
  note VARCHAR
);
