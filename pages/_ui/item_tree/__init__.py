"""A family tree of items: one row per generation, lines from parents to children, every item a button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from pages._ui.pictures import alt, thumb
from qdhf.studio.inspecting import Family

_here = Path(__file__).parent
_mount = st.components.v2.component(
    "qdhf_item_tree", html='<div class="tree" role="group" aria-label="Family tree"></div>',
    css=(_here / "tree.css").read_text("utf-8"), js=(_here / "tree.js").read_text("utf-8"),
)  # fmt: skip

WORDS = 80  # characters of a text in its place


def item_tree(family: Family, texts: Mapping[str, str], *, key: str, on_open: Callable[[str], None]) -> None:
    """Draw ``family``; ``texts``: what the texts in it say. ``on_open`` gets the id of an item that was chosen, before the
    page is drawn."""

    def chosen() -> None:
        wanted = (st.session_state.get(key) or {}).get("open")
        if isinstance(wanted, str) and wanted in family.items:
            on_open(wanted)

    _mount(key=key, data=payload(family, texts), on_open_change=chosen)


def payload(family: Family, texts: Mapping[str, str]) -> dict[str, Any]:
    """What travels to the browser."""

    def node(item_id: str) -> dict[str, Any]:
        item = family.items[item_id]
        text = texts.get(item_id)
        shown = {"text": text[:WORDS]} if text is not None else {"url": thumb(item, 128)}
        return {"id": item_id, "number": item.position + 1, "alt": alt(item), **shown}

    own = family.levels[family.own][0]
    return {
        "levels": [[node(i) for i in level] for level in family.levels], "own": own,
        "edges": [list(edge) for edge in family.edges],
    }  # fmt: skip
