"""Leave somebody's answers out of what is learned, and let them in again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages._ui.context import explained, visitor
from pages._ui.rater_table import concerns
from qdhf.studio import Studio
from qdhf.studio.access import LOCAL
from qdhf.studio.rating import RaterView
from qdhf.types import Rater


def warnings(people: Sequence[RaterView]) -> None:
    """What stands out about those who are not left out already."""
    for person in people:
        said = concerns(person)
        if said and person.exclusion is None:
            st.warning(f"{person.rater.name} {'; '.join(said)}.", icon=":material/visibility:")


def exclusions(studio: Studio, people: Sequence[RaterView]) -> None:
    """Who is left out and why, each with a way back; and a way to leave somebody out."""
    for person in people:
        if person.exclusion is not None:
            _left_out(studio, person)
    others = {person.rater.id: person.rater for person in people if person.exclusion is None}
    if others:
        _leave_out(studio, others)


def _left_out(studio: Studio, person: RaterView) -> None:
    out = person.exclusion
    assert out is not None
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"raters-out-{person.rater.id}"):
        by = f" by {out.by}" if out.by not in ("", LOCAL.label) else ""
        why = f" Reason: {out.reason.rstrip('.')}." if out.reason else ""
        st.text(f"{person.rater.name} is left out since {out.created_at:%d %B %Y}{by}.{why}", width="stretch")
        if st.button("Let in again", key=f"raters-let-in-{person.rater.id}", icon=":material/undo:"):
            with explained():
                studio.rating.let_in(person.rater, visitor())
                st.rerun()


def _leave_out(studio: Studio, others: dict[str, Rater]) -> None:
    with st.popover("Leave somebody out", icon=":material/person_off:", key="raters-leave-out"):
        st.caption(
            "Their answers stay on record and they can go on labelling, but nothing is learned from them: axes, questions, "
            "agreement and groups go by the others. You can take this back at any time."
        )
        chosen = st.selectbox(
            "Who",
            list(others),
            index=None,
            format_func=lambda i: others[i].name,
            key="raters-who",
            placeholder="Choose",
        )
        reason = st.text_input("Why", max_chars=400, key="raters-why", placeholder="Always chose the left picture")
        if st.button("Leave out", type="primary", key="raters-exclude", disabled=chosen is None):
            with explained():
                studio.rating.exclude(others[str(chosen)], reason, visitor())
                st.rerun()
