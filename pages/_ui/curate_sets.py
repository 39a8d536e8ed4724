"""The sets that are kept: look at one with its card, rename it, put it away, take it out again."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import explained
from pages._ui.curate_card import set_cards
from pages._ui.curate_gallery import gallery
from pages._ui.verdict import plain
from qdhf.studio import Studio
from qdhf.studio.curating import Choice
from qdhf.types import Collection, Study


def keep_form(studio: Studio, study: Study, choice: Choice) -> None:
    """A way to keep the set under a name."""
    if not studio.may(studio.curating.save):
        return
    suggested = f"{study.name[:60]}, {len(choice.items)} items"
    with st.form("curate-save", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name of the set", value=suggested, key="curate-name", max_chars=120)
        if st.form_submit_button("Keep this set", key="curate-keep", type="primary"):
            studio.curating.save(study, name, choice)
            st.toast("Kept")


def kept_sets(studio: Studio, study: Study) -> None:
    """The kept sets, newest first, and those that were put away."""
    sets, removed = studio.curating.collections(study), studio.curating.removed(study)
    if sets:
        st.subheader("Kept sets", anchor=False)
    for collection in sets:
        with explained(), st.container(border=True, key=f"curate-set-{collection.id}"):
            _one(studio, study, collection)
    if removed and studio.may(studio.curating.remove):
        with st.expander(f"Removed sets ({len(removed)})", key="curate-removed"):
            for collection in removed:
                _back(studio, collection)


def _one(studio: Studio, study: Study, collection: Collection) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(collection.name)}** · {len(collection.items)} items · {plain(collection.method)}")
        shown = st.toggle("Show", key=f"curate-show-{collection.id}")
        if studio.may(studio.curating.rename):
            _rename(studio, collection)
            if st.button("Remove", key=f"curate-remove-{collection.id}", icon=":material/delete:"):
                studio.curating.remove(collection)
                st.toast("Removed. You find it below, under “Removed sets”.")
                st.rerun()
    if shown:
        items = studio.curating.items(collection)
        gallery(
            key=f"curate-kept-{collection.id}", label=collection.name, items=items, reasons=collection.reasons,
            texts=studio.curating.texts(items), marks={}, actions=[], size=96,
        )  # fmt: skip
        set_cards({"This set": studio.curating.card(study, collection.items)}, f"curate-card-{collection.id}")


def _rename(studio: Studio, collection: Collection) -> None:
    with st.popover("Rename", icon=":material/edit:", key=f"curate-rename-{collection.id}"):
        name = st.text_input("New name", value=collection.name, max_chars=120, key=f"curate-newname-{collection.id}")
        if st.button("Save", type="primary", key=f"curate-rename-save-{collection.id}", disabled=not name.strip()):
            studio.curating.rename(collection, name)
            st.rerun()


def _back(studio: Studio, collection: Collection) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"{collection.name} · {len(collection.items)} items")
        if st.button("Bring back", key=f"curate-back-{collection.id}", icon=":material/undo:"):
            studio.curating.remove(collection, False)
            st.rerun()
