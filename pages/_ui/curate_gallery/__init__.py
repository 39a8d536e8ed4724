"""A set as tiles, pictures or texts, each with why it is in; keys and buttons act on one at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from pages._ui.gallery import absolute
from pages._ui.pictures import alt, thumb
from qdhf.types import Item, Mark


@dataclass(frozen=True, kw_only=True)
class Action:
    """What can be done with an item: ``do`` is its name, ``key`` the key that does it, ``icon`` the path of an SVG of 24 × 24."""

    do: str
    label: str
    key: str
    icon: str


LONGEST = 600  # characters of a text on a tile
OPEN = Action(do="open", label="Open", key="Enter", icon="M9 3H3v6M15 21h6v-6M3 3l7 7M21 21l-7-7")
PIN = Action(do="pin", label="Pin", key="p", icon="M12 15v7M8 3h8l-1 7 3 3v2H6v-2l3-3z")
BAN = Action(do="ban", label="Ban", key="b", icon="M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M5.6 5.6l12.8 12.8")
SWAP = Action(do="swap", label="Another one instead", key="x", icon="M4 8h15l-4-4M20 16H5l4 4")
ALLOW = Action(do="allow", label="Allow again", key="b", icon="M4 9h10a5 5 0 0 1 0 10H8M8 5 4 9l4 4")

_here = Path(__file__).parent
_mount = st.components.v2.component(
    "qdhf_curate_gallery", **{part: (_here / f"component.{part}").read_text("utf-8") for part in ("html", "css", "js")}
)


def gallery(
    *,
    key: str,
    label: str,
    items: Sequence[Item],
    reasons: Sequence[str],
    texts: Mapping[str, str],
    marks: Mapping[str, Mark],
    actions: Sequence[Action],
    size: int = 132,
    on_act: Callable[[str, str], None] | None = None,
) -> None:
    """Draw ``items`` (``texts``: what those that are texts say, by id) in tiles of about ``size`` pixels. ``on_act`` gets
    the id of an item and the name of the action before the page runs again; only ids and actions that are shown."""

    def acted() -> None:
        state: Mapping[str, Any] = st.session_state.get(key) or {}
        found = parse_act(state.get("act"), {i.id for i in items}, {a.do for a in actions})
        if found is not None and on_act is not None:
            on_act(*found)

    tiles = [
        {
            "id": item.id, "src": "" if item.id in texts else absolute(thumb(item, 256)), "alt": alt(item),
            "reason": reason, "text": _short(texts.get(item.id)), "pinned": marks.get(item.id) == "pin",
        }
        for item, reason in zip(items, reasons, strict=True)
    ]  # fmt: skip
    data = {"name": key, "label": label, "tiles": tiles, "actions": [asdict(a) for a in actions], "size": size}
    _mount(key=key, data=data, on_act_change=acted)


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONGEST else f"{text[:LONGEST]}…"


def parse_act(value: object, ids: set[str], names: set[str]) -> tuple[str, str] | None:
    """A browser's word for what was done with which item, or None where it is malformed or names what is not shown."""
    if not isinstance(value, dict):
        return None
    item, name = value.get("item"), value.get("do")
    if not isinstance(item, str) or item not in ids or not isinstance(name, str) or name not in names:
        return None
    return item, name
