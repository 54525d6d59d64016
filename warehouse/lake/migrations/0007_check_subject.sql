-- A check of one name may look at several things of a batch: four sums of one file are four results.
ALTER TABLE ops.check_result ADD COLUMN subject VARCHAR DEFAULT '';
