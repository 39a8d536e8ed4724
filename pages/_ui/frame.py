"""The frame around every page: config, navigation, the worker's sign of life."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages._ui.context import open_studio

PAGES = {
    "": [("studies", "Studies", "folder_open")],
    "Teach": [
        ("label", "Label", "compare"), ("descriptors", "Descriptors", "straighten"), ("raters", "Raters", "group"),
    ],
    "Explore": [
        ("illuminate", "Illuminate", "wb_incandescent"), ("archive", "Archive", "grid_view"),
        ("diversity", "Diversity", "scatter_plot"),
    ],
    "Use": [("curate", "Curate", "inventory_2")],
}  # fmt: skip

st.set_page_config(page_title="QDHF Studio", page_icon=str(Path(__file__).parent / "icon.png"), layout="wide")
st.session_state["framed"] = True
sections = {
    section: [
        st.Page(f"../{name}.py", title=title, icon=f":material/{icon}:", url_path=name, default=name == "studies")
        for name, title, icon in pages
    ]
    for section, pages in PAGES.items()
}
st.html("<style>.stMainBlockContainer { padding-top: 4.2rem; }</style>")
page = st.navigation(sections)

studio = open_studio()
with st.sidebar:
    if not studio.store.workers.alive():
        st.warning("No worker is running: nothing is generated or exported. Start one with `make worker`.")
page.run()
