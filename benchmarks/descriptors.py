"""Held-out accuracy by number of answers: ours, the published recipe, and axes without answers.

    python -m benchmarks.descriptors --json [--quick] [--data DIR] [--only planted,lee]

Datasets: the planted world (clean, 10 % of the answers wrong, wrong near ties as people are); Lee, Pincombe & Welsh 2005,
what people said of pairs of 50 news texts (in gensim's wheel); with ``--data``, a folder of ``features.npy`` (n, d) and
``triplets.csv`` (reference, nearer, farther). Where people answered, only what they were asked can be asked again: a
question is one of 1,500 of their triplets drawn at random. Test triplets are never asked.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qdhf.descriptors.as_published import fit_as_published
from qdhf.descriptors.calibration import expected_calibration_error
from qdhf.descriptors.fitting import Learned, fit_projection, refit
from qdhf.descriptors.likelihood import as_answers
from qdhf.descriptors.posterior import chances, settle
from qdhf.descriptors.projection import pca_projection, principal_axes
from qdhf.descriptors.validation import triplet_accuracy
from qdhf.judgments.informative import by_information
from qdhf.planted import PlantedWorld, judge, random_triplets
from qdhf.types import Draws, FloatArray, IntArray, Projection, Triplets

ANSWERS, QUICK = (12, 25, 50, 100, 200, 400, 1000), (50, 100, 200)
SEEDS, QUICK_SEEDS = 8, 3
START, BATCH = 10, 5  # random answers before the first choice, answers between two choices
POOL, TESTS = 1500, 10_000
Figures = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Data:
    """``features`` (n, d); ``tests`` (m, 3) rows reference, nearer, farther; ``told``: the same as judges with their errors
    order them, to see whether probabilities are right; ``ask(n, rng)`` draws n questions with their answers, as rows
    reference, a, b and P(a closer)."""

    features: FloatArray
    tests: IntArray
    told: IntArray
    ask: Callable[[int, np.random.Generator], Triplets]


def triplets(items: IntArray, target: FloatArray | None = None) -> Triplets:
    """Rows as answers; a is the closer one where no ``target`` is given."""
    told = np.ones(len(items), np.float32) if target is None else target.astype(np.float32)
    return Triplets(items=items, target=told, rater=np.zeros(len(items), np.int64))


def people(features: FloatArray, answered: IntArray) -> Data:
    """Rows reference, nearer, farther that people answered; a fixed part of them tests."""
    order = np.random.default_rng(12345).permutation(len(answered))
    tests, rest = answered[order[: min(TESTS, len(order) // 3)]], answered[order[min(TESTS, len(order) // 3) :]]

    def ask(n: int, rng: np.random.Generator) -> Triplets:
        rows = rest[rng.choice(len(rest), n, replace=False)]
        swapped = rng.random(n) < 0.5
        return triplets(np.where(swapped[:, None], rows[:, [0, 2, 1]], rows), 1.0 - swapped)

    return Data(features=features, tests=tests, told=tests, ask=ask)


def planted(seed: int, flip: float = 0.0, near_ties: bool = False) -> Data:
    rng = np.random.default_rng([seed, 77])
    world = PlantedWorld.make(rng=rng)
    tests = random_triplets(300, TESTS, rng)
    clean, noisy = (
        judge(world.human, tests, rng=rng, flip=f, near_ties=t) > 0.5 for f, t in ((0.0, False), (flip, near_ties))
    )

    def ask(n: int, rng: np.random.Generator) -> Triplets:
        items = random_triplets(300, n, rng)
        return triplets(items, judge(world.human, items, rng=rng, flip=flip, near_ties=near_ties))

    ordered, told = (np.where(nearer[:, None], tests, tests[:, [0, 2, 1]]) for nearer in (clean, noisy))
    return Data(features=world.features, tests=ordered, told=told, ask=ask)


def unit_rows(features: FloatArray) -> FloatArray:
    rows = np.asarray(features, np.float64)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def lee() -> Data:
    """50 texts by their first 50 latent semantic dimensions (tf-idf, learned on 300 more), and every triplet of which
    people's mean similarities differ by more than 0.1 of their range."""
    from importlib.util import find_spec

    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    found = find_spec("gensim")
    if found is None or found.origin is None:
        raise SystemExit("The Lee texts come with gensim: pip install --no-deps -r requirements-data.txt")
    folder = Path(found.origin).parent / "test" / "test_data"
    texts, more = (
        [line for line in (folder / name).read_text("latin-1").splitlines() if line.strip()]
        for name in ("lee.cor", "lee_background.cor")
    )
    counts = TfidfVectorizer(stop_words="english", sublinear_tf=True).fit(texts + more)
    reduce = TruncatedSVD(50, random_state=0).fit(counts.transform(texts + more))
    alike = np.triu(np.loadtxt(folder / "similarities0-1.txt"), 1)
    alike += alike.T
    r, a, b = np.indices((50, 50, 50)).reshape(3, -1)
    kept = (r != a) & (r != b) & (a != b) & (alike[r, a] > alike[r, b] + 0.1)
    rows = np.stack([r, a, b], axis=1)[kept]
    return people(unit_rows(reduce.transform(counts.transform(texts))), rows)


def folder(path: Path) -> Data:
    """A folder's features, rows at length 1, in their first 50 principal coordinates."""
    features = unit_rows(np.load(path / "features.npy", allow_pickle=False))
    rows = np.loadtxt(path / "triplets.csv", delimiter=",", skiprows=1, dtype=np.int64)
    found = principal_axes(features, 50)
    return people((features - found.mean) @ found.axes.T, rows)


