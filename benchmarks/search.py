"""How many pictures a search needs: ours against the published recipe, from the same first population.

    python -m benchmarks.search --json [--worlds planted,embedded] [--seeds 5] [--images 300] [--without targeted,prompt]

The published recipe (Ding et al. 2024, and pyribs' tutorial of it) adds Gaussian noise of σ = 0.1 to the latents of a random
elite. Both fill one map of 12 × 12 cells with fixed axes. For each world is printed:

``images_ratio``: pictures after the first population until 50 % of the cells that the better of the two ever reaches are
filled, ours over theirs, mean over seeds; where they never get there, their whole budget counts. ``hit_rate``: share of aimed
pictures that landed in the wanted cell or one of the eight around it, ``hit_exact`` in the cell itself;
``hit_rate_published``: the same for a mutated random elite and the cell that we would aim at. ``qd_score_wins``: seeds in
which our QD score is higher at equal images. ``shares``: of the pictures, by emitter, with ``yields``: cells opened a picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from benchmarks.search_worlds import Embedded, Planted, World
from qdhf.search.archive import build_view
from qdhf.search.grammar import Grammar
from qdhf.search.latents import spherical_step
from qdhf.search.proposals import Proposal, fresh, rows_to_load, search_state
from qdhf.search.proposing import propose
from qdhf.search.results import beside, firsts
from qdhf.search.targets import choose_targets
from qdhf.types import Fit, FloatArray, Genome, StudyMatrix

DIMS, FIRST, BATCH, SIGMA_PUBLISHED, HALF = (12, 12), 24, 8, 0.1, 0.5
WORLDS: dict[str, Callable[[int], World]] = {"planted": Planted, "embedded": Embedded}


@dataclass
class Book:
    """All that was rendered in one run: genomes and latents by item, features and quality by row."""

    world: World
    genomes: dict[str, Genome] = field(default_factory=dict)
    latents: dict[str, FloatArray] = field(default_factory=dict)  # by item
    features: list[FloatArray] = field(default_factory=list)
    quality: list[float] = field(default_factory=list)
    targets: list[int | None] = field(default_factory=list)

    def add(self, genomes: list[Genome], latents: list[FloatArray], targets: list[int | None]) -> None:
        features, quality = self.world.render(np.stack(latents), [g.prompt for g in genomes])
        for genome, z in zip(genomes, latents, strict=True):
            item = f"i{len(self.genomes):05d}"
            self.genomes[item], self.latents[item] = genome, z
        self.features += list(features)
        self.quality += quality.tolist()
        self.targets += targets

    def matrix(self) -> StudyMatrix:
        n = len(self.genomes)
        return StudyMatrix(
            ids=tuple(self.genomes), positions=np.arange(n), features=np.stack(self.features),
            quality=np.array(self.quality, np.float32),
        )  # fmt: skip

    def latents_of(self, genome: Genome) -> FloatArray:
        """From a stored array (named by the item that has it) or a seed, then the path."""
        z = self.latents[genome.latents] if genome.latents else self.world.noise(genome.seed)
        for step in genome.path:
            z = spherical_step(z, step.sigma, self.world.noise(step.seed))
        return z

    def record(self, proposals: list[Proposal]) -> None:
        genomes, latents = [], []
        for n, p in enumerate(proposals):
            name = f"i{len(self.genomes) + n:05d}"
            genomes.append(Genome(**{**vars(p.genome), "latents": name}) if p.latents is not None else p.genome)
            latents.append(self.latents_of(p.genome) if p.latents is None else p.latents)
        self.add(genomes, latents, [p.target for p in proposals])


def first_population(world: World, seed: int, n: int = FIRST) -> tuple[Book, Fit]:
    """New samples, prompts in turn, and the map that they give."""
    book, rng, grammar = Book(world), np.random.default_rng([seed, 1]), Grammar(world.prompts)
    genomes = [fresh(grammar.draw(i, rng), rng) for i in range(n)]
    book.add(genomes, [world.noise(g.seed) for g in genomes], [None] * n)
    return book, world.fit(book.matrix(), DIMS)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """``filled`` (images + 1,): cells after each picture beyond the first population; ``score``: QD score at the end;
    ``aimed``, ``near``, ``hits``; ``made`` and ``opened`` by emitter."""

    filled: list[int]
    score: float
    aimed: int
    near: int
    hits: int
    made: Mapping[str, int]
    opened: Mapping[str, int]
    expected: float = 0.0
    gained: int = 0


def ours(
    book: Book, fit: Fit, images: int, seed: int, *, candidates: int = 8, without: frozenset[str] = frozenset()
) -> Trace:
    """Our search, with the product's defaults."""
    missed: Counter[int] = Counter()
    expected = 0.0
    first = len(book.genomes)
    for index in range(0, images, BATCH):
        matrix = book.matrix()
        view = build_view(matrix, fit, DIMS)
        targets = choose_targets(
            view, matrix.quality, BATCH, rng=np.random.default_rng([seed, 2, index]), missed=missed
        )
        genomes = {matrix.ids[r]: book.genomes[matrix.ids[r]] for r in rows_to_load(view)}
        state = search_state(
            view, matrix, genomes, prompts=book.world.prompts, latents_of=book.latents_of, targets=targets,
            learned=fit.draws is not None, used=index / images,
        )  # fmt: skip
        batch = propose(
            state,
            min(BATCH, images - index),
            np.random.default_rng([seed, 3, index]),
            candidates=candidates,
            without=without,
        )
        book.record(batch.proposals)
        expected += batch.screened.promised if batch.screened else 0.0
        cells = build_view(book.matrix(), fit, DIMS).cells[-len(batch.proposals) :]
        missed.update(
            p.target for p, c in zip(batch.proposals, cells, strict=True) if p.target is not None and p.target != c
        )
    return trace(book, fit, first, expected)


