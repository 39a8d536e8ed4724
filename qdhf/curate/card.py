"""The card of a set: quality, diversity and complexity, beside the pool it came from and random sets of its size.

Sets are judged on separate axes and compared, never summed (quality, diversity and complexity of data: Havrilla et al.
2024, arXiv 2412.02980). A random set of the same size shows what was to be had for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.metrics.vendi import vendi_cosine, vendi_places
from qdhf.search.archive import place
from qdhf.types import Fit, FloatArray, IntArray, StudyMatrix

ORDERS = (0.1, 0.5, 1.0, 2.0, float("inf"))
SAMPLE = 500  # the diversity of larger sets is that of so many evenly spaced items
DRAWS = 20  # random sets


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of one set. ``quantiles``: of quality, at 10, 50 and 90 %. Vendi scores by order q, of at most ``SAMPLE`` items:
    ``learned`` under exp(−d²/2ℓ²) on the map, ``features`` under the cosine of the encoder's. ``coverage``: share of the
    map's cells that hold an item. ``gap``: between the two nearest items, in cells; None for a single one. ``complexity``:
    means by name, empty where not measured."""

    items: int
    quality_mean: float
    quality_min: float
    quantiles: tuple[float, float, float]
    learned: dict[float, float]
    features: dict[float, float]
    coverage: float
    gap: float | None
    complexity: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SetCard:
    """Of the set, of all items, and of ``DRAWS`` random sets of the same size."""

    chosen: Figures
    pool: Figures
    random: tuple[Figures, ...]
    sample: int = SAMPLE  # items that the diversity of larger sets is measured on

    def ahead(self, figure: Callable[[Figures], float | None]) -> int:
        """Over how many of the random sets the set is ahead in ``figure``, larger being better; ties are none."""
        own = figure(self.chosen)
        return sum(own is not None and (other := figure(r)) is not None and own > other for r in self.random)

    def chance(self, figure: Callable[[Figures], float | None]) -> tuple[float, float] | None:
        """Mean and standard deviation of ``figure`` over the random sets; None where it has no value."""
        values = [value for r in self.random if (value := figure(r)) is not None]
        return (float(np.mean(values)), float(np.std(values))) if values else None


def figures_of(matrix: StudyMatrix, places: FloatArray, rows: IntArray, fit: Fit, dims: tuple[int, ...]) -> Figures:
    """Of ``rows`` (at least one) of ``matrix``, whose items lie at (n, k) ``places``."""
    n, quality = len(rows), matrix.quality[rows].astype(np.float64)
    some = rows[np.linspace(0, n - 1, min(n, SAMPLE)).round().astype(np.int64)]
    low, mid, high = np.quantile(quality, [0.1, 0.5, 0.9])
    cells = place(places[rows], fit.low, fit.high, dims)
    width = (np.asarray(fit.high, np.float64) - fit.low) / np.asarray(dims)
    return Figures(
        items=n, quality_mean=float(quality.mean()), quality_min=float(quality.min()),
        quantiles=(float(low), float(mid), float(high)), learned=vendi_places(places[some], ORDERS),
        features=vendi_cosine(matrix.features[some], ORDERS), coverage=len(np.unique(cells)) / int(np.prod(dims)),
        gap=smallest_gap(places[rows] / width),
    )  # fmt: skip


def smallest_gap(places: FloatArray) -> float | None:
    """The distance between the two nearest of (n, k) ``places``; None below two.

    Sorted by the first axis, each is compared with the next, the one after that and so on, until all are farther along
    that axis alone: no n × n distances are made."""
    x = np.asarray(places, np.float64)
    x = x[np.argsort(x[:, 0], kind="stable")]
    best = np.inf
    for step in range(1, len(x)):
        apart = x[step:] - x[:-step]
        if apart[:, 0].min() >= best:
            break
        best = min(best, float(np.sqrt((apart**2).sum(axis=1).min())))
    return best if len(x) > 1 else None


def set_card(
    matrix: StudyMatrix, fit: Fit, rows: IntArray, *, rng: np.random.Generator, dims: tuple[int, ...] = (10, 10)
) -> SetCard:
    """The card of ``rows`` of ``matrix``. Time grows with ``DRAWS`` · ``SAMPLE``³ at most, memory with ``SAMPLE``² and n.

    Raises NotEnoughItems for an empty set, InvalidInput for rows that are not there."""
    chosen = np.asarray(rows, np.int64)
    if not len(chosen):
        raise NotEnoughItems("A set's card needs at least 1 item; the set is empty. Choose some first.")
    if chosen.min() < 0 or chosen.max() >= len(matrix):
        raise InvalidInput(f"The set names rows {chosen.min()} to {chosen.max()}; the study has {len(matrix)} items.")
    places = fit.projection(matrix.features)

    def of(these: IntArray) -> Figures:
        return figures_of(matrix, places, these, fit, dims)

    drawn = [np.sort(rng.choice(len(matrix), len(chosen), replace=False)) for _ in range(DRAWS)]
    return SetCard(chosen=of(chosen), pool=of(np.arange(len(matrix))), random=tuple(of(d) for d in drawn))


def flat(card: SetCard) -> dict[str, dict[str, Any]]:
    """The card as a table: columns "set", "pool", "random" (mean over the draws) and "random ±" (their standard
    deviation), each with the same figures by name. JSON-ready."""
    columns = {"set": _column(card.chosen), "pool": _column(card.pool)}
    draws = [_column(r) for r in card.random]
    for name, fold in (("random", np.mean), ("random ±", np.std)):
        columns[name] = {key: _folded([d.get(key) for d in draws], fold) for key in columns["set"]}
    return columns


def _column(figures: Figures) -> dict[str, Any]:
    low, mid, high = figures.quantiles
    return {
        "items": figures.items, "quality_mean": figures.quality_mean, "quality_min": figures.quality_min,
        "quality_10": low, "quality_50": mid, "quality_90": high,
        **{f"vendi {q:g}": score for q, score in figures.learned.items()},
        **{f"vendi_features {q:g}": score for q, score in figures.features.items()},
        "coverage": figures.coverage, "gap": "–" if figures.gap is None else figures.gap, **figures.complexity,
    }  # fmt: skip


def _folded(values: list[Any], fold: Callable[[list[Any]], Any]) -> Any:
    if any(isinstance(value, str) or value is None for value in values):
        return "–"
    return int(fold(values)) if isinstance(values[0], int) else float(fold(values))
