"""Raters: who answered how, whether people agree, and whether they see different things."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard
from pages._ui.judgment_files import judgment_files
from pages._ui.minds import minds, share

studio = guard()
study = chosen_study(studio)


def table() -> None:
    """One row per person, then what to look into, in words."""
    rows = studio.rating.reports(study)
    st.dataframe(
        [
            {
                "name": rater.name, "answers": r.answers, "per minute": "–" if r.pace is None else f"{r.pace:.0f}",
                "repeats agree": "–" if r.consistency is None else f"{share(r.consistency)} of {r.consistency.n}",
                "chose left": share(r.left), "too fast": share(r.fast), "can't tell": share(r.unsure),
            }
            for rater, r in rows
        ],
        hide_index=True, width="stretch",
    )  # fmt: skip
    st.caption(
        "**Repeats agree**: some questions come back with their sides swapped; this often the same picture was chosen. "
        "**Chose left**: sides are random, so about 50 % is expected. **Too fast**: faster than anyone can look at three "
        "pictures."
    )
    for rater, r in rows:
        concerns = []
        if r.biased:
            side = "left" if r.left.value > 0.5 else "right"
            concerns.append(f"chose the {side} side far more often than chance would, which looks like a habit")
        if r.hasty:
            concerns.append(f"gave {share(r.fast)} of the answers too fast to have looked at the pictures")
        if r.inconsistent:
            same = round(r.consistency.value * r.consistency.n)
            concerns.append(f"chose the same picture again in {same} of {r.consistency.n} repeated questions")
        if concerns:
            st.warning(f"{rater.name} {'; '.join(concerns)}.", icon=":material/visibility:")


def agreement() -> None:
    """How far people agree, in sentences."""
    st.subheader("Do people agree?", anchor=False)
    found = studio.rating.agreement(study)
    if found.alpha is not None:
        alpha = found.alpha
        reach = "" if alpha.low is None else f" It lies between {alpha.low:.2f} and {alpha.high:.2f} (95 % interval)."
        st.markdown(
            f"{found.raters} people answered some of the same questions, {found.shared} in all. Any two of them chose the same "
            f"picture **{alpha.agreement:.0%}** of the time; guessing would give 50 %."
        )
        st.caption(
            f"Krippendorff's alpha is {alpha.value:.2f}: 0 is what guessing gives, 1 is full agreement.{reach} People may "
            "disagree because a question is hard, because somebody is careless, or because they see different things."
        )
    if found.note:
        st.info(found.note, icon=":material/info:")


st.title("Raters")
st.caption(study.name)
with explained():
    if not studio.rating.reports(study):
        st.info("Nobody has answered yet.")
        st.page_link("../label.py", label="Go to Label", icon=":material/compare:")
    else:
        table()
        agreement()
        minds(studio, study)
judgment_files(studio, study)
