"""Groups of raters: are two planted ones found, and is one left whole?

    python -m benchmarks.raters --json [--seeds 10] [--near-ties]

Two groups: 9 + 3 raters × 60 answers on the planted world, each group judging by two axes of its own, none of them among
the widest of the features. One group: 12 raters × 60 answers. ``ari``: adjusted Rand index (Hubert & Arabie 1985) of the
groups found against the planted ones; "recovered": seeds with at least 0.9. ``minority_accuracy``: of unseen answers of
the three, by everyone's axes and by their group's own. ``seconds``: processor time of a search for two groups, one core.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np

from qdhf.judgments.answers import to_answers
from qdhf.judgments.groups import Groups, find_groups
from qdhf.planted_raters import PlantedGroups

EACH = 60
ENOUGH = 0.9


def adjusted_rand(one: Sequence[int], other: Sequence[int]) -> float:
    """1 for the same partition, about 0 for unrelated ones. Of two partitions that are both whole, 1."""
    table = np.zeros((max(one) + 1, max(other) + 1), int)
    np.add.at(table, (np.asarray(one), np.asarray(other)), 1)
    pairs, total = sum(comb(int(n), 2) for n in table.ravel()), comb(len(one), 2)
    rows, columns = (sum(comb(int(n), 2) for n in table.sum(axis=axis)) for axis in (1, 0))
    chance, most = rows * columns / total, (rows + columns) / 2
    return 1.0 if most == chance else (pairs - chance) / (most - chance)


def search(sizes: Sequence[int], seed: int, near_ties: bool) -> tuple[PlantedGroups, Groups, float]:
    """The planted world, the groups found in it, and the processor seconds that took."""
    rng = np.random.default_rng(seed)
    world = PlantedGroups.make(sizes, rng=rng)
    judgments = world.judgments(EACH, rng=rng, near_ties=near_ties)
    answers = to_answers(world.matrix().ids, judgments)
    start = time.process_time()
    found = find_groups(world.features, answers, rng=rng)
    return world, found, time.process_time() - start


def partition(world: PlantedGroups, found: Groups) -> list[int]:
    """The group found of each planted rater."""
    group = {rater: k for k, each in enumerate(found.groups) for rater in each.raters}
    return [group[rater] for rater in world.raters]


def minority(world: PlantedGroups, found: Groups) -> dict[str, float]:
    """Accuracies of the group that holds most of the smaller planted group."""
    few = np.asarray(partition(world, found))[world.group == 1]
    group = found.groups[int(np.bincount(few).argmax())]
    return {name: accuracy.value for name in ("pooled", "own") if (accuracy := getattr(group, name)) is not None}


def two_groups(seeds: int, near_ties: bool) -> dict[str, Any]:
    ari, seconds, accuracy = [], [], []
    for seed in range(seeds):
        world, found, took = search((9, 3), seed, near_ties)
        ari.append(adjusted_rand(world.group.tolist(), partition(world, found)))
        seconds.append(took)
        accuracy.append(minority(world, found))
    return {
        "ari": [round(float(np.mean(ari)), 3), round(min(ari), 3)],
        "recovered": sum(each >= ENOUGH for each in ari), "seeds": seeds,
        "minority_accuracy": {n: round(float(np.mean([a[n] for a in accuracy])), 3) for n in ("pooled", "own")},
        "seconds": round(float(np.mean(seconds)), 1),
    }  # fmt: skip


def one_group(seeds: int, near_ties: bool) -> dict[str, int]:
    whole = [len(search((12,), seed, near_ties)[1]) == 1 for seed in range(seeds)]
    return {"k_is_1": sum(whole), "seeds": seeds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--near-ties", action="store_true", help="raters err as people do, most where it is close")
    args = parser.parse_args()
    figures = {
        "two_groups": two_groups(args.seeds, args.near_ties), "one_group": one_group(args.seeds, args.near_ties),
    }  # fmt: skip
    print(json.dumps(figures) if args.json else "\n".join(f"{k}: {v}" for k, v in figures.items()), flush=True)


if __name__ == "__main__":
    main()
