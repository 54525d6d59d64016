-- What articles claim, what each claim came to, and on which rows: made by the nightly run after the statistics.

CREATE TABLE news.reading (
  article VARCHAR,
  version_no BIGINT,
  language VARCHAR,
  published DATE,
  published_basis VARCHAR,
  claims BIGINT,
  events BIGINT,
  rules VARCHAR
);

CREATE TABLE news.claim (
  claim VARCHAR,
  article VARCHAR,
  version_no BIGINT,
  number BIGINT,
  sentence VARCHAR,
  kind VARCHAR,
  reporter VARCHAR,
  reporter_certain BOOLEAN,
  partner VARCHAR,
  group_code VARCHAR,
  flow VARCHAR,
  commodity VARCHAR,
  period VARCHAR,
  value DECIMAL(28,8),
  unit VARCHAR,
  written VARCHAR,
  direction VARCHAR,
  hedge VARCHAR,
  basis VARCHAR,
  of_what VARCHAR,
  speaker VARCHAR
);

CREATE TABLE news.claim_slot (
  claim VARCHAR,
  slot VARCHAR,
  value VARCHAR,
  origin VARCHAR
);

CREATE TABLE news.verdict (
  claim VARCHAR,
  snapshot BIGINT,
  verdict VARCHAR,
  detail VARCHAR,
  at_publication VARCHAR,
  latest VARCHAR,
  computed DOUBLE,
  low DOUBLE,
  high DOUBLE,
  said VARCHAR,
  printable VARCHAR,
  query VARCHAR,
  previous VARCHAR
);

CREATE TABLE news.evidence (
  claim VARCHAR,
  snapshot BIGINT,
  number BIGINT,
  role VARCHAR,
  version_id VARCHAR,
  dataset VARCHAR,
  reporter VARCHAR,
  partner VARCHAR,
  flow VARCHAR,
  period VARCHAR,
  value DOUBLE,
  unit VARCHAR,
  as_of DATE,
  page VARCHAR,
  locator VARCHAR,
  agrees BOOLEAN
);

CREATE TABLE news.event (
  event VARCHAR,
  kind VARCHAR,
  parties VARCHAR,
  date VARCHAR,
  count BIGINT,
  sentence VARCHAR,
  article VARCHAR,
  version_no BIGINT
);
