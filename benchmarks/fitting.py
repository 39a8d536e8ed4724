"""How long learning and asking take: processor seconds on one core, and memory.

    python -m benchmarks.fitting --json

``fit_1000_s``: 1,000 answers about 1,000 items of 512 features; ``fit_100000_s``: 100,000 answers; ``refit_10_s``: ten
answers more than 1,000, and more than 100; ``choose_12_ms``: twelve questions among 10,000 items of 1,280 features, with
and without draws, median of 20; ``peak_mb``: largest memory of the process, libraries included.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from qdhf.descriptors.fitting import fit_projection, refit
from qdhf.descriptors.likelihood import as_answers, selected
from qdhf.descriptors.posterior import settle
from qdhf.descriptors.projection import pca_projection
from qdhf.judgments.questions import choose_questions
from qdhf.planted import PlantedWorld


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """(what ``call`` returns, processor seconds)."""
    start = time.process_time()
    found = call()
    return found, time.process_time() - start


def fits() -> dict[str, float]:
    rng = np.random.default_rng(0)
    world = PlantedWorld.make(n=1000, d=512, rng=rng)
    prior = pca_projection(world.features)
    answers = as_answers(world.triplets(100_000, rng=rng, flip=0.05))
    found = {}
    for n in (100, 1000, 100_000):
        part = selected(answers, np.arange(n))
        learned, found[f"fit_{n}_s"] = timed(
            lambda part=part: fit_projection(world.features, part, prior=prior, rng=np.random.default_rng(0))  # type: ignore[misc]
        )
        if n <= 1000:
            more = selected(answers, np.arange(n + 10))
            _, found[f"refit_{n}_and_10_s"] = timed(
                lambda more=more, learned=learned: refit(world.features, more, learned, rng=rng)  # type: ignore[misc]
            )
    return found


def choosing() -> dict[str, float]:
    rng = np.random.default_rng(0)
    world = PlantedWorld.make(n=10_000, d=1280, rng=rng)
    matrix, prior = world.matrix(), pca_projection(world.features)
    judgments = world.judgments(300, rng=rng)
    learned = fit_projection(world.features, world.triplets(300, rng=rng), prior=prior, rng=rng)
    draws = settle(learned.draws, learned.projection, world.features[:2000])
    found = {}
    for name, given in (("choose_12_ms", draws), ("choose_12_without_draws_ms", None)):
        times = [
            timed(lambda g=given: choose_questions(matrix, learned.projection, judgments, 12, rng=rng, draws=g))[1]  # type: ignore[misc]
            for _ in range(20)
        ]
        found[name] = 1000 * median(times)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    args = parser.parse_args()
    figures = choosing() | fits()
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rounded = {name: round(value, 3) for name, value in figures.items()}
    print(json.dumps(rounded) if args.json else "\n".join(f"{k}: {v}" for k, v in rounded.items()), flush=True)


if __name__ == "__main__":
    main()
