"""Judgments as JSON Lines: one answer a line, undone ones marked, nothing lost on the way out and back.

Items are named by the SHA-256 of their content, so that answers fit another installation that holds the same items.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from qdhf.errors import InvalidInput, NotFound
from qdhf.ports import Store
from qdhf.types import Judgment, Study, new_id

FIELDS = ("event_id", "left", "closer", "strategy", "response_ms")


def lines(store: Store, study: Study) -> Iterator[str]:
    """Every answer ever given to the study, oldest first."""
    blobs = {item.id: item.blob for item in store.items.of_study(study.id)}
    raters = {rater.id: rater.name for rater in store.judgments.raters(study.id)}
    for judgment, undone in store.judgments.every(study.id):
        record: dict[str, Any] = {field: getattr(judgment, field) for field in FIELDS}
        record |= {role: blobs[getattr(judgment, role)] for role in ("reference", "a", "b")}
        record |= {
            "rater": raters.get(judgment.rater_id, judgment.rater_id), "created_at": judgment.created_at.isoformat(),
            "undone_at": undone.isoformat() if undone else None, "repeat_of": judgment.repeat_of,
            "question_id": judgment.question_id,
        }  # fmt: skip
        yield json.dumps(record, ensure_ascii=False)


def write_judgments(path: Path, store: Store, study: Study) -> int:
    """Write every answer to ``path``; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for line in lines(store, study):
            file.write(line + "\n")
            count += 1
    return count


def read_judgments(path: Path, store: Store, study: Study) -> tuple[int, int]:
    """Append the standing answers in ``path``; returns (new, read). Raises InvalidInput naming the line, NotFound."""
    if not path.is_file():
        raise NotFound(f"There is no file at {path}.")
    items = {item.blob: item.id for item in store.items.of_study(study.id)}
    raters: dict[str, str] = {}
    answers = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not text.strip():
            continue
        record = _record(text, number)
        if record.get("undone_at"):
            continue
        name = str(record["rater"])
        if name not in raters:
            raters[name] = store.judgments.rater(study.id, name).id
        answers.append(_judgment(record, study, items, raters[name], number))
    return store.judgments.import_answers(study.id, answers), len(answers)


def _record(text: str, number: int) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"Line {number} is not JSON: {error}.") from None
    needed = {"event_id", "reference", "a", "b", "closer", "rater"}
    if not isinstance(record, dict) or not needed <= record.keys():
        raise InvalidInput(f"Line {number} needs the fields {', '.join(sorted(needed))}.")
    if record["closer"] not in ("a", "b", "tie", "skip"):
        raise InvalidInput(f"Line {number}: closer must be a, b, tie or skip; got {record['closer']!r}.")
    return record


def _judgment(record: dict[str, Any], study: Study, items: dict[str, str], rater: str, number: int) -> Judgment:
    for role in ("reference", "a", "b"):
        if record[role] not in items:
            raise InvalidInput(f"Line {number}: this study holds no item with SHA-256 {str(record[role])[:16]}….")
    created = datetime.fromisoformat(record["created_at"]) if record.get("created_at") else datetime.now().astimezone()
    return Judgment(
        id=new_id(), event_id=str(record["event_id"]), study_id=study.id, question_id=None, rater_id=rater,
        reference=items[record["reference"]], a=items[record["a"]], b=items[record["b"]],
        left=record.get("left", "a"), closer=record["closer"], strategy=record.get("strategy", "random"),
        repeat_of=None, response_ms=record.get("response_ms"), created_at=created,
    )  # fmt: skip
