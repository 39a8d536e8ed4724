"""The local linear model, and the step it leads to."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.search.local import fit_local, step_toward


def linear(n: int, size: int, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    slopes, z = rng.normal(size=(2, size)) / np.sqrt(size), rng.normal(size=(n, size))
    return slopes, z, z @ slopes.T + 3.0 + noise * rng.normal(size=(n, 2))


def test_a_linear_map_is_found_exactly() -> None:
    slopes, z, y = linear(100, 10)
    model = fit_local(z, y)
    assert model is not None
    np.testing.assert_allclose(model.slopes, slopes, atol=2e-3)
    assert model.explained == pytest.approx(1, abs=1e-3)


def test_longer_latents_than_items_still_show_the_way() -> None:
    slopes, z, y = linear(300, 2000, noise=0.1)
    model = fit_local(z, y)
    assert model is not None
    assert 0 < model.explained < 0.5
    cosine = (model.slopes * slopes).sum(axis=1) / np.linalg.norm(model.slopes, axis=1) / np.linalg.norm(slopes, axis=1)
    assert (cosine > 0.25).all()  # n / D = 0.15: about √0.15 is what can be seen


def test_a_step_goes_as_far_as_asked_on_average() -> None:
    slopes, z, y = linear(300, 1000)
    model = fit_local(z, y)
    assert model is not None
    gone = [slopes @ (step_toward(z[i], np.array([0.8, 0.0]), model, trust=20.0) - z[i]) for i in range(50)]
    assert np.mean(gone, axis=0)[0] == pytest.approx(0.8, abs=0.25)


def test_noise_explains_nothing() -> None:
    rng = np.random.default_rng(0)
    model = fit_local(rng.normal(size=(60, 500)), rng.normal(size=(60, 2)))
    assert model is not None
    assert model.explained < 0.05


def test_too_few_items_make_no_model() -> None:
    assert fit_local(np.zeros((7, 4)), np.zeros((7, 2))) is None


def test_items_on_one_place_make_no_trouble() -> None:
    model = fit_local(np.random.default_rng(0).normal(size=(9, 4)), np.ones((9, 2)))
    assert model is not None
    assert np.isfinite(step_toward(np.ones(4), np.ones(2), model, trust=1.0)).all()


def test_a_step_lands_on_the_target_and_on_the_shell() -> None:
    slopes, z, y = linear(100, 64)
    model = fit_local(z, y)
    assert model is not None
    start, shift = z[0], np.array([0.5, -0.3])
    moved = step_toward(start, shift, model, trust=8.0)
    np.testing.assert_allclose(slopes @ (moved - start), shift, atol=0.01)
    assert np.linalg.norm(moved) == pytest.approx(8.0)


def test_a_step_is_no_longer_than_trusted() -> None:
    _, z, y = linear(100, 64)
    model = fit_local(z, y)
    assert model is not None
    far = step_toward(z[0], np.array([100.0, 0.0]), model, trust=1.0)
    basis = np.linalg.svd(model.slopes, full_matrices=False)[2]
    assert np.linalg.norm(basis @ (far - z[0])) == pytest.approx(1.0)
