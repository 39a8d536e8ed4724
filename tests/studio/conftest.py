"""A studio over a store of its own, with the planted generator: quick, real in every other part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qdhf.studio import Studio
from qdhf.types import AnswerEvent, GeneratorSpec, Run, Study
from storage import open_store


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    store = open_store(folder=tmp_path / "data")
    yield Studio(store)
    store.close()


@pytest.fixture
def study(studio: Studio) -> Study:
    return studio.studies.create(
        "Planted",
        prompts=["disc", "square"],
        generator=GeneratorSpec(name="planted"),
        encoder="pixels",
        scorer="colour",
    )


def work(studio: Studio, run: Run, stop_after: int | None = None) -> None:
    """What the worker's workflow does, step by step, in this process."""
    engine, index, more = studio.engine, 0, True
    while more and index != stop_after:
        plan = engine.ask(run.id, index)
        if not plan["size"]:
            break
        more = engine.store_made(run.id, index, plan, engine.make(run.id, index, plan))
        index += 1


def label(studio: Studio, study: Study, answers: int, name: str = "anna") -> None:
    """Answers by a rater who looks at nothing but the left side's id; enough to make fits."""
    rater = studio.labelling.rater(study, name)
    for n in range(answers):
        question = studio.labelling.queue(study, rater)[0]
        closer = "a" if question.a < question.b else "b"
        studio.labelling.record(rater, [AnswerEvent(event_id=f"{name}-{n}", question_id=question.id, closer=closer)])
