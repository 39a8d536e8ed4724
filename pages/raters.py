"""Raters: who answered how much, how consistently."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard

studio = guard()
study = chosen_study(studio)
st.title("Raters")
st.caption(study.name)
with explained():
    rows = studio.learning.raters(study)
    if not rows:
        st.info("Nobody has answered yet.")
        st.page_link("../label.py", label="Go to Label", icon=":material/compare:")
        st.stop()
    st.dataframe(
        [
            {
                "rater": r.name, "answers": r.answers, "can't tell": r.ties, "skipped": r.skips,
                "repeats agree": "–" if r.consistency is None else f"{r.consistency.value:.0%} of {r.consistency.n}",
                "chose left": "–" if r.left_share is None else f"{r.left_share:.0%}",
                "median seconds": "–" if r.median_ms is None else round(r.median_ms / 1000, 1),
                "under 0.3 s": "–" if r.fast_share is None else f"{r.fast_share:.0%}",
            }
            for r in rows
        ],
        hide_index=True, width="stretch",
    )  # fmt: skip
    st.caption(
        "“Repeats agree”: the same question asked again with sides swapped got the same answer. “Chose left” far from 50 % "
        "over many answers hints at a habit rather than a judgment."
    )
