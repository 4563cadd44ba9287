"""Evidence on disk: what was observed, when, on what, of which code. Values go in as rows, and come out as they were.

`history.History` is the door, `connection.Database` the seam to SQLite and PostgreSQL, `schema.MIGRATIONS` the tables.
"""
