"""Names of axes through the studio."""

from __future__ import annotations

import pytest

from qdhf.errors import InvalidInput
from qdhf.studio import Studio
from qdhf.types import Study


def test_an_axis_is_called_what_it_was_last_named(studio: Studio, study: Study) -> None:
    assert studio.learning.axis_names(study) == {}
    first = studio.learning.name_axis(study, 1, " Mood ", "sad", "happy")
    assert (first.name, first.low, first.high) == ("Mood", "sad", "happy")
    second = studio.learning.name_axis(study, 1, "Temper")
    assert studio.learning.axis_names(study) == {1: second}
    assert (second.low, second.high) == ("", "")


def test_an_axis_without_a_word_is_refused(studio: Studio, study: Study) -> None:
    with pytest.raises(InvalidInput, match="1 to 60 characters"):
        studio.learning.name_axis(study, 0, "  ")
