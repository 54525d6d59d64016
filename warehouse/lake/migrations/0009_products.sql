-- Products by the list that names them, with the record they were read from; and what they are in other classifications.
ALTER TABLE ref.product ADD COLUMN dataset VARCHAR;
ALTER TABLE ref.product ADD COLUMN fetch_id VARCHAR;
ALTER TABLE ref.product ADD COLUMN locator VARCHAR;
ALTER TABLE ref.product ADD COLUMN load_id VARCHAR;
UPDATE ref.product SET dataset = 'entrepot';

CREATE TABLE ref.product_map (
  dataset VARCHAR,
  from_classification VARCHAR,
  from_product VARCHAR,
  to_classification VARCHAR,
  to_product VARCHAR,
  weight DOUBLE,
  basis VARCHAR,
  grp VARCHAR,
  fetch_id VARCHAR,
  locator VARCHAR,
  load_id VARCHAR
);
