"""Where learning starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.descriptors.axes import LEAST_ELITES, starting_axes
from qdhf.descriptors.descriptor import learn
from qdhf.descriptors.projection import pca_projection
from qdhf.types import Fit, StudyMatrix


def crowd() -> tuple[StudyMatrix, Fit]:
    """60 items all over two axes, and 2,000 more that a search made of one of them, different along a third axis alone."""
    rng = np.random.default_rng(0)
    wide = np.zeros((60, 5))
    wide[:, :2] = rng.uniform(-1, 1, (60, 2))
    alike = np.tile(wide[:1], (2000, 1))
    alike[:, 2] = rng.normal(size=2000)
    features = np.concatenate([wide, alike]).astype(np.float32)
    quality = np.concatenate([np.ones(60), np.full(2000, 0.5)]).astype(np.float32)
    n = len(features)
    matrix = StudyMatrix(ids=tuple(map(str, range(n))), positions=np.arange(n), features=features, quality=quality)
    first = StudyMatrix(ids=matrix.ids[:60], positions=np.arange(60), features=features[:60], quality=quality[:60])
    fit = learn(first, [], None, encoder="planted", study_id="s", key="k", seed=0)
    return matrix, fit


def test_learning_starts_from_what_varies_among_elites_not_among_everything_ever_made() -> None:
    matrix, fit = crowd()
    everything = pca_projection(matrix.features)
    assert np.abs(everything.weights[0, 2]) > 0.99  # the axis that the search ran along
    start = starting_axes(matrix, fit, (20, 20))
    assert np.abs(start.weights[:, 2]).max() < 0.05


def test_without_a_map_or_with_few_elites_all_items_count() -> None:
    matrix, fit = crowd()
    everything = pca_projection(matrix.features)
    assert (starting_axes(matrix, None, (10, 10)).weights == everything.weights).all()
    assert LEAST_ELITES > 4
    assert (starting_axes(matrix, fit, (2, 2)).weights == everything.weights).all()
    bounds = replace(fit, low=fit.low[:1], high=fit.high[:1])
    assert (starting_axes(matrix, bounds, (10, 10)).weights == everything.weights).all()


def test_it_is_the_same_each_time() -> None:
    matrix, fit = crowd()
    assert starting_axes(matrix, fit, (20, 20)).weights == pytest.approx(starting_axes(matrix, fit, (20, 20)).weights)
