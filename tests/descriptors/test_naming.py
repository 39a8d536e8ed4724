"""Names for axes, from words that lie in the same space as the items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from qdhf.descriptors.naming import CLEAR, OPPOSITES, suggest, vocabulary
from qdhf.types import FloatArray


class PlantedWords:
    """Every word of the vocabulary has a direction of its own; items are given in the same coordinates."""

    caution = ""

    def __init__(self, prompts: Sequence[str] = ()) -> None:
        known = [word for _, *ends in vocabulary(prompts) for word in ends]
        self._row = {word: i for i, word in enumerate(dict.fromkeys(known))}

    def items(self, features: FloatArray) -> FloatArray:
        return features

    def words(self, texts: Sequence[str]) -> FloatArray:
        return np.eye(len(self._row))[[self._row[t] for t in texts]]

    def made_of(self, weights: dict[str, FloatArray]) -> FloatArray:
        found = 0.01 * np.random.default_rng(0).normal(size=(len(next(iter(weights.values()))), len(self._row)))
        for word, values in weights.items():
            found[:, self._row[word]] += values
        return found


def test_the_contrast_that_runs_along_an_axis_names_it_ends_in_order() -> None:
    space, rng = PlantedWords(), np.random.default_rng(1)
    happy, round_ = rng.normal(size=(2, 200))
    features = space.made_of({"happy": happy, "round": round_})
    found = suggest(features, np.stack([happy, -round_], axis=1), space)
    assert [(f[0].name, f[0].low, f[0].high) for f in found] == [
        ("Mood", "sad", "happy"),
        ("Shape", "round", "angular"),
    ]
    assert all(f[0].correlation == pytest.approx(1, abs=0.01) for f in found)


def test_words_that_do_not_follow_an_axis_are_not_suggested() -> None:
    space, rng = PlantedWords(), np.random.default_rng(1)
    features = space.made_of({"happy": rng.normal(size=500)})
    assert suggest(features, rng.normal(size=(500, 1)), space) == [[]]
    assert CLEAR > 0.2


def test_a_study_s_own_prompts_are_tried_against_each_other() -> None:
    prompts = ("cat face", "lion", " lion ", "")
    space, rng = PlantedWords(prompts), np.random.default_rng(1)
    lion = rng.normal(size=200)
    found = suggest(space.made_of({"lion": lion}), lion[:, None], space, prompts)
    assert (found[0][0].name, found[0][0].low, found[0][0].high) == ("Subject", "cat face", "lion")


def test_an_axis_on_which_nothing_varies_gets_no_name() -> None:
    space = PlantedWords()
    features = space.made_of({"happy": np.random.default_rng(1).normal(size=50)})
    assert suggest(features, np.zeros((50, 1)), space) == [[]]


def test_names_fit_what_an_axis_may_be_called_and_no_pair_comes_twice() -> None:
    assert all(0 < len(text) <= 60 for pair in vocabulary(["x" * 500, "y" * 500]) for text in pair)
    assert len({frozenset(ends) for _, *ends in OPPOSITES}) == len(OPPOSITES)
