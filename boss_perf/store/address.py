"""The address of a history, and the database behind it."""

from boss_perf.errors import StoreError
from boss_perf.store.connection import Database


def open_database(address: str, *, create: bool) -> Database:
    """A path, `sqlite:///path`, `:memory:` or `postgresql://…`; with `create` off a missing history is a StoreError."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        from boss_perf.store.sqlite import SqliteDatabase

        return SqliteDatabase(address, create=create)
    if scheme == "sqlite":
        from boss_perf.store.sqlite import SqliteDatabase

        return SqliteDatabase(rest.removeprefix("/"), create=create)
    if scheme in ("postgresql", "postgres"):
        from boss_perf.store.postgresql import PostgresqlDatabase

        return PostgresqlDatabase(address)
    raise StoreError(
        f"no store of the kind {scheme!r}",
        hint="give a file such as .boss-perf/history.db, or postgresql://user@host/database",
    )
