"""Items made again: the same, or how far from it, and what is said where it was made elsewhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from qdhf import pictures
from qdhf.errors import InvalidInput
from qdhf.generators.machine import made_on
from qdhf.generators.planted import PlantedGenerator
from qdhf.ports import Generator, Made
from qdhf.search.evaluating import Models
from qdhf.studio import Studio
from qdhf.types import Genome, Item, Study
from storage import SqlStore
from tests.storage_fixtures import add_run, new_item
from tests.studio.conftest import work


@pytest.fixture
def items(studio: Studio, study: Study) -> list[Item]:
    work(studio, studio.studies.populate(study, 6, batch=6))
    return studio.store.items.of_study(study.id)


class Only(Models):
    """Models of which the generator is given."""

    def __init__(self, studio: Studio, generator: Generator) -> None:
        super().__init__(studio.store.blobs)
        self._given = generator

    def generator(self, study: Study) -> Generator:
        return self._given


class Brighter(PlantedGenerator):
    """Another device, which draws all a grey level brighter unless four are drawn at once."""

    device = "another device"
    batch = 4

    def __init__(self, whole: int = 4) -> None:
        super().__init__()
        self.whole, self.asked = whole, []  # type: ignore[var-annotated]

    def generate(self, genomes: Sequence[Genome]) -> list[Made]:
        self.asked.append(len(genomes))
        made = super().generate(genomes)
        if len(genomes) == self.whole:
            return made
        brighter = [np.minimum(m.pixels, 254) + np.uint8(1) for m in made if m.pixels is not None]
        return [dataclasses.replace(m, pixels=p, data=pictures.png(p)) for m, p in zip(made, brighter, strict=True)]


def test_items_remember_what_they_were_made_on(items: list[Item]) -> None:
    assert {item.device for item in items} == {made_on(PlantedGenerator())}


def test_on_the_same_device_the_same_bytes_come_out(studio: Studio, items: list[Item]) -> None:
    remake = studio.remaking.request(items[4], queue=False)
    assert [s.state for s in studio.remaking.of_item(items[4])] == ["paused"]
    assert studio.remaking.make(remake.id, studio.engine.models) == items[4].blob
    (status,) = studio.remaking.of_item(items[4])
    result = status.remake.result
    assert result is not None
    assert (result.same_bytes, result.same_content, result.largest, result.mean) == (True, True, 0.0, 0.0)
    assert (result.device, result.companions, status.state, status.same_device) == (items[4].device, 1, "done", True)
    assert status.remake.by == "local"
    assert not status.live


def test_made_once_more_changes_nothing(studio: Studio, items: list[Item]) -> None:
    remake = studio.remaking.request(items[0], queue=False)
    blob = studio.remaking.make(remake.id, studio.engine.models)
    assert studio.remaking.make(remake.id, Only(studio, Brighter(whole=0))) == blob
    assert len(studio.remaking.of_item(items[0])) == 1


def test_elsewhere_it_is_said_how_far_it_is_and_where_both_were_made(studio: Studio, items: list[Item]) -> None:
    remake = studio.remaking.request(items[0], queue=False)
    blob = studio.remaking.make(remake.id, Only(studio, Brighter(whole=0)))
    (status,) = studio.remaking.of_item(items[0])
    result = status.remake.result
    assert result is not None
    assert (result.same_bytes, result.same_content, result.largest) == (False, False, 1.0)
    assert result.mean == pytest.approx(1.0, abs=0.2)  # where it was white it stayed white
    assert (result.device, status.same_device) == ("another device", False)
    assert blob != items[0].blob
    assert pictures.decode(studio.store.blobs.get(blob)).shape == (64, 64, 3)


def test_beside_those_that_it_was_made_with_it_may_come_out_the_same(studio: Studio, items: list[Item]) -> None:
    remake = studio.remaking.request(items[2], queue=False)
    generator = Brighter(whole=4)
    assert studio.remaking.make(remake.id, Only(studio, generator)) == items[2].blob
    result = studio.remaking.of_item(items[2])[0].remake.result
    assert result is not None
    assert (result.same_bytes, result.companions, generator.asked) == (True, 4, [1, 4])
    last = studio.remaking.request(items[5], queue=False)  # made in the second portion, of two
    studio.remaking.make(last.id, Only(studio, generator))
    assert generator.asked == [1, 4, 1, 2]


def test_what_was_imported_cannot_be_made_again(studio: Studio, study: Study) -> None:
    store = studio.store
    assert isinstance(store, SqlStore)
    item = store.items.add(study.id, [new_item(add_run(store, study), 0, genome=None)])[0]
    with pytest.raises(InvalidInput, match="was imported"):
        studio.remaking.request(item)
    assert studio.remaking.of_item(item) == []


def test_a_request_waits_in_the_queue_and_nothing_is_known_of_an_unknown_device(studio: Studio, study: Study) -> None:
    store = studio.store
    assert isinstance(store, SqlStore)
    item = store.items.add(study.id, [new_item(add_run(store, study), 0)])[0]
    remake = studio.remaking.request(item)
    (status,) = studio.remaking.of_item(item)
    assert (status.state, status.live, status.same_device, status.error) == ("queued", True, None, None)
    assert store.jobs.state(remake.id) == "queued"
