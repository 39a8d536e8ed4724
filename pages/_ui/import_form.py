"""Bringing things in: one's own pictures or texts, and whole studies from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

import streamlit as st

from pages._ui.context import choose, explained
from pages._ui.verdict import plain
from qdhf.studio import Studio

TYPES = ["zip", "parquet", "jsonl"]
HELP = """A ZIP of pictures (PNG, JPEG, WebP, GIF, BMP, TIFF) or of texts (.txt), a Parquet file with a column of either, or JSON
lines with a `text` each. What was exported here comes in again. Names and captions in a `metadata.jsonl` beside the files are
kept; what cameras write into pictures is not. Files that cannot be used are named and skipped."""


@dataclass(frozen=True)
class Given:
    """What somebody wants to import: a folder or file on the worker's machine, or an upload."""

    folder: str | None
    upload: IO[bytes] | None

    def __bool__(self) -> bool:
        return self.folder is not None or self.upload is not None


def import_fields(prefix: str) -> Given:
    """The two ways to say what is to come in: drop a file, or name a folder."""
    upload = st.file_uploader("Drop a file", type=TYPES, key=f"{prefix}-upload", help=HELP)
    folder = st.text_input("…or a folder or file on the worker's machine", key=f"{prefix}-folder")
    return Given(folder.strip() or None, upload)


def bring_in_study(studio: Studio) -> None:
    """Draw the expander that takes the bundle of a whole study."""
    with st.expander("A study from another installation", icon=":material/inventory_2:"):
        st.caption("Made on its Curate page by “Bundle the whole study”. Bringing it in twice is the same as once.")
        upload = st.file_uploader("The bundle", type=["zip"], key="studies-bundle")
        if upload is not None and st.button("Bring it in", key="studies-unbundle", type="primary"):
            with explained(), st.spinner("Checking it and bringing it in…"):
                found = studio.bundling.unbundle(upload)
                choose(found.study)
                st.session_state["studies-brought-in"] = upload.file_id, f"{found.study.name}: {found.words}."
                st.rerun()
    file, said = st.session_state.get("studies-brought-in", (None, ""))
    if upload is not None and file == upload.file_id:
        st.success(plain(said))  # in view whether or not the expander stays open
