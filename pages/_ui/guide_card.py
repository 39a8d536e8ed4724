"""What raters are told: the study's instructions and its examples, in a dialog."""

from __future__ import annotations

import streamlit as st

from pages._ui.triplets import triplet
from qdhf.studio import Studio
from qdhf.types import Guide, Study

SAYING = "There is no right answer to most questions: go by your own impression. These show what is meant."


@st.dialog("How to answer", width="large", icon=":material/menu_book:", on_dismiss="rerun")
def guide_card(studio: Studio, study: Study, guide: Guide) -> None:
    """Open the instructions. Shown are the text as it was written (Markdown, links and all), then the examples."""
    st.caption(f"{study.name} · instructions {guide.version}" if guide.version else study.name)
    st.markdown(guide.text or "Look at the reference, then choose which of the others is more like it.")
    if guide.aspects:
        st.text(f"Each question says in what sense to compare: {', '.join(guide.aspects)}.")
    if guide.examples:
        st.subheader("Examples", anchor=False)
        st.caption(SAYING)
        items = studio.guides.pictures(guide.examples)
        texts = studio.guides.texts(items.values())
        columns = st.columns(1 if texts else 2)
        for number, example in enumerate(guide.examples):
            with columns[number % len(columns)].container(border=True):
                triplet(example, items, texts)
    if st.button("Start", type="primary", key="guide-close"):
        st.rerun()
