"""What a rater is told while answering."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from pages._ui.encouragement import feedback
from qdhf.planted import PlantedWorld, answered
from qdhf.studio.encouraging import REPEATS, Encouragement, encouragement
from qdhf.types import GeneratorSpec, Judgment, MapSpec, NewQuestion, Study, now

STUDY = Study(
    id="s", name="s", brief="", kind="image", prompts=("a",), generator=GeneratorSpec(), encoder="planted", scorer="even",
    map=MapSpec(), created_at=now(),
)  # fmt: skip
QUESTION = NewQuestion(reference="r", a="a", b="b", left="a", strategy="informative")


def answers(count: int, seconds: float, until: float = 0.0, response_ms: int = 2000) -> list[Judgment]:
    """``count`` answers, one in so many ``seconds``, the last one ``until`` seconds ago."""
    end = now() - timedelta(seconds=until)
    return [
        replace(
            answered(QUESTION, "a", n),
            created_at=end - timedelta(seconds=seconds * (count - 1 - n)),
            response_ms=response_ms,
        )
        for n in range(count)
    ]


def told(own: list[Judgment]) -> Encouragement:
    matrix = PlantedWorld.make(n=10, d=8, rng=np.random.default_rng(0)).matrix()
    return encouragement(STUDY, None, None, matrix, own)


def test_nobody_is_told_anything_before_they_answered() -> None:
    found = told([])
    assert (found.pace, found.consistency, found.sitting, found.rest, found.slower) == (None, None, 0.0, False, False)
    assert feedback(found)["lines"] == []
    assert "first dozen" in feedback(found)["caption"]


def test_the_pace_is_that_of_the_latest_answers_without_pauses() -> None:
    own = [*answers(10, 20, until=4000), *answers(20, 6)]
    assert told(own).pace == pytest.approx(10)
    assert told(own[:4]).pace is None


def test_a_rest_is_suggested_after_twenty_minutes_at_a_stretch() -> None:
    assert not told(answers(100, 11)).rest
    found = told(answers(120, 11))
    assert found.rest
    assert found.sitting == pytest.approx(119 * 11 / 60)
    assert "You have been at it for 22 minutes" in feedback(found)["lines"][0]["text"]
    assert feedback(found)["lines"][0]["kind"] == "advice"
    assert not told([*answers(100, 11, until=900), *answers(20, 11)]).rest  # a pause lies between
    assert not told(answers(120, 11, until=600)).rest  # long gone


def test_growing_slower_is_noticed() -> None:
    quick, slow = answers(60, 5, until=100), answers(20, 5, response_ms=4000)
    assert told([*quick, *slow]).slower
    assert not told([*quick, *answers(20, 5)]).slower
    assert not told(slow).slower


def test_consistency_is_told_once_there_are_enough_repeats() -> None:
    own = answers(40, 5)
    own = [replace(j, question_id=f"q{n}", repeat_of=f"q{n - 20}" if n >= 20 else None) for n, j in enumerate(own)]
    own[25] = replace(own[25], closer="b")
    few = told(own[: 20 + REPEATS - 1])
    assert few.consistency is None
    enough = told(own)
    assert enough.consistency is not None
    assert (enough.consistency.n, round(enough.consistency.value * 20)) == (20, 19)
    assert "You answered 19 of 20 repeated questions as before." in [line["text"] for line in feedback(enough)["lines"]]


def test_a_steady_map_is_said_to_be_steady() -> None:
    steady = replace(told([]), steady=True, points=[[0, 0, 0, 0]], moved=2)
    assert "The map is steady" in feedback(steady)["lines"][0]["text"]
    assert feedback(steady)["caption"] == "The latest answers moved 2 pictures to another place on the map."
