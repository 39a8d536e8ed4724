"""Raters: who answered how, whether people agree, whether they see different things, and what they are told."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard
from pages._ui.encouragement import TARGET
from pages._ui.exclusions import exclusions, warnings
from pages._ui.guide_editor import guide_editor
from pages._ui.judgment_files import judgment_files
from pages._ui.minds import minds
from pages._ui.rater_table import progress_chart, rater_table

studio = guard()
study = chosen_study(studio)


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
guide_editor(studio, study)
with explained():
    people = studio.rating.people(study)
    if not people:
        st.info("Nobody has answered yet.")
        st.page_link("../label.py", label="Go to Label", icon=":material/compare:")
    else:
        rater_table(people, TARGET)
        warnings(people)
        exclusions(studio, people)
        progress_chart(studio.rating.progress(study), TARGET)
        agreement()
        minds(studio, study)
judgment_files(studio, study)
