"""What pages read from the address: nonsense is passed over."""

from __future__ import annotations

import pytest

from pages._ui.context import whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("42", 42), ("999999999", 999_999_999)])
def test_a_whole_number_is_read(text: str, number: int) -> None:
    assert whole(text) == number


@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "٣", "1" * 10, "9" * 5000, " 1"])
def test_anything_else_in_an_address_is_no_number(text: str) -> None:
    assert whole(text) is None
