"""How many pictures a search needs: ours against the published recipe, from the same first population.

    python -m benchmarks.search --json [--worlds planted,embedded] [--seeds 5] [--images 300] [--without targeted,prompt]

The published recipe (Ding et al. 2024, and pyribs' tutorial of it) adds Gaussian noise of σ = 0.1 to the latents of a random
elite. Both fill one map of 12 × 12 cells with fixed axes. For each world is printed:

``images_ratio``: pictures after the first population (12, prompts in turn) until 50 % of the cells that the better of the two
reaches with ``images`` are filled, ours over theirs, mean over seeds. Theirs may go on for four times as many; where it does
not get there even so, these count. ``needed``: the same in pictures, by seed (null: never). ``hit_rate``: share of aimed
pictures that landed in the wanted cell or one of the eight around it, ``hit_exact`` in the cell itself; ``…_published``: the
same for a mutated random elite and the cells that we would aim at. ``qd_score_wins``: seeds in which our QD score is higher at
equal images. ``shares`` of the pictures and ``yields``, cells opened a picture, by emitter. ``promised``: cells that screening
expected to fill or better; ``gained``: how many were.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.search_worlds import Embedded, Planted, World
from qdhf.search.archive import build_view, view_of
from qdhf.search.grammar import Grammar
from qdhf.search.latents import gaussian, spherical_step
from qdhf.search.proposals import Proposal, fresh, rows_to_load, search_state
from qdhf.search.proposing import propose
from qdhf.search.results import beside, firsts
from qdhf.search.targets import choose_targets
from qdhf.types import Fit, FloatArray, Genome, StudyMatrix

DIMS, FIRST, BATCH, SIGMA_PUBLISHED, HALF = (12, 12), 12, 8, 0.1, 0.5
PATIENCE = 4  # times as many pictures that the published recipe may go on for to get to what is asked for
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
    """``filled``: cells after each picture beyond the first population, 0 at first. After the images that are compared:
    ``cells`` filled, QD ``score``; ``aimed``, ``near``, ``hits``; ``made`` and ``opened`` by emitter."""

    filled: list[int]
    cells: int
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
            learned=fit.draws is not None,
        )  # fmt: skip
        size, rng = min(BATCH, images - index), np.random.default_rng([seed, 3, index])
        batch = propose(state, size, rng, candidates=candidates, without=without)
        book.record(batch.proposals)
        expected += batch.screened.promised if batch.screened else 0.0
        cells = build_view(book.matrix(), fit, DIMS).cells[-len(batch.proposals) :]
        missed.update(
            p.target for p, c in zip(batch.proposals, cells, strict=True) if p.target is not None and p.target != c
        )
    return trace(book, fit, first, images, expected)


def published(book: Book, fit: Fit, images: int, seed: int, *, goal: Callable[[int], float]) -> Trace:
    """Gaussian noise of σ = 0.1 added to the latents of elites drawn evenly; aims are noted only to see what they hit.

    After ``images`` pictures, which figures are about, it goes on for up to ``PATIENCE`` times as many until it fills as many
    cells as ``goal`` says, given how many it filled by then.
    """
    first, rng, done = len(book.genomes), np.random.default_rng([seed, 4]), 0
    wanted = np.inf
    while done < PATIENCE * images:
        matrix = book.matrix()
        view = build_view(matrix, fit, DIMS)
        if done == images:
            wanted = goal(len(view.filled))
        if len(view.filled) >= wanted:
            break
        count = min(BATCH, images - done) if done < images else BATCH
        targets = choose_targets(view, matrix.quality, BATCH, rng=np.random.default_rng([seed, 2, done]))
        parents = [matrix.ids[r] for r in rng.choice(view.elite_rows, count)]
        latents = [book.latents[p] + SIGMA_PUBLISHED * gaussian(book.latents[p].shape, rng) for p in parents]
        genomes = [Genome(prompt=book.genomes[p].prompt, seed=0, emitter="published", latents=p) for p in parents]
        book.add(genomes, latents, [int(targets[i % len(targets)]) for i in range(count)])
        done += count
    return trace(book, fit, first, images, 0.0)


def trace(book: Book, fit: Fit, first: int, images: int, expected: float) -> Trace:
    matrix, last = book.matrix(), first + images
    opened, bettered = firsts(build_view(matrix, fit, DIMS).cells, matrix.quality)
    view = view_of(fit.projection(matrix.features[:last]), matrix.quality[:last], fit.low, fit.high, DIMS)
    makers = [g.emitter for g in book.genomes.values()][first:last]
    aims = [(int(c), t) for c, t in zip(view.cells[first:], book.targets[first:last], strict=True) if t is not None]
    cells, targets = np.array(aims, np.int64).reshape(-1, 2).T
    made: Counter[str] = Counter(makers)
    won: Counter[str] = Counter(m for m, o in zip(makers, opened[first:last], strict=True) if o)
    return Trace(
        filled=[int(n) for n in np.cumsum(opened)[first - 1 :]], cells=len(view.filled), score=view.qd_score,
        aimed=len(aims), near=int(beside(cells, targets, DIMS).sum()), hits=int((cells == targets).sum()), made=made,
        opened=won, expected=expected, gained=int((opened | bettered)[first:last].sum()),
    )  # fmt: skip


def needed(filled: list[int], goal: float) -> int | None:
    """Pictures after the first population until ``goal`` cells were filled."""
    return next((n for n, cells in enumerate(filled) if cells >= goal), None)


def figures(
    world: str, seeds: int, images: int, *, candidates: int = 8, without: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """What is printed for one world."""
    pairs: list[tuple[Trace, Trace]] = []
    for seed in range(seeds):
        made = WORLDS[world](seed)
        (book, fit), (other, _) = first_population(made, seed), first_population(made, seed)
        mine = ours(book, fit, images, seed, candidates=candidates, without=without)
        goal = lambda cells, reached=mine.cells: HALF * max(cells, reached)  # noqa: E731
        pairs.append((mine, published(other, fit, images, seed, goal=goal)))
        told = summary(pairs[-1:], images)
        print(
            f"{world} {seed}: cells {told['cells']}, pictures needed {told['needed']}, ours and published",
            file=sys.stderr,
            flush=True,
        )
    return summary(pairs, images)


def summary(pairs: Sequence[tuple[Trace, Trace]], images: int) -> dict[str, Any]:
    """Figures over seeds of (ours, published)."""
    goals = [HALF * max(a.cells, b.cells) for a, b in pairs]
    needs = [[needed(t.filled, goal) for t in pair] for pair, goal in zip(pairs, goals, strict=True)]
    ratios = [
        (len(a.filled) - 1 if x is None else x) / max(1, len(b.filled) - 1 if y is None else y)
        for (a, b), (x, y) in zip(pairs, needs, strict=True)
    ]
    mine, theirs = zip(*pairs, strict=True)
    made = {name: sum(t.made.get(name, 0) for t in mine) for name in sorted({n for t in mine for n in t.made})}
    return {
        "images_ratio": round(float(np.mean(ratios)), 3), "hit_rate": _rate(mine, "near"),
        "hit_rate_published": _rate(theirs, "near"), "qd_score_wins": sum(a.score > b.score for a, b in pairs),
        "seeds": len(pairs), "images": images, "needed": needs, "hit_exact": _rate(mine, "hits"),
        "hit_exact_published": _rate(theirs, "hits"), "cells": [[t.cells for t in pair] for pair in pairs],
        "qd_score": [[round(t.score, 1) for t in pair] for pair in pairs],
        "shares": {name: round(n / sum(made.values()), 3) for name, n in made.items()},
        "yields": {name: round(sum(t.opened.get(name, 0) for t in mine) / n, 3) for name, n in made.items()},
        "promised": round(sum(t.expected for t in mine), 1), "gained": sum(t.gained for t in mine),
    }  # fmt: skip


def _rate(traces: Sequence[Trace], what: str) -> float:
    return round(sum(getattr(t, what) for t in traces) / max(1, sum(t.aimed for t in traces)), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--worlds", default="planted,embedded", help=f"of {', '.join(WORLDS)}, with commas between")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--images", type=int, default=300, help="of each method, after the first population")
    parser.add_argument("--candidates", type=int, default=8, help="per picture; 1: no screening")
    parser.add_argument("--without", default="", help="emitters to leave out, with commas between")
    args = parser.parse_args()
    without = frozenset(filter(None, args.without.split(",")))
    found = {
        world: figures(world, args.seeds, args.images, candidates=args.candidates, without=without)
        for world in args.worlds.split(",")
    }
    print(json.dumps(found) if args.json else json.dumps(found, indent=1), flush=True)


if __name__ == "__main__":
    main()
