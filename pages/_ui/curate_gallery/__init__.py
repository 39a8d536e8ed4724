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
    """What can be done with an item: ``do`` is its name, ``key`` the key that does it, ``glyph`` stands on the button."""

    do: str
    label: str
    key: str
    glyph: str


OPEN = Action(do="open", label="Open", key="Enter", glyph="⤢")
PIN = Action(do="pin", label="Pin", key="p", glyph="📌")
BAN = Action(do="ban", label="Ban", key="b", glyph="🚫")
SWAP = Action(do="swap", label="Another one instead", key="x", glyph="⇄")
ALLOW = Action(do="allow", label="Allow again", key="b", glyph="↩ Allow")

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
            "reason": reason, "text": texts.get(item.id), "pinned": marks.get(item.id) == "pin",
        }
        for item, reason in zip(items, reasons, strict=True)
    ]  # fmt: skip
    data = {"name": key, "label": label, "tiles": tiles, "actions": [asdict(a) for a in actions], "size": size}
    _mount(key=key, data=data, on_act_change=acted)


def parse_act(value: object, ids: set[str], names: set[str]) -> tuple[str, str] | None:
    """A browser's word for what was done with which item, or None where it is malformed or names what is not shown."""
    if not isinstance(value, dict):
        return None
    item, name = value.get("item"), value.get("do")
    if not isinstance(item, str) or item not in ids or not isinstance(name, str) or name not in names:
        return None
    return item, name
