"""A sheet of made-up items for the stage and for tests that look over the browser's shoulder."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np

from qdhf.search.tessellation import nearest, tessellate
from qdhf.studio.map_sheet import Sheet
from qdhf.types import Fit


def planted_sheet(dims: tuple[int, int] = (8, 6), share: float = 0.6, even: int = 0, version: int = 1) -> Sheet:
    """Each of the cells of a grid of ``dims`` holds one to three items, or none (``share`` hold some); ``even``: so many
    even cells instead. Items stand at every second position from 3 on, in random order; another ``version`` turns the map
    upside down."""
    rng = np.random.default_rng(1)
    filled = np.flatnonzero(rng.random(dims[0] * dims[1]) < share)
    cells = rng.permutation(np.repeat(filled, rng.integers(1, 4, len(filled))))
    places = (np.stack(np.unravel_index(cells, dims), axis=1) + rng.uniform(0.1, 0.9, (len(cells), 2))) / dims
    if version > 1:
        places = 1 - places
        cells = np.ravel_multi_index(tuple(np.minimum((places * dims).astype(int), np.array(dims) - 1).T), dims)
    tiling = tessellate(even) if even else None
    return Sheet(
        study_id="staged", fit=cast(Fit, SimpleNamespace(id=f"fit-{version}", version=version)),
        ids=tuple(f"item-{row}" for row in range(len(cells))), positions=3 + 2 * np.arange(len(cells)), places=places,
        features=places,
        cells=cells.astype(np.int64) if tiling is None else nearest(places, tiling), quality=rng.random(len(cells)).round(3),
        low=np.zeros(2), high=np.ones(2), dims=dims, tiling=tiling, aimable=version == 1,
    )  # fmt: skip
