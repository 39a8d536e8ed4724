"""Rows of pictures, each with its alternative text."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st

from pages._ui.pictures import address, alt, thumb
from qdhf.types import Item


def absolute(path: str) -> str:
    """``path`` on the origin that the browser itself used: Streamlit takes picture addresses only with a host."""
    here = urlsplit(st.context.url or "http://localhost")
    return f"{here.scheme}://{here.netloc}{path}"


def pictures(items: Sequence[Item], *, width: int, full: bool = False) -> None:
    """Draw ``items`` side by side, ``width`` pixels wide each; ``full``: the files themselves, not thumbnails."""
    if items:
        size = 128 if width <= 128 else 256
        sources = [absolute(address(i.blob) if full else thumb(i, size)) for i in items]
        st.image(sources, width=width, alt=[alt(i) for i in items])
