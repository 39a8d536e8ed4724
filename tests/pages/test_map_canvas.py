"""What the map sends and what it makes of a browser's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
import streamlit as st

from pages._ui.map_canvas import MapHeard, MapLooks, aimed, bulk, gathered, payload, picked
from qdhf.studio.map_colours import Colours
from tests.browser.harness.planted_map import planted_sheet


def test_what_is_large_travels_once_for_as_long_as_it_stays() -> None:
    sheet, other = planted_sheet(), planted_sheet(version=2)
    colours = Colours(by="source", values=sheet.cells % 2, names=("ones", "twos"))
    one, again, two = (bulk(s, MapLooks()) for s in (sheet, sheet, other))
    painted = bulk(sheet, MapLooks(by="source", colours=colours))
    assert one == again
    assert len({part["key"] for part in (one, two, painted)}) == 3
    assert one["sheet"]["items"] == len(sheet)
    small = payload(sheet, MapLooks(selected=0), MapHeard(), "map")
    assert len(json.dumps(small)) < 500
    assert (small["selected"], payload(sheet, MapLooks(), MapHeard(), "map")["selected"]) == (0, -1)


def test_a_study_of_ten_thousand_items_fits_into_a_quarter_of_a_megabyte() -> None:
    sheet = planted_sheet((100, 100), share=0.5)
    sent = bulk(sheet, MapLooks())["sheet"]
    assert sum(len(sent[part]) for part in ("cells", "quality", "positions")) / len(sheet) < 25  # bytes an item


@pytest.mark.parametrize(
    "said",
    [None, {}, {"pick": 3}, {"pick": {"cell": -1, "position": 0}}, {"pick": {"cell": True, "position": 0}}, {"pick": {"cell": 1}},
     {"aim": {"cells": [1.5], "stamp": 1}}, {"aim": {"cells": [1]}}, {"gather": {"positions": [1], "stamp": 1}},
     {"gather": {"positions": ["1"], "cells": [], "stamp": 1}}],
)  # fmt: skip
def test_malformed_words_say_nothing(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"map": said})
    assert (picked("map"), aimed("map"), gathered("map")) == (None, None, None)


def test_well_formed_words_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "pick": {"cell": 4, "position": 2},
        "aim": {"cells": [7], "stamp": 3},
        "gather": {"positions": [2], "cells": [], "stamp": 5},
    }
    monkeypatch.setattr(st, "session_state", {"map": said})
    assert (picked("map"), aimed("map"), gathered("map")) == (said["pick"], said["aim"], said["gather"])
