"""What the settings of a cluster mean; with Ray installed (``make test-cluster``) also real actors that are killed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qdhf.errors import InvalidInput, MissingModel, QdhfError
from qdhf.ports import Blobs
from qdhf.search.cluster import RayCrew, open_evaluator
from qdhf.search.evaluating import Evaluated, Failed, InProcess, Models
from qdhf.search.spreading import Spread
from qdhf.types import Genome
from storage.blobs import open_blobs
from tests.search.process_crew import STUDY, MoodyModels


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs(tmp_path / "blobs")


@pytest.mark.parametrize("settings", [{}, {"QDHF_RAY": " "}, {"QDHF_RAY_ACTORS": "4"}])
def test_without_an_address_everything_is_made_in_this_process(blobs: Blobs, settings: dict[str, str]) -> None:
    bench = InProcess(Models(blobs))
    assert open_evaluator(bench, settings) is bench


def test_an_address_without_ray_says_what_to_install(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingModel, match=r"QDHF_RAY is 'auto'.*pip install -r requirements-cluster\.txt"):
        open_evaluator(InProcess(Models(blobs)), {"QDHF_RAY": "auto"})
    assert (Path(__file__).parents[2] / "requirements-cluster.txt").read_text().count("\nray==") == 1


@pytest.mark.parametrize("actors", ["0", "-1", "two", "1.5"])
def test_a_number_of_actors_that_is_none_is_refused(blobs: Blobs, actors: str) -> None:
    with pytest.raises(InvalidInput, match=f"QDHF_RAY_ACTORS must be a whole number of at least 1; it is '{actors}'"):
        open_evaluator(InProcess(Models(blobs)), {"QDHF_RAY": "local", "QDHF_RAY_ACTORS": actors})


@pytest.fixture(scope="module")
def ray() -> Any:
    return pytest.importorskip("ray", reason="Ray is not installed (pip install -r requirements-cluster.txt)")


@pytest.fixture
def machines(ray: Any) -> Iterator[Any]:
    """A cluster of two machines, as far as Ray can tell; :func:`ray.cluster_utils.Cluster`."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def genomes(*prompts: str) -> list[Genome]:
    return [Genome(prompt=prompt, seed=i) for i, prompt in enumerate(prompts)]


def files(outcomes: Any) -> list[tuple[Genome, str, bytes]]:
    assert all(isinstance(outcome, Evaluated) for outcome in outcomes)
    return [(o.genome, o.blob, o.features.tobytes()) for o in outcomes]


def crew(machines: Any, blobs: Blobs, actors: int | None = None) -> RayCrew:
    return RayCrew(machines.address, blobs, actors=actors, open_models=MoodyModels)


@pytest.mark.cluster
def test_actors_make_the_same_files_in_the_same_order(machines: Any, blobs: Blobs, tmp_path: Path) -> None:
    wanted = genomes("disc", "square", "disc", "diamond", "a", "b", "c")
    spread = Spread(crew(machines, blobs, 3))
    found = spread.evaluate(STUDY, wanted)
    assert files(found) == files(InProcess(MoodyModels(open_blobs(tmp_path / "own"))).evaluate(STUDY, wanted))
    assert files(spread.evaluate(STUDY, wanted[::-1])) == files(found)[::-1]


@pytest.mark.cluster
def test_an_actor_that_is_killed_has_its_portion_made_again(machines: Any, blobs: Blobs, tmp_path: Path) -> None:
    wanted = genomes("disc", f"kill once: {tmp_path / 'killed'}", "square", "disc")
    found = Spread(crew(machines, blobs, 2)).evaluate(STUDY, wanted)
    assert [o.genome.prompt for o in found] == [g.prompt for g in wanted]
    assert files(found) == files(InProcess(MoodyModels(open_blobs(tmp_path / "own"))).evaluate(STUDY, wanted))


@pytest.mark.cluster
def test_a_portion_that_kills_every_actor_is_named(machines: Any, blobs: Blobs) -> None:
    with pytest.raises(QdhfError, match="3 processes died over items 1 to 1 of the batch"):
        Spread(crew(machines, blobs, 1)).evaluate(STUDY, genomes("kill"))


@pytest.mark.cluster
def test_errors_of_the_generator_name_their_items(machines: Any, blobs: Blobs) -> None:
    spread = Spread(crew(machines, blobs, 2))
    found = spread.evaluate(STUDY, genomes("disc", "disc", "refuse"))
    assert [type(outcome) for outcome in found] == [Evaluated, Evaluated, Failed]
    with pytest.raises(
        QdhfError, match=r"Item 1 of 2 .prompt “refuse”, seed 0. .*RuntimeError: the noise was too loud"
    ):
        spread.evaluate(STUDY, genomes("refuse", "refuse"))


@pytest.mark.cluster
def test_one_actor_works_on_each_machine_and_a_lost_machine_loses_nothing(
    machines: Any, blobs: Blobs, tmp_path: Path
) -> None:
    other = machines.add_node(num_cpus=1)
    wanted = genomes(*["disc"] * 6)
    spread = Spread(crew(machines, blobs))
    found = spread.evaluate(STUDY, wanted)
    assert spread._crew.size() == 2
    (raylet,) = other.all_processes["raylet"]
    os.kill(raylet.process.pid, signal.SIGKILL)
    assert files(spread.evaluate(STUDY, wanted)) == files(found)


@pytest.mark.cluster
def test_a_machine_that_does_not_reach_the_files_is_named(machines: Any, tmp_path: Path) -> None:
    class Elsewhere(RayCrew):
        def _connect(self) -> str:
            super()._connect()
            return "0" * 64

    spread = Spread(Elsewhere(machines.address, open_blobs(tmp_path / "blobs"), actors=1))
    with pytest.raises(InvalidInput, match=r"does not reach the files of this studio.*QDHF_BLOBS"):
        spread.evaluate(STUDY, genomes("disc"))


@pytest.mark.cluster
def test_no_cluster_at_the_address_says_how_to_start_one(ray: Any, blobs: Blobs) -> None:
    with pytest.raises(QdhfError, match=r"No Ray cluster answers at QDHF_RAY=127.0.0.1:1: .*ray start --head"):
        Spread(RayCrew("127.0.0.1:1", blobs)).evaluate(STUDY, genomes("disc"))
