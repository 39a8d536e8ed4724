"""The planar robotic arm of the QDHF paper, and a MAP-Elites search over its joint angles with pyribs.

Ding et al. 2024 (arXiv 2310.12103), section 4.1 and appendix B: ten joints with links of length 1, quality
100·(1 − variance of the angles), features the cosines and sines of the directions of the ten links. What a person would
see is where the arm ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from ribs.archives import GridArchive
from ribs.emitters import GaussianEmitter
from ribs.schedulers import Scheduler

from qdhf.search.archive import view_of
from qdhf.types import FloatArray, IntArray, Projection, Triplets

JOINTS, DIMS = 10, (50, 50)
FIRST, BATCH, SIGMA = 100, 100, 0.1  # first population, offspring an iteration, standard deviation of a step in radians
REACH = np.full(2, float(JOINTS))  # arms end in [−10, 10]²


@dataclass(frozen=True, kw_only=True)
class Arms:
    """n arms. ``angles`` (n, 10) in radians; ``quality`` (n,) at most 100; ``ends`` (n, 2) in lengths of a link;
    ``features`` (n, 20) in [−1, 1]."""

    angles: FloatArray
    quality: FloatArray
    ends: FloatArray
    features: FloatArray

    def __len__(self) -> int:
        return len(self.angles)

    def __getitem__(self, rows: IntArray | slice) -> Arms:
        return Arms(**{name: column[rows] for name, column in vars(self).items()})

    def __add__(self, more: Arms) -> Arms:
        return Arms(**{name: np.concatenate([column, getattr(more, name)]) for name, column in vars(self).items()})


def bend(angles: FloatArray) -> Arms:
    """The arms with these (n, 10) joint angles."""
    turned = np.cumsum(angles, axis=1)
    cosines, sines = np.cos(turned), np.sin(turned)
    return Arms(
        angles=angles, quality=100 * (1 - angles.var(axis=1)),
        ends=np.stack([cosines.sum(axis=1), sines.sum(axis=1)], axis=1), features=np.hstack([cosines, sines]),
    )  # fmt: skip


def random_arms(n: int, rng: np.random.Generator) -> Arms:
    """``n`` arms with all joints uniform in (−π, π)."""
    return bend(rng.uniform(-np.pi, np.pi, (n, JOINTS)))


def judge(arms: Arms, questions: IntArray, rng: np.random.Generator, flip: float = 0.0) -> Triplets:
    """Answers to (m, 3) ``questions``, rows of ``arms`` (reference, a, b): closer is the candidate that ends nearer to
    where the reference ends; each answer is the other way round with probability ``flip``."""
    r, a, b = (arms.ends[column] for column in questions.T)
    nearer = ((r - a) ** 2).sum(axis=1) < ((r - b) ** 2).sum(axis=1)
    told = nearer ^ (rng.random(len(questions)) < flip)
    return Triplets(items=questions, target=told.astype(np.float32), rater=np.zeros(len(questions), np.int64))


class Asked:
    """Every question asked so far, with its answer, over the arms that were shown."""

    def __init__(self, flip: float, rng: np.random.Generator) -> None:
        self._flip, self._rng = flip, rng
        self.arms: Arms = bend(np.zeros((0, JOINTS)))
        self.triplets: Triplets = judge(self.arms, np.zeros((0, 3), np.int64), rng)

    def ask(self, arms: Arms, questions: IntArray) -> None:
        """Have (m, 3) ``questions`` about rows of ``arms`` answered."""
        shown, where = np.unique(questions, return_inverse=True)
        new = judge(arms[shown], where.reshape(-1, 3), self._rng, self._flip)
        self.triplets = Triplets(
            items=np.concatenate([self.triplets.items, new.items + len(self.arms)]),
            target=np.concatenate([self.triplets.target, new.target]),
            rater=np.concatenate([self.triplets.rater, new.rater]),
        )
        self.arms = self.arms + arms[shown]


class Search:
    """All arms ever made, and a pyribs archive of them with a Gaussian emitter, set up anew when axes or bounds change.

    Parents are drawn evenly from the elites. Arms are named by their row in ``arms``.
    """

    def __init__(self, iterations: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._arms = bend(np.zeros((FIRST + iterations * BATCH, JOINTS)))
        self._made = 0
        self._archive: Any = None
        self._scheduler: Any = None
        self.projection: Projection
        self.low = self.high = np.zeros(2)
        self._record(random_arms(FIRST, rng))

    @property
    def arms(self) -> Arms:
        """All arms so far, oldest first."""
        return self._arms[: self._made]

    @property
    def elites(self) -> IntArray:
        """Rows of the elites; of the first population before anything was placed."""
        if self._archive is None:
            return np.arange(self._made)
        rows: IntArray = self._archive.data("row")
        return rows

    def places(self, rows: IntArray | slice) -> FloatArray:
        return self.projection(self.arms.features[rows])

    def place(self, projection: Projection, rows: IntArray, low: FloatArray, high: FloatArray) -> None:
        """Start an archive with these axes and bounds, filled with the arms ``rows``."""
        self.projection = projection
        self.low, self.high = np.asarray(low, np.float64), np.asarray(high, np.float64)
        seeds = self._rng.integers(2**31, size=2).tolist()  # the archive draws parents, the emitter steps
        self._archive = GridArchive(
            solution_dim=JOINTS, dims=DIMS, ranges=list(zip(self.low, self.high, strict=True)), seed=seeds[0],
            extra_fields={"row": ((), np.int64)},
        )  # fmt: skip
        held = self.arms[rows]
        self._archive.add(held.angles, held.quality, projection(held.features), row=rows)
        emitter = GaussianEmitter(self._archive, sigma=SIGMA, x0=held.angles[0], batch_size=BATCH, seed=seeds[1])
        self._scheduler = Scheduler(self._archive, [emitter])

    def ask(self) -> IntArray:
        """Rows of new arms, which the archive does not hold yet."""
        return self._record(bend(self._scheduler.ask()))

    def tell(self, rows: IntArray) -> None:
        """Put what was asked for into the archive; places outside the bounds go to edge cells."""
        self._scheduler.tell(self.arms.quality[rows], self.places(rows), row=rows)

    def _record(self, arms: Arms) -> IntArray:
        rows = np.arange(self._made, self._made + len(arms))
        for name, column in vars(arms).items():
            getattr(self._arms, name)[rows] = column
        self._made += len(arms)
        return rows

    def qd_score(self) -> float:
        """Best quality per cell of where arms truly end, summed, over the number of cells: "all solutions" of the paper."""
        view = view_of(self.arms.ends, self.arms.quality, -REACH, REACH, DIMS)
        return view.qd_score / float(np.prod(DIMS))
