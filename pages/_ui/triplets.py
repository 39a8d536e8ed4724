"""Triplets on the page, pictures or texts: the reference above its two candidates, the answer marked where it is told."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from pages._ui.pictures import alt, thumb
from qdhf.types import GuideExample, Item

STYLE = """<style>
.triplet { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; max-width: 336px;
  margin: 0 auto; }
.triplet.texts { max-width: none; }
.triplet figure { margin: 0; }
.triplet .reference { grid-column: 1 / -1; }
.triplet .reference img { width: calc(50% - 4px); margin: 0 auto; }
.triplet img { width: 100%; aspect-ratio: 1; object-fit: contain; display: block; border-radius: 8px; }
.triplet blockquote { margin: 0; padding: 8px 12px; border: 1px solid rgba(128, 128, 128, 0.4); border-radius: 8px;
  max-height: 12rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.triplet figcaption { text-align: center; font-size: 0.875rem; padding-top: 2px; min-height: 1.5em; }
.triplet .nearer img, .triplet .nearer blockquote { outline: 3px solid #1a7f37; outline-offset: 2px; }
.triplet .nearer figcaption { font-weight: 600; }
.triplet-why { text-align: center; padding-top: 4px; overflow-wrap: anywhere; }
</style>"""


def triplet(example: GuideExample, items: Mapping[str, Item], texts: Mapping[str, str], *, told: bool = True) -> None:
    """Draw one triplet; ``told``: with its answer and the reason. Words and texts stay text, whatever they hold."""
    parts = [_part(items[example.reference], texts, "reference", "the reference")]
    for name, item in (("a", example.a), ("b", example.b)):
        nearer = told and name == example.closer
        parts.append(_part(items[item], texts, "nearer" if nearer else "", "✓ more like it" if nearer else ""))
    kind = "triplet texts" if texts else "triplet"
    why = f'<div class="triplet-why">{escape(example.why)}</div>' if told and example.why else ""
    st.html(f'{STYLE}<div class="{kind}">{"".join(parts)}</div>{why}')


def _part(item: Item, texts: Mapping[str, str], kind: str, caption: str) -> str:
    if item.id in texts:
        shown = f'<blockquote tabindex="0">{escape(texts[item.id])}</blockquote>'
    else:
        shown = f'<img src="{escape(thumb(item, 256))}" alt="{escape(alt(item))}">'
    return f'<figure class="{kind}">{shown}<figcaption>{caption}</figcaption></figure>'
