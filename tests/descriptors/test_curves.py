"""Accuracy after fewer answers, overall and by stratum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qdhf.descriptors.curves import Measured, measure
from qdhf.judgments.budget import fit_curve
from qdhf.planted import PlantedWorld
from qdhf.types import Answers, Judgment, Projection

SEEN = 15  # answers after which the planted learner knows the axes


def measured(world: PlantedWorld, judgments: Sequence[Judgment], sizes: list[int], strata: dict[str, str]) -> Measured:
    true = np.linalg.lstsq(world.features, world.human, rcond=None)[0].T
    wrong = np.random.default_rng(0).normal(size=true.shape)

    def fit(answers: Answers) -> Projection:
        sizes.append(len(answers))
        return Projection(weights=true if len(answers) >= SEEN else wrong, mean=np.zeros(64), scale=1.0)

    return measure(world.matrix(), judgments, fit, stratum_of=strata, rng=np.random.default_rng(1))


def test_parts_of_the_answers_train_and_all_others_test() -> None:
    world = PlantedWorld.make(rng=np.random.default_rng(0))
    rng = np.random.default_rng(2)
    judgments = world.judgments(50, rng=rng) + world.judgments(10, rng=rng, strategy="random")
    sizes: list[int] = []
    strata = {item: "odd" if i % 2 else "even" for i, item in enumerate(world.ids)}
    found = measured(world, judgments, sizes, strata)
    assert sizes == [10, 10, 20, 20, 30, 30, 40, 40]
    assert [p.tests for p in found.overall] == [60 - n for n in sizes]
    errors = {p.answers: p.error for p in found.overall}
    assert errors[10] > 0.2
    assert errors[20] == errors[40] == 0
    assert sum(found.have.values()) == 50
    assert set(found.strata) == {"odd", "even"}
    for one, other in zip(*found.strata.values(), strict=True):
        assert one.answers + other.answers in sizes
    assert fit_curve(found.overall) is not None


def test_what_was_asked_in_training_is_never_a_test_and_skips_count_nowhere() -> None:
    world = PlantedWorld.make(rng=np.random.default_rng(0))
    one = world.judgments(1, rng=np.random.default_rng(2))[0]
    same = [one] * 40
    sizes: list[int] = []
    assert measured(world, same, sizes, {}).overall == []
    assert sizes
    assert measured(world, [], [], {}).overall == []
