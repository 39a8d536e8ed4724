"""The sampler against posteriors and evidences that are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.descriptors.sampling import Density, Effort, go_on, pooled, sample
from qdhf.types import FloatArray

EFFORT = Effort(draws=400, islands=2, moves=6, last=12)


def normal(at: float, width: float) -> Density:
    """The likelihood of one observation ``at`` per coordinate, with noise ``width``."""

    def density(u: FloatArray) -> tuple[FloatArray, FloatArray]:
        gap = (at - u) / width
        value = -0.5 * (gap**2).sum(axis=1) - u.shape[1] * np.log(width * np.sqrt(2 * np.pi))
        return value, gap / width

    return density


@pytest.mark.parametrize("width", [2.0, 0.5, 0.1])
def test_a_normal_posterior_has_its_mean_its_width_and_its_evidence(width: float) -> None:
    drawn = sample(normal(1.5, width), 4, rng=np.random.default_rng(0), effort=EFFORT)
    precision = 1 + 1 / width**2
    assert drawn.u.mean() == pytest.approx(1.5 / width**2 / precision, abs=0.08)
    assert drawn.u.std(axis=0).mean() == pytest.approx(precision**-0.5, rel=0.15)
    total = 1 + width**2  # variance of an observation
    evidence = 4 * (-0.5 * 1.5**2 / total - 0.5 * np.log(2 * np.pi * total))
    assert drawn.log_evidence == pytest.approx(evidence, abs=0.5)


def test_both_modes_of_a_mirrored_posterior_are_found() -> None:
    def density(u: FloatArray) -> tuple[FloatArray, FloatArray]:
        square = u**2
        return -8 * ((square - 2) ** 2).sum(axis=1), -32 * (square - 2) * u

    drawn = sample(density, 1, rng=np.random.default_rng(0), effort=EFFORT)
    assert np.abs(drawn.u).min() > 0.8
    assert 0.3 < (drawn.u > 0).mean() < 0.7


def test_going_on_with_new_answers_ends_where_all_at_once_ends() -> None:
    first, second = normal(1.0, 0.6), normal(2.0, 0.8)

    def both(u: FloatArray) -> tuple[FloatArray, FloatArray]:
        (one, by_one), (two, by_two) = first(u), second(u)
        return one + two, by_one + by_two

    rng = np.random.default_rng(0)
    begun = sample(first, 3, rng=rng, effort=EFFORT)
    more = go_on(second, begun, first, rng=rng, effort=EFFORT)
    at_once = sample(both, 3, rng=rng, effort=EFFORT)
    assert more.u.mean() == pytest.approx(at_once.u.mean(), abs=0.06)
    assert more.u.std() == pytest.approx(at_once.u.std(), rel=0.15)
    assert more.log_evidence == pytest.approx(at_once.log_evidence, abs=0.6)


def test_the_same_seed_draws_the_same() -> None:
    one, two = (sample(normal(0.5, 0.5), 3, rng=np.random.default_rng(7), effort=Effort()) for _ in range(2))
    assert (one.u == two.u).all()
    assert one.log_evidence == two.log_evidence


def test_an_island_in_the_lesser_of_two_modes_counts_less() -> None:
    def density(u: FloatArray) -> tuple[FloatArray, FloatArray]:
        far, near = -50 * (u - 2) ** 2, -50 * (u + 2) ** 2 - 6
        share = 1 / (1 + np.exp(np.clip(near - far, -500, 500)))
        return np.logaddexp(far, near)[:, 0], -100 * (share * (u - 2) + (1 - share) * (u + 2))

    drawn = sample(density, 1, rng=np.random.default_rng(0), effort=Effort(draws=2, islands=40))
    lesser = drawn.u[:, 0] < 0
    assert lesser.any()
    assert drawn.share[lesser].sum() < lesser.mean() - 0.15
    assert drawn.share.sum() == pytest.approx(1)


def test_pooled_islands_are_weighed_together() -> None:
    rng = np.random.default_rng(0)
    one, two = (sample(normal(0.5, 0.5), 3, rng=rng, effort=Effort(islands=2)) for _ in range(2))
    both = pooled(one, two)
    assert len(both.u) == len(one.u) + len(two.u)
    assert len(both.islands) == 4
    assert both.share.sum() == pytest.approx(1)
    best = max(both.islands, key=lambda island: island.log_evidence)
    heaviest = both.u[int(np.argmax(both.share))]
    assert any((row == heaviest).all() for row in best.u)
