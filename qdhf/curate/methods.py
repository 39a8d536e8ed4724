"""The ways to choose a set, by name, and the one function that chooses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from qdhf.curate.balanced import balanced
from qdhf.curate.celled import one_per_cell
from qdhf.curate.directed import directed
from qdhf.curate.fair import fair
from qdhf.curate.pool import Pick, Pool, Wish
from qdhf.curate.representative import representative
from qdhf.curate.screening import Limits, screen
from qdhf.curate.subsets import most_different
from qdhf.errors import InvalidInput

Chooser = Callable[[Pool, Wish], list[Pick]]


@dataclass(frozen=True, kw_only=True)
class Method:
    """``title`` and ``purpose`` (one sentence) are for people. ``choose`` gives exactly ``k`` picks, pins first, no row
    twice, the same for the same pool and wish; it raises NotEnoughItems or InvalidInput."""

    title: str
    purpose: str
    choose: Chooser


METHODS: dict[str, Method] = {
    "different": Method(
        title="Most different", choose=most_different,
        purpose="As unlike one another as can be. For seeing the whole range, its extremes first.",
    ),
    "representative": Method(
        title="Representative", choose=representative,
        purpose="Every item has something like it in the set. For standing in for the whole, common kinds first.",
    ),
    "balanced": Method(
        title="Balanced best", choose=balanced,
        purpose="Some of every kind, more of the kinds that are good. For training data.",
    ),
    "fair": Method(
        title="Fair to all groups", choose=fair,
        purpose="No group of raters sees much less of its own map than another. For people of several minds.",
    ),
    "cells": Method(
        title="One per cell", choose=one_per_cell,
        purpose="The best of each cell of the map, cells far apart first. For a tidy overview.",
    ),
    "direction": Method(
        title="By direction", choose=directed,
        purpose="The best in a direction that you dial, and different among themselves. For a purpose of your own.",
    ),
}  # fmt: skip


def choose(name: str, pool: Pool, wish: Wish, limits: Limits) -> list[Pick]:
    """``wish.k`` items of ``pool`` by the method of this ``name``, among those that pass ``limits`` (pins always do).

    Raises InvalidInput for an unknown name or impossible pins, NotEnoughItems with what holds back most."""
    if name not in METHODS:
        raise InvalidInput(f"There is no way to choose named “{name}”; there are {', '.join(METHODS)}.")
    passing = screen(pool, limits, wish.pins)
    if len(wish.pins) > wish.k or wish.k < 1:
        least = max(1, len(wish.pins))
        raise InvalidInput(f"A set of {wish.k} cannot hold {len(wish.pins)} pins; ask for at least {least}.")
    passing.check(wish.k)
    pins = tuple(int(row) for row in np.searchsorted(passing.rows, wish.pins))
    picks = METHODS[name].choose(pool.take(passing.rows), replace(wish, pins=pins))
    return [Pick(int(passing.rows[pick.row]), pick.reason) for pick in picks]
