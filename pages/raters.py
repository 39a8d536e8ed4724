"""Raters: who answered how much, how consistently."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard
from qdhf.types import Accuracy


def share(accuracy: Accuracy | None) -> str:
    return "–" if accuracy is None else f"{accuracy.value:.0%}"


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
                "rater": rater.name, "answers": r.answers, "can't tell": r.ties, "skipped": r.skips,
                "repeats agree": "–" if r.consistency is None else f"{r.consistency.value:.0%} of {r.consistency.n}",
                "chose left": share(r.left), "median seconds": "–" if r.median_ms is None else f"{r.median_ms / 1000:.1f}",
                "too fast": share(r.fast),
            }
            for rater, r in rows
        ],
        hide_index=True, width="stretch",
    )  # fmt: skip
    for rater, r in rows:
        if r.biased:
            st.warning(f"{rater.name} chose one side far more often than the other; sides are random, so look at why.")
    st.caption(
        "“Repeats agree”: the same question asked again with sides swapped got the same answer. “Chose left” far from 50 % "
        "over many answers hints at a habit rather than a judgment."
    )
