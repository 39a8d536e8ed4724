"""What the search knows, and what it proposes: the words that emitters speak in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from qdhf.search.archive import ArchiveView
from qdhf.search.grammar import Grammar
from qdhf.search.predictor import Predictor, fit_predictor
from qdhf.types import FloatArray, Genome, IntArray, StudyMatrix

RECENT = 400  # items, beside the elites, that are looked at
LEARN_FROM = 300  # newest items that predictions learn from
CROWD = 5  # nearest items that novelty is measured to
BoolArray = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
SEEDS = 2**31  # seeds are drawn below this, so that any program can hold them


@dataclass(frozen=True, kw_only=True)
class Parent:
    """An item to start from: where it lies on the map, how good it is, how it was made. ``place``: (k,) float64.

    ``novelty``: mean distance to the nearest items in feature space; 0 where axes were learned, which say it better.
    ``opened``: it was the first of its cell; ``bettered``: it was better than all before it in its cell.
    """

    item: str
    genome: Genome
    place: FloatArray
    cell: int
    quality: float
    novelty: float = 0.0
    opened: bool = False
    bettered: bool = False


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A genome to render. ``latents``: its initial latents where they are no function of a seed; the caller stores the
    array and names it in ``genome.latents``. ``target``: the flat cell it is aimed at."""

    genome: Genome
    emitter: str
    latents: FloatArray | None = None
    target: int | None = None


@dataclass(frozen=True, kw_only=True)
class SearchState:
    """What emitters look at: a pure function of stored facts, so that a run that was killed asks the same again.

    ``elites``: best item of each filled cell. ``known``: elites and newest items, oldest first. ``held``: (cells,) quality
    of each cell's elite, NaN where empty. ``latents_of``: a genome's initial latents, None for generators without any.
    ``targets``: flat cells, first ones first; ``picked`` says that a person chose them. ``sigma`` in [0, 1]: strength of
    variation. ``learned``: people's answers made the axes.
    """

    grammar: Grammar
    dims: tuple[int, ...]
    low: FloatArray
    high: FloatArray
    elites: tuple[Parent, ...] = ()
    known: tuple[Parent, ...] = ()
    held: FloatArray = field(default_factory=lambda: np.zeros(0))
    latents_of: Callable[[Genome], FloatArray] | None = None
    targets: tuple[int, ...] = ()
    picked: bool = False
    sigma: float = 0.4
    learned: bool = True

    @cached_property
    def cell_width(self) -> FloatArray:
        """(k,) size of a cell along each axis of the map."""
        return np.asarray((np.asarray(self.high, np.float64) - self.low) / np.asarray(self.dims))

    @cached_property
    def places(self) -> FloatArray:
        """(elites, k)."""
        return np.stack([p.place for p in self.elites])

    def aiming_at(self, i: int) -> SearchState:
        """This state with its ``i``-th target alone, counted round. Predictions are kept."""
        narrowed = replace(self, targets=(self.targets[i % len(self.targets)],))
        narrowed.__dict__["predictor"] = self.predictor
        return narrowed

    def latents(self, genome: Genome) -> FloatArray:
        """Initial latents of ``genome``; only where ``latents_of`` is given."""
        assert self.latents_of is not None
        return self.latents_of(genome)

    @cached_property
    def predictor(self) -> Predictor | None:
        """Places and quality from latents and prompts, learned from the newest items and the elites of today's map."""
        if self.latents_of is None:
            return None
        newest = self.known[-LEARN_FROM:]
        latents = [self.latents(p.genome).ravel() for p in newest]
        if not latents or len({z.size for z in latents}) > 1:
            return None  # nothing yet, or pictures of several sizes
        values = np.array([[*p.place, p.quality] for p in newest])
        return fit_predictor(np.stack(latents), [p.genome.prompt for p in newest], values)


def draw_seed(rng: np.random.Generator) -> int:
    return int(rng.integers(SEEDS))


