"""What the map sends and what it makes of a browser's words."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from pages._ui.map_canvas import MapHeard, MapLooks, aimed, gathered, payload, picked
from tests.browser.harness.planted_map import planted_sheet


def test_a_sheet_travels_with_a_name_that_changes_when_it_does() -> None:
    sheet, other = planted_sheet(), planted_sheet(version=2)
    one, again, two = (payload(s, MapLooks(), MapHeard(), "map") for s in (sheet, sheet, other))
    assert one == again
    assert one["sheet_key"] != two["sheet_key"]
    assert one["sheet"]["items"] == len(sheet)
    assert (one["selected"], payload(sheet, MapLooks(selected=0), MapHeard(), "map")["selected"]) == (-1, 0)


def test_a_study_of_ten_thousand_items_fits_into_a_quarter_of_a_megabyte() -> None:
    sheet = planted_sheet((100, 100), share=0.5)
    sent = payload(sheet, MapLooks(), MapHeard(), "map")["sheet"]
    assert sum(len(part) for part in (sent["cells"], sent["quality"])) / len(sheet) < 25  # bytes an item


@pytest.mark.parametrize(
    "said",
    [None, {}, {"pick": 3}, {"pick": {"cell": -1, "row": 0}}, {"pick": {"cell": True, "row": 0}}, {"pick": {"cell": 1}},
     {"aim": {"cells": [1.5], "stamp": 1}}, {"aim": {"cells": [1]}}, {"gather": {"rows": [1], "stamp": 1}},
     {"gather": {"rows": ["1"], "cells": [], "stamp": 1}}],
)  # fmt: skip
def test_malformed_words_say_nothing(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"map": said})
    assert (picked("map"), aimed("map"), gathered("map")) == (None, None, None)


def test_well_formed_words_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "pick": {"cell": 4, "row": 2},
        "aim": {"cells": [7], "stamp": 3},
        "gather": {"rows": [2], "cells": [], "stamp": 5},
    }
    monkeypatch.setattr(st, "session_state", {"map": said})
    assert (picked("map"), aimed("map"), gathered("map")) == (said["pick"], said["aim"], said["gather"])
