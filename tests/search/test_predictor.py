"""Predicting places and quality from latents and prompts."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.search.predictor import LEAST, POWERS, SHAPES, Kernel, alike, fit_predictor


def world(n: int, size: int = 64, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian latents, and two values that are linear in them."""
    rng = np.random.default_rng(seed)
    slopes = np.random.default_rng(9).normal(size=(2, size)) / np.sqrt(size)
    z = rng.normal(size=(n, size))
    return z, z @ slopes.T + np.array([3.0, -1.0])


def test_prompts_are_alike_by_the_words_they_share() -> None:
    found = alike(["a red cat", "A blue cat", "dog"])
    assert np.diag(found).tolist() == [1, 1, 1]
    assert found[0, 1] == found[1, 0] == 0.5 * 2 / 4
    assert found[0, 2] == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_kernels_are_covariances(shape: tuple[float, ...]) -> None:
    z, _ = world(40, 8)
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    likeness = alike(["a b", "a c"])[np.arange(40)[:, None] % 2, np.arange(40)[None] % 2]
    assert np.linalg.eigvalsh(Kernel(shape, 0.3)(unit @ unit.T, likeness)).min() > -1e-9
    assert sum(shape) == pytest.approx(1)


def test_the_slope_of_a_kernel_is_its_derivative() -> None:
    kernel, likeness = Kernel((0.1, 0.4, 0.3, 0.2), 0.3), np.array([[1.0, 0.25, 0.25]])
    c = np.array([[0.2, 0.7, -0.4]])
    numeric = (kernel(c + 1e-6, likeness) - kernel(c - 1e-6, likeness)) / 2e-6
    np.testing.assert_allclose(kernel.slope(c, likeness), numeric, rtol=1e-6)
    assert POWERS == (1, 2, 4, 8)


def test_linear_worlds_are_predicted_and_precision_says_how_well() -> None:
    z, y = world(200)
    found = fit_predictor(z, ["p"] * 200, y)
    assert found is not None
    new, truth = world(300, seed=1)
    mean, spread = found(new, ["p"] * 300)
    explained = 1 - ((mean - truth) ** 2).mean(axis=0) / truth.var(axis=0)
    assert (explained > 0.8).all()
    np.testing.assert_allclose(found.precision, explained, atol=0.1)
    assert (((mean - truth) / spread) ** 2).mean() == pytest.approx(1, abs=0.4)  # it knows how sure it may be


def test_slopes_are_how_predictions_change() -> None:
    z, y = world(80)
    found = fit_predictor(z, ["p"] * 80, y)
    assert found is not None
    start = z[3] * 8 / np.linalg.norm(z[3])
    step = np.random.default_rng(1).normal(size=64)
    step = 1e-3 * (step - start * (step @ start) / (start @ start))  # along the shell
    change = found((start + step)[None], ["p"])[0][0] - found((start - step)[None], ["p"])[0][0]
    np.testing.assert_allclose(2 * found.slopes(start, "p") @ step, change, rtol=0.02, atol=1e-6)


def test_what_lies_near_is_known_best() -> None:
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(60, 512)), rng.normal(size=(60, 1))  # nothing linear to be learned
    near = 0.95 * z + np.sqrt(1 - 0.95**2) * rng.normal(size=z.shape)
    found = fit_predictor(np.concatenate([z, near]), ["p"] * 120, np.concatenate([y, 0.9 * y]))
    assert found is not None
    mean, spread = found(np.concatenate([z, rng.normal(size=z.shape)]), ["p"] * 120)
    assert np.corrcoef(mean[:60, 0], y[:, 0])[0, 1] > 0.9
    assert spread[:60].mean() < 0.7 * spread[60:].mean()


def test_noise_is_not_predicted() -> None:
    rng = np.random.default_rng(0)
    found = fit_predictor(rng.normal(size=(100, 500)), ["p"] * 100, rng.normal(size=(100, 2)))
    assert found is not None
    assert (found.precision < 0.1).all()


def test_prompts_have_means_and_new_ones_those_of_their_words() -> None:
    rng = np.random.default_rng(0)
    prompts = ["red cat", "blue cat", "red dog", "blue dog"] * 20
    y = np.array([[3.0 if "cat" in p else -3.0] for p in prompts]) + 0.1 * rng.normal(size=(80, 1))
    z = rng.normal(size=(80, 32))
    found = fit_predictor(z, prompts, y)
    assert found is not None
    mean, spread = found(rng.normal(size=(3, 32)), ["red cat", "green cat", "green dog"])
    assert mean[0, 0] == pytest.approx(3, abs=0.2)
    assert mean[1, 0] > 0 > mean[2, 0]
    assert spread[1, 0] > 2 * spread[0, 0]


def test_predictions_do_not_depend_on_who_else_is_asked_about() -> None:
    z, y = world(50)
    found = fit_predictor(z, ["p", "q"] * 25, y)
    assert found is not None
    together = found(z[:4], ["p", "q", "new", "p"])[0]
    np.testing.assert_allclose(together[2:3], found(z[2:3], ["new"])[0], rtol=1e-6)


def test_too_few_items_predict_nothing_and_bad_ones_are_refused() -> None:
    z, y = world(LEAST)
    assert fit_predictor(z[:-1], ["p"] * (LEAST - 1), y[:-1]) is None
    assert fit_predictor(z, ["p"] * LEAST, np.ones((LEAST, 2))) is not None  # all on one place
    z[2, 0] = np.nan
    with pytest.raises(InvalidInput, match="latents must be finite; row 2"):
        fit_predictor(z, ["p"] * LEAST, y)
