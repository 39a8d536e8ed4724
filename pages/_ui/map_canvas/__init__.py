"""The map of an archive on a canvas: pictures or shades, zoom, a time slider, cells picked one by one or by lasso.

Cells of a grid are flat indices as numpy ravels (axis 0, axis 1): ``index = i0 * ny + i1``. Axis 0 runs to the right,
axis 1 upwards. Items are told by their position in the study, which never changes. Pictures must come from the app's own origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

import streamlit as st

from qdhf.studio.map_colours import Colours
from qdhf.studio.map_sheet import Sheet

PARTS = (
    "palette.js", "layouts.js", "sheet.js", "pictures.js", "view.js", "painter.js", "marks.js", "component.js", "pointing.js",
    "gathering.js", "keys.js", "moments.js",
)  # fmt: skip


class MapPick(TypedDict):
    """A filled cell that was clicked, or Enter on it: the position of the item that stood in it."""

    cell: int
    position: int


class MapTargets(TypedDict):
    """Empty cells chosen as targets. ``stamp`` counts the browser's changes: give back the last one that was heard."""

    cells: list[int]
    stamp: int


class MapGathered(TypedDict):
    """What is selected: positions of items, and empty cells. ``stamp`` as in :class:`MapTargets`."""

    positions: list[int]
    cells: list[int]
    stamp: int


@dataclass(frozen=True, kw_only=True)
class MapLooks:
    """How a map is drawn.

    ``by`` and ``colours``: what colours the cells (None for what the browser finds by itself). ``passing``: bits of the items
    that a filter lets through, None for all. ``pictures``: start of the addresses of small pictures, "" for none.
    ``strips``: for either axis rows of examples. ``selected``: position of the item that is open. ``link``: maps of the same link
    show each other's items. ``address``: what the names of the view's parts in the page's address begin with, "" for a map
    that is not kept there. ``follows``: whether the page wants to hear of the slider, see :func:`moment`.
    """

    by: str = "quality"
    colours: Colours | None = None
    passing: str | None = None
    pictures: str = ""
    axis_names: tuple[str, str] = ("Axis 1", "Axis 2")
    strips: Sequence[Sequence[int]] = ((), ())
    selected: int | None = None
    link: str = ""
    address: str = ""
    follows: bool = False
    title: str = ""
    height: int = 640


@dataclass(frozen=True, kw_only=True)
class MapHeard:
    """What the page knows of targets and selection: see :func:`aimed` and :func:`gathered`."""

    targets: MapTargets = field(default_factory=lambda: MapTargets(cells=[], stamp=0))
    gathered: MapGathered = field(default_factory=lambda: MapGathered(positions=[], cells=[], stamp=0))


_here = Path(__file__).parent


def _source(*names: str) -> str:
    return "\n".join((_here / name).read_text("utf-8") for name in names)


_mount = st.components.v2.component(
    "qdhf_map_canvas", html=_source("component.html"), css=_source("component.css"), js=_source(*PARTS)
)
_hear = st.components.v2.component("qdhf_map_ear", html="<i hidden></i>", js=_source("ear.js"))
_shelve = st.components.v2.component("qdhf_map_shelf", html="<i hidden></i>", js=_source("shelf.js"))


def map_canvas(
    sheet: Sheet,
    looks: MapLooks,
    heard: MapHeard,
    *,
    key: str,
    on_pick: Callable[[], None] | None = None,
    on_aim: Callable[[], None] | None = None,
    on_gather: Callable[[], None] | None = None,
    on_moment: Callable[[], None] | None = None,
) -> None:
    """Draw the map. The callbacks run before the page does and may call :func:`picked`, :func:`aimed`, :func:`gathered`.

    The browser moves its marks by itself; what it last said stands until ``heard`` carries that stamp."""
    nothing, large = _nothing, bulk(sheet, looks)
    with st.container(gap=None):
        _shelve(key=f"{key}-shelf", data=large)
        _mount(
            key=key, data=payload(sheet, looks, heard, key) | {"shelf": large["key"]}, on_pick_change=on_pick or nothing,
            on_aim_change=on_aim or nothing, on_moment_change=on_moment or nothing, on_gather_change=on_gather or nothing,
        )  # fmt: skip


def map_ear(link: str, selected: int | None, *, key: str, on_pick: Callable[[], None]) -> None:
    """Hear the picks of the maps with this ``link`` in place of their own ``on_pick``, and tell them which item is open.

    To be drawn where the item is: in a fragment, a pick then runs that alone, and nothing of the maps travels."""
    _hear(key=key, data={"link": link, "selected": -1 if selected is None else selected}, on_pick_change=on_pick)


def bulk(sheet: Sheet, looks: MapLooks) -> dict[str, Any]:
    """What is large: the sheet and its colours, under a ``key`` that stays the same as long as they do. Streamlit sends it
    once."""
    colours = None if looks.colours is None else looks.colours.columns()
    columns = sheet.columns
    told = (*(columns[name] for name in ("cells", "quality", "positions")), colours and colours["values"])
    return {
        "key": f"{sheet.fit.id}|{sheet.dims}|{looks.by}|{hash(told)}", "sheet": columns, "colours": colours,
    }  # fmt: skip


def payload(sheet: Sheet, looks: MapLooks, heard: MapHeard, name: str) -> dict[str, Any]:
    """What travels to the browser whenever something of it changes."""
    return {
        "name": name,
        "by": looks.by,
        "passing": looks.passing,
        "pictures": looks.pictures,
        "axis_names": list(looks.axis_names),
        "strips": [list(rows) for rows in looks.strips],
        "selected": -1 if looks.selected is None else looks.selected,
        "link": looks.link,
        "address": looks.address,
        "follows": looks.follows,
        "title": looks.title,
        "height": looks.height,
        "aimable": sheet.aimable,
        "targets": dict(heard.targets),
        "gathered": dict(heard.gathered),
    }


def picked(key: str) -> MapPick | None:
    """What was picked on the map with this key, in the run which that caused. May be called before it is drawn."""
    said = _said(key, "pick")
    return MapPick(cell=said["cell"], position=said["position"]) if _numbers(said, "cell", "position") else None


def aimed(key: str) -> MapTargets | None:
    """All targets after a change of them, in the run which that caused; None where nothing changed."""
    said = _said(key, "aim")
    if not _numbers(said, "stamp") or not _lists(said, "cells"):
        return None
    return MapTargets(cells=said["cells"], stamp=said["stamp"])


def gathered(key: str) -> MapGathered | None:
    """All that is selected after a change of it, in the run which that caused; None where nothing changed."""
    said = _said(key, "gather")
    if not _numbers(said, "stamp") or not _lists(said, "positions", "cells"):
        return None
    return MapGathered(positions=said["positions"], cells=said["cells"], stamp=said["stamp"])


def moment(key: str) -> int | None:
    """Position of the last item that the slider leaves on the map, in the run that letting it go caused."""
    said = _said(key, "moment")
    return int(said["position"]) if _numbers(said, "position") else None


def _said(key: str, what: str) -> Mapping[str, Any]:
    """A browser's word, or nothing where it is malformed."""
    state: Mapping[str, Any] = st.session_state.get(key) or {}
    said = state.get(what)
    return said if isinstance(said, dict) else {}


def _numbers(said: Mapping[str, Any], *names: str) -> bool:
    return all(_number(said.get(name)) for name in names)


def _lists(said: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(said.get(name), list) and all(map(_number, said[name])) for name in names)


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _nothing() -> None:
    """Streamlit reports a trigger only where a callback is given for it."""
