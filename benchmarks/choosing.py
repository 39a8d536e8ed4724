"""How long each way of choosing a set takes, and how much memory, among many items.

    python -m benchmarks.choosing --json [--items 10000] [--features 576] [--sizes 100,1000]

``s``: processor seconds of one choice on one thread (a busy machine does not count); ``mb``: the most memory that it held at
once beyond the items themselves. ``screen``: leaving out what is banned, too bad, or a near copy (cosine .999) of something
better, which every choice does first. ``card``: quality, diversity and coverage of a set, of all items and of 20 random sets.
``different`` … ``direction``: the ways, by size of the set. Items are normal in 20 hidden directions, of which the map shows
2 and each of three groups of raters 2 others; 3 % are near copies.
"""

from __future__ import annotations

import argparse
import json
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from qdhf.curate.card import set_card
from qdhf.curate.methods import METHODS
from qdhf.curate.pool import Pool, Wish
from qdhf.curate.screening import Limits, screen
from qdhf.descriptors.blas import one_thread
from qdhf.search.archive import place
from qdhf.types import Fit, FitReport, Projection, StudyMatrix

HIDDEN, GROUPS, DIMS = 20, 3, (50, 50)
NEAR, COPIED = 0.999, 0.03
DIAL = {"quality": 1.0, "axis": -0.5}


def pool_of(items: int, features: int, rng: np.random.Generator) -> Pool:
    """The items to choose from."""
    hidden = rng.normal(size=(items, HIDDEN))
    x = hidden @ rng.normal(size=(HIDDEN, features)) + 0.3 * rng.normal(size=(items, features)) + 0.5
    copies = rng.choice(items, int(COPIED * items), replace=False)
    x[copies] = x[rng.integers(0, items, len(copies))] + 0.01 * rng.normal(size=(len(copies), features))
    places, quality = hidden[:, :2], rng.random(items)
    return Pool(
        places=places, features=x.astype(np.float32), quality=quality, dims=DIMS,
        cells=place(places, np.full(2, -3.0), np.full(2, 3.0), DIMS),
        groups=tuple(hidden[:, 2 + 2 * g : 4 + 2 * g] for g in range(GROUPS)),
        objectives={"quality": quality, "axis": places[:, 0]},
    )  # fmt: skip


def cost(work: Callable[[], Any]) -> dict[str, float]:
    """Processor seconds of a first run, and the peak of what a second one allocates, in megabytes."""
    start = time.process_time()
    work()
    seconds = time.process_time() - start
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"s": round(seconds, 3), "mb": round(peak / 1e6, 1)}


def fitted(pool: Pool) -> tuple[StudyMatrix, Fit]:
    """The pool as a study whose map shows the first two features: what a card is made from."""
    n, d = pool.features.shape
    matrix = StudyMatrix(
        ids=tuple(map(str, range(n))), positions=np.arange(n), features=pool.features,
        quality=pool.quality.astype(np.float32),
    )  # fmt: skip
    weights = np.eye(2, d) / pool.features[:, :2].std(axis=0)[:, None]
    report = FitReport(
        method="pca", n_train=0, n_held_out=0, held_out=None, baseline=None, train=None, consistency=None, strength=0,
        lapse=0, seconds=0,
    )  # fmt: skip
    fit = Fit(
        id="f", study_id="s", version=1, key="", encoder="e", low=np.full(2, -3.0), high=np.full(2, 3.0), report=report,
        projection=Projection(weights=weights, mean=pool.features.mean(axis=0), scale=1.0), judgments=0,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return matrix, fit


def figures(items: int, features: int, sizes: list[int]) -> dict[str, Any]:
    pool = pool_of(items, features, np.random.default_rng(0))
    found: dict[str, Any] = {"items": items, "features": features}
    found["screen"] = cost(lambda: screen(pool, Limits(copies=NEAR)))
    passing = pool.take(screen(pool, Limits(copies=NEAR)).rows)
    found["passing"] = len(passing)
    matrix, fit = fitted(pool)
    for name in ("card", *METHODS):
        found[name] = {}
        for k in sizes:
            if name == "card":
                rows = np.arange(k)
                work = lambda rows=rows: set_card(matrix, fit, rows, rng=np.random.default_rng(0), dims=DIMS)  # noqa: E731
            else:
                wish = Wish(k=k, dial=DIAL)
                work = lambda name=name, wish=wish: METHODS[name].choose(passing, wish)  # noqa: E731
            found[name][str(k)] = cost(work)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one line of JSON; it is the only format")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--features", type=int, default=576)
    parser.add_argument("--sizes", default="100,1000", help="of the set, comma-separated")
    given = parser.parse_args()
    with one_thread():
        print(json.dumps(figures(given.items, given.features, [int(k) for k in given.sizes.split(",")])))


if __name__ == "__main__":
    main()
