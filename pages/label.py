"""Label: which of these is more like the reference?"""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard, own_rater, visitor, way_to
from pages._ui.encouragement import TARGET, feedback
from pages._ui.guide_card import guide_card
from pages._ui.label_card import Feedback, LabelEvents, label_card, reported
from pages._ui.practice import practice
from pages._ui.questions import answer, card_question, past_answer
from qdhf.types import Guide, QuestionKind, Rater, Study

KINDS: dict[QuestionKind, str] = {
    "triplet": "Two choices", "odd": "Odd one out", "grid": "Grid", "better": "Better",
}  # fmt: skip
FOLLOWED = 5  # answers after which what is told beside the card is worked out anew

studio = guard()
study = chosen_study(studio)
person = visitor()


def who(study: Study) -> Rater:
    """The rater of this browser tab: the one invited or signed in, else by a name, which proves nothing."""
    known = own_rater(studio, study)
    if known is not None:
        st.caption(f"You answer as {known.name}.")
        return known
    name = st.query_params.get("rater") or st.session_state.get("rater") or "me"
    with st.popover(name[:30], icon=":material/person:"):
        st.caption("A name keeps several people's answers apart on this machine. It is no password.")
        given = st.text_input("Your name", value=name, key="label-rater", max_chars=80).strip()
    name = given or name
    st.session_state["rater"] = st.query_params["rater"] = name
    return studio.labelling.rater(study, name)


def asked_kind(guide: Guide) -> QuestionKind:
    """How to ask: as the instructions say, which people who run the study may overrule for themselves."""
    if person.invite_id is not None:
        return guide.kind
    wanted = st.query_params.get("ask", guide.kind)
    chosen = st.segmented_control(
        "How to ask", list(KINDS), format_func=lambda kind: KINDS[kind], key="label-kind", label_visibility="collapsed",
        default=wanted if wanted in KINDS else guide.kind, required=True,
    )  # fmt: skip
    st.query_params["ask"] = chosen
    return chosen


def record(rater: Rater, events: LabelEvents, guide: Guide) -> None:
    """Put what the browser reports on record; events for questions of elsewhere are dropped. Harmless twice."""
    if not events:
        return
    with explained():
        asked = studio.labelling.asked(rater, [e["question_id"] for e in events])
        own = [answer(e, asked[e["question_id"]], guide) for e in events if e["question_id"] in asked]
        studio.labelling.record(rater, [event for event in own if event is not None])


def told(study: Study, rater: Rater, done: int) -> Feedback:
    """What stands beside the card; kept for a few answers."""
    key = f"told-{study.id}-{rater.id}"
    stamp, kept = st.session_state.get(key, (None, None))
    if stamp != done // FOLLOWED or kept is None:
        kept = feedback(studio.labelling.encouragement(study, rater))
        st.session_state[key] = (done // FOLLOWED, kept)
    return kept


@st.fragment
def card(study: Study, rater: Rater, kind: QuestionKind, guide: Guide) -> None:
    """Record what came, then draw: one round trip per answer, and none that the rater waits for."""
    key = f"card-{study.id}-{rater.id}-{kind}"
    events = reported(key)
    record(rater, events, guide)
    with explained():
        queue = studio.labelling.queue(study, rater, kind=kind, guide=guide)
        past = studio.labelling.past(study, rater, kind)
        items = studio.labelling.pictures([*queue, *(question for question, _ in past)])
        texts = studio.labelling.texts(items.values())
        done = studio.labelling.useful(study, rater)
        label_card(
            key=key, queue=[card_question(q, items, texts, guide) for q in queue],
            acknowledged={e["event_id"] for e in events}, done=done, target=TARGET, kind=study.kind, graded=guide.graded,
            past=[past_answer(q, j, items, texts, guide) for q, j in past], feedback=told(study, rater, done),
            on_events=lambda reports: record(rater, reports, guide),
        )  # fmt: skip


@st.fragment(run_every=2)
def wait_for_items(study: Study) -> None:
    """Shown while the first pictures are made."""
    if studio.studies.item_count(study) >= 3:
        st.rerun()
    if person.invite_id is not None:
        st.info("This study has no pictures to compare yet. Keep this page open; it starts by itself.")
        return
    live = next((s for s in studio.running.of_study(study) if s.live), None)
    if live is None:
        st.info("This study has fewer than three items. Generate or import some first.")
        way_to("illuminate", "Go to Illuminate")
        return
    st.progress(live.share, text=f"Making the first pictures: {live.made} of {live.run.spec.budget}")


with explained():
    guide = studio.guides.current(study)
    with st.container(horizontal=True, vertical_alignment="center", key="label-head"):
        st.subheader(study.name, anchor=False)
        rater = who(study)
        kind = asked_kind(guide)
        read = st.button("How to answer", icon=":material/menu_book:", type="tertiary", key="label-guide")
    seen = f"guide-{study.id}-{guide.version}"
    first = guide.version and seen not in st.session_state and not studio.labelling.answered(study, rater)
    st.session_state[seen] = True
    if read or first:
        guide_card(studio, study, guide)  # without a card behind it: reading is no part of a response time
    elif studio.studies.item_count(study) < 3:
        wait_for_items(study)
    elif person.invite_id is None or practice(studio, study, rater, guide):
        card(study, rater, kind, guide)
