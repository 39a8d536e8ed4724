"""A short practice round: questions whose answers are known, asked on the card that the real ones come on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypedDict

import streamlit as st

from pages._ui.label_card import CardQuestion, label_card, reported
from pages._ui.questions import side
from pages._ui.triplets import triplet
from qdhf.studio import Studio
from qdhf.types import Guide, Item, Rater, Study, new_id

WORDS = {"tie": "You chose “can’t tell”.", "skip": "You skipped this one."}


class Round(TypedDict):
    """A round in this browser tab. ``given``: what was answered, in order: "a", "b", "tie" or "skip"."""

    token: str
    given: list[str]
    looking: bool  # at what was expected, before the next question


def practice(studio: Studio, study: Study, rater: Rater, guide: Guide) -> bool:
    """Draw the practice round of ``guide`` where this rater has not done it; True where there is nothing (more) to practise.

    Answers of practice are never judgments. The round is put on record once, when its last answer was looked at."""
    if not studio.guides.wants_practice(rater, guide):
        return True
    items = studio.guides.pictures(guide.practice)
    _round(studio, study, rater, guide, items)
    return False


@st.fragment
def _round(studio: Studio, study: Study, rater: Rater, guide: Guide, items: Mapping[str, Item]) -> None:
    key = f"practice-{study.id}-{rater.id}-{guide.version}"
    state: Round = st.session_state.setdefault(key, Round(token=new_id(), given=[], looking=False))
    texts = studio.guides.texts(items.values())
    st.subheader("A short practice round", anchor=False)
    if not state["looking"]:
        _ask(study, state, guide, items, texts)
    if state["looking"]:  # the answer may just have come
        _tell(state, guide, items, texts, lambda right: _finish(studio, rater, guide, key, right))


def _ask(study: Study, state: Round, guide: Guide, items: Mapping[str, Item], texts: Mapping[str, str]) -> None:
    number = len(state["given"])
    example, card = guide.practice[number], f"practice-{state['token']}-{number}"
    answer = next((_answer(e["choice"], e["picked"]) for e in reported(card) if e["choice"]), None)
    if answer is not None:
        state["given"].append(answer)
        state["looking"] = True
        return
    st.caption("These are to get used to the keys. They do not count, and you are told what their author expects.")
    question = CardQuestion(
        id=f"practice-{number}", kind="triplet", reference=side(items[example.reference], texts),
        candidates=[side(items[i], texts) for i in (example.a, example.b)],
    )  # fmt: skip
    label_card(
        key=card, queue=[question], acknowledged=(), done=number, target=len(guide.practice), kind=study.kind,
    )  # fmt: skip


def _answer(choice: str | None, picked: list[int]) -> str:
    return "ab"[picked[0] % 2] if choice == "picked" and picked else str(choice)


def _tell(
    state: Round, guide: Guide, items: Mapping[str, Item], texts: Mapping[str, str], finish: Callable[[int], None]
) -> None:
    """What was expected and why, then on to the next question or to the end."""
    number = len(state["given"])
    example, given = guide.practice[number - 1], state["given"][-1]
    right = sum(answer == each.closer for answer, each in zip(state["given"], guide.practice, strict=False))
    if given == example.closer:
        st.success("That is what the author of this question expects, too.", icon=":material/check:")
    else:
        said = WORDS.get(given, "You chose the other one.")
        st.info(f"{said} The author of this question expects the one that is marked.", icon=":material/lightbulb:")
    triplet(example, items, texts)
    last = number == len(guide.practice)
    if last:
        st.markdown(f"**{right} of {number}** as expected. {_verdict(right, number)}")
    st.progress(number / len(guide.practice), text=f"{number} of {len(guide.practice)}")
    if st.button(
        "Start with the real questions" if last else "Next",
        type="primary",
        key=f"practice-next-{number}",
        shortcut="Enter",
    ):
        state["looking"] = False
        if last:
            finish(right)
        st.rerun(scope="app" if last else "fragment")


def _verdict(right: int, asked: int) -> str:
    return "You are ready." if 3 * right >= 2 * asked else "Read “How to answer” again before you go on, if you like."


def _finish(studio: Studio, rater: Rater, guide: Guide, key: str, right: int) -> None:
    studio.guides.note_practice(rater, guide, right)
    del st.session_state[key]
