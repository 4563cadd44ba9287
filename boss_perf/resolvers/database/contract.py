"""What a database resolver promises, whichever way it connects: one task, one statement, rows as dicts.

Operations, named in either case: SELECT (`table`, `columns`, `where`, `limit`), INSERT (`table`, `data`), UPDATE
(`table`, `data`, `where`), DELETE (`table`, `where`), EXECUTE (`query`, `params`). `where` is equality on every column
it names, None meaning NULL; UPDATE and DELETE demand one, so that no task empties a table by leaving it out. Where only
reading is allowed, a query of EXECUTE begins with a reading word: some other statements, such as SQLite's ATTACH or
PostgreSQL's COPY, write files even in a database that is opened for reading. Of several columns with one name a row
keeps one: give them aliases. Values travel as parameters. Names of tables and columns cannot, so they are checked and
quoted; columns are qualified besides, because SQLite reads an unknown quoted name as a string.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import compress
from operator import not_
from typing import Any, Literal, NamedTuple

from ..protocol import ResolverMetadata, Task, TaskRejected, required

Placeholder = Literal["?", "%s"]
"""How a driver marks the place of a parameter: sqlite3, psycopg."""

MAX_RESULTS = 100
STATEMENT_TIMEOUT_S = 30.0

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_INSERTION = re.compile(r"\s*(INSERT|REPLACE)\b", re.IGNORECASE)
_READING = re.compile(r"\s*(SELECT|VALUES|WITH|TABLE|EXPLAIN|PRAGMA|SHOW)\b", re.IGNORECASE)
_STATELESS = re.compile(r"\s*(SELECT|VALUES|INSERT|UPDATE|DELETE|REPLACE|WITH|EXPLAIN)\b", re.IGNORECASE)


class Operation(StrEnum):
    """What can be asked, as BOSS spells it."""

    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    EXECUTE = "EXECUTE"


# Bound once: to look a member up in its enumeration costs 0.1 µs on Python 3.11, at every task.
_SELECT = Operation.SELECT

METADATA = ResolverMetadata(
    "database", "1.0.0", "reads and writes rows of one database", frozenset(Operation), frozenset({"storage"})
)

Shape = tuple[tuple[str, ...], tuple[str, ...]]
"""The columns of a `where`: those that equal a parameter, those that are NULL."""

NO_SHAPE: Shape = ((), ())
Parameters = Sequence[Any] | Mapping[str, Any]


class Statement(NamedTuple):
    """One statement ready for a driver. A stateless one leaves nothing behind in its connection."""

    operation: Operation
    sql: str
    parameters: Parameters
    is_stateless: bool = True


def statement_of(task: Task, placeholder: Placeholder, *, is_read_only: bool, max_results: int) -> Statement:
    """The statement a task asks for; TaskRejected when it is malformed or writes where it may only read."""
    arguments = task.input_data
    operation = arguments.get("operation")
    if operation != "SELECT":
        operation = _operation(task)
        if operation is Operation.EXECUTE:
            return _execute(task, is_read_only=is_read_only)
        if operation is not _SELECT and is_read_only:
            raise TaskRejected("read_only", f"{operation} is not allowed: this resolver only reads")
        if operation is Operation.INSERT:
            return _insert(task, placeholder)
        if operation is Operation.UPDATE:
            return _update(task, placeholder)
        if operation is Operation.DELETE:
            return _delete(task, placeholder)
    table = required(task, "table", str)
    columns = arguments.get("columns")
    if columns is not None and not isinstance(columns, list | tuple):
        raise TaskRejected("wrong_type", f"'columns' must be list or tuple, not {type(columns).__name__}")
    limit = _limit(arguments.get("limit"), max_results)
    names, given = _where(arguments.get("where"))
    bound: int | Placeholder = placeholder
    if limit == max_results:  # a constant in the text spares a parameter; any other limit would be one more text
        bound = limit
    else:
        given = (*given, limit)
    sql = _select_sql(table, _names(tuple(columns or ())), names, placeholder, bound)
    return Statement(_SELECT, sql, given)


def affected(statement: Statement, rowcount: int, lastrowid: int | None = None) -> dict[str, Any]:
    """The output of a statement without rows; `lastrowid` is None unless it inserted one and the driver knows it.

    A driver goes on reporting the last insertion of its connection, whatever the present statement was.
    """
    has_inserted = rowcount > 0 and (
        statement.operation is Operation.INSERT or _INSERTION.match(statement.sql) is not None
    )
    return {
        "operation": str(statement.operation),
        "rowcount": rowcount,
        "lastrowid": lastrowid if has_inserted else None,
    }


@lru_cache(maxsize=4096)
def quoted(name: str) -> str:
    """The name in double quotes; TaskRejected unless it is a plain identifier of at most 63 characters."""
    if not isinstance(name, str) or _IDENTIFIER.fullmatch(name) is None:
        raise TaskRejected("bad_identifier", f"{str(name)[:80]!r} is no name of a table or column")
    return f'"{name}"'


def _operation(task: Task) -> Operation:
    named = required(task, "operation", str)
    try:
        return Operation(named.upper())
    except ValueError:
        raise TaskRejected("unknown_operation", f"{named[:80]!r} is none of {', '.join(Operation)}") from None


def _names(names: tuple[Any, ...]) -> tuple[str, ...]:
    for each in names:
        if type(each) is not str:
            raise TaskRejected("bad_identifier", f"a column is named by str, not {type(each).__name__}")
    return names


def _where(where: Any) -> tuple[Shape, tuple[Any, ...]]:
    if where is None:
        return NO_SHAPE, ()
    if not isinstance(where, dict):
        raise TaskRejected("wrong_type", f"'where' must be dict, not {type(where).__name__}")
    names, wanted = _names(tuple(where)), tuple(where.values())
    if None not in wanted:
        return (names, ()), wanted
    is_given = [each is not None for each in wanted]
    return (tuple(compress(names, is_given)), tuple(compress(names, map(not_, is_given)))), tuple(
        compress(wanted, is_given)
    )


def _limit(limit: Any, max_results: int) -> int:
    if limit is None:
        return max_results
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise TaskRejected("wrong_type", f"'limit' must be int, not {type(limit).__name__}")
    if limit < 0:
        raise TaskRejected("bad_limit", "'limit' must not be negative")
    return min(limit, max_results)


def _row(task: Task) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    row = required(task, "data", dict)
    if not row:
        raise TaskRejected("missing_field", "'data' must name at least one column")
    return _names(tuple(row)), tuple(row.values())


def _insert(task: Task, placeholder: Placeholder) -> Statement:
    columns, given = _row(task)
    return Statement(Operation.INSERT, _insert_sql(required(task, "table", str), columns, placeholder), given)


def _update(task: Task, placeholder: Placeholder) -> Statement:
    columns, given = _row(task)
    names, wanted = _where(required(task, "where", dict))
    if names == NO_SHAPE:
        raise TaskRejected("missing_field", "UPDATE needs a 'where' that names a column")
    sql = _update_sql(required(task, "table", str), columns, names, placeholder)
    return Statement(Operation.UPDATE, sql, (*given, *wanted))


def _delete(task: Task, placeholder: Placeholder) -> Statement:
    names, wanted = _where(required(task, "where", dict))
    if names == NO_SHAPE:
        raise TaskRejected("missing_field", "DELETE needs a 'where' that names a column")
    return Statement(Operation.DELETE, _delete_sql(required(task, "table", str), names, placeholder), wanted)


def _execute(task: Task, *, is_read_only: bool) -> Statement:
    query = required(task, "query", str)
    if is_read_only and _READING.match(query) is None:
        raise TaskRejected("read_only", "this resolver only reads: a query begins with SELECT, VALUES, WITH or EXPLAIN")
    parameters = task.input_data.get("params")
    if parameters is not None and not isinstance(parameters, list | tuple | dict):
        raise TaskRejected("wrong_type", f"'params' must be list, tuple or dict, not {type(parameters).__name__}")
    return Statement(Operation.EXECUTE, query, parameters or (), _STATELESS.match(query) is not None)


@lru_cache(maxsize=1024)
def _select_sql(
    table: str, columns: tuple[str, ...], where: Shape, placeholder: Placeholder, limit: int | Placeholder
) -> str:
    chosen = ", ".join(f"t.{quoted(each)}" for each in columns) or "t.*"
    return f"SELECT {chosen} FROM {quoted(table)} AS t{_conditions('t', where, placeholder)} LIMIT {limit}"  # noqa: S608 - checked and quoted


@lru_cache(maxsize=1024)
def _insert_sql(table: str, columns: tuple[str, ...], placeholder: Placeholder) -> str:
    names = ", ".join(quoted(each) for each in columns)
    return f"INSERT INTO {quoted(table)} ({names}) VALUES ({', '.join([placeholder] * len(columns))})"  # noqa: S608 - checked and quoted


@lru_cache(maxsize=1024)
def _update_sql(table: str, columns: tuple[str, ...], where: Shape, placeholder: Placeholder) -> str:
    assignments = ", ".join(f"{quoted(each)} = {placeholder}" for each in columns)
    return f"UPDATE {quoted(table)} SET {assignments}{_conditions(quoted(table), where, placeholder)}"  # noqa: S608 - checked and quoted


@lru_cache(maxsize=1024)
def _delete_sql(table: str, where: Shape, placeholder: Placeholder) -> str:
    return f"DELETE FROM {quoted(table)}{_conditions(quoted(table), where, placeholder)}"  # noqa: S608 - checked and quoted


def _conditions(table: str, where: Shape, placeholder: Placeholder) -> str:
    given, null = where
    tests = [f"{table}.{quoted(name)} = {placeholder}" for name in given]
    tests += [f"{table}.{quoted(name)} IS NULL" for name in null]
    return f" WHERE {' AND '.join(tests)}" if tests else ""
