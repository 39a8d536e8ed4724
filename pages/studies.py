"""Studies: choose one, make one, or try the demo."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import choose, explained, guard, visitor
from pages._ui.forms import new_study_form
from pages._ui.gallery import pictures
from pages._ui.import_form import bring_in_study
from pages._ui.rooms import may_open
from qdhf.studio.studies import Overview

NEXT = {
    "generate": ("illuminate", "Generate the first images"),
    "label": ("label", "Label"),
    "illuminate": ("illuminate", "Illuminate"),
    "curate": ("curate", "Choose and export"),
}

studio = guard()
st.title("Studies")


def show(view: Overview) -> None:
    """One study as a card: newest items, figures, the next step."""
    study = view.study
    with st.container(border=True, key=f"study-{study.id}"):
        left, right = st.columns([3, 2], vertical_alignment="center")
        left.subheader(study.name, anchor=False)
        if study.brief:
            left.text(study.brief)
        fit = f"descriptor v{view.fit.version}" if view.fit else "no descriptor yet"
        left.caption(f"{view.items} items · {view.answers} answers · {view.raters} raters · {fit}")
        newest = studio.running.newest_items(study, 5)
        if newest:
            with right:
                pictures(newest, width=72)
        page, label = NEXT[view.step]
        if not may_open(visitor(), page):
            page, label = NEXT["label"]
        open_key, next_key = f"studies-open-{study.id}", f"studies-next-{study.id}"
        with left.container(horizontal=True):
            if may_open(visitor(), page) and st.button(label, key=next_key, type="primary"):
                choose(study)
                st.switch_page(f"../{page}.py", query_params={"study": study.id})
            if st.button("Open archive", key=open_key):
                choose(study)
                st.switch_page("../archive.py", query_params={"study": study.id})


studies = studio.studies.all()
if not studies:
    st.markdown(
        "Show the program in what sense pictures differ: answer *which of these two is more like the reference?*, "
        "and the search fills a map with the best picture for every kind of difference."
    )


def begin() -> None:
    """The ways to a first study."""
    with st.container(horizontal=True):
        if st.button(
            "Try the demo", key="studies-demo", type="secondary" if studies else "primary", icon=":material/play_arrow:"
        ):
            with explained():
                study, _ = studio.studies.create_demo()
                choose(study)
                st.switch_page("../label.py", query_params={"study": study.id})
    with st.expander("New study", expanded=False, icon=":material/add:"), explained():
        made = new_study_form(studio)
        if made is not None:
            choose(made)
            st.switch_page("../illuminate.py", query_params={"study": made.id})
    bring_in_study(studio)


if studio.may(studio.studies.create):
    begin()
elif not studies:
    st.info("There is no study here yet. A curator can make one.")
for study in studies:
    with explained():
        show(studio.studies.overview(study))
