"""One answer of a file, checked field by field. Messages say what was found and what is needed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from qdhf.errors import InvalidInput
from qdhf.types import Answer, QuestionKind, Strategy
from qdhf.types.answering import ANSWERS, KINDS, PAIRED
from qdhf.types.guides import ASPECT_LIMIT

FIELDS = (
    "event_id", "kind", "reference", "a", "b", "left", "shown", "closer", "picked", "grade", "rater", "strategy",
    "question_id", "repeat_of", "response_ms", "created_at", "undone_at", "aspect", "guide", "excluded",
)  # fmt: skip
LISTS = ("shown", "picked")
SEPARATOR = "|"  # between the items of a list in a CSV cell

STRATEGIES = get_args(Strategy)
SOMEBODY = "imported"  # the rater of answers that name none
LIMITS = {"event_id": 128, "question_id": 64, "repeat_of": 64, "rater": 80, "aspect": ASPECT_LIMIT}  # characters
LONGEST_NAME = 1000  # characters of an item's name
LONGEST_TIME = LAST_GUIDE = 2**31 - 1  # milliseconds; a version
YES_NO = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """An answer as a file tells it. ``asked``: names of reference, a and b, or of the items shown (before
    those of "better", the first once more: it is the reference). None: not told. ``excluded``: whether the rater's answers
    are left out where they come from."""

    event_id: str | None
    kind: QuestionKind
    asked: tuple[str, ...]
    left: Literal["a", "b"]
    closer: Answer
    picked: tuple[str, ...]
    grade: float
    rater: str
    strategy: Strategy | None
    question_id: str | None
    repeat_of: str | None
    response_ms: int | None
    created_at: datetime | None
    undone_at: datetime | None
    aspect: str
    guide: int
    excluded: bool


def record(row: Mapping[str, Any]) -> Record:
    """The answer that a row of the documented fields tells. Raises InvalidInput."""
    kind = _one_of(row, "kind", KINDS, "triplet")
    picked = tuple(_items(row, "picked")) if kind not in PAIRED or row.get("picked") else ()
    closer = _one_of(row, "closer", ANSWERS, "picked" if picked else None)
    return Record(
        event_id=_text(row, "event_id"), kind=kind,
        asked=_asked(row, kind),
        left=_one_of(row, "left", ("a", "b"), "a"), closer=closer, picked=picked, grade=_number(row, "grade", 1.0),
        rater=(_text(row, "rater") or SOMEBODY),
        strategy=_one_of(row, "strategy", STRATEGIES, "") or None,
        question_id=_text(row, "question_id"), repeat_of=_text(row, "repeat_of"), response_ms=_milliseconds(row),
        created_at=_time(row, "created_at"), undone_at=_time(row, "undone_at"),
        aspect=(_text(row, "aspect") or "").strip() if row.get("aspect") else "",
        guide=int(_within(row, "guide", LAST_GUIDE) or 0), excluded=_yes(row, "excluded"),
    )  # fmt: skip


def _asked(row: Mapping[str, Any], kind: QuestionKind) -> tuple[str, ...]:
    if kind == "triplet":
        return tuple(_item(row, role) for role in ("reference", "a", "b"))
    if kind == "better":
        shown = _items(row, "shown") or (_item(row, "a"), _item(row, "b"))
        return (shown[0], *shown)
    return _items(row, "shown")


def _yes(row: Mapping[str, Any], field: str) -> bool:
    value = row.get(field, False)
    told = value if isinstance(value, bool) else YES_NO.get(str(value).strip().lower())
    if told is None:
        raise InvalidInput(f"{field} must be true or false; got {value!r:.60}.")
    return told


def _one_of(row: Mapping[str, Any], field: str, words: tuple[str, ...], default: str | None) -> Any:
    value = row.get(field, default)
    if value == default and default is not None:
        return value
    if value not in words:
        raise InvalidInput(f"{field} must be {', '.join(words[:-1])} or {words[-1]}; got {value!r}.")
    return value


def _string(value: Any, field: str, limit: int) -> str:
    """``value`` as a text of 1 to ``limit`` characters; whole numbers are taken for names."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.strip() or len(text) > limit or not _storable(text):
        raise InvalidInput(f"{field} must be a text of 1 to {limit} characters; got {value!r:.60}.")
    return text


def _storable(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write
        return False


def _text(row: Mapping[str, Any], field: str) -> str | None:
    if row.get(field) is None:
        return None
    text = _string(row[field], field, LIMITS[field])
    return text.strip() if field == "rater" else text


def _item(row: Mapping[str, Any], field: str) -> str:
    if row.get(field) is None:
        raise InvalidInput(f"{field} is missing.")
    return _string(row[field], field, LONGEST_NAME).strip()


def _items(row: Mapping[str, Any], field: str) -> tuple[str, ...]:
    value = row.get(field, [])
    if not isinstance(value, list):
        raise InvalidInput(f"{field} must be a list of items; got {value!r:.60}.")
    return tuple(_string(item, f"each of {field}", LONGEST_NAME).strip() for item in value)


def _number(row: Mapping[str, Any], field: str, default: float) -> float:
    value = row.get(field, default)
    try:
        if isinstance(value, bool) or not math.isfinite(number := float(value)):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(f"{field} must be a number; got {value!r:.60}.") from None
    return number


def _milliseconds(row: Mapping[str, Any]) -> int | None:
    number = _within(row, "response_ms", LONGEST_TIME)
    return None if number is None else round(number)


def _within(row: Mapping[str, Any], field: str, most: int) -> float | None:
    if row.get(field) is None:
        return None
    number = _number(row, field, 0)
    if not 0 <= number <= most:
        raise InvalidInput(f"{field} must lie between 0 and {most:,}; got {row[field]!r:.60}.")
    return number


def _time(row: Mapping[str, Any], field: str) -> datetime | None:
    """ISO 8601; a time that names no zone is in UTC."""
    value = row.get(field)
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(f"{field} must be a time like 2026-01-31T14:05:00+00:00; got {value!r:.60}.") from None
