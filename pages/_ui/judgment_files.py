"""Judgments in and out: download every answer, bring answers from elsewhere."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages._ui.context import explained
from qdhf.studio import Studio
from qdhf.types import Study

FORMS = (("jsonl", "JSON Lines", "application/x-ndjson"), ("csv", "CSV", "text/csv"))
TABLES = """Files that were downloaded here come back exactly. Also taken are tables with one of these headers:
- `reference,nearer,farther`: which of two was more like the reference
- `one,two,odd`: the odd one out
- `reference,candidates,picked`: the ones most like the reference, parted by `|`
- `head,winner,loser`: what Salmon exports

Add `rater` and `response_ms` where you know them. Pictures go by file name, id or the SHA-256 of their content."""


def summary(new: int, read: int) -> str:
    """What an import did, in a sentence."""
    if not read:
        return "The file holds no answers."
    if not new:
        return f"All {read:,} answers were here already."
    return f"{new:,} of {read:,} answers were new. Learn from them on the Descriptors page."


def judgment_files(studio: Studio, study: Study) -> None:
    """Draw the expander: two downloads, and an upload that says how many answers were new or what is wrong.

    An import draws the page anew, so that what stands above it counts the new answers."""
    with st.expander("Judgments in and out", icon=":material/swap_vert:"):
        st.caption("Every answer ever given, undone ones marked.")
        with st.container(horizontal=True):
            for form, name, media_type in FORMS:
                st.download_button(
                    f"Download {name}", partial(studio.judgment_files.export_judgments, study, form), f"judgments.{form}",
                    media_type, key=f"judgments-{form}", on_click="ignore", icon=":material/download:",
                )  # fmt: skip
        bring_in(studio, study)


def bring_in(studio: Studio, study: Study) -> None:
    upload = st.file_uploader(
        "Add answers from a file",
        type=["jsonl", "ndjson", "json", "csv"],
        key=f"judgments-upload-{study.id}",
        help=TABLES,
    )
    if upload is None:
        return
    if st.button("Add these answers", key="judgments-add", type="primary"):
        with explained(), st.spinner("Reading…"):
            new, read = studio.judgment_files.import_judgments(study, upload.name, upload.getvalue())
            st.session_state[f"judgments-added-{study.id}"] = upload.file_id, summary(new, read)
            st.rerun()
    file, said = st.session_state.get(f"judgments-added-{study.id}", (None, ""))
    if file == upload.file_id:
        st.success(said)
