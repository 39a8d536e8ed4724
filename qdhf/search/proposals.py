"""What to try next: proposals from several emitters that share a batch by what each has earned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from qdhf.search.archive import ArchiveView
from qdhf.types import FloatArray, Genome, IntArray, StudyMatrix

RECENT = 400  # items, beside the elites, that local models learn from
FLOOR = 0.05  # share of a batch that every emitter keeps
EARNINGS = 2.0  # how strongly success shifts shares
SEEDS = 2**31  # seeds are drawn below this, so that any program can hold them


@dataclass(frozen=True, kw_only=True)
class Parent:
    """An item to start from: where it lies on the map, how good it is, how it was made. ``place``: (k,) float64."""

    item: str
    genome: Genome
    place: FloatArray
    cell: int
    quality: float


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
    """What emitters look at.

    ``elites``: best item of each filled cell. ``known``: items that local models learn from, elites among them.
    ``latents_of``: a genome's initial latents, None for generators without any. ``targets``: flat cells, first ones
    first; ``picked`` says that a person chose them. ``sigma`` in [0, 1]: strength of variation. ``used`` in [0, 1]:
    share of the run's budget that is spent. ``earned``: (tried, succeeded) so far, by emitter.
    """

    prompts: tuple[str, ...]
    dims: tuple[int, ...]
    low: FloatArray
    high: FloatArray
    elites: tuple[Parent, ...] = ()
    known: tuple[Parent, ...] = ()
    latents_of: Callable[[Genome], FloatArray] | None = None
    targets: tuple[int, ...] = ()
    picked: bool = False
    sigma: float = 0.4
    used: float = 0.0
    earned: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class Emitter(Protocol):
    """``n`` proposals from a state that holds at least one elite."""

    def __call__(self, state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]: ...


def draw_seed(rng: np.random.Generator) -> int:
    return int(rng.integers(SEEDS))


def fresh(prompt: str, rng: np.random.Generator) -> Genome:
    """A new sample of ``prompt``."""
    return Genome(prompt=prompt, seed=draw_seed(rng), emitter="fresh")


def emit_fresh(state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
    """New samples, prompts as evenly as ``n`` allows."""
    order = [i for _ in range(-(-n // len(state.prompts))) for i in rng.permutation(len(state.prompts))]
    return [Proposal(genome=fresh(state.prompts[i], rng), emitter="fresh") for i in order[:n]]


def shares(state: SearchState) -> dict[str, float]:
    """Each emitter's share of a batch, summing to 1.

    New samples fade from a quarter to a twentieth as the budget is spent. Success bends the shares by exponentiated
    gain (w ∝ w·exp(η·rate), rates with one success and one failure assumed beforehand), none below ``FLOOR``.
    """
    if not state.elites:
        return {"fresh": 1.0}
    start = {"fresh": 0.25 - 0.2 * min(max(state.used, 0.0), 1.0), "mutation": 0.35}
    if state.latents_of is not None:
        start["crossover"] = 0.15
        if state.targets:
            start["targeted"] = 2.0 if state.picked else 0.5
    rate = {name: (won + 1) / (tried + 2) for name, (tried, won) in state.earned.items()}
    weights = np.array([w * np.exp(EARNINGS * rate.get(name, 0.5)) for name, w in start.items()])
    weights = np.maximum(weights / weights.sum(), FLOOR)
    return dict(zip(start, (weights / weights.sum()).tolist(), strict=True))


def allot(n: int, parts: Mapping[str, float], rng: np.random.Generator) -> dict[str, int]:
    """``n`` slots by ``parts`` (summing to 1): whole ones first, the rest drawn so that shares hold on average."""
    exact = np.array(list(parts.values())) * n
    counts = np.floor(exact + 1e-9).astype(int)
    left = n - int(counts.sum())
    if left > 0:
        over = np.maximum(exact - counts, 1e-12)
        counts += rng.multinomial(left, over / over.sum())
    return dict(zip(parts, counts.tolist(), strict=True))


def propose(state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
    """``n`` proposals, all fresh while the map holds no elite. Deterministic given ``rng``."""
    from qdhf.search.emitters import EMITTERS

    counts = allot(n, shares(state), rng)
    return [proposal for name, count in counts.items() for proposal in EMITTERS[name](state, count, rng)]


def rows_to_load(view: ArchiveView) -> IntArray:
    """Rows whose genomes :func:`search_state` can use: the elites and the newest ``RECENT`` items, ascending."""
    n = len(view.cells)
    return np.union1d(view.elite_rows, np.arange(max(0, n - RECENT), n))


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
    used: float = 0.0,
    earned: Mapping[str, tuple[int, int]] | None = None,
) -> SearchState:
    """The state of a map. ``genomes``: by item id, of :func:`rows_to_load`; items without one are no parents."""

    def parent(row: int) -> Parent:
        item = matrix.ids[row]
        return Parent(
            item=item, genome=genomes[item], place=np.asarray(view.places[row], np.float64),
            cell=int(view.cells[row]), quality=float(matrix.quality[row]),
        )  # fmt: skip

    elite = set(view.elite_rows.tolist())
    known = {row: parent(row) for row in rows_to_load(view).tolist() if matrix.ids[row] in genomes}
    return SearchState(
        prompts=tuple(prompts) or ("",), dims=view.dims, low=view.low, high=view.high,
        elites=tuple(p for row, p in known.items() if row in elite), known=tuple(known.values()),
        latents_of=latents_of, targets=tuple(targets), picked=picked, sigma=sigma, used=used, earned=dict(earned or {}),
    )  # fmt: skip
