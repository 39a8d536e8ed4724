"""A study's rows go from one database into another and come out the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.types import Study, now
from storage import SqlStore, open_store
from tests.storage_fixtures import add_items, add_study, answer, ask, undo

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[SqlStore]:
    store = open_store(folder=tmp_path / "origin")
    yield store
    store.close()


@pytest.fixture
def rows(origin: SqlStore) -> tuple[Study, Rows]:
    """What one installation holds of a study, beside another study."""
    other = add_study(origin, name="Other")
    add_items(origin, other, 3)
    study = add_study(origin)
    items = add_items(origin, study, 4)
    origin.facts.add_features("pixels", [i.blob for i in items], np.arange(8, dtype=np.float32).reshape(4, 2))
    origin.facts.add_scores("even", [(items[0].blob, "lion", 0.1)])
    ann = origin.judgments.rater(study.id, "Ann")
    one, two = ask(origin, ann, items, 2)
    origin.judgments.record(ann.id, [answer(one, "e1"), answer(two, "e2"), undo(two, "e2")])
    for word in ("once", "twice"):
        origin.exclusions.exclude(ann.id, word == "once", word, "Ben")
    origin.collections.mark(study.id, items[0].id, "pin")
    book = origin.bundles
    return study, {table: list(book.rows(table, study.id)) for table in book.tables}


def test_rows_come_out_as_they_went_in_and_only_once(store: SqlStore, rows: tuple[Study, Rows]) -> None:
    study, there = rows
    new = store.bundles.load(study.id, there.__getitem__)
    assert new == {table: len(found) for table, found in there.items()}
    assert {table: list(store.bundles.rows(table, study.id)) for table in store.bundles.tables} == there
    assert set(store.bundles.load(study.id, there.__getitem__).values()) == {0}
    assert [study.id] == [s.id for s in store.studies.all()]  # the other study stayed at home
    assert store.judgments.count(study.id) == 1
    assert len(there["exclusions"]) == 2


def test_marks_that_were_changed_here_stand(store: SqlStore, rows: tuple[Study, Rows]) -> None:
    study, there = rows
    store.bundles.load(study.id, there.__getitem__)
    item = there["marks"][0]["item_id"]
    store.collections.mark(study.id, item, "ban")
    assert store.bundles.load(study.id, there.__getitem__)["marks"] == 0
    assert store.collections.marks(study.id) == {item: "ban"}


def test_rows_that_disagree_with_what_is_stored_keep_everything_out(store: SqlStore, rows: tuple[Study, Rows]) -> None:
    study, there = rows
    store.bundles.load(study.id, there.__getitem__)
    changed = {**there, "aims": [{"study_id": study.id, "weights": {}, "how": "sum", "created_at": now().isoformat()}]}
    changed["raters"] = [{**there["raters"][0], "name": "Anna"}]
    with pytest.raises(InvalidInput, match=r"went on differently here \(raters\)"):
        store.bundles.load(study.id, changed.__getitem__)
    assert list(store.bundles.rows("aims", study.id)) == []


def test_rows_that_refer_to_nothing_are_refused(store: SqlStore, rows: tuple[Study, Rows]) -> None:
    study, there = rows
    torn = {**there, "items": there["items"][1:]}
    with pytest.raises(InvalidInput, match=r"lacks what it refers to|belongs to another study"):
        store.bundles.load(study.id, torn.__getitem__)
    assert store.studies.all() == []


def test_rows_of_older_records_get_what_they_lack_by_default(store: SqlStore, rows: tuple[Study, Rows]) -> None:
    study, there = rows
    older = {**there, "items": [{k: v for k, v in row.items() if k != "device"} for row in there["items"]]}
    store.bundles.load(study.id, older.__getitem__)
    assert [item.device for item in store.items.of_study(study.id)] == [""] * 4
    assert set(store.bundles.load(study.id, older.__getitem__).values()) == {0}
