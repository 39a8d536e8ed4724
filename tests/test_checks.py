"""Checks of arguments: what passes, and what the messages say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from qdhf import checks
from qdhf.errors import InvalidInput


def test_a_matrix_of_floats_comes_back_as_it_is() -> None:
    given = np.ones((2, 3), np.float32)
    assert checks.matrix("features", given) is given


def test_whole_numbers_become_floats() -> None:
    assert checks.matrix("features", [[1, 2]]).dtype == np.float64


@pytest.mark.parametrize(
    ("value", "columns", "message"),
    [
        (np.zeros(3), None, r"features must have shape \(n, d\); got \(3,\)"),
        (np.zeros((2, 3)), 2, r"features must have shape \(n, 2\); got \(2, 3\)"),
        (np.array([["a"]]), None, "features must hold numbers"),
        (np.array([[0.0], [np.nan]]), None, "row 1 holds NaN"),
        (np.array([[np.inf]]), None, "row 0 holds NaN or infinity"),
    ],
)
def test_matrices_that_cannot_be_used_are_named(value: np.ndarray, columns: int | None, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        checks.matrix("features", value, columns)


def test_between_includes_its_ends() -> None:
    assert checks.between("sigma", 0.0, 0, 1) == 0.0
    assert checks.between("sigma", 1.0, 0, 1) == 1.0


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_values_outside_are_refused_with_the_range(value: float) -> None:
    with pytest.raises(InvalidInput, match="sigma must lie between 0 and 1; got"):
        checks.between("sigma", value, 0, 1)


@dataclass(frozen=True)
class Leaf:
    share: float


@dataclass(frozen=True)
class Tree:
    kind: Literal["oak", "elm"] = "oak"
    rings: int = 3
    height: float = 2
    name: str | None = None
    leaves: tuple[Leaf, ...] = ()
    by_size: Mapping[int, str] = field(default_factory=dict)
    bark: NDArray[np.floating[Any]] = field(default_factory=lambda: np.zeros(2))
    found: Any = None


def test_fields_that_hold_what_they_say_pass() -> None:
    checks.typed(Tree())
    checks.typed(Tree(kind="elm", name="a", leaves=(Leaf(1), Leaf(0.5)), by_size={1: "x"}, bark=np.ones(3, np.int64)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "ash"}, {"kind": ["oak"]}, {"rings": 2.5}, {"rings": True}, {"rings": "3"}, {"height": float("nan")},
        {"height": 10**400}, {"height": None}, {"name": 3}, {"leaves": [Leaf(1.0)]}, {"leaves": (1,)},
        {"leaves": (Leaf("a"),)}, {"by_size": {"1": "x"}}, {"by_size": {1: 2}}, {"by_size": [1]}, {"bark": [1.0]},
        {"bark": np.array([np.inf])}, {"bark": np.array(["a"])},
    ],
)  # fmt: skip
def test_fields_that_hold_something_else_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"{min(wrong)}|share is"):
        checks.typed(Tree(**wrong))
