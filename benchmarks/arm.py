"""The robotic arm of the QDHF paper: how much diversity does a search find along axes learned from few answers?

    python -m benchmarks.arm --json --answers 50,100,200,1000 --seeds 4

100 first arms, 1,000 iterations of 100 offspring, questions at iterations 1, 101, 251 and 501 (a quarter of the answers
each), a 50 × 50 grid. Printed is the QD score of all arms ever made, over the cells of where they truly end, as mean and
standard deviation over seeds: 0 to 100. True end points answer questions and give the score; no method sees them
otherwise, apart from ``true_axes``, which searches along them.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from benchmarks.arm_methods import AsPublished, Method, Ours, TrueAxes
from benchmarks.arm_search import Asked, Search

ITERATIONS = 1000
ROUNDS = (0.0, 0.1, 0.25, 0.5)  # when questions are asked, as shares of the iterations gone by
METHODS = ("true_axes", "ours", "as_published", "as_published_growing")


def run(name: str, answers: int, seed: int, *, iterations: int = ITERATIONS, flip: float = 0.0) -> float:
    """QD score of one run of a method. ``iterations``: at least 10, so that all rounds of questions take place."""
    rng = np.random.default_rng(seed)
    search, method = Search(iterations, rng), _method(name, rng, flip)
    portions = np.diff(np.round(np.linspace(0, answers, len(ROUNDS) + 1)).astype(int))
    rounds = {1 + int(share * iterations): int(n) for share, n in zip(ROUNDS, portions, strict=True)}
    for iteration in range(1, iterations + 1):
        if iteration in rounds and (name != "true_axes" or iteration == 1):
            method.learn(search, rounds[iteration])
        _iterate(search, method, iteration)
    return search.qd_score()


def _iterate(search: Search, method: Method, iteration: int) -> None:
    new = search.ask()
    wider = method.wider(search, new, iteration)
    if wider is None:
        search.tell(new)
    else:
        rows, (low, high) = wider
        search.place(search.projection, rows, low, high)


def _method(name: str, rng: np.random.Generator, flip: float) -> Method:
    asked = Asked(flip, rng)
    if name == "true_axes":
        return TrueAxes()
    return Ours(asked, rng) if name == "ours" else AsPublished(asked, rng, growing=name == "as_published_growing")


def figures(answers: list[int], seeds: int, *, iterations: int = ITERATIONS, flip: float = 0.0) -> dict[str, object]:
    """What is printed: the mean score of the true axes, and (mean, sd) by method and number of answers."""

    def scores(name: str, n: int) -> list[float]:
        return [run(name, n, seed, iterations=iterations, flip=flip) for seed in range(seeds)]

    found: dict[str, object] = {"true_axes": round(float(np.mean(scores("true_axes", 0))), 2)}
    for name in METHODS[1:]:
        by_answers = {n: scores(name, n) for n in answers}
        found[name] = {str(n): [round(float(np.mean(s)), 2), round(float(np.std(s)), 2)] for n, s in by_answers.items()}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--answers", default="50,100,200,1000", help="numbers of answers, with commas between")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--flip", type=float, default=0.0, help="share of answers that are wrong")
    parser.add_argument("--quick", action="store_true", help="50 and 200 answers, one seed")
    args = parser.parse_args()
    answers = [50, 200] if args.quick else [int(n) for n in args.answers.split(",")]
    seeds, start = 1 if args.quick else args.seeds, time.perf_counter()
    found = figures(answers, seeds, flip=args.flip)
    runs = seeds * (1 + (len(METHODS) - 1) * len(answers))
    found |= {"seeds": seeds, "seconds_per_run": round((time.perf_counter() - start) / runs, 1)}
    print(json.dumps(found) if args.json else "\n".join(f"{k}: {v}" for k, v in found.items()), flush=True)


if __name__ == "__main__":
    main()
