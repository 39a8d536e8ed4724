"""Items found by what they are, what was said of them and who judged them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from qdhf.errors import InvalidInput
from qdhf.studio import Studio
from qdhf.studio.filtering import Filter
from qdhf.types import Genome, Item, NewQuestion, Study, now
from storage import SqlStore
from tests.storage_fixtures import add_run, answer, new_item, undo

PROMPTS = ["red disc", "red square", "", "Blue disc", "blue disc", "blue disc"]


@pytest.fixture
def store(studio: Studio) -> SqlStore:
    assert isinstance(studio.store, SqlStore)
    return studio.store


@pytest.fixture
def items(store: SqlStore, study: Study) -> list[Item]:
    """Six items of two runs, prompts as above; the third was imported from Cat.PNG. Quality 0, 1, 2, 2, 2, 5."""
    made = []
    for run, slots in ((add_run(store, study), range(3)), (add_run(store, study), range(3, 6))):
        for slot in slots:
            genome = Genome(prompt=PROMPTS[slot], seed=slot) if slot != 2 else None
            changes = {
                "genome": genome,
                "name": "" if genome else "Cat.PNG",
                "source": "planted" if genome else "import",
            }
            made += store.items.add(study.id, [new_item(run, slot, **changes)])
    features = np.eye(6, dtype=np.float32)
    store.facts.add_features(study.encoder, [i.blob for i in made], features)
    quality = [0.0, 1.0, 2.0, 2.0, 2.0, 5.0]
    prompts = [p or study.prompts[0] for p in PROMPTS]
    store.facts.add_scores(study.scorer, [(i.blob, p, q) for i, p, q in zip(made, prompts, quality, strict=True)])
    return made


def places(studio: Studio, study: Study, items: list[Item], **parts: object) -> list[int]:
    """Which of ``items`` pass."""
    found = studio.filtering.ids(study, Filter(**parts))  # type: ignore[arg-type]
    assert found <= {i.id for i in items}
    return [n for n, item in enumerate(items) if item.id in found]


def test_an_empty_filter_lets_everything_pass(studio: Studio, study: Study, items: list[Item]) -> None:
    assert places(studio, study, items) == [0, 1, 2, 3, 4, 5]
    assert Filter().empty
    assert Filter(words="  ").empty
    assert not Filter(words="x").empty
    assert not Filter(quality=(0.0, 0.9)).empty


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ({"words": "DISC blue"}, [3, 4, 5]),
        ({"words": "cat.p"}, [2]),
        ({"words": "disc square"}, []),
        ({"prompts": ("blue disc", "red square")}, [1, 4, 5]),
        ({"sources": ("import",)}, [2]),
        ({"prompts": ("blue disc",), "words": "red"}, []),
        ({"quality": (0.0, 0.0)}, [0]),
        ({"quality": (1.0, 1.0)}, [5]),
        ({"quality": (0.5, 0.7)}, [2, 3, 4]),  # ranks 2, 3, 4 of 0 to 5: all at 3 / 5
        ({"quality": (0.0, 0.5)}, [0, 1]),
        ({"prompts": ("nothing",)}, []),
    ],
)
def test_every_part_that_is_set_must_hold(
    studio: Studio, study: Study, items: list[Item], parts: dict[str, object], wanted: list[int]
) -> None:
    assert places(studio, study, items, **parts) == wanted


def test_runs_and_days(studio: Studio, study: Study, items: list[Item]) -> None:
    assert places(studio, study, items, runs=(items[3].run_id,)) == [3, 4, 5]
    first, last = items[0].created_at.date(), items[-1].created_at.date()
    assert places(studio, study, items, since=first, until=last) == [0, 1, 2, 3, 4, 5]
    assert places(studio, study, items, since=last + timedelta(days=1)) == []
    assert places(studio, study, items, until=first - timedelta(days=1)) == []


def test_what_people_said(studio: Studio, study: Study, items: list[Item]) -> None:
    for tag, some in (("calm", items[:2]), ("loud", items[1:3])):
        studio.noting.tag(study, [i.id for i in some], tag)
    studio.noting.star(study, items[1], True)
    studio.noting.note(study, items[2], "see this")
    assert places(studio, study, items, tags=("calm",)) == [0, 1]
    assert places(studio, study, items, tags=("calm", "loud")) == [0, 1, 2]
    assert places(studio, study, items, tags=("loud",), starred=True) == [1]
    assert places(studio, study, items, noted=True) == [2]
    studio.noting.untag(study, [items[0].id], "calm")
    assert places(studio, study, items, tags=("calm",)) == [1]


def test_who_judged_it(studio: Studio, store: SqlStore, study: Study, items: list[Item]) -> None:
    ann, ben = (store.judgments.rater(study.id, name) for name in ("Ann", "Ben"))
    ids = [i.id for i in items]
    triplet = NewQuestion(reference=ids[0], a=ids[1], b=ids[2], left="a", strategy="random")
    skipped = NewQuestion(reference=ids[3], a=ids[4], b=ids[5], left="a", strategy="random")
    for rater, question, closer in ((ann, triplet, "a"), (ann, skipped, "skip"), (ben, skipped, "b")):
        asked = store.judgments.reserve(study.id, rater.id, [question])[0]
        store.judgments.record(rater.id, [answer(asked, closer=closer)])
    assert places(studio, study, items, raters=(ann.id,)) == [0, 1, 2]  # what was skipped is not judged
    assert places(studio, study, items, raters=(ann.id, ben.id)) == [0, 1, 2, 3, 4, 5]
    assert places(studio, study, items, raters=("nobody",)) == []
    standing = store.judgments.standing(study.id, ann.id)[0]
    question = store.judgments.questions([str(standing.question_id)])[0]
    store.judgments.record(ann.id, [undo(question, standing.event_id)])
    assert places(studio, study, items, raters=(ann.id,)) == []


def test_all_that_a_grid_showed_was_judged(studio: Studio, store: SqlStore, study: Study, items: list[Item]) -> None:
    ids = [i.id for i in items]
    ann = store.judgments.rater(study.id, "Ann")
    odd = NewQuestion(
        reference=ids[0], a=ids[1], b=ids[3], left="a", strategy="random", kind="odd", shown=(ids[0], ids[1], ids[3])
    )
    asked = store.judgments.reserve(study.id, ann.id, [odd])[0]
    event = answer(asked, closer="picked")
    store.judgments.record(ann.id, [event.__class__(**{**vars(event), "picked": (ids[3],)})])
    assert places(studio, study, items, raters=(ann.id,)) == [0, 1, 3]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"quality": (0.6, 0.5)}, "must not lie above the upper end; got 0.6 and 0.5"),
        ({"quality": (-0.1, 0.5)}, "between 0 and 1"),
        ({"since": date(2026, 2, 1), "until": date(2026, 1, 1)}, "first day must not lie after"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(studio: Studio, study: Study, parts: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        studio.filtering.ids(study, Filter(**parts))  # type: ignore[arg-type]


def test_what_there_is_to_filter_by(studio: Studio, store: SqlStore, study: Study, items: list[Item]) -> None:
    add_run(store, study)  # made nothing
    store.judgments.rater(study.id, "Ann")
    studio.noting.tag(study, [items[0].id, items[1].id], "calm")
    found = studio.filtering.choices(study)
    assert found.items == 6
    assert list(found.prompts.items()) == [("blue disc", 2), ("Blue disc", 1), ("red disc", 1), ("red square", 1)]
    assert found.sources == {"planted": 5, "import": 1}
    assert list(found.runs) == [items[0].run_id, items[3].run_id]
    assert [name.split(",")[0] for name in found.runs.values()] == ["First pictures 1", "First pictures 2"]
    assert (list(studio.filtering.raters(study).values()), found.tags) == (["Ann"], {"calm": 2})
    assert found.days == (items[0].created_at.date(), items[-1].created_at.date())


def test_pages_show_the_newest_first_and_end(studio: Studio, study: Study, items: list[Item]) -> None:
    some = frozenset(i.id for i in items[:5])
    assert studio.filtering.items(study, some, 0, 2) == [items[4], items[3]]
    assert studio.filtering.items(study, some, 2, 2) == [items[0]]
    assert studio.filtering.items(study, some, 3, 2) == []
    assert studio.filtering.items(study, None, 0, 1) == [items[5]]
    assert studio.filtering.items(study, frozenset(), 0) == []


def test_what_comes_later_is_found_too(studio: Studio, store: SqlStore, study: Study, items: list[Item]) -> None:
    assert len(studio.filtering.ids(study, Filter(words="disc"))) == 4
    late = store.items.add(study.id, [new_item(add_run(store, study), 9, genome=Genome(prompt="disc", seed=1))])
    assert late[0].id in studio.filtering.ids(study, Filter(words="disc"))
    assert studio.filtering.choices(study).items == 7


@pytest.fixture
def asked(store: SqlStore) -> Iterator[list[str]]:
    """What the database was asked."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    reader = store._database.reader
    sa.event.listen(reader, "before_cursor_execute", note)
    yield found
    sa.event.remove(reader, "before_cursor_execute", note)


def test_each_part_costs_one_query_however_many_items_there_are(
    studio: Studio, study: Study, items: list[Item], asked: list[str]
) -> None:
    studio.noting.tag(study, [i.id for i in items], "all")
    everything = Filter(
        words="disc", tags=("all",), starred=True, noted=True, raters=("x", "y"), since=now().date(), quality=(0.1, 0.9)
    )
    studio.filtering.ids(study, everything)  # reads the matrix
    asked.clear()
    studio.filtering.ids(study, everything)
    of_matrix = ("features", "aims", "scores")
    own = [s for s in asked if s.startswith("SELECT") and not any(word in s for word in of_matrix)]
    assert len(own) == 3  # new items, how many remarks, judgments
    asked.clear()
    studio.filtering.ids(study, Filter(words="disc"))
    assert len([s for s in asked if s.startswith("SELECT")]) == 1
