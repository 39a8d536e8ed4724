"""What counts on the map: pictures that fit their prompt, each of its kind once. The others are kept, but stay off it."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import explained
from qdhf.studio import Studio
from qdhf.types import Study

COPY = 0.97  # cosine from which pictures are offered to be called near copies


def counting_panel(studio: Studio, study: Study) -> None:
    with st.expander("What counts on the map", icon=":material/rule:"), explained():
        aim, (off, copies) = studio.valuing.aim(study), studio.valuing.ruled_out(study)
        st.markdown("Pictures that do not count are kept, but they are never the best of their place on the map.")
        if off or copies:
            st.caption(f"Not counted now: {off} that do not fit their prompt, {copies} near copies.")
        if not studio.may(studio.valuing.count_only):
            return
        least = st.slider(
            "Least measured quality", 0.0, 1.0, aim.least, 0.01, key="counting-least",
            help="0: every picture counts. Where quality is how well picture and prompt agree, .5 is neither yes nor no.",
        )  # fmt: skip
        once = st.checkbox(
            "Near copies count once", value=aim.alike < 1, key="counting-once",
            help="Of pictures that the program can hardly tell apart the first counts.",
        )  # fmt: skip
        if st.button("Count so from now on", key="counting-use"):
            studio.valuing.count_only(study, least=least, alike=(aim.alike if aim.alike < 1 else COPY) if once else 1.0)
            st.rerun()