def datasets(data: Path | None, only: set[str]) -> Iterator[tuple[str, Callable[[int], Data]]]:
    """(name, data by seed); what people answered is the same for every seed."""
    worlds: dict[str, Callable[[int], Data]] = {
        "planted": planted,
        "planted_10_percent_wrong": lambda seed: planted(seed, flip=0.1),
        "planted_near_ties": lambda seed: planted(seed, near_ties=True),
        "lee": lambda seed, _known=[]: _known[0] if _known else _known.append(lee()) or _known[0],  # type: ignore[misc]
    }
    if data is not None:
        worlds[data.name] = lambda seed, _known=[]: _known[0] if _known else _known.append(folder(data)) or _known[0]  # type: ignore[misc]
    yield from ((name, make) for name, make in worlds.items() if not only or name in only)


def accuracy(projection: Projection, data: Data) -> float:
    found = triplet_accuracy(projection, data.features, triplets(data.tests))
    assert found is not None
    return found.value


def joined(one: Triplets, two: Triplets) -> Triplets:
    return triplets(np.concatenate([one.items, two.items]), np.concatenate([one.target, two.target]))


def error(draws: Draws, data: Data) -> float:
    """Expected calibration error on the test triplets as judges order them, sides drawn at random."""
    told = np.random.default_rng(0).random(len(data.told)) < 0.5
    rows = np.where(told[:, None], data.told, data.told[:, [0, 2, 1]])
    chance = chances(draws, draws(data.features), rows).mean(axis=0)
    return expected_calibration_error(chance, told.astype(np.float64))


def fit(data: Data, answers: Triplets, prior: Projection, seed: int) -> Learned:
    return fit_projection(data.features, answers, prior=prior, rng=np.random.default_rng([seed, len(answers)]))


def ours(data: Data, marks: tuple[int, ...], seed: int, active: bool) -> Iterator[tuple[int, float, float]]:
    """(answers, accuracy, calibration error) at each of ``marks``. Fits are from scratch there; between, where questions
    are chosen, draws are continued as the label page does."""
    rng, prior = np.random.default_rng(seed), pca_projection(data.features)
    answers = data.ask(START, rng)
    learned: Learned | None = None
    while True:
        n = len(answers.items)
        if n in marks:
            exact = fit(data, answers, prior, seed)
            yield n, accuracy(exact.projection, data), error(settle(exact.draws, exact.projection, data.features), data)
        if n >= max(marks):
            return
        step = min(BATCH if n < 200 else 4 * BATCH, min(m for m in marks if m > n) - n)
        if not active:
            answers = joined(answers, data.ask(min(m for m in marks if m > n) - n, rng))
            continue
        whole = as_answers(answers)
        learned = refit(data.features, whole, learned, rng=rng) if learned else fit(data, answers, prior, seed)
        pool = data.ask(POOL, rng)
        draws = settle(learned.draws, learned.projection, data.features)
        order = by_information(draws, data.features, pool.items, step)[:step]
        answers = joined(answers, triplets(pool.items[order], pool.target[order]))


def published(data: Data, marks: tuple[int, ...], seed: int) -> Iterator[tuple[int, float]]:
    for n in marks:
        rng = np.random.default_rng([seed, n])
        yield n, accuracy(fit_as_published(data.features, data.ask(n, rng), rng=rng), data)


def measure(make: Callable[[int], Data], marks: tuple[int, ...], seeds: int) -> Figures:
    """{method: {answers: [mean, sd]}, "ece_200": …} over ``seeds``."""
    found: dict[str, dict[int, list[float]]] = {}
    errors: dict[str, list[float]] = {"ece_200": [], "ece_200_active": []}
    for seed in range(seeds):
        data = make(seed)
        found.setdefault("pca", {}).setdefault(0, []).append(accuracy(pca_projection(data.features), data))
        for name, active in (("ours_random", False), ("ours_active", True)):
            for n, value, wrong in ours(data, marks, seed, active):
                found.setdefault(name, {}).setdefault(n, []).append(value)
                if n == 200:
                    errors["ece_200_active" if active else "ece_200"].append(wrong)
        for n, value in published(data, tuple(m for m in marks if m >= 25), seed):
            found.setdefault("as_published", {}).setdefault(n, []).append(value)
        print(f"seed {seed} done", file=sys.stderr, flush=True)
    result: Figures = {
        method: {str(n): [round(float(np.mean(v)), 4), round(float(np.std(v)), 4)] for n, v in by_n.items()}
        for method, by_n in found.items()
    }
    return result | {name: round(float(np.mean(v)), 4) for name, v in errors.items() if v}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--quick", action="store_true", help="3 seeds; 50, 100 and 200 answers")
    parser.add_argument("--data", type=Path, help="a folder with features.npy and triplets.csv")
    parser.add_argument("--only", default="", help="names of datasets, with commas between them")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--most", type=int, default=1000, help="answers at most")
    args = parser.parse_args()
    marks = QUICK if args.quick else tuple(n for n in ANSWERS if n <= args.most)
    seeds = args.seeds or (QUICK_SEEDS if args.quick else SEEDS)
    results: Figures = {}
    for name, make in datasets(args.data, set(filter(None, args.only.split(",")))):
        started = time.perf_counter()
        results[name] = measure(make, marks, seeds)
        print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
        if not args.json:
            print(name, json.dumps(results[name], indent=1), flush=True)
    if args.json:
        print(json.dumps(results), flush=True)


if __name__ == "__main__":
    main()
