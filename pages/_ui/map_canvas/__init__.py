"""The map of an archive on a canvas: thumbnails or shades, zoom and pan, one pick at a time by pointer or keys.

Cells are flat indices as numpy ravels (axis 0, axis 1): ``index = i0 * ny + i1``. Axis 0 runs to the right, axis 1
upwards. Pictures must come from the app's own origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal, TypedDict

import streamlit as st

ColorBy = Literal["quality", "count"]

PARTS = ("grid.js", "pictures.js", "view.js", "painter.js", "component.js", "pointing.js")


@dataclass(frozen=True, kw_only=True)
class MapCells:
    """The filled cells as columns of n rows each, in any order.

    ``quality`` in [0, 1]; ``count``: items that fell into the cell; ``item``: the id of the elite; ``thumb``: address
    of its small picture, None where there is none (texts); ``preview``: of a larger one, for the tooltip; empty when
    the thumbnails are to be used.
    """

    index: Sequence[int]
    quality: Sequence[float]
    count: Sequence[int]
    item: Sequence[str]
    thumb: Sequence[str | None]
    preview: Sequence[str | None] = ()

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in ("index", "quality", "count", "item", "thumb")}
        if self.preview:
            lengths["preview"] = len(self.preview)
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The columns of MapCells must be equally long, but are {lengths}.")


class MapPick(TypedDict):
    """A click or Enter. ``item`` is the id that stood in the cell when it was picked, None where it was empty."""

    cell: int
    item: str | None


_here = Path(__file__).parent


def _source(*names: str) -> str:
    return "\n".join((_here / name).read_text("utf-8") for name in names)


_mount = st.components.v2.component(
    "qdhf_map_canvas", html=_source("component.html"), css=_source("component.css"), js=_source(*PARTS)
)


def map_canvas(
    *,
    key: str,
    dims: tuple[int, int],
    cells: MapCells,
    targets: Sequence[int] = (),
    selected: int | None = None,
    color_by: ColorBy = "quality",
    axis_names: tuple[str, str] = ("Axis 1", "Axis 2"),
    height: int = 560,
    on_pick: Callable[[], None] | None = None,
) -> MapPick | None:
    """Draw the map; return what was picked if that is why the page ran, else None.

    ``targets``: cells the search is aimed at, marked with crosshairs. ``selected``: the cell with the strong outline;
    the browser moves it by itself when one is picked. ``on_pick`` runs before the page does and may call
    :func:`picked`.
    """
    columns = _columns(cells, dims[0] * dims[1])
    data = {
        "name": key,
        "dims": [int(side) for side in dims],
        "cells": columns,
        "targets": sorted({int(cell) for cell in targets if 0 <= cell < dims[0] * dims[1]}),
        "selected": -1 if selected is None else int(selected),
        "color_by": color_by,
        "axis_names": list(axis_names),
        "height": height,
    }
    _mount(key=key, data=data, on_pick_change=on_pick or _nothing)
    return picked(key)


def picked(key: str) -> MapPick | None:
    """What was picked on the map with this key, in the run which that caused. May be called before it is drawn."""
    state: Mapping[str, Any] = st.session_state.get(key) or {}
    return parse_pick(state.get("pick"))


def parse_pick(value: object) -> MapPick | None:
    """A browser's word for a pick, or None where it is malformed."""
    if not isinstance(value, dict):
        return None
    cell, item = value.get("cell"), value.get("item")
    if not isinstance(cell, int) or isinstance(cell, bool) or cell < 0 or not isinstance(item, str | None):
        return None
    return MapPick(cell=cell, item=item)


def _columns(cells: MapCells, size: int) -> dict[str, Any]:
    """The columns as they travel: short numbers, and what all addresses begin with said once."""
    index = [int(cell) for cell in cells.index]
    if index and not 0 <= min(index) <= max(index) < size:
        raise ValueError(f"Cells must be in 0 … {size - 1}, but reach from {min(index)} to {max(index)}.")
    thumb_base, thumb = _shared_start(cells.thumb)
    columns: dict[str, Any] = {
        "index": index,
        "quality": [round(float(value), 3) for value in cells.quality],
        "count": [int(value) for value in cells.count],
        "item": list(cells.item),
        "thumb_base": thumb_base,
        "thumb": thumb,
    }
    if cells.preview:
        columns["preview_base"], columns["preview"] = _shared_start(cells.preview)
    return columns


def _shared_start(addresses: Sequence[str | None]) -> tuple[str, list[str | None]]:
    present = [address for address in addresses if address is not None]
    first, last = min(present, default=""), max(present, default="")  # what these share, all between them share
    length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    return first[:length], [None if address is None else address[length:] for address in addresses]


def _nothing() -> None:
    """Streamlit reports a trigger only where a callback is given for it."""
