"""What passes the filters as a list, page by page: the map's plain twin."""

from __future__ import annotations

import math

import streamlit as st

from pages._ui.item_panel import open_item
from pages._ui.item_view import thumbs
from qdhf.studio import Studio
from qdhf.types import Study

PAGE = 24  # items


def item_gallery(studio: Studio, study: Study, passing: frozenset[str] | None) -> None:
    """Draw ``passing`` (None: all items of the study), the newest first; each opens beside the map."""
    total = studio.studies.item_count(study) if passing is None else len(passing)
    if not total:
        st.caption("No item passes. Clear a filter.")
        return
    pages = math.ceil(total / PAGE)
    shown = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    items = studio.filtering.items(study, passing, min(shown, pages) - 1, PAGE)
    st.caption(f"{(shown - 1) * PAGE + 1:,} to {(shown - 1) * PAGE + len(items):,} of {total:,}, the newest first")
    thumbs(studio, items, key="gallery", on_click=open_item)
