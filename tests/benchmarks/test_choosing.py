"""The benchmark of choosing, on few items."""

from __future__ import annotations

import numpy as np

from benchmarks.choosing import cost, figures
from qdhf.curate.methods import METHODS


def test_every_way_is_measured_at_every_size() -> None:
    found = figures(400, 12, [5, 20])
    assert {name: list(found[name]) for name in METHODS} == {name: ["5", "20"] for name in METHODS}
    assert found["card"].keys() == {"5", "20"}
    assert 380 <= found["passing"] < 400  # 3 % are near copies, some of them of one another


def test_memory_is_the_most_held_at_once() -> None:
    assert 8 <= cost(lambda: np.zeros(10**6).sum())["mb"] < 9
