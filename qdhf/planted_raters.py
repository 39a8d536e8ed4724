"""Groups of simulated raters who see different things in the same pictures. For tests, benchmarks and demos only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.planted import HUMAN, PlantedWorld, answered, judge, random_triplets
from qdhf.types import FloatArray, IntArray, Judgment, NewQuestion, StudyMatrix


@dataclass(frozen=True, kw_only=True)
class PlantedGroups:
    """World P with two more quiet axes (standard deviation 1) per further group: each group judges by axes of its own.

    ``seen``: (n, 2) per group; ``features``: (n, d) float32; ``group``: (raters,) the group of each rater.
    """

    seen: tuple[FloatArray, ...]
    features: FloatArray
    group: IntArray

    @staticmethod
    def make(sizes: Sequence[int], n: int = 300, d: int = 64, *, rng: np.random.Generator) -> PlantedGroups:
        """Groups of ``sizes`` raters over ``n`` items. Raises InvalidInput without groups or with an empty one."""
        if not sizes or min(sizes) < 1:
            raise InvalidInput(f"Groups need at least one rater each; got sizes {list(sizes)}.")
        more = HUMAN * (len(sizes) - 1)
        world = PlantedWorld.make(n, d - more, rng=rng)
        others = rng.normal(size=(n, more))
        mix, _ = np.linalg.qr(rng.normal(size=(d, d)))
        features = (np.concatenate([world.features, others], axis=1) @ mix).astype(np.float32)
        seen = (world.human, *np.split(others, len(sizes) - 1, axis=1)) if more else (world.human,)
        return PlantedGroups(seen=seen, features=features, group=np.repeat(np.arange(len(sizes)), sizes))

    @property
    def raters(self) -> tuple[str, ...]:
        return tuple(f"rater{i:02d}" for i in range(len(self.group)))

    def matrix(self) -> StudyMatrix:
        n = len(self.features)
        return StudyMatrix(
            ids=tuple(f"item{i:06d}" for i in range(n)), positions=np.arange(n), features=self.features,
            quality=np.zeros(n, np.float32),
        )  # fmt: skip

    def judgments(
        self, each: int, *, rng: np.random.Generator, flip: float = 0.0, near_ties: bool = False
    ) -> list[Judgment]:
        """``each`` answers per rater to random questions of their own; noise as in :func:`qdhf.planted.judge`."""
        ids, made = self.matrix().ids, []
        for rater, group in zip(self.raters, self.group.tolist(), strict=True):
            items = random_triplets(len(ids), each, rng)
            told = judge(self.seen[group], items, rng=rng, flip=flip, near_ties=near_ties)
            for number, ((r, a, b), value) in enumerate(zip(items.tolist(), told.tolist(), strict=True)):
                question = NewQuestion(
                    reference=ids[r], a=ids[a], b=ids[b], left="a" if rng.random() < 0.5 else "b", strategy="random"
                )
                made.append(answered(question, "a" if value > 0.5 else "b", number, rater=rater))
        return made
