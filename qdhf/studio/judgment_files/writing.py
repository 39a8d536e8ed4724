"""Every answer ever given as JSON Lines or CSV, oldest first."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, Literal

from qdhf.ports import Store
from qdhf.studio.judgment_files.items import ItemNames
from qdhf.studio.judgment_files.records import FIELDS, LISTS, SEPARATOR
from qdhf.types import Study

Form = Literal["jsonl", "csv"]


def rows(store: Store, study: Study) -> Iterator[dict[str, Any]]:
    """One mapping of :data:`FIELDS` per answer, ready for JSON."""
    names = ItemNames(store.items.of_study(study.id))
    excluded = store.exclusions.excluded(study.id)
    raters = {rater.id: rater.name for rater in store.judgments.raters(study.id)}
    for judgment, undone in store.judgments.every(study.id):
        row: dict[str, Any] = {field: getattr(judgment, field, None) for field in FIELDS}
        row |= {role: names.own(row[role]) for role in ("reference", "a", "b")}
        row |= {field: [names.own(item) for item in row[field]] for field in LISTS}
        row["rater"] = raters[judgment.rater_id]
        row["created_at"] = judgment.created_at.isoformat()
        row["undone_at"] = undone.isoformat() if undone else None
        row["excluded"] = judgment.rater_id in excluded
        yield row


def lines(store: Store, study: Study) -> Iterator[str]:
    """JSON Lines, without line ends."""
    for row in rows(store, study):
        yield json.dumps(row, ensure_ascii=False)


def csv_lines(store: Store, study: Study) -> Iterator[str]:
    """A table with a header, without line ends; lists are joined by ``|``, None is an empty cell, yes and
    no are "true" and "false"."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="")

    def written(cells: list[Any]) -> str:
        line.seek(0)
        line.truncate()
        writer.writerow(cells)
        return line.getvalue()

    yield written(list(FIELDS))
    for row in rows(store, study):
        yield written([_cell(value) for value in row.values()])


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return SEPARATOR.join(value) if isinstance(value, list) else value
