"""Where the axes of the arm's map come from: the truth, the published recipe, ours."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from benchmarks.arm_search import JOINTS, REACH, Arms, Asked, Search, random_arms
from qdhf.descriptors.alignment import align
from qdhf.descriptors.as_published import fit_as_published
from qdhf.descriptors.fitting import Learned, fit_projection
from qdhf.descriptors.posterior import settle
from qdhf.descriptors.projection import initial_bounds, pca_projection, tidy
from qdhf.judgments.informative import by_information
from qdhf.judgments.pool import POOL_ITEMS, spread_out, triplets_of
from qdhf.types import FloatArray, IntArray

STEP = 5  # answers between two refits while a round of questions goes on
GROW = 20  # iterations between two looks at our bounds

Bounds = tuple[FloatArray, FloatArray]


class Method(Protocol):
    def learn(self, search: Search, answers: int) -> None:
        """Ask ``answers`` questions, learn axes from all answers so far and place arms on them."""

    def wider(self, search: Search, new: IntArray, iteration: int) -> tuple[IntArray, Bounds] | None:
        """(rows to place anew, wider bounds) where the arms ``new`` call for it."""


def around(places: FloatArray) -> Bounds:
    return places.min(axis=0), places.max(axis=0)


class TrueAxes:
    """Arms placed where they end: the most that axes can give."""

    def learn(self, search: Search, answers: int) -> None:
        weights = np.kron(np.eye(2), np.ones(JOINTS))  # sums of cosines and of sines
        search.place(tidy(weights, np.zeros(2 * JOINTS), 1.0), search.elites, -REACH, REACH)

    def wider(self, search: Search, new: IntArray, iteration: int) -> None:
        return None


class AsPublished:
    """The released recipe: at each round a new projection from scratch, the elites alone placed on it, their extremes
    its bounds. Questions are about new random arms first, then about elites drawn with replacement. ``growing``: bounds
    follow every arm that falls outside (the flag ``incre_bounds``, which the authors' own script leaves off)."""

    def __init__(self, asked: Asked, rng: np.random.Generator, *, growing: bool = False) -> None:
        self._asked, self._rng, self._growing = asked, rng, growing

    def learn(self, search: Search, answers: int) -> None:
        elites = search.elites
        if not len(self._asked.triplets):
            shown, questions = random_arms(3 * answers, self._rng), np.arange(3 * answers).reshape(-1, 3)
        else:
            shown, questions = search.arms[elites], self._rng.integers(0, len(elites), (answers, 3))
        self._asked.ask(shown, questions)
        projection = fit_as_published(self._asked.arms.features, self._asked.triplets, rng=self._rng)
        search.place(projection, elites, *around(projection(search.arms.features[elites])))

    def wider(self, search: Search, new: IntArray, iteration: int) -> tuple[IntArray, Bounds] | None:
        low, high = around(search.places(new))
        if not self._growing or ((low >= search.low) & (high <= search.high)).all():
            return None
        rows = np.concatenate([search.elites, new])
        return rows, (np.minimum(low, search.low), np.maximum(high, search.high))


class Ours:
    """The product's learner and questions: the prior is what varies most among the current elites, questions are those
    that tell most about the map, every arm ever made is placed anew at each fit, and bounds only ever grow."""

    def __init__(self, asked: Asked, rng: np.random.Generator) -> None:
        self._asked, self._rng = asked, rng
        self._learned: Learned | None = None

    def learn(self, search: Search, answers: int) -> None:
        elites, first = search.arms[search.elites], self._learned is None
        step = max(STEP, answers // 8)
        for done in range(0, answers, step):
            self._ask(elites, min(step, answers - done))
            self._learned = self._fit(elites)
        assert self._learned is not None
        projection = self._learned.projection
        if not first:
            projection = align(projection, search.projection, search.arms.features)
        places = projection(search.arms.features)
        search.place(projection, np.arange(len(search.arms)), *(initial_bounds(places) if first else around(places)))

    def _ask(self, elites: Arms, n: int) -> None:
        known = self._learned
        projection = known.projection if known else pca_projection(elites.features)
        shown = elites[spread_out(projection(elites.features), POOL_ITEMS, self._rng)]
        questions = triplets_of(np.arange(len(shown)), self._rng)
        if known:
            draws = settle(known.draws, projection, shown.features)
            questions = questions[by_information(draws, shown.features, questions, n)]
        self._asked.ask(shown, questions[:n])

    def _fit(self, elites: Arms) -> Learned:
        features = (self._asked.arms + elites).features
        return fit_projection(features, self._asked.triplets, prior=pca_projection(elites.features), rng=self._rng)

    def wider(self, search: Search, new: IntArray, iteration: int) -> tuple[IntArray, Bounds] | None:
        if iteration % GROW:
            return None
        low, high = around(search.places(slice(None)))
        if ((low >= search.low) & (high <= search.high)).all():
            return None
        return np.arange(len(search.arms)), (np.minimum(low, search.low), np.maximum(high, search.high))
