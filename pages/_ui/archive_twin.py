"""The map as a table, for keyboard and screen reader."""

from __future__ import annotations

import streamlit as st

from pages._ui.item_panel import open_item
from pages._ui.pictures import alt
from qdhf.studio import Studio
from qdhf.studio.map_sheet import Sheet


def twin(studio: Studio, sheet: Sheet) -> None:
    """One row per filled cell; choosing one opens its item."""
    filled = sheet.filled
    items = studio.mapping.items(sheet, [int(sheet.positions[row]) for _, row in filled])
    rows = [
        {
            "cell": sheet.where(cell), "picture": item.position + 1, "prompt": alt(item),
            "quality": round(float(sheet.quality[row]), 3), "items here": int(sheet.counts[cell]),
        }
        for (cell, row), item in zip(filled, items, strict=True)
    ]  # fmt: skip
    event = st.dataframe(rows, hide_index=True, on_select="rerun", selection_mode="single-row", key="archive-table")
    if event.selection.rows:
        open_item(items[event.selection.rows[0]].id)
