"""What is asked next: shares, no doubles, repeats, sides, and that it teaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qdhf.descriptors.fitting import fit_projection
from qdhf.descriptors.posterior import chances, information, settle
from qdhf.descriptors.projection import pca_projection
from qdhf.descriptors.validation import triplet_accuracy
from qdhf.errors import NotEnoughItems
from qdhf.judgments.informative import by_information, margins
from qdhf.judgments.mixing import REPEAT_GAP
from qdhf.judgments.pool import GRID, looked_at, spread_out
from qdhf.judgments.questions import choose_questions
from qdhf.judgments.triplets import to_triplets
from qdhf.planted import PlantedWorld, answered
from qdhf.types import Draws, Judgment, NewQuestion, Question, StudyMatrix, now

RATER = "rater"


@pytest.fixture
def world() -> PlantedWorld:
    return PlantedWorld.make(rng=np.random.default_rng(0))


def choose(
    matrix: StudyMatrix, n: int, judgments: Sequence[Judgment] = (), seed: int = 0, **kw: object
) -> list[NewQuestion]:
    found: list[NewQuestion] = choose_questions(
        matrix, None, judgments, n, rng=np.random.default_rng(seed), rater_id=RATER, **kw
    )
    return found


def key(q: NewQuestion | Judgment) -> tuple[str, frozenset[str]]:
    return q.reference, frozenset((q.a, q.b))


def answer_all(questions: Sequence[NewQuestion], start: int = 0) -> list[Judgment]:
    return [answered(q, "a", start + i) for i, q in enumerate(questions)]


def test_questions_show_three_different_items_and_none_is_asked_twice(world: PlantedWorld) -> None:
    asked: list[Judgment] = []
    for seed in range(6):
        asked += answer_all(choose(world.matrix(), 20, asked, seed), len(asked))
    assert len(asked) == 120
    assert all(len({j.reference, j.a, j.b}) == 3 for j in asked)
    new = [key(j) for j in asked if j.strategy != "repeat"]
    assert len(set(new)) == len(new)


def test_one_in_five_questions_is_random(world: PlantedWorld) -> None:
    counts = Counter(q.strategy for seed in range(60) for q in choose(world.matrix(), 12, seed=seed))
    assert counts["random"] / counts.total() == pytest.approx(0.2, abs=0.04)
    assert counts["repeat"] == 0


def test_repeats_come_after_twenty_answers_with_sides_swapped(world: PlantedWorld) -> None:
    asked: list[Judgment] = []
    for seed in range(25):
        asked += answer_all(choose(world.matrix(), 8, asked, seed), len(asked))
    repeats = [(i, j) for i, j in enumerate(asked) if j.strategy == "repeat"]
    assert 0.02 <= len(repeats) / len(asked) <= 0.09
    place = {j.question_id: i for i, j in enumerate(asked)}
    for i, again in repeats:
        first = asked[place[again.repeat_of]]
        assert i - place[again.repeat_of] >= REPEAT_GAP
        assert (first.reference, first.a, first.b, first.strategy) == (again.reference, again.a, again.b, "informative")
        assert first.left != again.left
    assert len({j.repeat_of for _, j in repeats}) == len(repeats)


def test_other_raters_answers_are_never_repeated(world: PlantedWorld) -> None:
    others = [answered(q, "a", i, rater="other") for i, q in enumerate(choose(world.matrix(), 100))]
    assert all(q.strategy != "repeat" for seed in range(20) for q in choose(world.matrix(), 12, others, seed))


def test_sides_and_candidates_are_shuffled(world: PlantedWorld) -> None:
    asked = [q for seed in range(30) for q in choose(world.matrix(), 12, seed=seed)]
    assert np.mean([q.left == "a" for q in asked]) == pytest.approx(0.5, abs=0.1)
    assert np.mean([q.a < q.b for q in asked]) == pytest.approx(0.5, abs=0.1)


def test_no_item_fills_a_batch(world: PlantedWorld) -> None:
    shown = Counter(i for q in choose(world.matrix(), 20) for i in (q.reference, q.a, q.b))
    assert max(shown.values()) <= 2


def test_banned_items_never_appear(world: PlantedWorld) -> None:
    banned = set(world.ids[10:])
    asked = choose(world.matrix(), 30, banned=banned)
    assert asked
    assert not banned & {i for q in asked for i in (q.reference, q.a, q.b)}


def test_waiting_questions_are_not_chosen_again() -> None:
    matrix = PlantedWorld.make(n=3, rng=np.random.default_rng(0)).matrix()
    first = choose(matrix, 2)
    waiting = [
        Question(
            id=str(i), study_id="s", rater_id=RATER, reference=q.reference, a=q.a, b=q.b, left=q.left,
            strategy=q.strategy, repeat_of=None, created_at=now(),
        )
        for i, q in enumerate(first)
    ]  # fmt: skip
    rest = choose(matrix, 9, waiting=waiting)
    assert len({key(q) for q in first} | {key(q) for q in rest}) == 3
    assert len(first) + len(rest) == 3


def test_three_items_hold_three_questions_and_then_none() -> None:
    matrix = PlantedWorld.make(n=3, rng=np.random.default_rng(0)).matrix()
    asked = answer_all(choose(matrix, 50))
    assert len({key(j) for j in asked}) == len(asked) == 3
    assert choose(matrix, 50, asked) == []


def test_two_items_hold_no_question(world: PlantedWorld) -> None:
    with pytest.raises(NotEnoughItems, match="2 of 300 may be shown"):
        choose(world.matrix(), 5, banned=world.ids[2:])


def test_the_same_seed_asks_the_same(world: PlantedWorld) -> None:
    assert choose(world.matrix(), 12) == choose(world.matrix(), 12)


def test_margins_are_differences_of_squared_distances() -> None:
    places = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]])
    assert margins(places, np.array([[0, 1, 2], [1, 0, 2]])).tolist() == [8.0, 9.0]


def test_informative_questions_are_closer_calls_than_random_ones(world: PlantedWorld) -> None:
    projection = pca_projection(world.features)
    before = [answered(q, "a", i, rater="other") for i, q in enumerate(choose(world.matrix(), 100))]
    row, calls = {item: i for i, item in enumerate(world.ids)}, {"informative": [], "random": []}
    for seed in range(20):
        for q in choose_questions(world.matrix(), projection, before, 12, rng=np.random.default_rng(seed)):
            calls[q.strategy].append([row[i] for i in (q.reference, q.a, q.b)])
    close, any_ = (
        np.median(margins(projection(world.features), np.array(calls[s]))) for s in ("informative", "random")
    )
    assert close < any_ / 2


def test_exact_copies_are_asked_about_last() -> None:
    features = np.repeat(np.random.default_rng(0).normal(size=(4, 5)), 2, axis=0).astype(np.float32)
    matrix = StudyMatrix(
        ids=tuple("abcdefgh"), positions=np.arange(8), features=features, quality=np.ones(8, np.float32)
    )
    asked = [q for q in choose(matrix, 20) if q.strategy == "informative"]
    copies = {frozenset(p) for p in ("ab", "cd", "ef", "gh")}
    assert not any(frozenset((q.a, q.b)) in copies for q in asked)


def learned(world: PlantedWorld, seed: int, active: bool) -> float:
    """Accuracy after 100 trained answers, refitted after each 20."""
    rng, matrix, prior = np.random.default_rng(seed), world.matrix(), pca_projection(world.features)
    answers, draws, projection = world.judgments(20, rng=rng), None, prior
    while True:
        found = fit_projection(world.features, to_triplets(matrix.ids, answers), prior=prior, rng=rng)
        projection, draws = found.projection, settle(found.draws, found.projection, world.features)
        if len(answers) >= 100:
            break
        asked = choose_questions(matrix, projection, answers, 40, rng=rng, draws=draws)
        wanted = [q for q in asked if q.strategy == "informative"][:20]
        fresh = wanted if active else world.judgments(20, rng=rng)
        answers += [answered(q, world.answer(q, rng=rng), 0) for q in fresh]
    found_accuracy = triplet_accuracy(projection, world.features, world.triplets(3000, rng=np.random.default_rng(99)))
    assert found_accuracy is not None
    return found_accuracy.value


def test_informative_questions_teach_more_than_random_ones() -> None:
    worlds = [PlantedWorld.make(rng=np.random.default_rng(seed)) for seed in range(3)]
    active, random = ([learned(w, seed, a) for seed, w in enumerate(worlds)] for a in (True, False))
    assert np.mean(active) >= np.mean(random) + 0.02


@pytest.fixture(scope="module")
def drawn() -> tuple[PlantedWorld, Draws]:
    world = PlantedWorld.make(rng=np.random.default_rng(0))
    answers = world.triplets(60, rng=np.random.default_rng(1))
    found = fit_projection(world.features, answers, prior=pca_projection(world.features), rng=np.random.default_rng(2))
    return world, settle(found.draws, found.projection, world.features)


def test_with_draws_the_questions_asked_tell_more_than_random_ones(drawn: tuple[PlantedWorld, Draws]) -> None:
    world, draws = drawn
    row, kinds = {item: i for i, item in enumerate(world.ids)}, {"informative": [], "random": []}
    for seed in range(10):
        for q in choose(world.matrix(), 12, seed=seed, draws=draws):
            kinds[q.strategy].append([row[i] for i in (q.reference, q.a, q.b)])
    told = {k: information(chances(draws, draws(world.features), np.array(v))).mean() for k, v in kinds.items()}
    assert told["informative"] > 1.5 * told["random"]


def test_a_batch_holds_no_two_questions_that_tell_the_same(drawn: tuple[PlantedWorld, Draws]) -> None:
    """Every question stands beside its mirror image and a copy about the same items: one of the three is enough."""
    world, draws = drawn
    rng = np.random.default_rng(0)
    some = np.array([rng.permutation(300)[:3] for _ in range(100)])
    triplets = np.concatenate([some, some[:, [0, 2, 1]], some])
    first = by_information(draws, world.features, triplets, 12)[:12] % 100
    assert len(set(first.tolist())) == 12
    alone = np.argsort(-information(chances(draws, draws(world.features), triplets)), kind="stable")[:12] % 100
    assert len(set(alone.tolist())) == 4


def test_every_question_is_ranked_once(drawn: tuple[PlantedWorld, Draws]) -> None:
    world, draws = drawn
    triplets = np.array([np.random.default_rng(i).permutation(300)[:3] for i in range(50)])
    assert sorted(by_information(draws, world.features, triplets, 12).tolist()) == list(range(50))


def test_thin_parts_of_the_map_get_their_turn() -> None:
    rng = np.random.default_rng(0)
    crowd, few = rng.normal(size=(980, 2)) * 0.05, rng.uniform(2, 3, (20, 2))
    taken = spread_out(np.concatenate([crowd, few]), 100, rng)
    assert len(set(taken.tolist())) == 100
    assert (taken >= 980).sum() >= 10  # two in a hundred by chance
    assert len(spread_out(crowd[:50], 100, rng)) == 50
    assert GRID > 1


def test_the_newest_items_are_looked_at_more_often() -> None:
    rows = np.arange(10_000)
    looked = looked_at(rows, np.random.default_rng(0))
    assert len(set(looked.tolist())) == len(looked) == 800
    assert (looked >= 9000).sum() >= 200  # 80 by chance
    assert looked_at(rows[:30], np.random.default_rng(0)).tolist() == list(range(30))


def test_raters_are_given_some_of_each_others_random_questions(world: PlantedWorld) -> None:
    rng = np.random.default_rng(0)
    others = world.judgments(60, rng=rng, strategy="random")
    others = [replace(j, rater_id="other") for j in others]
    theirs, shared, random = {key(j) for j in others}, 0, 0
    for seed in range(30):
        questions = choose(world.matrix(), 12, others, seed)
        assert len({key(q) for q in questions}) == len(questions)
        random += sum(q.strategy == "random" for q in questions)
        shared += sum(q.strategy == "random" and key(q) in theirs for q in questions)
        assert not any(q.strategy == "informative" and key(q) in theirs for q in questions)
    assert shared / random == pytest.approx(0.5, abs=0.12)


def test_nobody_is_given_the_same_shared_question_twice(world: PlantedWorld) -> None:
    others = [replace(j, rater_id="other") for j in world.judgments(8, rng=np.random.default_rng(0), strategy="random")]
    asked = list(others)
    for seed in range(30):
        asked += answer_all(choose(world.matrix(), 12, asked, seed), len(asked))
    own = [key(j) for j in asked if j.rater_id == RATER and j.strategy == "random"]
    assert len(set(own)) == len(own)
    assert {key(j) for j in others} <= set(own)
