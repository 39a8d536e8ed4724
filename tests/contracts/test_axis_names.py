"""What every store promises about the names of axes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import AxisName, Study
from storage import SqlStore
from tests.storage_fixtures import add_study

NAMED = AxisName(
    study_id="", axis=1, name="Mood", low="sad", high="happy", created_at=datetime(2026, 1, 2, 3, 4, 5, 6, UTC)
)


@pytest.fixture
def study(store: SqlStore) -> Study:
    return add_study(store)


def test_the_latest_name_of_each_axis_stands(store: SqlStore, study: Study, opener: Callable[[], SqlStore]) -> None:
    assert store.fits.axis_names(study.id) == {}
    mood = dataclasses.replace(NAMED, study_id=study.id)
    size = dataclasses.replace(mood, axis=0, name="Größe 大", low="", high="")
    for name in (mood, size, dataclasses.replace(mood, name="Temper")):
        store.fits.name_axis(name)
    assert opener().fits.axis_names(study.id) == {0: size, 1: dataclasses.replace(mood, name="Temper")}
    assert list(store.fits.axis_names(study.id)) == [0, 1]
    assert store.fits.axis_names(add_study(store).id) == {}


def test_words_are_trimmed(store: SqlStore, study: Study) -> None:
    store.fits.name_axis(dataclasses.replace(NAMED, study_id=study.id, name=" Mood\n", low="  ", high=" happy "))
    named = store.fits.axis_names(study.id)[1]
    assert (named.name, named.low, named.high) == ("Mood", "", "happy")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "  "}, "name of an axis needs 1 to 60 characters; this one has 0"),
        ({"name": "x" * 61}, "this one has 61"),
        ({"name": "a\x00b"}, "name of an axis"),
        ({"low": "x" * 61}, "low end needs 0 to 60"),
        ({"high": "x" * 61}, "high end needs 0 to 60"),
        ({"axis": 4}, "0 to 3; got 4"),
        ({"axis": -1}, "0 to 3; got -1"),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    store: SqlStore, study: Study, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        store.fits.name_axis(dataclasses.replace(NAMED, **{"study_id": study.id, **changes}))  # type: ignore[arg-type]
    assert store.fits.axis_names(study.id) == {}


def test_an_axis_of_no_study_has_no_name(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        store.fits.name_axis(dataclasses.replace(NAMED, study_id="nowhere"))
