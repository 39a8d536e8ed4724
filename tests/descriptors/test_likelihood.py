"""How probable answers are: closed forms, brute force over rankings, and slopes."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.special import expit

from qdhf.descriptors.likelihood import Likelihood, as_answers, selected
from qdhf.types import Answers, Choices, FloatArray, Triplets


def triplets(n: int, rng: np.random.Generator, targets: tuple[float, ...] = (0.0, 0.5, 1.0)) -> Triplets:
    items = np.array([rng.permutation(9)[:3] for _ in range(n)], np.int64).reshape(-1, 3)
    return Triplets(items=items, target=rng.choice(targets, n).astype(np.float32), rater=rng.integers(0, 2, n))


def grids(n: int, width: int, chosen: int, rng: np.random.Generator) -> Choices:
    shown = np.stack([rng.permutation(9)[: width + 1] for _ in range(n)])
    pairs = np.stack([np.broadcast_to(shown[:, :1], (n, width)), shown[:, 1:]], axis=2)
    return Choices(pairs=pairs, chosen=chosen, rater=np.zeros(n, np.int64))


def ranked_first(squares: FloatArray, chosen: int) -> float:
    """Plackett–Luce probability that the first ``chosen`` come first in any order, by adding up every order."""
    total = 0.0
    for order in permutations(range(chosen)):
        left, chance = list(range(len(squares))), 1.0
        for i in order:
            chance *= np.exp(-squares[i]) / np.exp(-squares[left]).sum()
            left.remove(i)
        total += chance
    return total


def test_a_triplet_is_a_logistic_choice_with_lapses() -> None:
    answers = Triplets(items=np.array([[0, 1, 2]]), target=np.ones(1, np.float32), rater=np.zeros(1, np.int64))
    likelihood = Likelihood(as_answers(answers))
    assert likelihood.pairs.tolist() == [[0, 2], [0, 1]]
    value, _, _ = likelihood(np.array([[3.0], [1.0]]), np.array([0.1]))
    assert np.exp(value[0, 0]) == pytest.approx(0.1 + 0.8 * expit(2.0))


def test_a_graded_answer_weighs_both_sides() -> None:
    items = np.array([[0, 1, 2]])
    at = np.array([[3.0], [1.0]])

    def log_chance(target: float) -> float:
        one = Triplets(items=items, target=np.array([target], np.float32), rater=np.zeros(1, np.int64))
        return float(Likelihood(as_answers(one))(at, np.zeros(1))[0][0, 0])

    assert log_chance(0.75) == pytest.approx(0.75 * log_chance(1.0) + 0.25 * log_chance(0.0))
    assert log_chance(0.5) == pytest.approx(0.5 * (log_chance(1.0) + log_chance(0.0)))


@pytest.mark.parametrize(("width", "chosen"), [(3, 1), (5, 2), (8, 2), (6, 3), (7, 4)])
@pytest.mark.parametrize("wide", [0.3, 3.0, 12.0])
def test_the_k_most_alike_have_the_chance_of_all_their_rankings(width: int, chosen: int, wide: float) -> None:
    rng = np.random.default_rng(width)
    choices = grids(20, width, chosen, rng)
    squares = wide * rng.random(20 * width)
    likelihood = Likelihood(Answers(triplets=triplets(0, rng), choices=(choices,)))
    value, _, _ = likelihood(squares[:, None], np.zeros(1))
    wanted = [ranked_first(row, chosen) for row in squares.reshape(20, width)]
    assert np.exp(value[:, 0]) == pytest.approx(wanted, rel=1e-6, abs=1e-12)


def test_an_odd_one_out_is_a_softmax_over_three_pairs() -> None:
    pairs = np.array([[[0, 1], [0, 2], [1, 2]]])
    one = Choices(pairs=pairs, chosen=1, rater=np.zeros(1, np.int64))
    likelihood = Likelihood(Answers(triplets=triplets(0, np.random.default_rng(0)), choices=(one,)))
    value, _, _ = likelihood(np.array([[1.0], [2.0], [4.0]]), np.array([0.05]))
    seen = np.exp(-1) / (np.exp(-1) + np.exp(-2) + np.exp(-4))
    assert np.exp(value[0, 0]) == pytest.approx(0.1 / 3 + 0.9 * seen)


def test_a_grid_of_two_is_a_triplet() -> None:
    rng = np.random.default_rng(0)
    choice = grids(10, 2, 1, rng)
    same = Triplets(
        items=np.stack([choice.pairs[:, 0, 0], choice.pairs[:, 0, 1], choice.pairs[:, 1, 1]], axis=1),
        target=np.ones(10, np.float32), rater=np.zeros(10, np.int64),
    )  # fmt: skip
    squares, lapse = rng.random((9, 9)) * 4, np.array([0.07])
    found = []
    for answers in (as_answers(same), Answers(triplets=triplets(0, rng), choices=(choice,))):
        likelihood = Likelihood(answers)
        found.append(likelihood(squares[tuple(likelihood.pairs.T)][:, None], lapse)[0][:, 0])
    assert found[0] == pytest.approx(found[1])


def test_slopes_are_those_of_the_value() -> None:
    rng = np.random.default_rng(3)
    answers = Answers(
        triplets=triplets(8, rng, (0.0, 0.25, 0.5, 1.0)), choices=(grids(4, 5, 2, rng), grids(3, 3, 1, rng))
    )
    likelihood = Likelihood(answers)
    squares, lapse = 3 * rng.random((len(likelihood.pairs), 2)), np.array([0.03, 0.2])
    heat = np.array([[0.8, 1.1], [1.3, 0.9]])
    _, slope, by_lapse = likelihood(squares, lapse, heat)
    step = 1e-6
    for pair in range(len(squares)):
        up, down = squares.copy(), squares.copy()
        up[pair] += step
        down[pair] -= step
        change = (likelihood(up, lapse, heat)[0] - likelihood(down, lapse, heat)[0]).sum(axis=0) / (2 * step)
        assert slope[pair] == pytest.approx(change, rel=1e-4, abs=1e-6)
    change = (likelihood(squares, lapse + step, heat)[0] - likelihood(squares, lapse - step, heat)[0]) / (2 * step)
    assert by_lapse == pytest.approx(change, rel=1e-4, abs=1e-5)


def test_rows_can_be_selected_across_kinds() -> None:
    rng = np.random.default_rng(0)
    answers = Answers(triplets=triplets(5, rng), choices=(grids(4, 5, 2, rng),), raters=("x", "y"))
    part = selected(answers, np.array([0, 3, 6, 8]))
    assert part.triplets.items.tolist() == answers.triplets.items[[0, 3]].tolist()
    assert part.choices[0].pairs.tolist() == answers.choices[0].pairs[[1, 3]].tolist()
    assert part.raters == ("x", "y")


def test_blocks_hold_every_pair_once() -> None:
    rng = np.random.default_rng(0)
    likelihood = Likelihood(Answers(triplets=triplets(5, rng), choices=(grids(4, 5, 2, rng),)))
    pairs = np.concatenate([column for block in likelihood.blocks(2) for column in block])
    assert sorted(pairs.tolist()) == list(range(len(likelihood.pairs)))
