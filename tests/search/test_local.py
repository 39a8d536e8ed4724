"""The step that a linear model leads to."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.search.local import step_toward


def slopes_and_start(size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    z = rng.normal(size=size)
    return rng.normal(size=(2, size)) / np.sqrt(size), z * np.sqrt(size) / np.linalg.norm(z)


def test_a_step_lands_on_the_target_and_on_the_shell() -> None:
    slopes, z = slopes_and_start()
    shift = np.array([0.5, -0.3])
    moved = step_toward(z, shift, slopes, trust=8.0)
    np.testing.assert_allclose(slopes @ (moved - z), shift, atol=1e-9)
    assert np.linalg.norm(moved) == pytest.approx(8.0)


def test_a_step_is_no_longer_than_trusted() -> None:
    slopes, z = slopes_and_start()
    far = step_toward(z, np.array([100.0, 0.0]), slopes, trust=1.0)
    basis = np.linalg.svd(slopes, full_matrices=False)[2]
    assert np.linalg.norm(basis @ (far - z)) == pytest.approx(1.0)


def test_an_axis_that_nothing_steers_makes_no_trouble() -> None:
    slopes, z = slopes_and_start()
    slopes[1] = 0
    moved = step_toward(z, np.array([0.5, 3.0]), slopes, trust=8.0)
    assert slopes[0] @ (moved - z) == pytest.approx(0.5)
    np.testing.assert_allclose(step_toward(z, np.ones(2), np.zeros((2, 64)), trust=8.0), z)
