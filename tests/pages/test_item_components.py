"""What travels to the family tree and to the comparison, for pictures and texts."""

from __future__ import annotations

from typing import Any

import pytest

from pages._ui import item_compare, item_tree
from qdhf.studio.inspecting import Family
from qdhf.types import Item, now


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_compare, "address", lambda blob: f"/img/{blob}")
    monkeypatch.setattr(item_tree, "thumb", lambda item, size: f"/img/{item.thumbs[size]}")


def item(name: str, position: int, **changes: Any) -> Item:
    values: dict[str, Any] = {
        "id": name, "study_id": "s", "position": position, "kind": "image", "blob": f"blob-{name}", "media_type": "image/png",
        "width": 64, "height": 96, "thumbs": {128: f"small-{name}"}, "source": "", "genome": None, "run_id": "run",
        "iteration": 0, "slot": position, "name": "", "created_at": now(),
    }  # fmt: skip
    return Item(**(values | changes))


def test_a_tree_has_its_levels_its_lines_and_words_for_texts() -> None:
    items = {name: item(name, n) for n, name in enumerate("pqoc")}
    family = Family(
        items=items, levels=[["p", "q"], ["o"], ["c"]], own=1, edges=[("p", "o"), ("q", "o"), ("o", "c")],
        trail=[items["p"], items["o"]], left_out=0,
    )  # fmt: skip
    sent = item_tree.payload(family, {"c": "words " * 100})
    assert [[node["id"] for node in level] for level in sent["levels"]] == family.levels
    assert (sent["own"], sent["edges"]) == ("o", [["p", "o"], ["q", "o"], ["o", "c"]])
    assert sent["levels"][1][0] == {"id": "o", "number": 3, "alt": "Picture 3", "url": "/img/small-o"}
    (child,) = sent["levels"][2]
    assert (child["text"], "url" in child) == (("words " * 100)[:80], False)


def test_panes_show_whole_files_and_are_as_tall_as_the_tallest() -> None:
    sent = item_compare.payload([item("a", 0), item("b", 4, height=32)], {})
    assert sent["shape"] == 1.5
    assert [(pane["name"], pane["url"]) for pane in sent["panes"]] == [
        ("Picture 1", "/img/blob-a"), ("Picture 5", "/img/blob-b"),
    ]  # fmt: skip


def test_texts_are_compared_as_texts() -> None:
    made = [item(name, n, kind="text", width=None, height=None) for n, name in enumerate("ab")]
    sent = item_compare.payload(made, {"a": "one", "b": "two"})
    assert [(pane["name"], pane["text"]) for pane in sent["panes"]] == [("Text 1", "one"), ("Text 2", "two")]
    assert not any("url" in pane for pane in sent["panes"])


def test_what_a_browser_says_of_no_item_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    heard: dict[str, Any] = {}
    own = item("o", 0)
    family = Family(items={"o": own}, levels=[["o"]], own=0, edges=[], trail=[own], left_out=0)

    def mounted(*, key: str, data: Any, on_open_change: Any) -> None:
        for said in ({}, {"open": "stranger"}, {"open": None}, {"open": ["o"]}, {"open": "o"}):
            heard[key] = said
            on_open_change()

    monkeypatch.setattr(item_tree, "_mount", mounted)
    monkeypatch.setattr("streamlit.session_state", heard)
    item_tree.item_tree(family, {}, key="tree", on_open=opened.append)
    assert opened == ["o"]
