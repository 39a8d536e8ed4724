"""The study's sets and their exports: start one, see it being written, download it; the whole study likewise."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import explained
from pages._ui.export_route import export_address
from pages._ui.verdict import plain
from qdhf.studio import Studio
from qdhf.studio.exporting import ExportStatus
from qdhf.types import Export, Study

WORDS = {
    "queued": "waits for a worker", "running": "is being written", "interrupted": "goes on when a worker starts",
    "paused": "was not begun", "failed": "stopped",
}  # fmt: skip
IN_PAGE = 100e6  # bytes: larger files do not pass through the page


def export_panel(studio: Studio, study: Study) -> None:
    """What can be exported and in which formats, the whole study, and the exports that were asked for."""
    st.subheader("Export", anchor=False)
    if studio.may(studio.exporting.request):
        with explained():
            _begin(studio, study)
        with st.expander("The whole study", icon=":material/inventory_2:"), explained():
            _whole(studio, study)
    _exports(studio, study)


def _begin(studio: Studio, study: Study) -> None:
    sets = {collection.id: collection for collection in studio.curating.collections(study)}
    if not sets:
        st.caption("Keep a set first; then it can be exported.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Set", list(sets), key="export-set", format_func=lambda i: f"{sets[i].name}: {len(sets[i].items):,} items"
        )
        formats = _formats(studio)
        if st.button("Export", key="export-start", type="primary", icon=":material/archive:", disabled=not formats):
            studio.exporting.request(study, sets[str(chosen)], formats)
            st.rerun()


def _formats(studio: Studio) -> list[str]:
    words = studio.exporting.formats()
    return st.pills(
        "Inside the ZIP", list(words), selection_mode="multi", default=list(studio.exporting.usual()),
        format_func=words.__getitem__, key="export-formats",
        help="A dataset card, checksums and the command that makes the set again are always inside.",
    )  # fmt: skip


def _whole(studio: Studio, study: Study) -> None:
    st.caption(
        "Every item and how it was made, every answer, all sets, names, marks and notes. Bring it into another "
        "installation on its Studies page. Names and e-mail addresses of raters are inside: mind whom you give it to."
    )
    if st.button("Bundle the whole study", key="export-whole", icon=":material/inventory_2:"):
        studio.exporting.request_study(study)
        st.rerun()


@st.fragment(run_every=2)
def _exports(studio: Studio, study: Study) -> None:
    """Exports and their downloads; polls while one is being written."""
    for status in studio.exporting.of_study(study):
        with st.container(border=True, key=f"export-{status.export.id}"), explained():
            name = _name(studio, study, status.export)
            if status.export.blob is None:
                _waiting(studio, status, name)
            else:
                _offer(studio, status.export, status.export.blob, name)


def _name(studio: Studio, study: Study, export: Export) -> str:
    if export.collection_id is None:
        return f"{study.name} (whole study)"
    return studio.curating.find(study, export.collection_id).name


def _waiting(studio: Studio, status: ExportStatus, name: str) -> None:
    words = f"{plain(name)} {WORDS.get(status.state, status.state)}"
    if status.export.total:
        words += f": {status.export.done:,} of {status.export.total:,}"
    st.progress(status.share, text=words)
    if status.error:
        st.error(status.error)
    if status.state in ("failed", "paused") and st.button(
        "Try again", key=f"export-again-{status.export.id}", icon=":material/refresh:"
    ):
        studio.exporting.again(status.export)
        st.rerun(scope="fragment")


def _offer(studio: Studio, export: Export, blob: str, name: str) -> None:
    label, size = f"Download {plain(name)}", export.size or 0
    label += f" ({size / 1e6:.1f} MB)"
    if size <= IN_PAGE:
        st.download_button(
            label, lambda: studio.exporting.open(export), f"{name}.zip", "application/zip",
            key=f"download-{export.id}", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    else:
        st.link_button(label, export_address(blob, f"{name}.zip"), icon=":material/download:")
    st.caption(f"SHA-256 {blob}")
    if export.collection_id is not None and studio.may(studio.publishing.publish):
        with st.popover("Publish", icon=":material/cloud_upload:", key=f"publish-{export.id}"), explained():
            _publish(studio, export)


def _publish(studio: Studio, export: Export) -> None:
    """A data set on a hub: what would leave is shown before anything does. The token is never stored."""
    key = f"publish-{export.id}"
    repo = st.text_input("Data set on the Hugging Face hub", placeholder="owner/name", key=f"{key}-repo")
    private = not st.toggle("Everybody may see it", key=f"{key}-public")
    if not repo:
        st.caption("Name it, and see what would be sent. Nothing leaves before you say so.")
        return
    names = "judgments" in (export.formats or studio.exporting.usual()) and st.toggle(
        "With the names of those who answered", key=f"{key}-names", help="Else they are Rater 1, Rater 2 and so on."
    )
    upload = studio.publishing.plan(export, repo.strip(), private=private, names=names)
    st.markdown(f"Would be sent: {plain(upload.words)}")
    st.dataframe([{"file": name, "bytes": size} for name, size in upload.files[:200]], height=180)
    token = st.text_input("Token that may write", type="password", key=f"{key}-token", help="Used once, never stored.")
    if st.button(f"Send {len(upload.files):,} files", key=f"{key}-send", disabled=not token):
        with st.spinner("Sending…"):
            st.success(studio.publishing.publish(upload, token))