def published(book: Book, fit: Fit, images: int, seed: int) -> Trace:
    """Gaussian noise of σ = 0.1 added to the latents of elites drawn evenly; aims are noted only to see what they hit."""
    first, rng = len(book.genomes), np.random.default_rng([seed, 4])
    for index in range(0, images, BATCH):
        matrix = book.matrix()
        view = build_view(matrix, fit, DIMS)
        count = min(BATCH, images - index)
        targets = choose_targets(view, matrix.quality, BATCH, rng=np.random.default_rng([seed, 2, index]))
        parents = [matrix.ids[r] for r in rng.choice(view.elite_rows, count)]
        latents = [
            book.latents[p] + SIGMA_PUBLISHED * rng.standard_normal(book.latents[p].shape).astype(np.float32)
            for p in parents
        ]
        genomes = [Genome(prompt=book.genomes[p].prompt, seed=0, emitter="published", latents=p) for p in parents]
        book.add(genomes, latents, [int(targets[i % len(targets)]) for i in range(count)])
    return trace(book, fit, first, 0.0)


def trace(book: Book, fit: Fit, first: int, expected: float) -> Trace:
    view = build_view(book.matrix(), fit, DIMS)
    opened, bettered = firsts(view.cells, np.array(book.quality))
    makers = [g.emitter for g in book.genomes.values()][first:]
    aims = [(int(c), t) for c, t in zip(view.cells[first:], book.targets[first:], strict=True) if t is not None]
    cells, targets = np.array(aims, np.int64).reshape(-1, 2).T
    made: Counter[str] = Counter(makers)
    won: Counter[str] = Counter(m for m, o in zip(makers, opened[first:], strict=True) if o)
    return Trace(
        filled=[int(n) for n in np.cumsum(opened)[first - 1 :]], score=view.qd_score, aimed=len(aims),
        near=int(beside(cells, targets, DIMS).sum()), hits=int((cells == targets).sum()), made=made, opened=won,
        expected=expected, gained=int((opened | bettered)[first:].sum()),
    )  # fmt: skip


def needed(filled: list[int], goal: float) -> int | None:
    """Pictures after the first population until ``goal`` cells were filled."""
    return next((n for n, cells in enumerate(filled) if cells >= goal), None)
