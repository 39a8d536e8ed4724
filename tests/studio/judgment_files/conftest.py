"""A study full of answers of every kind, and another installation that holds the same pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qdhf.studio import Studio
from qdhf.types import (
    AnswerEvent,
    GeneratorSpec,
    Item,
    NewItem,
    NewQuestion,
    Question,
    QuestionKind,
    Rater,
    Run,
    RunSpec,
    Study,
)
from storage import open_store
from tests.studio.conftest import work

PICTURES = 12


@pytest.fixture
def full(studio: Studio, study: Study) -> Study:
    """The study with pictures and with what people can answer: every kind, grade, aspect and way out, repeats, undone
    answers; the second rater is left out."""
    work(studio, studio.studies.populate(study, PICTURES))
    for name in ("anna", "ben | “ß”, \n=1+1"):
        answer_everything(studio, study, rater := studio.labelling.rater(study, name))
    studio.store.exclusions.exclude(rater.id, True, "never looked", "anna")
    return study


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Studio]:
    """Another installation."""
    store = open_store(folder=tmp_path / "elsewhere")
    yield Studio(store)
    store.close()


@pytest.fixture
def twin(elsewhere: Studio, studio: Studio, full: Study) -> Study:
    """A study there with the same pictures, in another order, and none of the answers."""
    made = elsewhere.studies.create(
        "Twin", prompts=["disc", "square"], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )
    run = elsewhere.store.runs.add(made.id, RunSpec(kind="populate", budget=PICTURES))
    pictures = studio.store.items.of_study(full.id)[::-1]
    elsewhere.store.items.add(made.id, [copy(item, run, slot) for slot, item in enumerate(pictures)])
    return made


def copy(item: Item, run: Run, slot: int) -> NewItem:
    """The same content in another place."""
    same = {name: getattr(item, name) for name in ("kind", "blob", "media_type", "source", "genome", "name")}
    return NewItem(**same, run_id=run.id, iteration=99, slot=slot)


def asked(studio: Studio, study: Study, rater: Rater, kind: QuestionKind, first: int, count: int) -> Question:
    """A question about ``count`` pictures from number ``first`` on."""
    ids = [item.id for item in studio.store.items.of_study(study.id)][first : first + count]
    new = NewQuestion(
        reference=ids[0], a=ids[1], b=ids[2], left="b", strategy="informative" if first % 3 else "random", kind=kind,
        shown=() if kind == "triplet" else tuple(ids),
    )  # fmt: skip
    return studio.store.judgments.reserve(study.id, rater.id, [new])[0]


def in_a_sense(studio: Studio, study: Study, rater: Rater) -> Question:
    """A triplet about an aspect."""
    r, a, b = [item.id for item in studio.store.items.of_study(study.id)][-3:]
    new = NewQuestion(reference=r, a=a, b=b, left="a", strategy="informative", aspect="colour, größe")
    return studio.store.judgments.reserve(study.id, rater.id, [new])[0]


def which_is_better(studio: Studio, study: Study, rater: Rater) -> Question:
    a, b = [item.id for item in studio.store.items.of_study(study.id)][:2]
    new = NewQuestion(reference=a, a=a, b=b, left="b", strategy="random", kind="better", shown=(a, b))
    return studio.store.judgments.reserve(study.id, rater.id, [new])[0]


def again(studio: Studio, rater: Rater, first: Question) -> Question:
    """``first`` asked once more, sides swapped."""
    new = NewQuestion(
        reference=first.reference, a=first.a, b=first.b, left="a", strategy="repeat", repeat_of=first.id
    )  # fmt: skip
    return studio.store.judgments.reserve(rater.study_id, rater.id, [new])[0]


def answer_everything(studio: Studio, study: Study, rater: Rater) -> None:
    triplets = [asked(studio, study, rater, "triplet", n, 3) for n in range(6)]
    repeats = [again(studio, rater, question) for question in triplets[1:3]]
    odd = [asked(studio, study, rater, "odd", n, 3) for n in range(3)]
    grid = [asked(studio, study, rater, "grid", n, 6) for n in range(3)]

    def event(question: Question, closer: str, picked: tuple[str, ...] = (), grade: float = 1.0) -> AnswerEvent:
        number = len(given)
        return AnswerEvent(
            event_id=f"{rater.name[:4]}-{number}", question_id=question.id, closer=closer, picked=picked, grade=grade,  # type: ignore[arg-type]
            response_ms=None if number % 4 == 3 else 300 * number,
        )  # fmt: skip

    given: list[AnswerEvent] = []
    for question, closer, grade in zip(
        triplets, ("a", "b", "a", "tie", "skip", "b"), (1, 0.5, 1, 1, 1, 1), strict=True
    ):
        given.append(event(question, closer, grade=grade))
    for question, closer in zip(repeats, ("b", "b"), strict=True):
        given.append(event(question, closer))
    for question, picked in zip(odd, (2, 0, None), strict=True):
        given.append(event(question, "tie") if picked is None else event(question, "picked", (question.shown[picked],)))
    for question, count in zip(grid, (2, 4, 0), strict=True):
        given.append(event(question, "picked" if count else "skip", question.shown[count:0:-1]))
    undone = AnswerEvent(event_id=f"{rater.name[:4]}-undo", question_id=triplets[5].id, undoes=given[5].event_id)
    after = [undone, event(triplets[5], "a")]
    given.append(replace(event(in_a_sense(studio, study, rater), "b"), event_id=f"{rater.name[:4]}-sense", guide=2))
    given.append(event(which_is_better(studio, study, rater), "a"))
    assert len(studio.labelling.record(rater, [*given, *after])) == len(given) + 2
