"""The study's sets and their exports: start one, see it being written, download it."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import explained
from qdhf.studio import Studio
from qdhf.studio.exporting import ExportStatus
from qdhf.types import Collection, Study

WORDS = {"queued": "waiting for a worker", "running": "being written", "interrupted": "goes on when a worker starts"}


def export_panel(studio: Studio, study: Study) -> None:
    """The kept sets, each with a button that exports it, and the exports."""
    sets = studio.curating.collections(study)
    if sets:
        st.subheader("Sets", anchor=False)
    for collection in sets:
        with explained():
            _saved(studio, study, collection)
    _exports(studio, study)


def _saved(studio: Studio, study: Study, collection: Collection) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"set-{collection.id}"):
        st.text(f"{collection.name}: {len(collection.items)} items")
        if st.button("Export", key=f"export-start-{collection.id}", icon=":material/archive:"):
            studio.exporting.request(study, collection)
            st.rerun()


@st.fragment(run_every=2)
def _exports(studio: Studio, study: Study) -> None:
    """Exports and their downloads; polls while one is being written."""
    for status in studio.exporting.of_study(study):
        with st.container(border=True, key=f"export-{status.export.id}"), explained():
            _offer(studio, study, status)


def _offer(studio: Studio, study: Study, status: ExportStatus) -> None:
    collection = studio.curating.find(study, status.export.collection_id)
    if status.export.blob is None:
        st.text(f"{collection.name}: {WORDS.get(status.state, status.state)}")
        if status.error:
            st.error(status.error)
        return
    size = (status.export.size or 0) / 1e6
    with studio.exporting.open(status.export) as file:
        st.download_button(
            f"Download {collection.name} ({size:.1f} MB)", file, f"{collection.name}.zip", "application/zip",
            key=f"download-{status.export.id}", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    st.caption(f"SHA-256 {status.export.blob}")
