"""Items as they are seen, pictures and texts alike: one large, or a row of small ones with something to do for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from pages._ui.gallery import pictures
from qdhf.studio import Studio
from qdhf.types import Item

WORDS = 160  # characters of a text in a row


def named(item: Item) -> str:
    """What an item is called in sentences: "Picture 12"."""
    return f"{'Text' if item.kind == 'text' else 'Picture'} {item.position + 1}"


def view(studio: Studio, item: Item, *, width: int) -> None:
    """The item itself: the stored picture, ``width`` pixels wide, or the whole text."""
    if item.kind != "text":
        pictures([item], width=width, full=True)
        return
    with st.container(border=True, height=320):
        st.text(studio.inspecting.texts([item])[item.id])


def thumbs(
    studio: Studio, items: Sequence[Item], *, key: str, verb: str = "Open", on_click: Callable[[str], None]
) -> None:
    """A row of small items, under each a button; ``on_click`` gets the id of its item, before the page is drawn."""
    texts = studio.inspecting.texts(items)
    with st.container(horizontal=True, key=key, gap="xsmall"):
        for item in items:
            with st.container(width=200 if item.id in texts else 84, gap=None):
                if item.id in texts:
                    st.text(texts[item.id][:WORDS])
                else:
                    pictures([item], width=76)
                st.button(
                    f"{verb} {item.position + 1}",
                    key=f"{key}-{item.id}",
                    type="tertiary",
                    on_click=on_click,
                    args=(item.id,),
                )


def row(
    studio: Studio,
    title: str,
    items: Sequence[Item],
    *,
    key: str,
    on_click: Callable[[str], None],
    why: str | None = None,
) -> None:
    """The same under a title, with ``why`` to ask for; nothing where there are no items."""
    if items:
        st.caption(title, help=why)
        thumbs(studio, items, key=key, on_click=on_click)
