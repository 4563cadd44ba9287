#!/bin/sh
# Runs once, when the database is made: Grafana reads the history through a role that can change nothing.
set -eu
psql --set ON_ERROR_STOP=1 --set reader_password="$GRAFANA_READER_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE SCHEMA IF NOT EXISTS boss_perf;
CREATE ROLE grafana_reader LOGIN PASSWORD :'reader_password';
GRANT USAGE ON SCHEMA boss_perf TO grafana_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA boss_perf TO grafana_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA boss_perf GRANT SELECT ON TABLES TO grafana_reader;
SQL
