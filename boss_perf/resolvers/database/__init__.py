"""Rows of one database, SQLite or PostgreSQL: a connection for each task; connections that are kept.

The PostgreSQL arms are in `postgresql_baseline` and `postgresql_optimized`, which need psycopg and psycopg_pool.
"""

from .baseline import BaselineSqliteDatabase
from .contract import METADATA, Operation
from .optimized import OptimizedSqliteDatabase

__all__ = ["METADATA", "BaselineSqliteDatabase", "Operation", "OptimizedSqliteDatabase"]
