"""The arm benchmark follows the paper's protocol, and repeats itself."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from benchmarks import arm
from benchmarks.arm_methods import AsPublished, Ours, TrueAxes
from benchmarks.arm_search import BATCH, FIRST, Asked, Search, bend, judge, random_arms


def asked(flip: float = 0.0) -> Asked:
    return Asked(flip, np.random.default_rng(1))


def searched(iterations: int = 8) -> Search:
    """A search along the true axes."""
    search = Search(iterations, np.random.default_rng(0))
    TrueAxes().learn(search, 0)
    for _ in range(iterations):
        search.tell(search.ask())
    return search


def test_a_straight_arm_is_best_and_reaches_ten() -> None:
    arms = bend(np.array([[0.0] * 10, [np.pi / 2] + [0.0] * 9]))
    np.testing.assert_allclose(arms.ends, [[10, 0], [0, 10]], atol=1e-12)
    np.testing.assert_allclose(arms.quality, [100, 100 * (1 - 0.09 * np.pi**2 / 4)])
    np.testing.assert_allclose(arms.features[0], [1.0] * 10 + [0.0] * 10)


def test_the_candidate_that_ends_nearer_is_closer() -> None:
    arms = bend(np.array([[0.0] * 10, [0.1] + [0.0] * 9, [2.0] + [0.0] * 9]))
    questions = np.array([[0, 1, 2], [0, 2, 1]])
    rng = np.random.default_rng(0)
    assert judge(arms, questions, rng).target.tolist() == [1, 0]
    assert judge(arms, questions, rng, flip=1).target.tolist() == [0, 1]


def test_questions_of_several_rounds_keep_their_arms() -> None:
    known, rng = asked(), np.random.default_rng(0)
    first, second = random_arms(9, rng), random_arms(6, rng)
    known.ask(first, np.array([[8, 2, 5], [2, 5, 0]]))
    known.ask(second, np.array([[1, 0, 4]]))
    shown = known.arms.angles[known.triplets.items]  # (3, 3, 10)
    np.testing.assert_array_equal(shown[:2], first.angles[[[8, 2, 5], [2, 5, 0]]])
    np.testing.assert_array_equal(shown[2], second.angles[[1, 0, 4]])
    assert len(known.arms) == 7


def test_a_map_of_true_ends_scores_what_its_archive_holds() -> None:
    search = searched()
    assert len(search.arms) == FIRST + 8 * BATCH
    elites = search.arms[search.elites]
    assert search.qd_score() == pytest.approx(elites.quality.sum() / 2500)


def test_bounds_of_the_published_recipe_follow_arms_only_where_they_may_grow() -> None:
    search = searched()
    places = search.places(slice(None))
    search.place(search.projection, search.elites, places.min(axis=0) + 1, places.max(axis=0))
    new = np.arange(len(search.arms))
    assert AsPublished(asked(), np.random.default_rng(0)).wider(search, new, 1) is None
    grown = AsPublished(asked(), np.random.default_rng(0), growing=True).wider(search, new, 1)
    assert grown is not None
    np.testing.assert_array_equal(grown[1], (places.min(axis=0), search.high))


def test_ours_asks_as_many_questions_as_it_was_given_and_places_every_arm() -> None:
    search, known = searched(), asked()
    method = Ours(known, np.random.default_rng(0))
    method.learn(search, 7)
    method.learn(search, 4)
    assert len(known.triplets) == 11
    assert len({tuple(row) for row in known.triplets.items.tolist()}) == 11
    places = search.places(slice(None))
    assert (places >= search.low).all()
    assert (places <= search.high).all()
    assert set(search.elites) <= set(range(len(search.arms)))


@pytest.mark.parametrize("name", arm.METHODS)
def test_equal_seeds_give_equal_scores(name: str) -> None:
    first, again = (arm.run(name, 16, 0, iterations=10) for _ in range(2))
    assert first == again < 100  # bent at random, most arms are worth less than nothing


def test_another_seed_gives_another_score() -> None:
    assert arm.run("true_axes", 0, 0, iterations=10) != arm.run("true_axes", 0, 1, iterations=10)


def test_the_line_has_all_methods_and_numbers_of_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(arm, "run", lambda name, answers, seed, **_: answers + len(name) + 2.0 * seed)
    monkeypatch.setattr(sys, "argv", ["arm", "--json", "--answers", "50,100", "--seeds", "2"])
    arm.main()
    line = json.loads(capsys.readouterr().out)
    assert line.pop("seconds_per_run") >= 0
    assert line == {
        "true_axes": 10.0, "seeds": 2, "ours": {"50": [55.0, 1.0], "100": [105.0, 1.0]},
        "as_published": {"50": [63.0, 1.0], "100": [113.0, 1.0]},
        "as_published_growing": {"50": [71.0, 1.0], "100": [121.0, 1.0]},
    }  # fmt: skip
