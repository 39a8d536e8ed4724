"""What every page starts with: the studio, the chosen study, the guard, errors meant for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import streamlit as st

from qdhf.errors import NotFound, QdhfError
from qdhf.studio import Studio
from qdhf.types import Study
from storage import open_store


@lru_cache(maxsize=1)
def open_studio() -> Studio:
    """One studio per process: the store's pools and the item matrices are shared by all sessions."""
    return Studio(open_store())


def guard() -> Studio:
    """Call first on every page. Streamlit could run a page file by itself; without the frame there is no page."""
    if not st.session_state.get("framed"):
        st.error("Open this page from the app's start address.")
        st.stop()
    return open_studio()


def chosen_study(studio: Studio) -> Study:
    """The study in the address (``?study=``), or the session's; stops the page with a way on where there is none."""
    wanted = st.query_params.get("study") or st.session_state.get("study")
    if wanted:
        try:
            study = studio.studies.get(wanted)
        except NotFound:
            st.session_state.pop("study", None)
            st.query_params.pop("study", None)
            st.error("The study in this address does not exist here. Choose one under Studies.")
            st.stop()
        choose(study)
        return study
    st.info("Choose a study first, or make one.", icon=":material/arrow_back:")
    st.page_link("../studies.py", label="Go to Studies", icon=":material/folder_open:")
    st.stop()


def choose(study: Study) -> None:
    """Remember the study for the session and keep it in the address, so that a reload and a shared link find it."""
    st.session_state["study"] = study.id
    if st.query_params.get("study") != study.id:
        st.query_params["study"] = study.id


@contextmanager
def explained() -> Iterator[None]:
    """Show an error meant for people instead of a stack trace; anything else stays loud."""
    try:
        yield
    except QdhfError as error:
        st.error(str(error), icon=":material/error:")
