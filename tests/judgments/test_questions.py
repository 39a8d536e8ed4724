"""What is asked next: shares, no doubles, repeats, sides, and that it teaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from qdhf.descriptors.fitting import Candidate, fit_projection
from qdhf.descriptors.projection import pca_projection
from qdhf.descriptors.validation import triplet_accuracy
from qdhf.errors import NotEnoughItems
from qdhf.judgments.questions import REPEAT_GAP, choose_questions, margins
from qdhf.judgments.triplets import to_triplets
from qdhf.planted import PlantedWorld, answered
from qdhf.types import Judgment, NewQuestion, Projection, Question, StudyMatrix, now

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
    """Accuracy after 200 trained answers, 10 % of them wrong, refitted after each 40."""
    rng, matrix, prior = np.random.default_rng(seed), world.matrix(), pca_projection(world.features)
    answers: list[Judgment] = []
    projection: Projection = prior
    while len(answers) < 200:
        asked = choose_questions(matrix, projection, answers, 50, rng=rng)
        wanted = [q for q in asked if q.strategy == "informative"][:40] if active else []
        fresh = world.judgments(40, rng=rng) if not active else []
        made = [answered(q, world.answer(q, rng=rng, flip=0.1), 0) for q in wanted]
        flipped = [answered(j, world.answer(j, rng=rng, flip=0.1), 0) for j in fresh]
        answers += made + flipped
        triplets, candidates = to_triplets(matrix.ids, answers), (Candidate(strength=10.0, to_prior=False),)
        projection = fit_projection(world.features, triplets, prior=prior, rng=rng, candidates=candidates).projection
    found = triplet_accuracy(projection, world.features, world.triplets(3000, rng=np.random.default_rng(99)))
    assert found is not None
    return found.value


def test_informative_questions_teach_at_least_as_much_as_random_ones() -> None:
    worlds = [PlantedWorld.make(rng=np.random.default_rng(seed)) for seed in range(4)]
    active, random = ([learned(w, seed, a) for seed, w in enumerate(worlds)] for a in (True, False))
    assert np.mean(active) >= np.mean(random) - 0.01  # 0.91 against 0.84 measured
