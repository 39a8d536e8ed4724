"""Between what was asked, by items, and what the card shows, by places on screen."""

from __future__ import annotations

from collections.abc import Mapping

from pages._ui.label_card import CardQuestion, LabelEvent, PastAnswer, Side
from pages._ui.pictures import address, alt
from qdhf.types import Answer, AnswerEvent, Guide, Item, Judgment, Question

PAIRED = ("triplet", "better")


def side(item: Item, texts: Mapping[str, str]) -> Side:
    """The item as it was made: a picture that is judged is never encoded anew."""
    if item.id in texts:
        return Side(alt=alt(item), text=texts[item.id])
    return Side(alt=alt(item), url=address(item.blob), full=address(item.blob))


def candidates(question: Question) -> list[str]:
    """Ids of the candidates, in the order on screen."""
    if question.kind in PAIRED:
        return [question.a, question.b] if question.left == "a" else [question.b, question.a]
    return list(question.shown if question.kind == "odd" else question.shown[1:])


def card_question(
    question: Question, items: Mapping[str, Item], texts: Mapping[str, str], guide: Guide
) -> CardQuestion:
    made = CardQuestion(
        id=question.id, kind=question.kind, aspect=question.aspect, pick=1,
        candidates=[side(items[i], texts) for i in candidates(question)],
    )  # fmt: skip
    if question.kind in ("triplet", "grid"):
        made["reference"] = side(items[question.reference], texts)
    if question.kind == "grid":
        made["pick"] = min(guide.pick, len(made["candidates"]) - 1)
    return made


def answer(event: LabelEvent, question: Question, guide: Guide) -> AnswerEvent | None:
    """What the browser saw as places, as items; None where it names places that the question has not."""
    shown, places = candidates(question), event["picked"]
    paired = question.kind in PAIRED
    if any(place >= len(shown) for place in places) or (paired and len(places) > 1):
        return None
    closer: Answer | None = event["choice"]
    if paired and places:
        closer = "a" if shown[places[0]] == question.a else "b"
    return AnswerEvent(
        event_id=event["event_id"], question_id=question.id, closer=closer, response_ms=event["response_ms"],
        undoes=event["undoes"], picked=() if paired else tuple(shown[place] for place in places), grade=event["grade"],
        guide=guide.version,
    )  # fmt: skip


def past_answer(
    question: Question, judgment: Judgment, items: Mapping[str, Item], texts: Mapping[str, str], guide: Guide
) -> PastAnswer:
    picked = {"a": (question.a,), "b": (question.b,)}.get(judgment.closer, judgment.picked)
    shown = candidates(question)
    return PastAnswer(
        question=card_question(question, items, texts, guide), event_id=judgment.event_id,
        choice="picked" if picked else "tie" if judgment.closer == "tie" else "skip",
        picked=[shown.index(item) for item in picked],
    )  # fmt: skip
