"""Places on screen and items: what is chosen in any place is recorded as the item that stood there."""

from __future__ import annotations

from typing import Any

import pytest

from pages._ui import questions
from pages._ui.label_card import LabelEvent
from pages._ui.questions import answer, candidates, card_question, past_answer
from qdhf.types import Guide, Item, Judgment, Question, now
from qdhf.types.answering import check_answer

GUIDE = Guide(study_id="s", version=3, pick=2)


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "address", lambda blob: f"/img/{blob}")


def question(kind: str, shown: str, left: str = "a") -> Question:
    paired = kind in ("triplet", "better")
    reference, a, b = (shown[0], *shown[-2:]) if paired else shown[:3]
    return Question(
        id="q", study_id="s", rater_id="r", reference=reference, a=a, b=b, left=left, strategy="random", repeat_of=None,  # type: ignore[arg-type]
        created_at=now(), kind=kind, shown=() if kind == "triplet" else tuple(shown), aspect="colour",  # type: ignore[arg-type]
    )  # fmt: skip


def event(*picked: int, choice: str = "picked", **more: Any) -> LabelEvent:
    base: dict[str, Any] = {"event_id": "e", "question_id": "q", "response_ms": 700, "undoes": None, "grade": 1.0}
    return LabelEvent(**(base | {"choice": choice, "picked": list(picked)} | more))  # type: ignore[typeddict-item]


def items(shown: str) -> dict[str, Item]:
    return {
        i: Item(
            id=i, study_id="s", position=n, kind="image", blob=f"blob-{i}", media_type="image/png", width=64, height=64,
            thumbs={256: "small"}, source="", genome=None, run_id="", iteration=0, slot=n, name=i, created_at=now(),
        )
        for n, i in enumerate(shown)
    }  # fmt: skip


@pytest.mark.parametrize("left", ["a", "b"])
@pytest.mark.parametrize(("kind", "shown"), [("triplet", "rxy"), ("better", "xy")])
@pytest.mark.parametrize("place", [0, 1])
def test_either_side_is_recorded_as_the_candidate_that_stood_there(
    kind: str, shown: str, left: str, place: int
) -> None:
    asked = question(kind, shown, left)
    given = answer(event(place, grade=0.5), asked, GUIDE)
    assert given is not None
    stood = getattr(asked, str(given.closer))
    assert candidates(asked)[place] == stood == ("xy" if left == "a" else "yx")[place]
    assert (given.picked, given.grade, given.guide, given.response_ms) == ((), 0.5, 3, 700)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_each_of_three_is_recorded_as_the_odd_one(place: int) -> None:
    given = answer(event(place), question("odd", "xyz"), GUIDE)
    assert given is not None
    assert (given.closer, given.picked) == ("picked", ("xyz"[place],))


@pytest.mark.parametrize("places", [(0, 1), (7, 3), (2,)])
def test_picks_of_a_grid_are_recorded_as_items(places: tuple[int, ...]) -> None:
    asked = question("grid", "rabcdefgh")
    given = answer(event(*places), asked, GUIDE)
    assert given is not None
    assert given.picked == tuple("abcdefgh"[place] for place in places)
    check_answer(asked.kind, asked.shown, str(given.closer), given.picked, given.grade)


@pytest.mark.parametrize(
    ("kind", "shown", "places"),
    [
        ("triplet", "rxy", (2,)), ("triplet", "rxy", (0, 1)), ("odd", "xyz", (3,)), ("grid", "rabc", (3,)),
        ("better", "xy", (0, 1)),
    ],
)  # fmt: skip
def test_places_that_were_not_there_are_no_answer(kind: str, shown: str, places: tuple[int, ...]) -> None:
    assert answer(event(*places), question(kind, shown), GUIDE) is None


@pytest.mark.parametrize("choice", ["tie", "skip"])
@pytest.mark.parametrize(("kind", "shown"), [("triplet", "rxy"), ("odd", "xyz"), ("grid", "rabcd"), ("better", "xy")])
def test_cannot_tell_and_skips_are_themselves(kind: str, shown: str, choice: str) -> None:
    given = answer(event(choice=choice), question(kind, shown), GUIDE)
    assert given is not None
    assert (given.closer, given.picked, given.undoes) == (choice, (), None)
    back = answer(event(choice=None, undoes="e0"), question(kind, shown), GUIDE)  # type: ignore[arg-type]
    assert back is not None
    assert (back.closer, back.undoes) == (None, "e0")


def test_the_card_shows_items_as_they_were_made() -> None:
    shown = card_question(question("grid", "rabc"), items("rabc"), {"b": "words"}, GUIDE)
    assert shown["reference"] == {"alt": "Picture 1: r", "url": "/img/blob-r", "full": "/img/blob-r"}
    assert shown["candidates"][1] == {"alt": "Picture 3: b", "text": "words"}
    assert (shown["pick"], shown["kind"], shown["aspect"]) == (2, "grid", "colour")
    assert "reference" not in card_question(question("better", "ab"), items("ab"), {}, GUIDE)


@pytest.mark.parametrize(
    ("kind", "shown", "closer", "picked", "wanted"),
    [
        ("triplet", "rxy", "a", (), ("picked", [1])), ("better", "xy", "b", (), ("picked", [0])),
        ("odd", "xyz", "picked", ("z",), ("picked", [2])), ("grid", "rabcd", "picked", ("d", "a"), ("picked", [3, 0])),
        ("triplet", "rxy", "tie", (), ("tie", [])), ("odd", "xyz", "skip", (), ("skip", [])),
    ],
)  # fmt: skip
def test_an_answer_on_record_goes_back_to_its_places(
    kind: str, shown: str, closer: str, picked: tuple[str, ...], wanted: tuple[str, list[int]]
) -> None:
    asked = question(kind, shown, "b")
    judgment = Judgment(
        id="j", event_id="e", study_id="s", question_id="q", rater_id="r", reference=asked.reference, a=asked.a, b=asked.b,
        left="b", closer=closer, strategy="random", repeat_of=None, response_ms=1, created_at=now(), kind=asked.kind,  # type: ignore[arg-type]
        shown=asked.shown, picked=picked,
    )  # fmt: skip
    past = past_answer(asked, judgment, items(shown), {}, GUIDE)
    assert (past["choice"], past["picked"], past["event_id"]) == (*wanted, "e")
