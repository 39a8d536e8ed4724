"""Rows of a bundle and rows of the database, each made of the other. What comes in was written by anybody."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from qdhf.errors import InvalidInput
from storage.base import Ids, UtcTime

Record = dict[str, Any]
PORTION, PORTION_BYTES = 1000, 8 << 20  # rows, and characters of them, that are written at a time
UNREADABLE = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, RecursionError)


def portions(rows: Iterable[Record]) -> Iterator[list[Record]]:
    """``rows`` a few at a time: however long they are, little of them is in memory."""
    portion: list[Record] = []
    size = 0
    for row in rows:
        portion.append(row)
        size += sum(len(value) if isinstance(value, str) else len(str(value)) for value in row.values())
        if len(portion) == PORTION or size >= PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def plain(column: sa.Column[Any], value: Any) -> Any:
    """A stored value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return list(value) if isinstance(column.type, Ids) else value


def stored(table: sa.Table, row: Record) -> Record:
    """A row of a bundle as it is stored. Raises InvalidInput for columns that are not known or that are missing, and for
    values that no such column has."""
    if unknown := row.keys() - table.columns.keys():
        raise InvalidInput(f"The bundle has {table.name} with “{min(unknown)[:80]}”, which this program does not know.")
    try:
        if missing := needed(table) - row.keys():
            raise KeyError(f"{min(missing)} is missing")
        return {name: _value(table.c[name], value) for name, value in row.items() if name != "serial"}
    except UNREADABLE as error:
        raise damaged(table.name, row, error) from error


def damaged(table: str, row: Record, error: Exception) -> InvalidInput:
    """What to say of a row that makes no sense: which one, and why."""
    which = f" ({str(row['id'])[:64]})" if "id" in row else ""
    return InvalidInput(f"The bundle is damaged: a row of {table}{which} cannot be read: {str(error)[:300]}.")


@cache
def needed(table: sa.Table) -> frozenset[str]:
    """The columns that every row must have."""
    must = (c.name for c in table.columns if not c.nullable and c.server_default is None)
    return frozenset(must) - {"serial"}


def defaults(table: sa.Table) -> Record:
    """What the database puts where a row of an earlier program says nothing."""
    return {column.name: _default(column) for column in table.columns if column.name not in needed(table)}


def _default(column: sa.Column[Any]) -> Any:
    if column.server_default is None:
        return None
    given = getattr(column.server_default, "arg", "")
    text = str(getattr(given, "text", given)).strip("'")
    if isinstance(column.type, Ids):
        return ()
    return (
        int(text) if isinstance(column.type, sa.Integer) else float(text) if isinstance(column.type, sa.Float) else text
    )


def _value(column: sa.Column[Any], value: Any) -> Any:
    kind = column.type
    if value is None:
        if not column.nullable:
            raise ValueError(f"{column.name} is missing")
        return None
    if isinstance(kind, UtcTime):
        return _time(value)
    if isinstance(kind, sa.LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(kind, Ids):
        return tuple(_text(column, each) for each in value)
    if isinstance(kind, sa.JSON):
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()  # what is no text in UTF-8 cannot be stored
        return json.loads(text)
    return _text(column, value) if isinstance(kind, sa.String) else _number(column, value)


def _time(value: Any) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("a time without a time zone")
    return found


def _text(column: sa.Column[Any], value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(f"{column.name} is no text")
    value.encode()
    longest = getattr(column.type, "length", None)
    if longest is not None and len(value) > longest:
        raise ValueError(f"{column.name} has more than {longest} characters")
    return value


def _number(column: sa.Column[Any], value: Any) -> bool | int | float:
    truth, whole = isinstance(column.type, sa.Boolean), isinstance(column.type, sa.Integer)
    if isinstance(value, bool) != truth or not isinstance(value, int if truth or whole else int | float):
        raise TypeError(f"{column.name} is {str(value)[:80]!r}")
    if whole:
        most = 2 ** (63 if isinstance(column.type, sa.BigInteger) else 31)
        if not -most <= value < most:
            raise ValueError(f"{column.name} is {value}")
    elif not truth and not math.isfinite(value):
        raise ValueError(f"{column.name} is not finite")
    return value
