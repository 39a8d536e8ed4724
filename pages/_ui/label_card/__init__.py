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

Choice = Literal["left", "right", "tie", "skip"]
CardKind = Literal["image", "text"]

LONGEST_RESPONSE_MS = 24 * 60 * 60 * 1000
PARTS = ("keys.js", "outbox.js", "questions.js", "component.js", "display.js")


class Side(TypedDict):
    """One of three places on the card: a picture (``url``) or a text. ``full`` is a larger picture for enlarging."""

    alt: str
    url: NotRequired[str]
    full: NotRequired[str]
    text: NotRequired[str]


class CardQuestion(TypedDict):
    id: str
    reference: Side
    left: Side
    right: Side


class LabelEvent(TypedDict):
    """An answer (``choice`` set) or, with ``undoes`` set, the retraction of an earlier event.

    ``response_ms`` counts from the frame in which all of the question was on screen.
    """

    event_id: str
    question_id: str
    choice: Choice | None
    response_ms: int | None
    undoes: str | None


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
    ask: str = "Which one is more like the reference?",
    on_events: Callable[[LabelEvents], None] | None = None,
) -> LabelEvents:
    """Draw the card and return the reported events that are not in ``acknowledged``.

    ``queue``: reserved questions in the order to ask, a dozen or so; those that were asked already do no harm.
    ``acknowledged``: event ids the server is finished with, recorded or refused for good; those that
    :func:`reported` returned are enough. ``done``: answers on record that stand, skips left out; the card adds
    what is still on its way. ``key`` must differ between studies and between raters: the tab keeps unsaved answers
    under it. ``on_events`` gets what the card reported, recorded already or not, before the page runs.

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
    choice = answer.get("choice")
    if event_id is None or question_id is None or (choice in get_args(Choice)) == (undoes is not None):
        return None
    return LabelEvent(
        event_id=event_id,
        question_id=question_id,
        choice=None if undoes else choice,
        response_ms=None if undoes else _milliseconds(answer.get("response_ms")),
        undoes=undoes,
    )


def _identifier(value: object) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"[\w.:-]{1,64}", value, re.ASCII) else None


def _milliseconds(value: object) -> int | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LONGEST_RESPONSE_MS:
        return None
    return round(value)


def _nothing() -> None:
    """Streamlit takes a trigger only where a callback is given for it."""
