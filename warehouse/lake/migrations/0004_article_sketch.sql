-- The fingerprint by which copies of an article are found.
ALTER TABLE news.article ADD COLUMN sketch VARCHAR;
