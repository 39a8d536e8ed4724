"""The label card: a queue of questions answered in the browser, one key each, with nothing lost on the way.

The browser never waits for the server: it holds a queue, shows the next question at once and reports each answer as
an event. Events are facts: an undo is one more event that names the one it takes back. What the server has not
acknowledged is kept by the tab and reported again, so the server must record by ``event_id`` and may see one twice.

A page records before it draws, so that the card learns in the same run that its answers are safe, and gives the
same function as ``on_events``, which Streamlit also calls in a run that no longer draws the card, such as that of
a click which leads elsewhere::

    record(reported(key))                        # harmless where on_events has recorded them already
    label_card(key=key, queue=..., acknowledged=known_event_ids(), on_events=record, ...)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, get_args

import streamlit as st

Choice = Literal["picked", "tie", "skip"]
CardKind = Literal["image", "text"]
Kind = Literal["triplet", "odd", "grid", "better"]

LONGEST_RESPONSE_MS = 24 * 60 * 60 * 1000
MOST_CANDIDATES = 12
PARTS = (
    "keys.js",
    "kinds.js",
    "outbox.js",
    "questions.js",
    "component.js",
    "listening.js",
    "display.js",
    "feedback.js",
)


class Side(TypedDict):
    """One place on the card: a picture (``url``) or a text. ``full`` is a larger picture for enlarging."""

    alt: str
    url: NotRequired[str]
    full: NotRequired[str]
    text: NotRequired[str]


class CardQuestion(TypedDict):
    """``candidates`` in the order on screen: two of a "triplet" or a "better", three of an "odd", up to 12 of a "grid".

    ``reference`` is there for a "triplet" and a "grid". ``pick``: how many of a grid's candidates to pick.
    ``aspect``: in what sense to compare, said beside the question.
    """

    id: str
    candidates: list[Side]
    kind: NotRequired[Kind]
    reference: NotRequired[Side]
    pick: NotRequired[int]
    aspect: NotRequired[str]


class LabelEvent(TypedDict):
    """An answer (``choice`` set) or, with ``undoes`` set, the retraction of an earlier event.

    ``picked``: places of what was picked, 0 for the first candidate; of an odd one out, of the odd one. ``grade``: 1
    (much) or 0.5 (a bit). ``response_ms`` counts from the frame in which all of the question was on screen.
    """

    event_id: str
    question_id: str
    choice: Choice | None
    picked: list[int]
    grade: float
    response_ms: int | None
    undoes: str | None


class PastAnswer(TypedDict):
    """An answer on record that undo may reach."""

    question: CardQuestion
    event_id: str
    choice: Choice
    picked: list[int]


class Line(TypedDict):
    """A sentence beside the card; "advice" stands out."""

    text: str
    kind: Literal["plain", "advice"]


class Feedback(TypedDict):
    """What is shown beside the card. ``points``: places on the map, each [x, y, x before, y before] in 0…1."""

    lines: list[Line]
    points: list[list[float]]
    caption: str


LabelEvents = list[LabelEvent]

_here = Path(__file__).parent


def _source(*names: str) -> str:
    return "\n".join((_here / name).read_text("utf-8") for name in names)


_mount = st.components.v2.component(
    "qdhf_label_card", html=_source("component.html"), css=_source("component.css"), js=_source(*PARTS)
)


def label_card(
    *,
    key: str,
    queue: Sequence[CardQuestion],
    acknowledged: Collection[str],
    done: int,
    target: int | None,
    readonly: bool = False,
    kind: CardKind = "image",
    ask: str = "",
    graded: bool = False,
    past: Sequence[PastAnswer] = (),
    feedback: Feedback | None = None,
    on_events: Callable[[LabelEvents], None] | None = None,
) -> LabelEvents:
    """Draw the card and return the reported events that are not in ``acknowledged``.

    ``queue``: reserved questions in the order to ask, a dozen or so; those that were asked already do no harm.
    ``acknowledged``: event ids the server is finished with, recorded or refused for good; those that
    :func:`reported` returned are enough. ``done``: answers on record that stand, skips left out; the card adds
    what is still on its way. ``key`` must differ between studies, raters and kinds of questions: the tab keeps unsaved
    answers under it. ``ask``: another wording of the question. ``graded``: triplets are answered in four steps.
    ``past``: the rater's last answers on record, oldest first; given anew at each run, undo reaches all of them.
    ``on_events`` gets what the card reported, recorded already or not, before the page runs.

    While there is no question and the target is not reached, the card causes a rerun every five seconds.
    """
    events = reported(key)
    data = {
        "queue": list(queue),
        "acknowledged": [event["event_id"] for event in events if event["event_id"] in acknowledged],
        "done": done,
        "target": target or 0,
        "readonly": readonly,
        "kind": kind,
        "ask": ask,
        "graded": graded,
        "past": list(past),
        "feedback": feedback,
        "outbox": key,
    }

    def on_answers() -> None:
        if on_events is not None:
            on_events(reported(key))

    _mount(key=key, data=data, on_answers_change=on_answers, on_hungry_change=_nothing)
    return [event for event in reported(key) if event["event_id"] not in acknowledged]


def reported(key: str) -> LabelEvents:
    """What the card with this key last reported, oldest first. May be called before the card is drawn."""
    state: Mapping[str, Any] = st.session_state.get(key) or {}
    return parse_events(state.get("answers"))


def parse_events(answers: object) -> LabelEvents:
    """The well-formed events of what a browser sent; anything else in it is left out."""
    if not isinstance(answers, list):
        return []
    return [event for answer in answers if (event := _parse_event(answer)) is not None]


def _parse_event(answer: object) -> LabelEvent | None:
    if not isinstance(answer, dict):
        return None
    event_id, question_id, undoes = (_identifier(answer.get(name)) for name in ("event_id", "question_id", "undoes"))
    choice, picked = answer.get("choice"), _places(answer.get("picked", []))
    if event_id is None or question_id is None or picked is None:
        return None
    if (choice in get_args(Choice)) == (undoes is not None) or (choice == "picked") != bool(picked):
        return None
    return LabelEvent(
        event_id=event_id,
        question_id=question_id,
        choice=None if undoes else choice,
        picked=picked,
        grade=0.5 if answer.get("grade") == 0.5 else 1.0,
        response_ms=None if undoes else _milliseconds(answer.get("response_ms")),
        undoes=undoes,
    )


def _places(value: object) -> list[int] | None:
    """Different places of candidates; None where ``value`` is something else."""
    if not isinstance(value, list) or any(not isinstance(place, int) or isinstance(place, bool) for place in value):
        return None
    return value if len(set(value)) == len(value) and all(0 <= place < MOST_CANDIDATES for place in value) else None


def _identifier(value: object) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"[\w.:-]{1,64}", value, re.ASCII) else None


def _milliseconds(value: object) -> int | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LONGEST_RESPONSE_MS:
        return None
    return round(value)


def _nothing() -> None:
    """Streamlit takes a trigger only where a callback is given for it."""
