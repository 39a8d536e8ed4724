"""Pairs for "which is better?"."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from qdhf.errors import NotEnoughItems
from qdhf.judgments.asking import choose
from qdhf.judgments.better import RIVALS, choose_pairs
from qdhf.judgments.history import History
from qdhf.judgments.mixing import Situation
from qdhf.judgments.triplets import asked
from qdhf.planted import PlantedWorld, answered
from qdhf.types import Guide, Judgment, NewQuestion
from qdhf.types.answering import check_question


@pytest.fixture(scope="module")
def world() -> PlantedWorld:
    return PlantedWorld.make(n=60, rng=np.random.default_rng(0))


def pairs(world: PlantedWorld, n: int, judgments: list[Judgment], seed: int = 0, **kw: object) -> list[NewQuestion]:
    quality = np.linspace(0, 1, 60, dtype=np.float32)[np.random.default_rng(1).permutation(60)]
    matrix = replace(world.matrix(), quality=quality)
    now = Situation(matrix=matrix, history=History(judgments), rater_id="rater", **kw)  # type: ignore[arg-type]
    return choose_pairs(now, n, rng=np.random.default_rng(seed))


def answer(questions: list[NewQuestion], start: int) -> list[Judgment]:
    return [replace(answered(q, "a", start + i), kind="better", shown=q.shown) for i, q in enumerate(questions)]


def test_every_item_gets_its_turn_and_no_pair_comes_twice(world: PlantedWorld) -> None:
    seen: list[Judgment] = []
    for seed in range(12):
        fresh = pairs(world, 10, seen, seed)
        for q in fresh:
            check_question(q.kind, (q.reference, q.a, q.b), q.shown)
        seen += answer(fresh, len(seen))
    new = [asked(j) for j in seen if j.strategy != "repeat"]
    assert len(set(new)) == len(new)
    counts = Counter(i for j in seen if j.strategy == "informative" for i in (j.a, j.b))
    assert len(counts) == 60
    assert max(counts.values()) <= 6
    repeats = [j for j in seen if j.strategy == "repeat"]
    first = {j.question_id: j for j in seen}
    assert repeats
    assert all(first[j.repeat_of].left != j.left and first[j.repeat_of].a == j.a for j in repeats)


def test_rivals_are_near_in_quality(world: PlantedWorld) -> None:
    quality = np.linspace(0, 1, 60, dtype=np.float32)[np.random.default_rng(1).permutation(60)]
    rank = dict(zip(world.ids, np.argsort(np.argsort(quality)), strict=True))
    asked_ = pairs(world, 20, [])
    apart = [abs(int(rank[q.a]) - int(rank[q.b])) for q in asked_ if q.strategy == "informative"]
    assert apart
    assert max(apart) <= RIVALS


def test_one_item_cannot_be_better(world: PlantedWorld) -> None:
    with pytest.raises(NotEnoughItems, match="1 of 60 may be shown"):
        pairs(world, 3, [], banned=world.ids[1:])
    assert len(pairs(world, 3, [], banned=world.ids[2:])) == 1


def test_senses_to_compare_in_are_drawn_for_all_kinds_but_better(world: PlantedWorld) -> None:
    now = Situation(matrix=world.matrix(), history=History(), rater_id="rater")
    guide = Guide(study_id="s", aspects=("colour", "layout"), candidates=5, pick=1)
    for kind in ("triplet", "odd", "grid"):
        chosen = choose(now, kind, guide, 30, rng=np.random.default_rng(0))  # type: ignore[arg-type]
        senses = Counter(q.aspect for q in chosen)
        assert set(senses) == {"colour", "layout"}
        assert min(senses.values()) >= 5
    assert {len(q.shown) for q in choose(now, "grid", guide, 5, rng=np.random.default_rng(0))} == {6}
    assert {q.aspect for q in choose(now, "better", guide, 9, rng=np.random.default_rng(0))} == {""}
    assert {q.aspect for q in choose(now, "triplet", Guide(study_id="s"), 9, rng=np.random.default_rng(0))} == {""}


def test_what_is_asked_again_keeps_its_sense(world: PlantedWorld) -> None:
    guide, seen = Guide(study_id="s", aspects=("colour", "layout", "style")), []
    for seed in range(20):
        now = Situation(matrix=world.matrix(), history=History(seen), rater_id="rater")
        for q in choose(now, "triplet", guide, 8, rng=np.random.default_rng(seed)):
            seen.append(replace(answered(q, "a", len(seen)), aspect=q.aspect))
    first = {j.question_id: j.aspect for j in seen}
    repeats = [j for j in seen if j.strategy == "repeat"]
    assert len(repeats) >= 3
    assert all(first[j.repeat_of] == j.aspect for j in repeats)
