"""Archive: the map of elites; click a picture to see it, an empty place to send the generator there."""

from __future__ import annotations

import streamlit as st

from pages._ui.archive_map import explore
from pages._ui.context import chosen_study, explained, guard

studio = guard()
study = chosen_study(studio)

st.title("Archive")
st.caption(study.name)
with explained():
    sheet = studio.mapping.sheet(study)
    explore(studio, study)
    figures = st.columns(4)
    figures[0].metric("Coverage", f"{sheet.coverage:.0%}", help="Share of cells that hold an item")
    figures[1].metric("QD score", f"{sheet.qd_score:.1f}", help="Sum of the elites' quality")
    figures[2].metric("Items", f"{len(sheet):,}")
    figures[3].metric(
        "Off the map", f"{sheet.clipped:,}", help="Items beyond the map's bounds, shown in its border cells"
    )
