"""Up to four items side by side, zoomed and moved together. Which ones stands in the address (``?compare=``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pages._ui.item_view import named, thumbs
from pages._ui.pictures import address, alt
from qdhf.studio import Studio
from qdhf.types import Item, Study

MOST = 4
PARAMETER = "compare"

_here = Path(__file__).parent
_mount = st.components.v2.component(
    "qdhf_item_compare", html=(_here / "compare.html").read_text("utf-8"),
    css=(_here / "compare.css").read_text("utf-8"), js=(_here / "compare.js").read_text("utf-8"),
)  # fmt: skip


def compared() -> list[str]:
    """Ids of the items that are to be compared, up to four, in the order in which they were added."""
    return list(dict.fromkeys(i for i in st.query_params.get(PARAMETER, "").split(",") if i))[:MOST]


def add(item_id: str) -> None:
    """Compare this item too; the one added first makes room for a fifth."""
    _keep([*(i for i in compared() if i != item_id), item_id][-MOST:])


def remove(item_id: str) -> None:
    """Compare this item no more."""
    _keep([i for i in compared() if i != item_id])


def _keep(ids: Sequence[str]) -> None:
    if ids:
        st.query_params[PARAMETER] = ",".join(ids)
    else:
        st.query_params.pop(PARAMETER, None)


def compare_tray(studio: Studio, study: Study) -> None:
    """What is to be compared, and the way to compare it; nothing while nothing is."""
    items = studio.inspecting.items(study, compared())
    if not items:
        return
    with st.container(border=True, key="compare-tray"):
        thumbs(studio, items, key="compare", verb="Remove", on_click=remove)
        with st.container(horizontal=True, vertical_alignment="center"):
            ready = len(items) > 1
            if st.button(
                f"Compare {len(items)}" if ready else "Compare",
                key="compare-open",
                icon=":material/compare:",
                disabled=not ready,
            ):
                _dialog(studio, items)
            if not ready:
                st.caption("Add another item to compare it with.")


@st.dialog("Compare", width="large")
def _dialog(studio: Studio, items: Sequence[Item]) -> None:
    side_by_side(items, studio.inspecting.texts(items))


def side_by_side(items: Sequence[Item], texts: Mapping[str, str]) -> None:
    """The items themselves in equal panes."""
    _mount(key="compare-panes-" + "-".join(i.id for i in items), data=payload(items, texts))


def payload(items: Sequence[Item], texts: Mapping[str, str]) -> dict[str, Any]:
    """What travels to the browser."""
    shape = [(i.height or 1) / (i.width or 1) for i in items if i.id not in texts]
    return {
        "panes": [
            {"name": named(item), "alt": alt(item)}
            | ({"text": texts[item.id]} if item.id in texts else {"url": address(item.blob)})
            for item in items
        ],
        "shape": max(shape, default=1.0),  # of the tallest, height to width
    }
