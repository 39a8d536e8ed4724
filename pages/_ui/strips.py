"""Pictures along an axis, with words at its ends; one row at any width."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages._ui.pictures import alt, thumb
from qdhf.types import Item

STYLE = """<style>
.axis-strip { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 104px); gap: 4px; }
.axis-strip img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 8px; display: block; }
.axis-ends { display: flex; justify-content: space-between; gap: 12px; max-width: calc(9 * 108px);
  font-size: 0.9rem; opacity: 0.75; padding-top: 4px; }
</style>"""


def strip(items: Sequence[Item], low: str, high: str) -> None:
    """Draw ``items`` from the low end to the high end; ``low`` and ``high`` are words of the user's and stay text."""
    images = "".join(
        f'<img src="{escape(thumb(i, 128))}" alt="{escape(alt(i))}" title="{escape(alt(i))}">' for i in items
    )
    ends = f"<span>← {escape(low or 'one end')}</span><span>{escape(high or 'the other end')} →</span>"
    st.html(f'{STYLE}<div class="axis-strip">{images}</div><div class="axis-ends">{ends}</div>')
