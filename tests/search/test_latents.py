"""Steps that keep Gaussian latents Gaussian."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.search.latents import gaussian, slerp, spherical_step, to_shell


def pair(size: int = 16_384) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return gaussian((size,), rng), gaussian((size,), rng)


def test_a_step_is_the_weighted_sum() -> None:
    found = spherical_step(np.array([1.0, 0.0]), 0.6, np.array([0.0, 1.0]))
    np.testing.assert_allclose(found, [0.8, 0.6])


def test_many_steps_keep_mean_and_variance_where_addition_inflates_them() -> None:
    rng = np.random.default_rng(0)
    z = added = gaussian((50_000,), rng)
    for _ in range(30):
        eps = gaussian(z.shape, rng)
        z, added = spherical_step(z, 0.4, eps), added + 0.4 * eps
    assert z.mean() == pytest.approx(0, abs=0.02)
    assert z.var() == pytest.approx(1, abs=0.03)
    assert added.var() > 4
    assert z.dtype == np.float32


def test_no_step_and_a_whole_step() -> None:
    z, eps = pair(8)
    np.testing.assert_array_equal(spherical_step(z, 0.0, eps), z)
    np.testing.assert_array_equal(spherical_step(z, 1.0, eps), eps)


def test_slerp_keeps_the_length_that_lerp_shrinks() -> None:
    z1, z2 = pair()
    z1, z2 = to_shell(z1), to_shell(z2)
    assert np.linalg.norm(slerp(z1, z2, 0.5)) == pytest.approx(np.sqrt(z1.size), rel=1e-5)
    assert np.linalg.norm((z1 + z2) / 2) < 0.8 * np.sqrt(z1.size)
    assert np.mean(slerp(z1, z2, 0.3) ** 2) == pytest.approx(1, abs=1e-4)


def test_slerp_ends_where_it_should() -> None:
    z1, z2 = pair(64)
    np.testing.assert_allclose(slerp(z1, z2, 0.0), z1, rtol=1e-5)
    np.testing.assert_allclose(slerp(z1, z2, 1.0), z2, rtol=1e-5)


@pytest.mark.parametrize("other", [np.array([2.0, 0.0]), np.array([-1.0, 0.0]), np.zeros(2)])
def test_latents_without_an_arc_are_joined_by_a_line(other: np.ndarray) -> None:
    z = np.array([1.0, 0.0])
    np.testing.assert_allclose(slerp(z, other, 0.25), 0.75 * z + 0.25 * other)


def test_the_shell_has_the_length_of_gaussian_latents() -> None:
    assert np.linalg.norm(to_shell(np.full((4, 8, 8), 7.0))) == pytest.approx(16.0)


def test_values_that_cannot_be_are_refused() -> None:
    z, eps = pair(4)
    with pytest.raises(InvalidInput, match="sigma must lie between 0 and 1; got"):
        spherical_step(z, 1.5, eps)
    with pytest.raises(InvalidInput, match="t must lie between 0 and 1"):
        slerp(z, eps, -0.1)
    with pytest.raises(InvalidInput, match=r"one shape; got \(4,\) and \(3,\)"):
        spherical_step(z, 0.5, eps[:3])
    with pytest.raises(InvalidInput, match="length above 0"):
        to_shell(np.zeros(3))
