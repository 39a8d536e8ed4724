"""The planted generator: its latents mean what it says."""

from __future__ import annotations

import numpy as np

from qdhf.generators.planted import SHAPE, PlantedGenerator, draw, factors
from qdhf.types import Genome


def test_factors_of_gaussian_latents_are_standard_normal_and_independent() -> None:
    generator = PlantedGenerator()
    values = np.stack([factors(generator.latents(Genome(prompt="", seed=s))) for s in range(2000)])
    assert abs(values.mean(0)).max() < 0.1
    np.testing.assert_allclose(np.cov(values.T), np.eye(4), atol=0.12)


def test_each_factor_moves_its_own_property() -> None:
    def shape(values: list[float]) -> tuple[float, float, int]:
        picture = draw(np.array(values), "cat", 64, 64).astype(int)
        rows, columns = np.nonzero(np.abs(picture - picture[0, 0]).sum(2) > 60)
        return float(columns.mean()), float(rows.mean()), len(rows)

    x, y, area = shape([0, 0, 0, 0])
    right, down, larger = shape([1, 0, 0, 0]), shape([0, 1, 0, 0]), shape([0, 0, 1, 0])
    assert right[0] > x + 8
    assert abs(right[1] - y) < 0.5
    assert down[1] > y + 8
    assert larger[2] > 1.5 * area
    hues = [draw(np.array([0, 0, 0, hue]), "cat", 64, 64)[32, 32].tolist() for hue in (-2, 0, 2)]
    assert len({tuple(hue) for hue in hues}) == 3


def test_its_latents_have_the_shape_it_says() -> None:
    assert PlantedGenerator().latent_shape == SHAPE == PlantedGenerator().latents(Genome(prompt="", seed=1)).shape
