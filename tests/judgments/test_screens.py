"""Odd-one-out screens and grids: what they show, that none is asked twice, and that the informative ones tell more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest

from qdhf.descriptors.fitting import fit_projection
from qdhf.descriptors.posterior import settle
from qdhf.descriptors.projection import pca_projection
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.judgments.history import History
from qdhf.judgments.mixing import REPEAT_GAP, Situation
from qdhf.judgments.screens import Screen, answer_chances, choose_screens, information, undecided
from qdhf.judgments.triplets import asked
from qdhf.planted import PlantedWorld, answered
from qdhf.types import Judgment, NewQuestion
from qdhf.types.answering import check_question

RATER = "rater"
SCREENS = pytest.mark.parametrize(
    "screen", [Screen.odd(), Screen.grid(), Screen.grid(5, 3)], ids=["odd", "grid", "5of3"]
)


@pytest.fixture(scope="module")
def world() -> PlantedWorld:
    return PlantedWorld.make(rng=np.random.default_rng(0))


def choose(
    world: PlantedWorld, screen: Screen, n: int, judgments: Sequence[Judgment] = (), seed: int = 0, **kw: object
) -> list[NewQuestion]:
    now = Situation(matrix=world.matrix(), history=History(judgments), rater_id=RATER, **kw)  # type: ignore[arg-type]
    return choose_screens(now, screen, n, rng=np.random.default_rng(seed))


def answer_all(questions: Sequence[NewQuestion], start: int = 0, rater: str = RATER) -> list[Judgment]:
    return [
        replace(answered(q, "picked", start + i, rater=rater), kind=q.kind, shown=q.shown, picked=(q.shown[-1],))
        for i, q in enumerate(questions)
    ]


@SCREENS
def test_screens_are_questions_that_may_be_asked_and_none_comes_twice(world: PlantedWorld, screen: Screen) -> None:
    seen: list[Judgment] = []
    for seed in range(6):
        fresh = choose(world, screen, 12, seen, seed)
        for q in fresh:
            check_question(q.kind, (q.reference, q.a, q.b), q.shown)
            assert len(q.shown) == screen.size
        seen += answer_all(fresh, len(seen))
    new = [asked(j) for j in seen if j.strategy != "repeat"]
    assert len(seen) == 72
    assert len(set(new)) == len(new)


@SCREENS
def test_repeats_show_the_same_items_in_another_order(world: PlantedWorld, screen: Screen) -> None:
    seen: list[Judgment] = []
    for seed in range(25):
        seen += answer_all(choose(world, screen, 8, seen, seed), len(seen))
    repeats = [(i, j) for i, j in enumerate(seen) if j.strategy == "repeat"]
    assert 0.02 <= len(repeats) / len(seen) <= 0.09
    place = {j.question_id: i for i, j in enumerate(seen)}
    for i, again in repeats:
        first = seen[place[again.repeat_of]]
        assert i - place[again.repeat_of] >= REPEAT_GAP
        assert asked(first) == asked(again)
    assert any(seen[place[again.repeat_of]].shown != again.shown for _, again in repeats)


def test_every_candidate_comes_to_every_place(world: PlantedWorld) -> None:
    """The item nearest to the reference on the map stands anywhere."""
    places = pca_projection(world.features)(world.features)
    row = {item: i for i, item in enumerate(world.ids)}
    nearest = []
    for seed in range(30):
        for q in choose(world, Screen.grid(), 8, seed=seed):
            on = places[[row[i] for i in q.shown]]
            nearest.append(int(np.argmin(((on[1:] - on[0]) ** 2).sum(axis=1))))
    assert np.bincount(nearest, minlength=8) / len(nearest) == pytest.approx(np.full(8, 1 / 8), abs=0.06)


def test_a_small_study_gets_a_smaller_grid(world: PlantedWorld) -> None:
    few = choose(world, Screen.grid(8, 2), 3, banned=world.ids[4:])
    assert {len(q.shown) for q in few} == {4}
    with pytest.raises(NotEnoughItems, match="2 of 300 may be shown"):
        choose(world, Screen.odd(), 3, banned=world.ids[2:])


@pytest.mark.parametrize(("candidates", "pick"), [(8, 0), (8, 8), (13, 2), (1, 1)])
def test_a_grid_that_cannot_be_answered_is_refused(candidates: int, pick: int) -> None:
    with pytest.raises(InvalidInput, match=f"got {pick} of {candidates}"):
        Screen.grid(candidates, pick)


def test_what_lies_before_others_is_not_chosen_but_some_of_what_they_answered_is(world: PlantedWorld) -> None:
    theirs = answer_all(choose(world, Screen.odd(), 60), rater="other")
    random = {asked(j) for j in theirs if j.strategy == "random"}
    mine = [q for seed in range(20) for q in choose(world, Screen.odd(), 12, theirs, seed)]
    both = [q for q in mine if asked(q) in {asked(j) for j in theirs}]
    assert both
    assert all(q.strategy == "random" and asked(q) in random for q in both)


def by_hand(squares: np.ndarray, pick: int) -> dict[frozenset[int], float]:
    """Every order in which a Plackett–Luce ranking can begin."""
    rates, found = np.exp(-squares), {}
    for order in permutations(range(len(squares)), pick):
        chance, left = 1.0, rates.sum()
        for i in order:
            chance, left = chance * rates[i] / left, left - rates[i]
        found[frozenset(order)] = found.get(frozenset(order), 0.0) + chance
    return found


@pytest.mark.parametrize("pick", [1, 2])
def test_chances_of_answers_are_those_of_a_ranking(pick: int) -> None:
    squares = np.array([0.3, 2.0, 0.7, 1.1])
    wanted = by_hand(squares, pick)
    found = answer_chances(squares, pick)
    assert found == pytest.approx([wanted[frozenset(c)] for c in combinations(range(4), pick)])
    assert found.sum() == pytest.approx(1)


def test_an_undecided_screen_has_no_gap() -> None:
    places = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 3.0]])
    odd = undecided(places, np.array([[0, 1, 2], [0, 1, 3]]), Screen.odd())
    assert odd.tolist() == [0.0, 8.0]  # 1 and 1 of (4, 1, 1); 1 and 9 of (10, 9, 1)
    grid = undecided(places, np.array([[0, 1, 2, 3]]), Screen.grid(3, 2))
    assert grid.tolist() == [8.0]


@SCREENS
def test_informative_screens_tell_more_than_random_ones(world: PlantedWorld, screen: Screen) -> None:
    answers = world.triplets(60, rng=np.random.default_rng(1))
    learned = fit_projection(
        world.features, answers, prior=pca_projection(world.features), rng=np.random.default_rng(2)
    )
    draws = settle(learned.draws, learned.projection, world.features)
    row = {item: i for i, item in enumerate(world.ids)}
    kinds: dict[str, list[list[int]]] = {"informative": [], "random": []}
    for seed in range(8):
        for q in choose(world, screen, 10, seed=seed, projection=learned.projection, draws=draws):
            kinds[q.strategy].append([row[i] for i in q.shown])
    every = np.arange(len(draws))
    told = {
        kind: information(draws, draws(world.features), np.array(screens), screen, every).mean()
        for kind, screens in kinds.items()
    }
    assert told["informative"] > 1.15 * told["random"]
