"""Related but different: walks solved by hand and by matrices, neighbours by brute force, planted modes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from qdhf.curate import related as module
from qdhf.curate.related import directions, nearest_graph, pagerank_from, related
from qdhf.errors import InvalidInput


def graph(weights: list[list[float]]) -> csr_array:
    return csr_array(np.array(weights))


def test_a_walk_between_two_is_found_at_the_start_by_1_of_1_plus_c() -> None:
    c = 0.85
    np.testing.assert_allclose(pagerank_from(graph([[0, 3], [3, 0]]), 0), [1 / (1 + c), c / (1 + c)], atol=1e-9)


def test_edges_are_followed_in_proportion_to_their_weight() -> None:
    found = pagerank_from(graph([[0, 1, 3], [1, 0, 0], [3, 0, 0]]), 0)
    assert found[2] == pytest.approx(3 * found[1])
    assert found.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("damping", [0.0, 0.5, 0.85, 0.99])
def test_a_walk_is_what_solving_the_equations_gives(damping: float) -> None:
    rng = np.random.default_rng(1)
    weights = np.triu(rng.random((12, 12)) * (rng.random((12, 12)) < 0.3), 1)
    weights = weights + weights.T
    weights[:, 7] = weights[7] = 0.0  # no edge leads on from here
    degree = weights.sum(axis=1)
    start = np.zeros(12)
    start[3] = 1.0
    steps = np.where(degree[:, None] > 0, weights / np.where(degree > 0, degree, 1)[:, None], start)
    solved = np.linalg.solve(np.eye(12) - damping * steps.T, (1 - damping) * start)
    found = pagerank_from(csr_array(weights), 3, damping=damping)
    np.testing.assert_allclose(found, solved, atol=1e-8)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


def test_what_no_edge_reaches_is_never_walked_to() -> None:
    np.testing.assert_array_equal(pagerank_from(graph([[0, 0], [0, 0]]), 1), [0.0, 1.0])
    found = pagerank_from(graph([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]), 0)
    assert found[2:].tolist() == [0.0, 0.0]


def test_a_row_that_is_not_there_is_refused() -> None:
    for row in (-1, 2):
        with pytest.raises(InvalidInput, match=f"rows 0 to 1; got {row}"):
            pagerank_from(graph([[0, 1], [1, 0]]), row)
    with pytest.raises(InvalidInput, match="damping"):
        pagerank_from(graph([[0, 1], [1, 0]]), 0, damping=1.0)


def brute(units: np.ndarray, k: int) -> np.ndarray:
    """The graph as its definition says, one pair at a time."""
    n = len(units)
    alike = units.astype(np.float64) @ units.T
    nearest = [set(sorted((j for j in range(n) if j != i), key=lambda j: -alike[i, j])[:k]) for i in range(n)]
    weights = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j and (j in nearest[i] or i in nearest[j]):
                weights[i, j] = max(alike[i, j], 0.0)
    return weights


@pytest.mark.parametrize("numbers", [8_000_000, 100])
def test_neighbours_are_those_of_brute_force_in_any_blocks(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NUMBERS", numbers)
    units = directions(np.random.default_rng(2).normal(size=(40, 6)))
    found = nearest_graph(units, 4)
    np.testing.assert_allclose(found.toarray(), brute(units, 4), atol=1e-6)
    assert (found != found.T).nnz == 0
    assert found.diagonal().tolist() == [0.0] * 40


@pytest.mark.parametrize("n", [0, 1, 2])
def test_very_few_items_have_a_graph_too(n: int) -> None:
    assert nearest_graph(directions(np.random.default_rng(0).normal(size=(n, 3)))).shape == (n, n)


def test_directions_are_unit_differences_from_the_mean() -> None:
    x = np.array([[1.0, 0], [3, 0], [2, 0], [2, 2], [2, -2]])
    np.testing.assert_allclose(directions(x), [[-1, 0], [1, 0], [0, 0], [0, 1], [0, -1]], atol=1e-7)
    assert directions(np.ones((3, 4))).tolist() == [[0.0] * 4] * 3


def test_wide_features_are_compared_nearly_as_they_are() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 8)) @ rng.normal(size=(8, 500)) + 0.01 * rng.normal(size=(300, 500))
    short, whole = directions(x), x - x.mean(axis=0)
    whole /= np.linalg.norm(whole, axis=1, keepdims=True)
    assert short.shape == (300, 64)
    np.testing.assert_allclose(short @ short.T, whole @ whole.T, atol=0.01)


def modes(count: int, each: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(n, 32) features of ``each`` items around ``count`` middles, and the middle of each item."""
    of = np.repeat(np.arange(count), each)
    return rng.normal(size=(count, 32))[of] + 0.05 * rng.normal(size=(len(of), 32)), of


@pytest.mark.parametrize("seed", range(5))
def test_of_ten_modes_the_nearest_five_show_one_and_the_related_five_show_five(seed: int) -> None:
    x, of = modes(10, 30, np.random.default_rng(seed))
    units = directions(x)
    nearest = np.argsort(-(units @ units[0]))[1:6]
    assert set(of[nearest]) == {0}
    chosen = related(units, nearest_graph(units), 0, 5)
    assert len(set(of[chosen]) - {0}) == 5


def test_what_the_walk_reaches_comes_before_what_is_merely_as_alike() -> None:
    start, near, far = np.eye(4)[0], 0.6 * np.eye(4)[0] + 0.8 * np.eye(4)[1], 0.6 * np.eye(4)[0] + 0.8 * np.eye(4)[2]
    units = np.stack([start, near, far])
    assert related(units, graph([[0, 1, 0], [1, 0, 0], [0, 0, 0]]), 0) == [1, 2]
    assert related(units, graph([[0, 0, 1], [0, 0, 0], [1, 0, 0]]), 0) == [2, 1]


def test_copies_of_the_item_and_of_each_other_are_left_out() -> None:
    units = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1.0]])
    weights = np.ones((5, 5)) - np.eye(5)
    chosen = related(units, csr_array(weights), 0, 5)
    assert sorted(chosen) in ([2, 4], [3, 4])
    assert related(units, csr_array(weights), 0, 1) == chosen[:1]
    assert related(units[:1], nearest_graph(units[:1]), 0) == []


def test_no_random_numbers_are_drawn() -> None:
    x, _ = modes(4, 20, np.random.default_rng(0))
    first, second = (related(directions(x), nearest_graph(directions(x)), 5) for _ in range(2))
    assert first == second
