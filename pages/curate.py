"""Curate: choose a set, see it at once, keep it, export it."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard
from pages._ui.curate_sets import keep_form, kept_sets
from pages._ui.curate_settings import curate_settings, shortage
from pages._ui.curate_view import chosen_sets, compared, opened_item
from pages._ui.export_panel import export_panel
from pages._ui.item_compare import compare_tray
from pages._ui.item_filters import item_filters
from qdhf.studio.curating import Choice

studio = guard()
study = chosen_study(studio)
st.title("Curate")
st.caption(study.name)
if st.query_params.get("item"):
    opened_item(studio, study)
with explained():
    choices: list[Choice] = []
    left, right = st.columns([1, 2], gap="large")
    with left:
        only = item_filters(studio, study)
        wanted = curate_settings(studio, study, only)
    if wanted is not None:
        with right, explained():
            shortage(wanted)
            choices = chosen_sets(studio, study, wanted)
            keep_form(studio, study, choices[0])
        if choices:
            compared(studio, study, choices)
    compare_tray(studio, study)
kept_sets(studio, study)
export_panel(studio, study)
