"""Curate: choose a set, look at it, export it."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard
from pages._ui.gallery import pictures
from qdhf.studio.curating import Choice
from qdhf.studio.exporting import ExportStatus
from qdhf.types import Collection, Item, Study

studio = guard()
study = chosen_study(studio)
WORDS = {"queued": "waiting for a worker", "running": "being written", "interrupted": "goes on when a worker starts"}


def gallery(items: list[Item], reasons: list[str]) -> None:
    """The set as pictures; pin and ban act at once, a new choice follows them."""
    marks = studio.curating.marks(study)
    with st.container(horizontal=True, key="curate-gallery"):
        for item, reason in zip(items, reasons, strict=True):
            with st.container(width=120, border=True):
                pictures([item], width=96)
                st.caption(reason)
                mark = st.segmented_control(
                    f"Mark picture {item.position + 1}", ["pin", "ban"], default=marks.get(item.id),
                    key=f"curate-mark-{item.id}", label_visibility="collapsed",
                    format_func={"pin": ":material/push_pin:", "ban": ":material/block:"}.__getitem__,
                )  # fmt: skip
                if mark != marks.get(item.id):
                    studio.curating.mark(study, item, mark)
                    st.rerun()


def card(choice: Choice) -> None:
    """The set beside all items and a random set of its size."""
    if choice.figures:
        with st.expander("How this set compares", expanded=False):
            names = list(choice.figures["set"])
            rows = [{"figure": n, **{s: str(f[n])[:8] for s, f in choice.figures.items()}} for n in names]
            st.dataframe(rows, hide_index=True)


@st.fragment(run_every=2)
def exports(study: Study) -> None:
    """Exports and their downloads; polls while one is being written."""
    for status in studio.exporting.of_study(study):
        with st.container(border=True, key=f"export-{status.export.id}"), explained():
            offer(status)


def offer(status: ExportStatus) -> None:
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


def saved(collection: Collection) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"set-{collection.id}"):
        st.text(f"{collection.name}: {len(collection.items)} items")
        if st.button("Export", key=f"export-start-{collection.id}", icon=":material/archive:"):
            studio.exporting.request(study, collection)
            st.rerun()


st.title("Curate")
st.caption(study.name)
with explained():
    with st.form("curate-choose", border=True), st.container(horizontal=True, vertical_alignment="bottom"):
        k = st.number_input("How many", 1, 10_000, 12, key="curate-k")
        floor = st.slider("Leave out the lowest quality", 0, 90, 25, 5, format="%d%%", key="curate-floor")
        if st.form_submit_button("Choose the most different", type="primary", key="curate-go"):
            st.session_state["curate-settings"] = (int(k), floor / 100)
    if settings := st.session_state.get("curate-settings"):
        choice = studio.curating.choose(study, settings[0], floor=settings[1])
        gallery(choice.items, choice.reasons)
        card(choice)
        with st.form("curate-save", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(
                "Name of the set", value=f"{study.name[:60]}, {len(choice.items)} items", key="curate-name"
            )
            if st.form_submit_button("Keep this set", key="curate-keep"):
                studio.curating.save(study, name, choice)
                st.toast("Kept")
sets = studio.curating.collections(study)
if sets:
    st.subheader("Sets", anchor=False)
for collection in sets:
    with explained():
        saved(collection)
exports(study)
