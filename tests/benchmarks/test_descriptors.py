"""The comparison of learners, in small; and on what people said, so that no change makes it worse unseen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.descriptors import Data, accuracy, fit, folder, lee, measure, planted
from qdhf.descriptors.as_published import fit_as_published
from qdhf.descriptors.projection import pca_projection


@pytest.fixture(scope="module")
def texts() -> Data:
    return lee()


def test_the_texts_hold_what_people_said(texts: Data) -> None:
    assert texts.features.shape == (50, 50)
    assert np.linalg.norm(texts.features, axis=1) == pytest.approx(np.ones(50))
    assert len(texts.tests) > 5000
    asked = texts.ask(500, np.random.default_rng(0))
    assert set(np.unique(asked.target).tolist()) == {0.0, 1.0}
    rows = {tuple(row) for row in texts.tests.tolist()}
    told = np.where(asked.target[:, None] > 0.5, asked.items, asked.items[:, [0, 2, 1]])
    assert not rows & {tuple(row) for row in told.tolist()}  # tests are never asked


def test_100_answers_of_people_teach_more_than_the_published_recipe_learns(texts: Data) -> None:
    ours, published = [], []
    for seed in range(2):
        answers = texts.ask(100, np.random.default_rng(seed))
        ours.append(accuracy(fit(texts, answers, pca_projection(texts.features), seed).projection, texts))
        recipe = fit_as_published(texts.features, answers, rng=np.random.default_rng(seed))
        published.append(accuracy(recipe, texts))
    assert np.mean(ours) >= 0.74  # .78 measured; .60 without answers
    assert np.mean(ours) > np.mean(published) + 0.08


def test_every_method_is_measured_at_every_number_of_answers() -> None:
    found = measure(planted, (12, 25), 1)
    assert found.keys() == {"pca", "ours_random", "ours_active", "as_published"}
    assert found["ours_random"].keys() == found["ours_active"].keys() == {"12", "25"}
    assert all(0.3 < mean < 1 and sd == 0 for by_n in found.values() for mean, sd in by_n.values())
    assert json.loads(json.dumps(found)) == found


def test_judges_err_in_what_they_are_told_but_not_in_the_tests() -> None:
    world = planted(0, flip=0.2)
    same = (world.tests == world.told).all(axis=1).mean()
    assert same == pytest.approx(0.8, abs=0.02)


def test_a_folder_of_triplets_is_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "features.npy", rng.normal(size=(30, 6)))
    rows = np.array([rng.permutation(30)[:3] for _ in range(300)])
    np.savetxt(tmp_path / "triplets.csv", rows, "%d", ",", header="reference,nearer,farther", comments="")
    found = folder(tmp_path)
    assert found.features.shape == (30, 6)
    assert len(found.tests) == 100
