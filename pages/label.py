"""Label: which of these two is more like the reference?"""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard
from pages._ui.label_card import CardQuestion, LabelEvent, LabelEvents, Side, label_card, reported
from pages._ui.pictures import address, alt, thumb
from qdhf.studio import Studio
from qdhf.types import Answer, AnswerEvent, Item, Question, Rater, Study

TARGET = 100  # answers after which the progress bar is full

studio = guard()
study = chosen_study(studio)


def who(studio: Studio, study: Study) -> Rater:
    """The rater of this browser tab; a name, not a proof of identity."""
    name = st.query_params.get("rater") or st.session_state.get("rater") or "me"
    with st.popover(f"Rater: {name[:30]}", icon=":material/person:"):
        st.caption("A name keeps several people's answers apart on this machine. It is no password.")
        given = st.text_input("Your name", value=name, key="label-rater", max_chars=80).strip()
    name = given or name
    st.session_state["rater"] = st.query_params["rater"] = name
    return studio.labelling.rater(study, name)


def side(item: Item) -> Side:
    small = max(item.width or 0, item.height or 0) <= 256
    return Side(alt=alt(item), url=thumb(item, 256) if small else address(item.blob), full=address(item.blob))


def card_question(question: Question, items: dict[str, Item]) -> CardQuestion:
    left, right = (question.a, question.b) if question.left == "a" else (question.b, question.a)
    return CardQuestion(
        id=question.id, reference=side(items[question.reference]), left=side(items[left]), right=side(items[right])
    )


def answer(event: LabelEvent, questions: dict[str, Question]) -> AnswerEvent:
    """What the browser saw, left and right, as what was asked, a and b."""
    choice, question = event["choice"], questions[event["question_id"]]
    other = "b" if question.left == "a" else "a"
    sides: dict[str, Answer] = {"left": question.left, "right": other, "tie": "tie", "skip": "skip"}
    return AnswerEvent(
        event_id=event["event_id"], question_id=question.id, closer=sides[choice] if choice else None,
        response_ms=event["response_ms"], undoes=event["undoes"],
    )  # fmt: skip


def record(rater: Rater, events: LabelEvents) -> None:
    """Put what the browser reports on record; events for questions of elsewhere are dropped. Harmless twice."""
    asked = {q.id: q for q in studio.store.judgments.questions([e["question_id"] for e in events])}
    own = [answer(e, asked) for e in events if e["question_id"] in asked]
    with explained():
        studio.labelling.record(rater, own)


@st.fragment
def card(study: Study, rater: Rater) -> None:
    """Record what came, then draw: one round trip per answer, and none that the rater waits for."""
    key = f"card-{study.id}-{rater.id}"
    events = reported(key)
    record(rater, events)
    with explained():
        queue = studio.labelling.queue(study, rater)
        items = studio.labelling.pictures(queue)
        label_card(
            key=key, queue=[card_question(q, items) for q in queue], acknowledged={e["event_id"] for e in events},
            done=studio.labelling.useful(study, rater), target=TARGET, kind=study.kind,
            on_events=lambda reports: record(rater, reports),
        )  # fmt: skip


@st.fragment(run_every=2)
def wait_for_items(study: Study) -> None:
    """Shown while the first pictures are made."""
    count = studio.store.items.count(study.id)
    if count >= 3:
        st.rerun()
    live = next((s for s in studio.running.of_study(study) if s.live), None)
    if live is None:
        st.info("This study has fewer than three items. Generate or import some first.")
        st.page_link("../illuminate.py", label="Go to Illuminate", icon=":material/wb_incandescent:")
        return
    st.progress(live.share, text=f"Making the first pictures: {live.made} of {live.run.spec.budget}")


with st.container(horizontal=True, vertical_alignment="center", key="label-head"):
    st.subheader(study.name, anchor=False)
    rater = who(studio, study)
if studio.store.items.count(study.id) < 3:
    wait_for_items(study)
else:
    card(study, rater)