def fresh(prompt: str, rng: np.random.Generator) -> Genome:
    """A new sample of ``prompt``."""
    return Genome(prompt=prompt, seed=draw_seed(rng), emitter="fresh")


def rows_to_load(view: ArchiveView) -> IntArray:
    """Rows whose genomes :func:`search_state` can use: the elites and the newest ``RECENT`` items, ascending."""
    n = len(view.cells)
    return np.union1d(view.elite_rows, np.arange(max(0, n - RECENT), n))


def firsts(cells: IntArray, quality: FloatArray, eligible: BoolArray | None = None) -> tuple[BoolArray, BoolArray]:
    """Two (n,) bool arrays over items in the order in which they came: the item was the first of its cell; it was better
    than all before it in a cell that was filled. Items that are not ``eligible`` do neither, and are not seen."""
    best: dict[int, float] = {}
    opened, bettered = np.zeros(len(cells), bool), np.zeros(len(cells), bool)
    rows = np.arange(len(cells)) if eligible is None else np.flatnonzero(eligible)
    values = np.asarray(quality, np.float64)[rows].tolist()
    for i, cell, value in zip(rows.tolist(), cells[rows].tolist(), values, strict=True):
        opened[i], bettered[i] = cell not in best, cell in best and value > best[cell]
        best[cell] = max(value, best.get(cell, value))
    return opened, bettered


def novelty(features: FloatArray, k: int = CROWD) -> FloatArray:
    """(n,) mean distance of (n, d) ``features`` to their ``k`` nearest others (Lehman & Stanley 2011, "Abandoning
    objectives", eq. 1); 0 for a lone item."""
    x = np.asarray(features, np.float64)
    x = x - x.mean(axis=0) if len(x) else x
    near = min(k, len(x) - 1)
    if near < 1:
        return np.zeros(len(x))
    squared = (x**2).sum(axis=1)[:, None] + (x**2).sum(axis=1)[None] - 2 * x @ x.T
    np.fill_diagonal(squared, np.inf)
    nearest = np.partition(squared, near - 1, axis=1)[:, :near]
    return np.asarray(np.sqrt(np.maximum(nearest, 0)).mean(axis=1))


def search_state(
    view: ArchiveView,
    matrix: StudyMatrix,
    genomes: Mapping[str, Genome],
    *,
    prompts: Sequence[str],
    latents_of: Callable[[Genome], FloatArray] | None = None,
    targets: Sequence[int] = (),
    picked: bool = False,
    sigma: float = 0.4,
    learned: bool = True,
) -> SearchState:
    """The state of a map. ``genomes``: by item id, of :func:`rows_to_load`; items without one are no parents."""
    rows = [row for row in rows_to_load(view).tolist() if matrix.ids[row] in genomes]
    opened, bettered = firsts(view.cells, matrix.quality, matrix.eligible)
    novel = dict(zip(rows, novelty(matrix.features[rows]).tolist(), strict=True)) if not learned else {}

    def parent(row: int) -> Parent:
        item = matrix.ids[row]
        return Parent(
            item=item, genome=genomes[item], place=np.asarray(view.places[row], np.float64),
            cell=int(view.cells[row]), quality=float(matrix.quality[row]), novelty=novel.get(row, 0.0),
            opened=bool(opened[row]), bettered=bool(bettered[row]),
        )  # fmt: skip

    elite, known = set(view.elite_rows.tolist()), {row: parent(row) for row in rows}
    held = np.full(len(view.elites), np.nan)
    held[view.filled] = matrix.quality[view.elite_rows]
    return SearchState(
        grammar=Grammar(prompts), dims=view.dims, low=view.low, high=view.high, held=held,
        elites=tuple(p for row, p in known.items() if row in elite), known=tuple(known.values()),
        latents_of=latents_of, targets=tuple(targets), picked=picked, sigma=sigma, learned=learned,
    )  # fmt: skip
