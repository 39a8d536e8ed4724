"""Cells of about equal area, in any number, in place of a grid: a centroidal Voronoi tessellation.

CVT-MAP-Elites: Vassiliades, Chatzilygeroudis & Mouret 2018, arXiv 1610.05729. The tessellation lies in the unit square,
which a map stretches over its bounds; an item belongs to the nearest centre, as in a pyribs ``CVTArchive`` of the same
centres. pyribs itself is not needed (decision 0003).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.spatial import Voronoi, cKDTree

from qdhf import checks
from qdhf.types import FloatArray, IntArray

LEAST, MOST = 4, 10_000  # cells
SAMPLES = 16  # points per cell that stand for the square
ROUNDS = 5  # of Lloyd's algorithm: evenly spread points need few
STEPS = 0.7548776662466927, 0.5698402909980532  # of Roberts' R2 sequence: 1/g and 1/g², g the plastic number
RIM = 4.0  # cells from the edge within which centres are mirrored to close the cells there


@dataclass(frozen=True, kw_only=True)
class Tessellation:
    """``centres`` (c, 2) in the unit square. Outlines: ``vertices`` (v, 2), and ``corners``, rows of them going around
    cell after cell, those of cell i at ``starts[i]`` to ``starts[i + 1]``; neighbours share vertices."""

    centres: FloatArray
    vertices: FloatArray
    corners: IntArray
    starts: IntArray

    def __len__(self) -> int:
        return len(self.centres)


@lru_cache(maxsize=4)
def tessellate(cells: int) -> Tessellation:
    """A tessellation of the unit square into ``cells`` (4 to 10,000), always the same. Raises InvalidInput."""
    checks.between("The number of cells", cells, LEAST, MOST)
    samples = _spread(SAMPLES * max(cells, 500))
    centres = samples[:cells].copy()
    for _ in range(ROUNDS):
        centres = _middles(samples, cKDTree(centres).query(samples)[1], centres)
    return _outlined(centres)


def nearest(points: FloatArray, tessellation: Tessellation) -> IntArray:
    """Cell (n,) of each of (n, 2) ``points``: that of the nearest centre; points may lie outside the unit square.

    Raises InvalidInput for points that are not finite."""
    x = np.asarray(checks.matrix("places", points, columns=2), np.float64)
    found: IntArray = cKDTree(tessellation.centres).query(x)[1].astype(np.int64)
    return found


def _spread(n: int) -> FloatArray:
    """(n, 2) points that fill the unit square evenly, whatever n: the additive recurrence of the plastic number."""
    points: FloatArray = (0.5 + np.arange(1, n + 1)[:, None] * np.array(STEPS)) % 1.0
    return points


def _middles(samples: FloatArray, cell: IntArray, centres: FloatArray) -> FloatArray:
    """Mean of each cell's samples; a centre that got none stays."""
    counts = np.bincount(cell, minlength=len(centres))
    sums = np.stack([np.bincount(cell, weights=samples[:, axis], minlength=len(centres)) for axis in (0, 1)], axis=1)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)


def _outlined(centres: FloatArray) -> Tessellation:
    """Voronoi cells cut off at the square: centres near an edge are mirrored at it, so that the edge is their border."""
    rim = RIM / np.sqrt(len(centres))
    mirrored = [centres]
    for axis in (0, 1):
        for edge in (0.0, 1.0):
            image = centres[np.abs(centres[:, axis] - edge) < rim].copy()
            image[:, axis] = 2 * edge - image[:, axis]
            mirrored.append(image)
    diagram = Voronoi(np.concatenate(mirrored))
    regions = [np.array(diagram.regions[diagram.point_region[cell]], np.int64) for cell in range(len(centres))]
    around = [_ordered(region, diagram.vertices, centre) for region, centre in zip(regions, centres, strict=True)]
    used, corners = np.unique(np.concatenate(around), return_inverse=True)
    starts = np.concatenate([[0], np.cumsum([len(region) for region in around])])
    vertices = np.clip(diagram.vertices[used], 0.0, 1.0)
    return Tessellation(centres=centres, vertices=vertices, corners=corners.astype(np.int64), starts=starts)


def _ordered(region: IntArray, vertices: FloatArray, centre: FloatArray) -> IntArray:
    """Corners anticlockwise."""
    away = vertices[region] - centre
    ordered: IntArray = region[np.argsort(np.arctan2(away[:, 1], away[:, 0]), kind="stable")]
    return ordered
