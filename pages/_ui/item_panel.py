"""One item beside the map: what it is, what people say of it, how it was made, its family and what is like it.

Which item is open stands in the address (``?item=``), so that a reload and a shared link show it again.
"""

from __future__ import annotations

import streamlit as st

from pages._ui.context import explained
from pages._ui.gallery import absolute
from pages._ui.item_about import about
from pages._ui.item_actions import actions, said
from pages._ui.item_tree import item_tree
from pages._ui.item_view import named, row, view
from pages._ui.pictures import address
from qdhf.errors import NotEnoughItems
from qdhf.studio import Studio
from qdhf.studio.browsing import Detail
from qdhf.types import Item, Study

VIEWS = ("How it was made", "Family", "Like it")


def open_item(item_id: str) -> None:
    """Show this item from the next run of the page on."""
    st.query_params["item"] = item_id


def item_panel(studio: Studio, study: Study, item_id: str) -> None:
    """Draw everything about an item; a sentence where it does not exist."""
    with explained():
        item = studio.inspecting.item(study, item_id)
        detail = placed(studio, study, item)
        with st.container(key="item-panel"):
            view(studio, item, width=256)
            head(study, item, detail)
            actions(studio, study, item)
            said(studio, study, item)
            made, kin, like = st.tabs(VIEWS, key="about", bind="query-params")
            if made.open:
                with made:
                    about(studio, item)
            if kin.open:
                with kin:
                    family(studio, study, item)
            if like.open:
                with like:
                    like_it(studio, study, item, detail)


def placed(studio: Studio, study: Study, item: Item) -> Detail | None:
    """Where it is on the map; None while it has no place."""
    try:
        return studio.browsing.detail(study, item.id)  # type: ignore[no-any-return]
    except NotEnoughItems:
        return None


def head(study: Study, item: Item, detail: Detail | None) -> None:
    """Its name, quality and cell, and the way to the file itself."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if detail is None:
            st.markdown(f"**{named(item)}** · has no place on the map yet")
        else:
            column, line = divmod(detail.cell, study.map.dims[1])
            st.markdown(
                f"**{named(item)}** · quality {detail.quality:.3f} · cell {column + 1}, {line + 1}",
                help="Column and line of its cell, counted from the lower left of the map.",
            )
        if item.kind == "image":
            st.link_button("Full size", absolute(address(item.blob)), icon=":material/open_in_full:", type="tertiary")


def family(studio: Studio, study: Study, item: Item) -> None:
    """The way to it from the first ancestor, and the tree around it."""
    found = studio.inspecting.family(study, item.id, wide=5)
    if len(found.items) == 1:
        st.caption("It has no parents, and nothing was made from it yet.")
        return
    if len(found.trail) > 1:
        with st.container(horizontal=True, vertical_alignment="center", key="item-trail", gap="xsmall"):
            for ancestor in found.trail[:-1]:
                st.button(
                    named(ancestor),
                    key=f"trail-{ancestor.id}",
                    type="tertiary",
                    on_click=open_item,
                    args=(ancestor.id,),
                )
                st.caption("›", width="content")
            st.caption(named(item), width="content")
    texts = studio.inspecting.texts(list(found.items.values()))
    item_tree(found, texts, key=f"tree-{item.id}", on_open=open_item)
    if found.left_out:
        st.caption(f"and {found.left_out} more made from these")


def like_it(studio: Studio, study: Study, item: Item, detail: Detail | None) -> None:
    """What is beside it on the map, and what is related to it but different."""
    if detail is None:
        st.caption("This is known once it has a place on the map.")
        return
    row(studio, "Nearest on the map", detail.neighbours, key="neighbours", on_click=open_item)
    with st.spinner("Looking for related items …"):
        related = studio.inspecting.related(study, item.id)
    row(
        studio, "Related but different", related, key="related", on_click=open_item,
        why="Reached from one like thing to the next. What is nearly the same as this or as each other is left out.",
    )  # fmt: skip
