"""A study of planted pictures, made as the worker makes one but in this process; and many answers about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from qdhf.planted import random_triplets
from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, Rater, Run, RunSpec, Study, new_id, now
from storage import SqlStore
from storage.schema import JudgmentRow, QuestionRow, RetractionRow

PROMPTS = ("disc", "square")
PORTION = 5000  # answers written at once
AGO = timedelta(days=1)  # when they were given: nobody holds their questions any more
UNDONE = 20  # one answer in so many was taken back


def pictured(studio: Studio, items: int, batch: int = 50, dims: tuple[int, int] = (10, 10)) -> Study:
    """A study with ``items`` planted pictures on record, files and features included."""
    study = studio.studies.create(
        "Measured",
        prompts=PROMPTS,
        generator=GeneratorSpec(name="planted"),
        encoder="pixels",
        scorer="colour",
        dims=dims,
    )
    work(studio, studio.store.runs.add(study.id, RunSpec(kind="populate", budget=items, batch=batch, seed=1)))
    return study


def work(studio: Studio, run: Run) -> None:
    """The steps of the worker's workflow for one run that is in no queue."""
    engine, index, more = studio.engine, 0, True
    while more:
        plan = engine.ask(run.id, index)
        if not plan["size"]:
            return
        more = engine.store_made(run.id, index, plan, engine.make(run.id, index, plan))
        index += 1


def answered(store: SqlStore, study: Study, raters: Sequence[Rater], answers: int) -> None:
    """Put ``answers`` triplet answers that stand on record, the raters in turn, and one more in twenty that was undone and
    given again: as fast as the database takes rows, past the checks that a browser's events go through."""
    items = [item.id for item in store.items.of_study(study.id)]
    rng = np.random.default_rng(1)
    for first in range(0, answers, PORTION):
        size = min(PORTION, answers - first)
        asked = [
            _question(study, raters[n % len(raters)], [items[i] for i in shown], rng)
            for n, shown in enumerate(random_triplets(len(items), size, rng))
        ]
        _write(store, asked, rng.random(size) < 1 / UNDONE)


def _past_id() -> str:
    """An id as it would have been made then: ids begin with their time in milliseconds."""
    return f"{int((now() - AGO).timestamp() * 1000):012x}" + new_id()[12:]


def _question(study: Study, rater: Rater, shown: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:
    reference, a, b = shown
    strategy = "random" if rng.random() < 0.2 else "informative"
    return {
        "id": _past_id(), "study_id": study.id, "rater_id": rater.id, "reference": reference, "a": a, "b": b,
        "left": "ab"[rng.integers(2)], "strategy": strategy, "repeat_of": None, "kind": "triplet", "shown": (),
        "aspect": "", "created_at": now() - AGO,
    }  # fmt: skip


def _answer(question: dict[str, Any], attempt: int) -> dict[str, Any]:
    return question | {
        "id": _past_id(), "event_id": new_id(), "question_id": question["id"], "attempt": attempt,
        "closer": "ab"[attempt], "response_ms": 900, "picked": (), "grade": 1.0, "guide": 0,
    }  # fmt: skip


def _write(store: SqlStore, asked: Sequence[dict[str, Any]], undone: np.ndarray) -> None:
    first = [_answer(question, 0) for question in asked]
    back = [given for given, gone in zip(first, undone, strict=True) if gone]
    again = [_answer(question, 1) for question, gone in zip(asked, undone, strict=True) if gone]
    retractions = [
        {"event_id": new_id(), "judgment_id": given["id"], "created_at": given["created_at"]} for given in back
    ]
    with store._database.write() as session:
        connection = session.connection()
        tables = (QuestionRow, asked), (JudgmentRow, first + again), (RetractionRow, retractions)
        for table, rows in tables:
            if rows:
                connection.execute(sa.insert(table), rows)
