"""A world with known human axes, and simulated judges. For tests, benchmarks and demos only.

World P: features mix two axes that judges see (standard deviation 1), six louder ones that they do not (2) and noise
(0.1) by a random rotation, so that the widest directions of the features are the wrong ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.types import Answer, FloatArray, IntArray, Judgment, NewQuestion, Strategy, StudyMatrix, Triplets

HUMAN, NUISANCE = 2, 6
STEEPNESS, MOST_ERRORS = 17.55, 0.0707  # of a curve fitted to how often people are right
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def random_triplets(n: int, m: int, rng: np.random.Generator) -> IntArray:
    """(m, 3) rows of distinct items out of ``n``. Raises NotEnoughItems for n < 3."""
    if n < 3:
        raise NotEnoughItems(f"Triplets need at least 3 items; got {n}.")
    return np.argsort(rng.random((m, min(n, 64))), axis=1)[:, :3] if n <= 64 else _distinct(n, m, rng)


def _distinct(n: int, m: int, rng: np.random.Generator) -> IntArray:
    found = rng.integers(0, n, (m, 3))
    while len(bad := np.flatnonzero((found == np.roll(found, 1, axis=1)).any(axis=1))):
        found[bad] = rng.integers(0, n, (len(bad), 3))
    return found


@dataclass(frozen=True, kw_only=True)
class PlantedWorld:
    """``human``: (n, 2) what judges see; ``features``: (n, d) float32; ``quality``: (n,) float32 in [0, 1]."""

    human: FloatArray
    features: FloatArray
    quality: FloatArray

    @staticmethod
    def make(n: int = 300, d: int = 64, *, rng: np.random.Generator) -> PlantedWorld:
        """World P. Raises InvalidInput where ``d`` cannot hold its axes."""
        if d < HUMAN + NUISANCE:
            raise InvalidInput(f"The planted world needs at least {HUMAN + NUISANCE} feature dimensions; got {d}.")
        human = rng.normal(size=(n, HUMAN))
        loud = 2.0 * rng.normal(size=(n, NUISANCE))
        noise = 0.1 * rng.normal(size=(n, d - HUMAN - NUISANCE))
        mix, _ = np.linalg.qr(rng.normal(size=(d, d)))
        features = np.concatenate([human, loud, noise], axis=1) @ mix
        return PlantedWorld(human=human, features=features.astype(np.float32), quality=rng.random(n).astype(np.float32))

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(f"item{i:06d}" for i in range(len(self.human)))

    def matrix(self) -> StudyMatrix:
        n = len(self.human)
        return StudyMatrix(ids=self.ids, positions=np.arange(n), features=self.features, quality=self.quality)

    def triplets(self, m: int, *, rng: np.random.Generator, flip: float = 0.0) -> Triplets:
        """``m`` answers to random questions, a share ``flip`` of them wrong."""
        items = random_triplets(len(self.human), m, rng)
        return Triplets(items=items, target=judge(self.human, items, rng=rng, flip=flip), rater=np.zeros(m, np.int64))

    def judgments(
        self, m: int, *, rng: np.random.Generator, strategy: Strategy = "informative", flip: float = 0.0
    ) -> list[Judgment]:
        """``m`` answers to random questions as judgments, all labelled ``strategy``."""
        made, ids = self.triplets(m, rng=rng, flip=flip), self.ids
        lefts = np.where(rng.random(m) < 0.5, "a", "b").tolist()
        questions = [
            NewQuestion(reference=ids[r], a=ids[a], b=ids[b], left=left, strategy=strategy)
            for (r, a, b), left in zip(made.items, lefts, strict=True)
        ]
        told = np.where(made.target > 0.5, "a", "b").tolist()
        return [answered(q, closer, i) for i, (q, closer) in enumerate(zip(questions, told, strict=True))]

    def answer(self, question: NewQuestion, *, rng: np.random.Generator, flip: float = 0.0) -> Answer:
        """A judge's answer to one question."""
        row = {item: i for i, item in enumerate(self.ids)}
        items = np.array([[row[question.reference], row[question.a], row[question.b]]])
        return "a" if judge(self.human, items, rng=rng, flip=flip)[0] > 0.5 else "b"


def judge(
    human: FloatArray, items: IntArray, *, rng: np.random.Generator, flip: float = 0.0, near_ties: bool = False
) -> FloatArray:
    """(m,) float32 answers about ``items`` (m, 3) rows of ``human``: 1 where a is said to be closer, else 0.

    A share ``flip`` of them, drawn at random, is wrong. With ``near_ties`` errors come as people's do: the chance to be
    right rises with r = farther / (nearer + farther), from a half at equal distances to 0.93 for the clearest.
    """
    r, a, b = (human[items[:, i]] for i in range(3))
    to_a, to_b = np.linalg.norm(r - a, axis=1), np.linalg.norm(r - b, axis=1)
    wrong = rng.random(len(items)) < flip
    if near_ties:
        ratio = np.maximum(to_a, to_b) / np.maximum(to_a + to_b, 1e-12)
        sure = 1 / (1 + np.exp(-STEEPNESS * (ratio - 0.5)))
        wrong ^= rng.random(len(items)) > (1 - 2 * MOST_ERRORS) * (sure - 0.5) + 0.5
    answers: FloatArray = ((to_a < to_b) ^ wrong).astype(np.float32)
    return answers


def answered(
    question: NewQuestion, closer: Answer, number: int, *, rater: str = "rater", study: str = "study"
) -> Judgment:
    """``question`` as the ``number``-th answer of a rater, with ids and a time that follow from the number."""
    return Judgment(
        id=f"{rater}-{number:08d}", event_id=f"event-{rater}-{number}", study_id=study,
        question_id=f"question-{rater}-{number}", rater_id=rater, reference=question.reference, a=question.a,
        b=question.b, left=question.left, closer=closer, strategy=question.strategy, repeat_of=question.repeat_of,
        response_ms=2000, created_at=EPOCH + timedelta(seconds=2 * number),
    )  # fmt: skip
