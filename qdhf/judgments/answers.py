"""Answers of every kind as arrays: triplets, and choices among more than two pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from qdhf.judgments.triplets import to_triplets
from qdhf.types import Answers, Choices, IntArray, Judgment, Triplets

Pairs = list[tuple[int, int]]


def chosen_pairs(judgment: Judgment) -> tuple[list[tuple[str, str]], int] | None:
    """The pairs of items that an odd-one-out or grid answer chose among, the chosen ones first, and how many those are;
    None where it chose nothing ("can't tell", skips, malformed answers and those that picked everything).

    Naming the odd one of three chooses the pair of the other two."""
    shown, picked = judgment.shown, set(judgment.picked)
    if judgment.closer != "picked" or len(set(shown)) != len(shown) or not picked <= set(shown):
        return None
    if judgment.kind == "odd":
        if len(shown) != 3 or len(picked) != 1:
            return None
        pairs = sorted(combinations(shown, 2), key=lambda pair: bool(picked & set(pair)))
        return pairs, 1
    others = shown[1:]
    if judgment.kind != "grid" or shown[0] in picked or not 0 < len(picked) < len(others):
        return None
    return [(shown[0], other) for other in sorted(others, key=lambda o: o not in picked)], len(picked)


def to_answers(ids: Sequence[str], judgments: Iterable[Judgment]) -> Answers:
    """``judgments`` as rows over ``ids`` (the items of a study matrix; an item's number is its row there).

    Left out: what cannot teach, see :func:`~qdhf.judgments.triplets.to_triplets` and :func:`chosen_pairs`. Raters are
    numbered in order of appearance over all kinds.
    """
    every = list(judgments)
    raters = {rater: i for i, rater in enumerate(dict.fromkeys(j.rater_id for j in every))}
    row = {item: i for i, item in enumerate(ids)}
    screens: dict[tuple[int, int], tuple[list[Pairs], list[int]]] = {}
    for j in every:
        found = chosen_pairs(j) if j.kind != "triplet" else None
        if found is None or not all(item in row for item in j.shown):
            continue
        pairs, chosen = found
        rows, who = screens.setdefault((len(pairs), chosen), ([], []))
        rows.append([(row[one], row[other]) for one, other in pairs])
        who.append(raters[j.rater_id])
    choices = tuple(
        Choices(pairs=np.array(rows, np.int64), chosen=chosen, rater=np.array(who, np.int64))
        for (_, chosen), (rows, who) in sorted(screens.items())
    )
    return Answers(triplets=to_triplets(ids, every, raters), choices=choices, raters=tuple(raters))


def implied(answers: Answers) -> Triplets:
    """Every triplet that the answers settle, to measure with: the triplets themselves, and of each choice every chosen
    pair against every other pair that shares an item with it. To learn from, use the choices: these are not independent.
    """
    items, targets, raters = [answers.triplets.items], [answers.triplets.target], [answers.triplets.rater]
    for c in answers.choices:
        found, of = _implied(c)
        items.append(found)
        targets.append(np.ones(len(found), np.float32))
        raters.append(c.rater[of])
    return Triplets(items=np.concatenate(items), target=np.concatenate(targets), rater=np.concatenate(raters))


def _implied(choices: Choices) -> tuple[IntArray, IntArray]:
    """(n, 3) triplets, a chosen, and the screen of each."""
    found: list[tuple[int, int, int]] = []
    of: list[int] = []
    for screen, pairs in enumerate(choices.pairs.tolist()):
        for near in pairs[: choices.chosen]:
            for far in pairs[choices.chosen :]:
                for reference in set(near) & set(far):
                    found.append((reference, sum(near) - reference, sum(far) - reference))
                    of.append(screen)
    return np.array(found, np.int64).reshape(-1, 3), np.array(of, np.int64)
