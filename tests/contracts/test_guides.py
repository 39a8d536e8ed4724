"""What every store promises about instructions for raters and practice rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import Guide, GuideExample, Item, Rater, Study, now
from storage import SqlStore
from tests.storage_fixtures import add_items, add_study


def example(items: Sequence[Item], **changes: object) -> GuideExample:
    reference, a, b = (item.id for item in items[:3])
    return replace(GuideExample(reference=reference, a=a, b=b, closer="b"), **changes)  # type: ignore[arg-type]


@pytest.fixture
def items(store: SqlStore, study: Study) -> list[Item]:
    return add_items(store, study, 6)


def test_before_anybody_wrote_there_is_version_0(store: SqlStore, study: Study) -> None:
    assert store.guides.current(study.id) == Guide(study_id=study.id) == store.guides.get(study.id, 0)
    assert store.guides.all(study.id) == []


def test_each_version_is_kept_as_it_was_written(
    store: SqlStore, study: Study, items: list[Item], opener: Callable[[], SqlStore]
) -> None:
    before = now()
    first = store.guides.add(Guide(study_id=study.id, text=" Look at the *whole* picture, größer 大.\n"))
    second = store.guides.add(
        Guide(
            study_id=study.id, version=77, text="Again", kind="grid", candidates=12, pick=11, graded=True,
            aspects=("colour", " layout "), examples=(example(items, why=" both red "),),
            practice=(example(items[3:]), example(items[2:], closer="a", why="tall")),
        )
    )  # fmt: skip
    assert (first.version, first.text) == (1, "Look at the *whole* picture, größer 大.")
    assert (second.version, second.aspects, second.examples[0].why) == (2, ("colour", "layout"), "both red")
    assert first.created_at is not None
    assert second.created_at is not None
    assert before <= first.created_at <= second.created_at
    again = opener()
    assert again.guides.all(study.id) == [first, second]
    assert again.guides.current(study.id) == second == again.guides.get(study.id, 2)
    assert again.guides.get(study.id, 1) == first
    other = add_study(again)
    assert again.guides.current(other.id).version == 0
    with pytest.raises(NotFound, match="no instructions of version 3"):
        again.guides.get(study.id, 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": "x" * 4001}, "up to 4,000 characters; this has 4,001"),
        ({"text": "a\x00b"}, "NUL"),
        ({"kind": "best"}, "one of the kinds triplet, odd, grid, better; got 'best'"),
        ({"candidates": 2, "pick": 1}, "must be 3 to 12; got 2"),
        ({"candidates": 13}, "must be 3 to 12; got 13"),
        ({"candidates": 4, "pick": 4}, "must be 1 to 3; got 4"),
        ({"pick": 0}, "must be 1 to 7; got 0"),
        ({"aspects": ("a", "b", "c", "d", "e", "f", "g")}, "up to 6 aspects; got 7"),
        ({"aspects": ("colour", "  ")}, "1 to 40 characters; this has 0"),
        ({"aspects": ("x" * 41,)}, "1 to 40 characters; this has 41"),
        ({"aspects": ("colour", "Colour ")}, "Aspects must differ"),
    ],
)
def test_instructions_that_cannot_be_used_are_refused(
    store: SqlStore, study: Study, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        store.guides.add(replace(Guide(study_id=study.id), **changes))  # type: ignore[arg-type]
    assert store.guides.all(study.id) == []


@pytest.mark.parametrize("place", ["examples", "practice"])
def test_triplets_must_make_sense_and_show_items_of_the_study(
    store: SqlStore, study: Study, items: list[Item], place: str
) -> None:
    def add(*triplets: GuideExample) -> None:
        store.guides.add(replace(Guide(study_id=study.id), **{place: triplets}))  # type: ignore[arg-type]

    good = example(items)
    with pytest.raises(InvalidInput, match=r"up to 6 (examples|practice questions); got 7"):
        add(*[good] * 7)
    with pytest.raises(InvalidInput, match="three different items"):
        add(example(items, b=items[0].id))
    with pytest.raises(InvalidInput, match="a or b; got 'tie'"):
        add(example(items, closer="tie"))
    with pytest.raises(InvalidInput, match="reason of an example may have up to 400 characters; this has 401"):
        add(example(items, why="x" * 401))
    elsewhere = add_items(store, add_study(store), 3)
    with pytest.raises(NotFound, match="no item"):
        add(good, example(elsewhere))
    assert store.guides.all(study.id) == []
    add(*[good] * 6)
    assert store.guides.current(study.id).version == 1


def test_instructions_of_no_study_are_refused(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        store.guides.add(Guide(study_id="nowhere"))


def test_practice_rounds_are_kept_in_order(store: SqlStore, study: Study, ann: Rater) -> None:
    ben = store.judgments.rater(study.id, "Ben")
    assert (store.guides.practice(ann.id), store.guides.rounds(study.id)) == ([], {})
    store.guides.note_practice(ann.id, 1, 2, 3)
    store.guides.note_practice(ben.id, 1, 0, 3)
    store.guides.note_practice(ann.id, 2, 3, 3)
    rounds = store.guides.practice(ann.id)
    assert [(r.rater_id, r.guide, r.right, r.asked) for r in rounds] == [(ann.id, 1, 2, 3), (ann.id, 2, 3, 3)]
    assert store.guides.rounds(study.id) == {ann.id: rounds[1], ben.id: store.guides.practice(ben.id)[0]}
    assert store.guides.rounds(add_study(store).id) == {}


@pytest.mark.parametrize(("right", "asked"), [(4, 3), (-1, 3), (0, 0)])
def test_a_practice_round_that_cannot_be_is_refused(store: SqlStore, ann: Rater, right: int, asked: int) -> None:
    with pytest.raises(InvalidInput, match=f"got {right} of {asked}"):
        store.guides.note_practice(ann.id, 1, right, asked)
    with pytest.raises(NotFound, match="no rater 'nobody'"):
        store.guides.note_practice("nobody", 1, 1, 3)
    assert store.guides.practice(ann.id) == []
