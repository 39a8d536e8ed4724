"""Curate: choose a set, look at it, export it."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard
from pages._ui.export_panel import export_panel
from pages._ui.gallery import pictures
from qdhf.studio.curating import Choice
from qdhf.types import Item

studio = guard()
study = chosen_study(studio)


def gallery(items: list[Item], reasons: list[str]) -> None:
    """The set as pictures; pin and ban act at once, a new choice follows them."""
    marks = studio.curating.marks(study)
    with st.container(horizontal=True, key="curate-gallery"):
        for item, reason in zip(items, reasons, strict=True):
            with st.container(width=120, border=True):
                pictures([item], width=96)
                st.caption(reason)
                mark = st.segmented_control(
                    f"Mark picture {item.position + 1}", ["pin", "ban"], default=marks.get(item.id),
                    key=f"curate-mark-{item.id}", label_visibility="collapsed",
                    format_func={"pin": ":material/push_pin:", "ban": ":material/block:"}.__getitem__,
                )  # fmt: skip
                if mark != marks.get(item.id):
                    studio.curating.mark(study, item, mark)
                    st.rerun()


def card(choice: Choice) -> None:
    """The set beside all items and a random set of its size."""
    if choice.figures:
        with st.expander("How this set compares", expanded=False):
            names = list(choice.figures["set"])
            rows = [{"figure": n, **{s: str(f[n])[:8] for s, f in choice.figures.items()}} for n in names]
            st.dataframe(rows, hide_index=True)


st.title("Curate")
st.caption(study.name)
with explained():
    with st.form("curate-choose", border=True), st.container(horizontal=True, vertical_alignment="bottom"):
        k = st.number_input("How many", 1, 10_000, 12, key="curate-k")
        floor = st.slider("Leave out the lowest quality", 0, 90, 25, 5, format="%d%%", key="curate-floor")
        if st.form_submit_button("Choose the most different", type="primary", key="curate-go"):
            st.session_state["curate-settings"] = (int(k), floor / 100)
    if settings := st.session_state.get("curate-settings"):
        choice = studio.curating.choose(study, settings[0], floor=settings[1])
        gallery(choice.items, choice.reasons)
        card(choice)
        with st.form("curate-save", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(
                "Name of the set", value=f"{study.name[:60]}, {len(choice.items)} items", key="curate-name"
            )
            if st.form_submit_button("Keep this set", key="curate-keep"):
                studio.curating.save(study, name, choice)
                st.toast("Kept")
export_panel(studio, study)
