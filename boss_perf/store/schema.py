"""The numbered steps in `migrations/` that lead to the tables of the history, explained there column by column.

A step that was released never changes; a new column is a new step at the end. Times are microseconds since 1970 in
UTC, truth is 0 or 1, `{blob}` is the dialect's word for bytes. Integers are BIGINT and numbers DOUBLE PRECISION, which
both dialects take at 64 bits. A history of a newer schema is refused before anything is touched.
"""

from pathlib import Path

from boss_perf.errors import StoreError
from boss_perf.store.connection import Database

_STEPS = ("1_first", "2_by_promise", "3_explanations")
MIGRATIONS: tuple[tuple[str, ...], ...] = tuple(
    tuple((Path(__file__).parent / "migrations" / f"{name}.sql").read_text("utf-8").removesuffix(";\n").split(";\n\n"))
    for name in _STEPS
)
"""Step n (counting from 1) leads from version n - 1 to version n."""


def bring_up_to_date(database: Database, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Apply the steps that are missing, all or none; two processes that start at once do it once."""
    if _version(database, len(migrations)) == len(migrations):
        return
    if database.is_read_only:
        raise StoreError(
            "this history is of an older schema and cannot be written to bring it up to date",
            where=database.where,
            hint="copy it to a writable place and name that with --store FILE",
        )
    database.write(lambda: _apply(database, migrations))


def _apply(database: Database, migrations: tuple[tuple[str, ...], ...]) -> None:
    database.prepare_schema()
    version = _version(database, len(migrations))
    if version == 0:
        database.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
    for step in migrations[version:]:
        for statement in step:
            database.execute(statement.format(blob=database.blob_type))
    if version != len(migrations):
        database.execute("DELETE FROM schema_version")
        database.execute("INSERT INTO schema_version (version) VALUES (?)", (len(migrations),))


def _version(database: Database, newest: int) -> int:
    """0 for a history that is still empty."""
    tables = database.tables()
    if not tables:
        return 0
    rows = database.query("SELECT version FROM schema_version") if "schema_version" in tables else []
    version = rows[0][0] if len(rows) == 1 else None
    if not isinstance(version, int) or version < 1:
        raise StoreError(
            "this is a database, but not a history of boss-perf",
            where=database.where,
            hint="nothing was changed; name another file with --store FILE",
        )
    if version > newest:
        raise StoreError(
            f"this history has schema {version}; this boss-perf knows up to {newest}",
            where=database.where,
            hint="nothing was changed; update boss-perf, or name another history with --store FILE",
        )
    return version
