"""From a run's wishes to what steers its pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.descriptors.descriptor import learn
from qdhf.errors import InvalidInput
from qdhf.generators.planted import PlantedGenerator
from qdhf.planted import PlantedWorld
from qdhf.search.archive import centres
from qdhf.search.proposals import Proposal
from qdhf.search.steering import Chart, check_steered, steered, wished
from qdhf.types import Apart, Avoid, Genome, RunSpec, Steering, Toward

SPEC = RunSpec(kind="illuminate", budget=8)
GENOME = Genome(prompt="cat", seed=1)


@pytest.fixture(scope="module")
def chart() -> Chart:
    world = PlantedWorld.make(n=30, d=8, rng=np.random.default_rng(0))
    fit = learn(world.matrix(), [], None, encoder="planted", study_id="s", key="k", seed=0)
    return Chart(fit=fit, dims=(4, 5), axes="a" * 64, encoder="planted")


def test_what_asks_for_nothing_stays_what_it_is(chart: Chart) -> None:
    proposals = [Proposal(genome=GENOME, emitter="fresh", target=3)]
    (same,) = steered(proposals, SPEC, chart)
    assert same is proposals[0]
    assert wished(SPEC, 3, chart) is None


def test_only_pictures_that_are_aimed_are_pulled_to_the_middle_of_their_cell(chart: Chart) -> None:
    spec = replace(SPEC, pull=0.1, pull_from=0.3)
    aimed, free = steered([Proposal(genome=GENOME, emitter="t", target=t) for t in (7, None)], spec, chart)
    middle = centres(chart.fit.low, chart.fit.high, (4, 5))[7]
    assert aimed.genome.steering == Steering(
        axes="a" * 64, encoder="planted", toward=Toward(target=tuple(middle.tolist()), strength=0.1, start=0.3)
    )
    assert free.genome == GENOME


def test_all_pictures_keep_apart_by_two_cells_and_stay_away(chart: Chart) -> None:
    spec = replace(SPEC, spread=0.2, avoid=" frames ", avoid_from=0.4)
    size = (chart.fit.high - chart.fit.low) / (4, 5)
    for proposal in steered([Proposal(genome=GENOME, emitter="t", target=t) for t in (7, None)], spec, chart):
        assert proposal.genome.steering == Steering(
            axes="a" * 64, encoder="planted", apart=Apart(radius=pytest.approx(2 * size.mean()), strength=0.2),
            avoid=Avoid(text="frames", start=0.4),
        )  # fmt: skip


def test_before_there_is_a_map_words_alone_are_avoided() -> None:
    spec = replace(SPEC, pull=0.1, spread=0.1, avoid="frames")
    assert wished(spec, 3, None) == Steering(avoid=Avoid(text="frames", start=0.5))
    assert wished(replace(spec, avoid=""), 3, None) is None


def test_a_generator_that_cannot_be_steered_is_named_before_anything_is_drawn() -> None:
    wish = replace(GENOME, steering=Steering(avoid=Avoid(text="frames")))
    check_steered(PlantedGenerator(), [GENOME])
    with pytest.raises(InvalidInput, match=r"planted.* cannot be steered while it draws"):
        check_steered(PlantedGenerator(), [GENOME, wish])
