"""The front end: the pages behind one frame, pictures and exports behind signed addresses.

streamlit run app.py
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.routing import Route

from pages._ui.export_route import export_file
from pages._ui.pictures_route import picture, thumbnail

# The script lies beside no `pages` folder of its own, so no page can be opened past the frame and its guard.
app = st.App(
    Path(__file__).parent / "pages" / "_ui" / "frame.py",
    routes=[
        Route("/img/{expires:int}/{signature}/{sha}", picture),
        Route("/export/{expires:int}/{signature}/{sha}/{name}", export_file),
        Route("/thumb/{expires:int}/{signature}/{study}/{size:int}/{position:int}", thumbnail),
    ],
)
