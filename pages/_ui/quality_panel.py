"""What quality is in this study: what is measured, what people call better, or both."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import explained
from qdhf.studio import Studio
from qdhf.studio.valuing import MEASURED, PREFERRED, Liking
from qdhf.types import How, Study

MIXES: dict[How, str] = {"sum": "the average of both", "weakest": "whichever of the two is weaker"}


def quality_panel(studio: Studio, study: Study) -> None:
    with st.expander("What “best” means here", icon=":material/star:"), explained():
        liking, aim = studio.valuing.liking(study), studio.valuing.aim(study)
        st.markdown(_about(liking))
        if liking.missing:
            st.page_link(
                "../label.py", label="Answer “Which is better?”", icon=":material/compare:",
                query_params={"study": study.id, "ask": "better"},
            )  # fmt: skip
        if not studio.may(studio.valuing.set_aim):
            return
        total = sum(aim.weights.values())
        share = st.slider(
            "How much people's preference counts", 0, 100, round(100 * aim.weights.get(PREFERRED, 0.0) / total), 5,
            format="%d %%", key="quality-share", disabled=bool(liking.missing),
            help="0 %: the measured quality alone. 100 %: what people prefer, alone. All maps, runs and sets follow.",
        )  # fmt: skip
        how = st.radio(
            "A picture is as good as", list(MIXES), format_func=lambda each: MIXES[each], key="quality-how",
            index=list(MIXES).index(aim.how), horizontal=True, disabled=bool(liking.missing) or share in (0, 100),
        )  # fmt: skip
        if st.button("Use this from now on", key="quality-use", disabled=bool(liking.missing)):
            studio.valuing.set_aim(study, {MEASURED: 1 - share / 100, PREFERRED: share / 100}, how)
            st.rerun()


def _about(liking: Liking) -> str:
    measured = "Quality is measured by a program, unless people say what they prefer."
    if liking.missing:
        return (
            f"{measured} To learn that takes at least {liking.answers + liking.missing} answers to “Which is better?”; "
            f"there are {liking.answers}."
        )
    if liking.accuracy is None:
        return f"People have said {liking.answers} times which of two is better. No random pair is among them yet to test with."
    found = liking.accuracy
    return (
        f"From {liking.answers} answers to “Which is better?” the program tells **{found.value:.0%}** of {found.n} random pairs "
        f"right that it never saw (guessing: 50 %; likely between {found.low:.0%} and {found.high:.0%})."
    )
