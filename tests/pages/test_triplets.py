"""Examples as they are drawn: pictures and texts, marked or not, whatever people write into them."""

from __future__ import annotations

import pytest
import streamlit as st

from pages._ui.triplets import triplet
from qdhf.types import GuideExample, Item, now

EXAMPLE = GuideExample(reference="r", a="a", b="b", closer="b", why="<b>both</b> & red")


def item(name: str, position: int, **changes: object) -> Item:
    values: dict[str, object] = {
        "id": name, "study_id": "s", "position": position, "kind": "image", "blob": name * 64, "media_type": "image/png",
        "width": 8, "height": 8, "thumbs": {}, "source": "", "genome": None, "run_id": "run", "iteration": 0, "slot": position,
        "name": f"{name}.png", "created_at": now(),
    }  # fmt: skip
    return Item(**{**values, **changes})  # type: ignore[arg-type]


ITEMS = {name: item(name, n) for n, name in enumerate("rab")}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was drawn as HTML."""
    monkeypatch.setattr("pages._ui.triplets.thumb", lambda item, size: f"/img/{item.id}")
    found: list[str] = []
    monkeypatch.setattr(st, "html", found.append)
    return found


def test_the_expected_one_alone_is_marked_and_words_stay_words(drawn: list[str]) -> None:
    triplet(EXAMPLE, ITEMS, {})
    parts = drawn[0].split("<figure")[1:]
    assert ["nearer" in part for part in parts] == [False, False, True]
    assert [f"Picture {n}" in part for n, part in zip((1, 2, 3), parts, strict=True)] == [True, True, True]
    assert "&lt;b&gt;both&lt;/b&gt; &amp; red" in drawn[0]
    assert "<b>" not in drawn[0]


def test_an_untold_triplet_gives_nothing_away(drawn: list[str]) -> None:
    triplet(EXAMPLE, ITEMS, {}, told=False)
    figures = drawn[0].split("</style>")[1]
    assert "nearer" not in figures
    assert "more like it" not in figures
    assert "red" not in figures


def test_texts_are_read_as_texts(drawn: list[str]) -> None:
    triplet(EXAMPLE, ITEMS, {"r": "A <script>poem</script>", "a": "one", "b": "two"})
    figures = drawn[0].split("</style>")[1]
    assert figures.count("<blockquote") == 3
    assert "<img" not in figures
    assert "A &lt;script&gt;poem&lt;/script&gt;" in figures
