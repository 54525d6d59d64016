-- Who the publishers are and what texts and answers call them: filled from what the connectors declare, as ref.dataset is.
CREATE TABLE ref.publisher (
  publisher VARCHAR,
  title VARCHAR,
  called VARCHAR,
  languages VARCHAR,
  tz VARCHAR,
  licence VARCHAR,
  attribution VARCHAR,
  area VARCHAR,
  currency VARCHAR,
  account_of_area BOOLEAN,
  quoted_in VARCHAR
);

CREATE TABLE ref.publisher_name (
  publisher VARCHAR,
  language VARCHAR,
  name VARCHAR
);

CREATE TABLE ref.revision_band (
  publisher VARCHAR,
  flow VARCHAR,
  length VARCHAR,
  pct DOUBLE
);
