"""Batches spread over real processes of this machine: in order, whoever dies, and nothing twice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qdhf.errors import InvalidInput, QdhfError
from qdhf.ports import Blobs
from qdhf.search.evaluating import Evaluated, Failed, InProcess, Outcome
from qdhf.search.spreading import LARGEST, TRIES, Spread, portions
from qdhf.types import Apart, Genome, Steering
from storage.blobs import open_blobs
from tests.search.process_crew import STUDY, MoodyModels, ProcessCrew

pytestmark = pytest.mark.slow


def stillborn(pipe: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    """A process that ends before it is ready."""


def silent(pipe: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    """A process that is never ready."""
    while True:
        pipe.recv()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs(tmp_path / "blobs")


@contextmanager
def spreading(crew: ProcessCrew, **options: Any) -> Iterator[Spread]:
    spread = Spread(crew, **options)
    try:
        yield spread
    finally:
        spread.close()
        assert crew.alive == {}


def genomes(*prompts: str) -> list[Genome]:
    return [Genome(prompt=prompt, seed=i) for i, prompt in enumerate(prompts)]


def assert_same(found: list[Outcome], expected: list[Outcome]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert isinstance(one, Evaluated)
        assert isinstance(other, Evaluated)
        assert (one.genome, one.blob, one.thumbs, one.quality) == (
            other.genome,
            other.blob,
            other.thumbs,
            other.quality,
        )
        np.testing.assert_array_equal(one.features, other.features)


def test_portions_are_even_in_order_and_not_too_large() -> None:
    some = genomes(*["disc"] * 10)
    assert [(p.start, len(p.genomes)) for p in portions(some, 4)] == [(0, 2), (2, 3), (5, 2), (7, 3)]
    assert [len(p.genomes) for p in portions(some[:3], 8)] == [1, 1, 1]
    assert [g for p in portions(some, 3) for g in p.genomes] == some
    assert portions([], 4) == []
    many = portions([some[0]] * (2 * LARGEST + 1), 1)
    assert len(many) == 3
    assert max(len(p.genomes) for p in many) <= LARGEST


def test_pictures_that_keep_apart_stay_in_one_portion() -> None:
    apart = [Genome(prompt="x", seed=i, steering=Steering(apart=Apart())) for i in range(70)]
    assert [len(p.genomes) for p in portions(apart, 3)] == [70]


def test_several_processes_give_what_one_gives_in_order(blobs: Blobs, tmp_path: Path) -> None:
    wanted = genomes("disc", "square", "diamond", "disc", "square", "a", "b")
    crew = ProcessCrew(blobs, 3)
    with spreading(crew) as spread:
        found = spread.evaluate(STUDY, wanted)
        assert spread.evaluate(STUDY, []) == []
        assert_same(spread.evaluate(STUDY, wanted[::-1]), found[::-1])
    assert_same(found, InProcess(MoodyModels(open_blobs(tmp_path / "own"))).evaluate(STUDY, wanted))
    assert crew.hired == 3  # they stay, models and all


def test_a_portion_whose_process_died_is_made_again_and_nothing_else_is(blobs: Blobs, tmp_path: Path) -> None:
    wanted = genomes("disc", f"kill once: {tmp_path / 'killed'}", "square", "disc", "a", "b")
    crew = ProcessCrew(blobs, 3)
    with spreading(crew) as spread:
        found = spread.evaluate(STUDY, wanted)
    assert [outcome.genome.prompt for outcome in found] == [g.prompt for g in wanted]
    assert (crew.given, crew.hired) == (6 + 2, 4)
    assert_same(found, InProcess(MoodyModels(open_blobs(tmp_path / "own"))).evaluate(STUDY, wanted))


def test_processes_that_died_between_batches_cost_no_portion_its_tries(blobs: Blobs) -> None:
    crew = ProcessCrew(blobs, TRIES)
    with spreading(crew) as spread:
        spread.evaluate(STUDY, genomes(*["disc"] * TRIES))
        for process in crew.alive.values():
            process.kill()
            process.join()
        found = spread.evaluate(STUDY, genomes("square"))
    assert [type(outcome) for outcome in found] == [Evaluated]


def test_a_portion_that_kills_every_process_is_named_and_given_up(blobs: Blobs) -> None:
    crew = ProcessCrew(blobs, 2)
    with spreading(crew) as spread:
        with pytest.raises(QdhfError, match=f"{TRIES} processes died over items 3 to 4 of the batch.*smaller batch"):
            spread.evaluate(STUDY, genomes("disc", "disc", "kill", "disc"))
        assert crew.given == 4 + 2 * (TRIES - 1)
        found = spread.evaluate(STUDY, genomes("disc"))  # and the next batch finds a crew
    assert isinstance(found[0], Evaluated)


def test_a_failed_item_is_named_by_its_place_in_the_whole_batch(blobs: Blobs) -> None:
    with spreading(ProcessCrew(blobs, 2)) as spread:
        found = spread.evaluate(STUDY, genomes("disc", "disc", "disc", "refuse"))
        assert [type(outcome) for outcome in found] == [Evaluated, Evaluated, Evaluated, Failed]
        with pytest.raises(QdhfError, match=r"Item 1 of 4 .*the noise was too loud"):
            spread.evaluate(STUDY, genomes(*["refuse"] * 4))


def test_processes_that_die_before_they_work_end_the_batch_with_a_reason(blobs: Blobs) -> None:
    crew = ProcessCrew(blobs, 1, serve=stillborn)
    with (
        spreading(crew) as spread,
        pytest.raises(QdhfError, match=f"{TRIES} processes in a row died before.*the process ended"),
    ):
        spread.evaluate(STUDY, genomes("disc"))
    assert crew.hired == TRIES


def test_a_crew_that_never_starts_ends_the_batch_with_what_it_lacks(blobs: Blobs) -> None:
    with (
        spreading(ProcessCrew(blobs, 1, serve=silent), patience_s=0.0) as spread,
        pytest.raises(QdhfError, match="nobody could start on this batch: nobody was hired"),
    ):
        spread.evaluate(STUDY, genomes("disc"))


def test_a_process_that_reaches_other_files_is_refused(blobs: Blobs) -> None:
    with (
        spreading(ProcessCrew(blobs, 1, known="0" * 64)) as spread,
        pytest.raises(InvalidInput, match="does not reach the files"),
    ):
        spread.evaluate(STUDY, genomes("disc"))


def test_a_crew_may_grow_and_shrink(blobs: Blobs) -> None:
    crew = ProcessCrew(blobs, 1)
    with spreading(crew) as spread:
        for makers in (1, 3, 2):
            crew._makers = makers
            spread.evaluate(STUDY, genomes(*["disc"] * 6))
        assert crew.hired == 3
        assert len(crew.alive) == 2


def test_makers_are_other_processes(blobs: Blobs) -> None:
    crew = ProcessCrew(blobs, 1)
    maker, call = crew.hire()
    assert crew.result(call) == crew.alive[maker].pid != os.getpid()
    crew.dismiss(maker)
