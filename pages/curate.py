"""Curate: choose a set, see it at once, keep it, export it."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard
from pages._ui.curate_sets import keep_form, kept_sets
from pages._ui.curate_settings import curate_settings
from pages._ui.curate_view import chosen_set
from pages._ui.export_panel import export_panel
from pages._ui.item_filters import item_filters
from pages._ui.item_panel import item_panel

studio = guard()
study = chosen_study(studio)
st.title("Curate")
st.caption(study.name)
if opened := st.query_params.get("item"):
    with st.container(border=True, key="curate-item"):
        if st.button("Close", key="curate-close", icon=":material/close:"):
            st.query_params.pop("item")
            st.rerun()
        item_panel(studio, study, opened)
with explained():
    only = item_filters(studio, study)
    wanted = curate_settings(studio, study, only)
    if wanted is not None and (choice := chosen_set(studio, study, wanted)):
        name = keep_form(studio, study, f"{study.name[:60]}, {len(choice.items)} items")
        if name is not None:
            studio.curating.save(study, name, choice)
            st.toast("Kept")
kept_sets(studio, study)
export_panel(studio, study)
