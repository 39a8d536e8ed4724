"""What people already have, as our fields: plain triplets, Salmon's responses, odd-one-out triples, grids.

Where a file does not say on which side an item stood, a side is made up by a fixed rule that favours none, so that
nobody looks biased.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from qdhf.errors import InvalidInput

Fields = Mapping[str, Any]

KEPT = (
    "event_id", "question_id", "repeat_of", "rater", "strategy", "grade", "response_ms", "created_at", "undone_at",
    "aspect", "guide", "excluded",
)  # fmt: skip


def canonical(row: Fields) -> Fields:
    """``row`` in the fields of the documented schema. Raises InvalidInput where no known set of fields is there."""
    for needed, shape in SHAPES:
        if all(name in row for name in needed):
            return shape(row)
    given = ", ".join(sorted(map(str, row)))[:200] or "nothing"
    known = "; or ".join(", ".join(needed) for needed, _ in SHAPES)
    raise InvalidInput(f"it needs the fields {known}. It has {given}.")


def draw(parts: int, *words: object) -> int:
    """A number from 0 to ``parts`` − 1 that depends on ``words`` alone."""
    digest = hashlib.sha256("\n".join(map(str, words)).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8]) % parts


def _kept(row: Fields) -> dict[str, Any]:
    return {name: row[name] for name in KEPT if name in row}


def _ours(row: Fields) -> Fields:
    return row


def _plain(row: Fields) -> Fields:
    return _kept(row) | _sides(row["reference"], row["nearer"], row["farther"])


def _sides(reference: Any, nearer: Any, farther: Any) -> dict[str, Any]:
    """The answer "nearer", with candidates in an order that does not tell which one that was."""
    pair = sorted((nearer, farther), key=str)
    words = (reference, *pair)
    a, b = pair[::-1] if draw(2, "order", *words) else pair
    return {
        "kind": "triplet", "reference": reference, "a": a, "b": b, "closer": "a" if a == nearer else "b",
        "left": "ab"[draw(2, "side", *words)],
    }  # fmt: skip


def _salmon(row: Fields) -> Fields:
    """Columns of https://github.com/stsievert/salmon (``get_responses`` in ``salmon/triplets/manager.py``): items by file
    name where they were files, times in seconds, −1 for a response time that is not known."""
    item = {role: row.get(f"{role}_filename", row.get(role)) for role in ("head", "winner", "loser", "left", "right")}
    fields: dict[str, Any] = _sides(item["head"], item["winner"], item["loser"])
    if {item["left"], item["right"]} == {item["winner"], item["loser"]}:
        closer = "a" if item["winner"] == item["left"] else "b"
        fields |= {"a": item["left"], "b": item["right"], "left": "a", "closer": closer}
    if (seconds := _seconds(row)) is not None and seconds >= 0:
        fields["response_ms"] = 1000 * seconds
    renamed = {"rater": "puid", "created_at": "datetime_received"}
    return fields | {ours: row[theirs] for ours, theirs in renamed.items() if theirs in row}


def _seconds(row: Fields) -> float | None:
    try:
        return float(row["response_time"]) if "response_time" in row else None
    except (TypeError, ValueError):
        raise InvalidInput(f"response_time must be a number of seconds; got {row['response_time']!r}.") from None


def _odd(row: Fields) -> Fields:
    """``one`` and ``two`` are alike, ``odd`` is not. The order on screen is made up."""
    alike = sorted((row["one"], row["two"]), key=str)
    shown = [*alike, row["odd"]]
    turn = draw(3, "turn", *sorted(map(str, shown)))
    return _kept(row) | {
        "kind": "odd", "shown": shown[turn:] + shown[:turn], "closer": "picked", "picked": [row["odd"]]
    }  # fmt: skip


def _grid(row: Fields) -> Fields:
    if not isinstance(row["candidates"], list):
        raise InvalidInput(f"candidates must be a list of items; got {row['candidates']!r:.60}.")
    answer = {name: row[name] for name in ("closer", "picked") if name in row}
    return _kept(row) | {"kind": "grid", "shown": [row["reference"], *row["candidates"]]} | answer


SHAPES: tuple[tuple[tuple[str, ...], Callable[[Fields], Fields]], ...] = (
    (("kind", "shown"), _ours),
    (("reference", "a", "b", "closer"), _ours),
    (("reference", "nearer", "farther"), _plain),
    (("head", "winner", "loser"), _salmon),
    (("one", "two", "odd"), _odd),
    (("reference", "candidates"), _grid),
)
