-- A user who can read the lake's catalogue and nothing else, for ENTREPOT_CATALOG_READER. Run once by the owner of the lake's database
-- (the user of ENTREPOT_CATALOG), before or after the first load:  READER_PASSWORD=… psql "$ENTREPOT_CATALOG" -f deploy/reader.sql
\getenv password READER_PASSWORD
CREATE ROLE entrepot_reader LOGIN PASSWORD :'password' CONNECTION LIMIT 400;
ALTER ROLE entrepot_reader SET default_transaction_read_only = on;
-- What Entrepot makes from now on, a rebuilt lake's schema included.
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO entrepot_reader;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO entrepot_reader;
DO $$
DECLARE one text;
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO entrepot_reader', current_database());
  FOR one IN SELECT nspname FROM pg_namespace WHERE nspname = 'entrepot' LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO entrepot_reader', one);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO entrepot_reader', one);
  END LOOP;
END $$;
