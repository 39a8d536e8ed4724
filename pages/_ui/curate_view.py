"""The chosen set on the page: its gallery with pins, bans and swaps, its card, and another way beside it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages._ui.context import explained
from pages._ui.curate_card import set_cards
from pages._ui.curate_gallery import ALLOW, BAN, OPEN, PIN, SWAP, gallery
from pages._ui.curate_settings import Wanted, swap_back, swap_out, swapped_out
from pages._ui.item_panel import item_panel, open_item
from qdhf.studio import Studio
from qdhf.studio.curating import Choice
from qdhf.types import Study

SIZES = {True: 132, False: 108}  # of tiles: one set on the page, or two


def chosen_sets(studio: Studio, study: Study, wanted: Wanted) -> list[Choice]:
    """Draw the set that the settings give, beside another one where that is wanted; returns the one or both."""
    aside = swapped_out(studio, study)
    choice = studio.curating.choose(study, wanted.k, method=wanted.way, aside=aside, **wanted.settings)
    if wanted.beside is None:
        _gallery(studio, study, choice)
        choices = [choice]
    else:
        other = studio.curating.choose(study, wanted.k, method=wanted.beside, **{**wanted.settings, "dial": {}})
        _two(studio, study, choice, other)
        choices = [choice, other]
    if "fair" in (wanted.way, wanted.beside):
        for each in choices:
            st.caption(f"{each.title}: {shares(studio.curating.group_shares(study, [i.id for i in each.items]))}")
    _banned(studio, study)
    return choices


def shares(parts: Sequence[float]) -> str:
    """What each group gets of a set, in words."""
    if len(parts) == 1:
        return f"raters are of one mind and see {100 * parts[0]:.0f} % of their map."
    said = [f"group {n} sees {100 * part:.0f} %" for n, part in enumerate(parts, start=1)]
    return f"{', '.join(said)} of its own map."


def compared(studio: Studio, study: Study, choices: list[Choice]) -> None:
    """The card of the set, or of both."""
    with st.expander("How this set compares", expanded=True, key="curate-card"), explained():
        cards = {each.title: studio.curating.card(study, [i.id for i in each.items]) for each in choices}
        set_cards(cards if len(cards) > 1 else {"This set": next(iter(cards.values()))}, "curate-this")


def _closed() -> None:
    st.query_params.pop("item", None)


@st.dialog("Item", width="medium", on_dismiss=_closed)
def opened_item(studio: Studio, study: Study) -> None:
    """Everything about the item in the address; whatever was done there the page follows once it is closed."""
    if opened := st.query_params.get("item"):
        item_panel(studio, study, opened)


def _gallery(studio: Studio, study: Study, choice: Choice, *, alone: bool = True) -> None:
    items = {item.id: item for item in choice.items}
    marks = studio.curating.marks(study)
    marking = studio.may(studio.curating.mark)

    def act(item_id: str, name: str) -> None:
        item = items[item_id]
        if name == "open":
            open_item(item_id)
        elif name == "swap":
            swap_out(item)
        elif name == "pin":
            studio.curating.mark(study, item, None if marks.get(item_id) == "pin" else "pin")
        else:
            studio.curating.mark(study, item, "ban")

    with st.container(key="curate-gallery"):
        gallery(
            key="curate-tiles", label=f"{choice.title}: {len(items)} items", items=choice.items, reasons=choice.reasons,
            texts=studio.curating.texts(choice.items), marks=marks, size=SIZES[alone],
            actions=[OPEN, PIN, BAN, SWAP] if marking else [OPEN], on_act=act,
        )  # fmt: skip
    if swapped := len(choice.settings.get("swapped_out", ())):
        words = "1 item was swapped out" if swapped == 1 else f"{swapped} items were swapped out"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{words} of this set.")
            st.button("Undo all swaps", key="curate-unswap", on_click=swap_back, icon=":material/undo:")


def _two(studio: Studio, study: Study, choice: Choice, other: Choice) -> None:
    """Two sets side by side, and how many items both hold."""
    both = {i.id for i in choice.items} & {i.id for i in other.items}
    n = len(choice.items)
    st.markdown(f"**{len(both)} of {n}** items are in both sets.")
    left, right = st.columns(2)
    with left:
        st.subheader(choice.title, anchor=False)
        _gallery(studio, study, choice, alone=False)
    with right:
        st.subheader(other.title, anchor=False)
        reasons = [f"{r} · in both" if i.id in both else r for i, r in zip(other.items, other.reasons, strict=True)]
        gallery(
            key="curate-beside", label=f"{other.title}: {len(other.items)} items", items=other.items, reasons=reasons,
            texts=studio.curating.texts(other.items), marks=studio.curating.marks(study), actions=[OPEN],
            size=SIZES[False], on_act=lambda item_id, _: open_item(item_id),
        )  # fmt: skip


def _banned(studio: Studio, study: Study) -> None:
    """What is never chosen, and a way back."""
    banned = studio.curating.marked(study)["ban"]
    if not banned:
        return
    items = {item.id: item for item in banned}
    may = studio.may(studio.curating.mark)
    with st.expander(f"Banned ({len(banned)})", key="curate-banned"):
        gallery(
            key="curate-banned-tiles", label="Banned items", items=banned, reasons=["never chosen"] * len(banned),
            texts=studio.curating.texts(banned), marks={}, actions=[ALLOW] if may else [], size=88,
            on_act=lambda item_id, _: studio.curating.mark(study, items[item_id], None),
        )  # fmt: skip
